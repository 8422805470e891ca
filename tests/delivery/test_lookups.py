"""Look-ups of messages whose outcome is unknown: bounded in time, page by page, also at one page a minute."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.delivery.posted_before import SKEW
from bot.localslack.fault_injection import HistoryLimit
from bot.repository import tables as t
from tests.delivery.stepwise import CHANNELS, caller, claim_and_send, move, outbox_row, posted, start
from tests.support.bot_world import World
from tests.support.steps import StepKey

POST = "chat.postMessage"
HISTORY, REPLIES = "conversations.history", "conversations.replies"
CONNECT = StepKey.CONNECT_ACCOUNT


def talk_below_the_card(world: World, count: int) -> None:
    """Let people write into the card's thread."""
    card = world.card()
    for number in range(count):
        world.ben.post(world.channel.name, f"message {number}", thread_ts=card.ts)


def look_ups(world: World) -> int:
    """How many pages of history were asked for and given."""
    return sum(call.status == 200 for method in (HISTORY, REPLIES) for call in world.slack.calls_of(method))


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "not_json"])
def test_a_look_up_below_twenty_replies_ends_within_two_periods(world_on: World, fault: str) -> None:
    """Slack gives one page of 15 a minute: the second page decides, wherever the first try was stopped."""
    world = world_on
    number = start(world, 1)
    world.deliver()
    talk_below_the_card(world, 20)
    world.slack.faults.history_limit = HistoryLimit()
    world.slack.faults.add(POST, fault)
    world.app.enrollments.complete_act(caller(world), number, CONNECT)
    world.deliver()
    world.jump(seconds=3)
    for _ in range(2):
        world.jump(seconds=60)

    assert 1 == posted(world, f"thread:{number}:2")
    assert 2 == look_ups(world)
    assert [None, False] == [getattr(outbox_row(world, f"thread:{number}:2"), name) for name in ("lookup", "posting")]


def test_a_look_up_asks_for_the_time_of_the_attempt_only(world_on: World) -> None:
    """With both bounds and 15 messages, so that what was said before and since costs nothing."""
    world = world_on
    number = start(world, 1)
    world.deliver()
    talk_below_the_card(world, 20)
    world.jump(minutes=30)
    world.slack.faults.add(POST, "drop_after")
    world.app.enrollments.complete_act(caller(world), number, CONNECT)
    began = world.clock.now()
    world.app.dispatcher.run_once()
    world.clock.jump(timedelta(minutes=30))
    talk_below_the_card(world, 20)
    world.deliver()

    (call,) = world.slack.calls_of(REPLIES)
    oldest, latest = float(call.args["oldest"]), float(call.args["latest"])
    assert SKEW.total_seconds() == began.timestamp() - oldest
    assert began.timestamp() < latest < began.timestamp() + 300
    assert 15 == int(call.args["limit"])
    assert 1 == posted(world, f"thread:{number}:2")


def test_24_marked_rows_of_a_channel_take_at_most_two_pages_each(world_on: World) -> None:
    """As a restored database has them: one page answers for all the messages on it."""
    world = world_on
    numbers = [start(world, number, CHANNELS[0]) for number in range(1, 25)]
    for _ in range(60):
        world.jump(seconds=2)
    keys = [f"card:{number}" for number in numbers]
    assert [1] * 24 == [posted(world, key) for key in keys]
    with world.app.database.write() as connection:
        lost = {"state": "owed", "ts": None, "posted_channel": None, "posting": True, "due_at": world.clock.now()}
        connection.execute(sa.update(t.outbox).where(t.outbox.c.key.in_(keys)).values(lost))
    world.slack.faults.history_limit = HistoryLimit()
    world.clock.jump(timedelta(minutes=1))
    for _ in range(4):
        world.jump(seconds=61)

    assert [1] * 24 == [posted(world, key) for key in keys]
    assert all(outbox_row(world, key).ts for key in keys)
    assert look_ups(world) <= 4


def test_a_row_without_an_attempt_is_looked_for_up_to_now_and_stays_so(world_on: World) -> None:
    """After a restore nobody knows when it was sent: a look-up that is stopped does not move its beginning."""
    world = world_on
    number = start(world, 1)
    world.deliver()
    key = f"card:{number}"
    world.jump(hours=3)
    with world.app.database.write() as connection:
        lost = {"state": "owed", "ts": None, "posted_channel": None, "posting": True, "due_at": world.clock.now()}
        connection.execute(sa.update(t.outbox).where(t.outbox.c.key == key).values(lost))
    world.slack.faults.add(HISTORY, "ratelimited", times=2, retry_after=30)
    for _ in range(4):
        world.jump(seconds=31)

    assert 1 == posted(world, key)
    assert outbox_row(world, key).ts


def test_a_cursor_that_slack_no_longer_knows_begins_the_look_up_anew(world_on: World) -> None:
    """The rest of it is not lost."""
    world = world_on
    number = start(world, 1)
    world.deliver()
    talk_below_the_card(world, 20)
    world.slack.faults.history_limit = HistoryLimit()
    world.slack.faults.add(POST, "drop_after")
    world.app.enrollments.complete_act(caller(world), number, CONNECT)
    world.deliver()
    world.jump(seconds=3)
    assert "cursor" in outbox_row(world, f"thread:{number}:2").lookup
    world.slack.faults.history_limit = None
    world.slack.faults.add(REPLIES, "invalid_cursor")
    for _ in range(2):
        world.jump(seconds=61)

    assert 1 == posted(world, f"thread:{number}:2")


def test_a_message_that_was_not_there_is_an_attempt_of_its_own(world_on: World) -> None:
    """The look-up finds nothing; the post that follows is of unknown outcome, too, and found by its own time."""
    world = world_on
    number = start(world, 1)
    world.slack.faults.add(POST, "drop_before")
    claim_and_send(world)  # the result is lost with the process
    world.jump(hours=2)
    world.slack.faults.add(POST, "drop_after")
    world.jump(minutes=1)
    for _ in range(3):
        world.jump(minutes=1)

    assert 1 == posted(world, f"card:{number}")


def test_a_card_that_moved_with_an_unknown_outcome_is_looked_for_at_one_page_a_minute(world_on: World) -> None:
    """In the old channel, too; it says there where the enrollment went."""
    world = world_on
    number = start(world, 1)
    world.slack.faults.history_limit = HistoryLimit()
    world.slack.faults.add(POST, "drop_after")
    world.app.dispatcher.run_once()
    move(world, number, CHANNELS[1])
    for _ in range(6):
        world.jump(seconds=61)

    left = [m.text for m in world.slack.channel(CHANNELS[0]).messages]
    here = [m.text for m in world.slack.channel(CHANNELS[1]).messages]
    assert 1 == len(left)
    assert 1 == len([text for text in here if text.startswith("Eco enrollment of")])
    assert not left[0].startswith("Eco enrollment of")


def test_a_ticket_file_whose_answer_is_no_json_is_shared_once(world_on: World) -> None:
    """Slack shared it, and a proxy answered: it is found by its name."""
    world = world_on
    number = start(world, 1)
    world.deliver()
    world.slack.faults.add("files.completeUploadExternal", "not_json")
    seen = world.app.enrollments.get(world.workspace, number)
    world.app.enrollments.owe_ticket_file(caller(world), seen, StepKey.ENABLE_SUBSETS, "The ticket's text")
    world.deliver()
    for _ in range(3):
        world.jump(minutes=1)

    assert 1 == len([message for message in world.ana.direct_messages if message.files])
    assert 1 == len(world.slack.calls_of("files.completeUploadExternal"))
