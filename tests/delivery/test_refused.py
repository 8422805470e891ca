"""Messages that Slack refuses with a word that has no treatment: kept, tried every hour, told once, counted."""

import pytest

from bot.repository.outbox_columns import RowState
from tests.delivery.stepwise import CHANNELS, caller, outbox_row, posted, start
from tests.support.bot_world import World
from tests.support.steps import StepKey

POST = "chat.postMessage"
WORDS = ("missing_scope", "ekm_access_denied", "external_channel_migrating", "some_word_of_next_year")


def refused(world: World) -> int:
    """How many refusals the metrics count for cards."""
    wanted = 'eco_deliveries_total{kind="card",outcome="refused"} '
    lines = [line for line in world.app.metrics().splitlines() if line.startswith(wanted)]
    return int(float(lines[0].removeprefix(wanted))) if lines else 0


@pytest.mark.parametrize("word", WORDS)
def test_an_unknown_word_keeps_the_message_and_its_owner_hears_of_it_once(world_on: World, word: str) -> None:
    """For longer than the ten attempts of before: it is tried every hour, and sent when Slack takes it."""
    world = world_on
    world.slack.faults.add(POST, word, times=1000, channel=CHANNELS[0])
    number = start(world, 1)
    world.deliver()
    for _ in range(12):
        world.jump(hours=1, minutes=1)

    assert 13 == refused(world)
    assert RowState.OWED == outbox_row(world, f"card:{number}").state
    (told,) = world.ana.direct_messages
    assert word in told.text
    assert "Account 1" in told.text

    world.slack.faults.clear()
    world.jump(hours=1, minutes=1)
    assert [1, 1] == [posted(world, key) for key in (f"card:{number}", f"thread:{number}:1")]
    assert 1 == len(world.ana.direct_messages)


def test_an_admin_hears_of_it_where_the_people_of_the_enrollment_have_left(world: World) -> None:
    """Somebody has to show the word to the operator."""
    number = start(world, 1)
    world.deliver()
    world.slack.deactivate("ana")
    world.clock.jump_to(world.clock.now())
    world.app.workspace.directory._cache.clear()
    world.slack.faults.add(POST, "missing_scope", times=1000, channel=CHANNELS[0])
    world.app.enrollments.complete_act(caller(world), number, StepKey.CONNECT_ACCOUNT)
    world.deliver()

    (told,) = world.chi.direct_messages
    assert "missing_scope" in told.text


def test_a_direct_message_that_is_refused_tells_nobody_of_itself(world: World) -> None:
    """Without the scope to post anything at all, the rows are kept, and nothing goes in circles."""
    world.slack.faults.add(POST, "missing_scope", times=1000)
    number = start(world, 1)
    world.deliver()
    for _ in range(3):
        world.jump(hours=1, minutes=1)

    world.slack.faults.clear()
    world.jump(hours=1, minutes=1)
    assert 1 == posted(world, f"card:{number}")
    assert 1 == len(world.ana.direct_messages)


def test_a_refused_message_holds_up_no_other_channel_and_no_other_enrollment(world: World) -> None:
    """The refusal may concern one message alone."""
    world.slack.faults.add(POST, "some_word_of_next_year", channel=CHANNELS[0])
    first, second, elsewhere = start(world, 1), start(world, 2), start(world, 3, CHANNELS[1])
    world.deliver()
    assert [0, 1, 1] == [posted(world, f"card:{number}") for number in (first, second, elsewhere)]


def lines(world: World, number: int) -> list[str]:
    """The keys of the messages in the thread of an enrollment's card, the card first; of all, without a card."""
    channel = world.slack.channel(CHANNELS[0])
    tops = [top for top in channel.messages if not top.broadcast and top.metadata]
    threads = [
        [m.metadata["event_payload"]["key"] for m in (top, *channel.thread(top.ts)) if m.metadata] for top in tops
    ]
    return [key for keys in threads for key in keys if key.split(":")[1] == str(number)]


def test_lines_wait_for_a_card_that_is_refused(world_on: World) -> None:
    """They belong into its thread. One that Slack takes without an answer is not said twice there."""
    world = world_on
    world.slack.faults.add(POST, "some_word_of_next_year", channel=CHANNELS[0])
    world.slack.faults.add(POST, "not_json", channel=CHANNELS[0])
    number = start(world, 1)
    world.app.enrollments.complete_act(caller(world), number, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    assert [] == lines(world, number)

    world.jump(hours=1, minutes=1)
    world.jump(hours=1, minutes=1)

    assert [f"card:{number}", f"thread:{number}:1", f"thread:{number}:2"] == lines(world, number)


def test_later_lines_wait_for_one_that_is_refused(world_on: World) -> None:
    """A thread tells what happened in its order; other enrollments of the channel go on."""
    world = world_on
    first, second = start(world, 1), start(world, 2)
    world.deliver()
    world.slack.faults.add(POST, "some_word_of_next_year", channel=CHANNELS[0])
    world.app.enrollments.complete_act(caller(world), first, StepKey.CONNECT_ACCOUNT)
    world.app.enrollments.confirm(caller(world), first, StepKey.CONNECT_ACCOUNT)
    world.app.enrollments.complete_act(caller(world), second, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    assert [f"card:{first}", f"thread:{first}:1"] == lines(world, first)
    assert [f"card:{second}", f"thread:{second}:1", f"thread:{second}:2"] == lines(world, second)

    world.jump(hours=1, minutes=1)

    assert [f"card:{first}", *(f"thread:{first}:{n}" for n in (1, 2, 3))] == lines(world, first)


def test_a_reminder_of_before_its_card_is_not_said_again_in_the_thread(world_on: World) -> None:
    """It does not wait for a card that is refused, and is looked for where it was posted."""
    world = world_on
    world.slack.faults.add(POST, "some_word_of_next_year", channel=CHANNELS[0], times=2)
    number = start(world, 1)
    world.deliver()
    key = f"reminder:{number}:{StepKey.CONNECT_ACCOUNT}:1"
    world.slack.faults.add(POST, "not_json", channel=CHANNELS[0])
    due = outbox_row(world, key).due_at
    world.clock.jump_to(due)
    world.deliver()
    assert [0, 1] == [posted(world, f"card:{number}"), posted(world, key)]

    world.jump(hours=1, minutes=1)
    world.jump(hours=1, minutes=1)

    assert [1, 1] == [posted(world, f"card:{number}"), posted(world, key)]
