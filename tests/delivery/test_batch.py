"""Rounds of the delivery: what ends together is written down together, and no row that fails takes others along."""

import re
from collections.abc import Sequence
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.batch import Begun, Ended, Rounds
from bot.repository import tables as t
from tests.delivery.test_order_pace_time import caller, start
from tests.domain.building import edited
from tests.repository.keeping import at_once
from tests.support.steps import StepKey
from tests.support.world import World, running

CHANNELS = ("C0ROLLOUT1", "C0ECOPRIV1", "C0FINOPS01")


def enroll(world: World, count: int = 3) -> list[int]:
    """Start enrollments, each in a channel of its own that the bot is in; their IDs."""
    world.app.gateway.join("C0FINOPS01")
    return [start(world, number, channel) for number, channel in enumerate(CHANNELS[:count])]


def posted(world: World, key: str) -> int:
    """How often a message stands in Slack."""
    found = [m for channel in CHANNELS for m in world.slack.channel(channel).messages]
    threads = [m for channel in CHANNELS for top in found for m in world.slack.channel(channel).thread(top.ts)]
    metadata: list[Any] = [m.metadata for m in {m.ts: m for m in [*found, *threads]}.values()]
    return sum(bool(each) and each["event_payload"]["key"] == key for each in metadata)


def sent(world: World, room: int = 8) -> list[Ended]:
    """Begin rows of as many channels as there is room for, and send them; nothing is written down yet."""
    delivery = world.app.delivery
    begun = delivery._rounds.take(world.workspace, [], room)
    return [delivery._sent(lane, task) for lane, task in begun.tasks]


def write_down(world: World, ended: Sequence[Ended]) -> None:
    """Write down what became of them, and begin nothing."""
    world.app.delivery._rounds.take(world.workspace, ended, 0)


def states(world: World) -> dict[str, str]:
    """Key -> state of every row that was sent, or that a post was begun for."""
    with world.app.database.read() as connection:
        tried = sa.or_(t.outbox.c.attempts > 0, t.outbox.c.ts.is_not(None))
        rows = connection.execute(sa.select(t.outbox).where(tried)).all()
    return {row.key: "posting" if row.posting else row.state for row in rows}


def spoil(world: World, number: int) -> None:
    """Store something for an enrollment that nobody can read, as damage or a newer version would."""
    with world.app.database.write() as connection:
        here = t.steps.c.enrollment_id == number
        connection.execute(sa.update(t.steps).where(here).values(state="nonsense"))
        raised = sa.update(t.enrollments).where(t.enrollments.c.id == number)
        connection.execute(raised.values(version=t.enrollments.c.version + 1))


def test_rows_that_end_together_cost_one_transaction(world_on: World) -> None:
    """Three channels, three posts, one commit."""
    enroll(world_on)
    ended = sent(world_on)
    commits: list[int] = []
    note = lambda _connection: commits.append(1)  # noqa: E731 - it is listened with and taken away again
    sa.event.listen(world_on.app.database.engine, "commit", note)
    write_down(world_on, ended)
    sa.event.remove(world_on.app.database.engine, "commit", note)

    assert (3, 1) == (len(ended), len(commits))
    assert {"sent"} == set(states(world_on).values())


def test_a_row_that_cannot_be_written_down_takes_no_other_along(
    world_on: World, caplog: pytest.LogCaptureFixture
) -> None:
    """One enrollment became unreadable while its card was on its way: the others are settled, and it is said."""
    numbers = enroll(world_on)
    ended = sent(world_on)
    spoil(world_on, numbers[1])

    write_down(world_on, ended)

    assert ["posting", "sent", "sent"] == sorted(states(world_on).values())
    assert f"what became of card:{numbers[1]} cannot be written down" in caplog.text


def test_what_was_at_hand_for_too_long_is_not_begun(world_on: World) -> None:
    """Its lease ends soon, and another process would post it, too: it is given back, and posted once, later."""
    numbers = enroll(world_on)
    delivery = world_on.app.delivery
    begun = delivery._rounds.take(world_on.workspace, [], 8)
    world_on.clock.jump(timedelta(seconds=31))

    write_down(world_on, [delivery._sent(lane, task) for lane, task in begun.tasks])

    assert [0, 0, 0] == [posted(world_on, f"card:{number}") for number in numbers]
    world_on.jump(seconds=10)
    assert [1, 1, 1] == [posted(world_on, f"card:{number}") for number in numbers]
    assert [] == world_on.slack.calls_of("conversations.history")


def test_a_channel_that_another_process_took_over_takes_no_other_along(world_on: World) -> None:
    """Its row stays as the other process sees it, and stands in Slack once when that has looked."""
    numbers = enroll(world_on)
    ended = sent(world_on)
    with world_on.app.database.write() as connection:
        theirs = t.lanes.c.channel == CHANNELS[0]
        soon = world_on.clock.now() + timedelta(seconds=5)
        connection.execute(sa.update(t.lanes).where(theirs).values(lease_token="theirs", lease_until=soon))

    write_down(world_on, ended)
    assert ["posting", "sent", "sent"] == sorted(states(world_on).values())

    world_on.jump(minutes=1)
    assert {"sent"} == set(states(world_on).values())
    assert [1, 1, 1] == [posted(world_on, f"card:{number}") for number in numbers]


def test_a_round_that_failed_for_some_goes_on_with_the_others(world_on: World) -> None:
    """What comes next in the other channels is not left for the next tick."""
    numbers = enroll(world_on, 2)
    ended = sent(world_on)
    spoil(world_on, numbers[0])
    world_on.clock.jump(timedelta(seconds=2))

    begun = world_on.app.delivery._rounds.take(world_on.workspace, ended, 8)

    assert [f"thread:{numbers[1]}:1"] == [task.row.key for _, task in begun.tasks]
    assert not begun.more


UNREADABLE: dict[str, dict[str, Any]] = {"kind": {"kind": "poll"}, "payload": {"payload": ["x"]}}


@pytest.mark.parametrize("values", UNREADABLE.values(), ids=UNREADABLE)
def test_a_row_that_cannot_be_read_stops_its_own_channel_only(
    world_on: World, values: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A row that a newer version has left: the others are sent and written down, and it is tried again later."""
    numbers = enroll(world_on)
    ended = sent(world_on, 1)
    (done,) = [one.task.row.key for one in ended]
    theirs = next(number for number in numbers if done != f"card:{number}")
    with world_on.app.database.write() as connection:
        first = {"due_at": world_on.clock.now() - timedelta(hours=1), **values}
        connection.execute(sa.update(t.outbox).where(t.outbox.c.key == f"card:{theirs}").values(**first))

    begun = world_on.app.delivery._rounds.take(world_on.workspace, ended, 8)
    assert "sent" == states(world_on)[done]
    assert 1 == len(begun.tasks)
    assert "cannot be read, it is left alone for a while" in caplog.text

    world_on.clock.jump(timedelta(minutes=2))  # the lease of what was begun ends
    world_on.deliver()
    sent_keys = {key for key, state in states(world_on).items() if state == "sent"}
    assert {f"card:{number}" for number in numbers if number != theirs} <= sent_keys
    assert 1 == caplog.text.count("cannot be read, it is left alone")


@pytest.mark.parametrize("late", [timedelta(minutes=1), timedelta(days=2)], ids=["in time", "after days"])
def test_a_reminder_of_an_enrollment_that_cannot_be_read_holds_up_no_other(
    world: World, late: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again later and given up at last; the others of its channel are said, one by one or as one."""
    numbers = [start(world, number) for number in range(3)]
    for number in numbers:
        world.app.enrollments.complete_act(caller(world), number, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    spoil(world, numbers[1])
    with world.app.database.read() as connection:
        reminders = sa.select(sa.func.max(t.outbox.c.due_at)).where(t.outbox.c.kind == "reminder")
        world.clock.jump_to(connection.execute(reminders).scalar_one() + late)
    world.deliver()

    said = "\n".join(m.text for m in world.channel.messages if m.broadcast or "overdue" in m.text or "due" in m.text)
    assert "Account 0" in said
    assert "Account 2" in said
    assert "Account 1" not in said
    assert re.search(rf"reminder:{numbers[1]}:\S+ could not be made", caplog.text)


def test_the_pace_counts_from_the_post_and_not_from_its_writing_down(world_on: World) -> None:
    """What waits for others before it is written down does not slow its channel."""
    start(world_on, 1)
    ended = sent(world_on)
    world_on.clock.jump(timedelta(seconds=0.4))
    write_down(world_on, ended)

    assert world_on.clock.now() + timedelta(seconds=0.6) == world_on.app.delivery.next_due()


def test_a_row_that_was_moved_while_it_was_picked_is_posted_once(postgres_url: str) -> None:
    """PostgreSQL lets a person's change be committed in the middle of a round; the new channel gets it."""
    with running(postgres_url) as world:
        (number,) = enroll(world, 1)
        world.deliver()
        world.app.enrollments.complete_act(caller(world), number, StepKey.CONNECT_ACCOUNT)
        world.app.delivery.run_once()
        world.clock.jump(timedelta(seconds=5))
        moved: list[str] = []

        def move_first(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            # After the round saw which row is the first, and before it keeps others from changing that.
            if not moved and "FROM lanes" not in statement and statement.endswith("FOR UPDATE SKIP LOCKED"):
                moved.append(statement)
                edit = edited(world.enrollment(), channel_id=CHANNELS[2])
                assert [None] != at_once(lambda: world.app.enrollments.edit(caller(world), number, edit))

        sa.event.listen(world.app.database.engine, "before_cursor_execute", move_first)
        world.deliver()
        sa.event.remove(world.app.database.engine, "before_cursor_execute", move_first)
        world.jump(minutes=2)

        assert moved
        assert 1 == posted(world, f"thread:{number}:2")
        assert CHANNELS[2] == world.enrollment().channel_id


def test_what_was_sent_while_the_database_was_away_is_written_down_when_it_is_back(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to look for it in Slack."""
    with running(sqlite_url, workers=8) as world:
        take, failed = Rounds.take, Event()

        def fail_once(self: Rounds, workspace: str, done: Sequence[Ended], room: int) -> Begun:
            if done and not failed.is_set():
                failed.set()
                raise sa.exc.OperationalError("UPDATE", {}, Exception("server closed the connection"))
            return take(self, workspace, done, room)

        monkeypatch.setattr(Rounds, "take", fail_once)
        (number,) = enroll(world, 1)
        assert failed.wait(30)
        assert "posting" == states(world)[f"card:{number}"]
        world.app.delivery.wake()

        world.slack.wait_for(lambda: states(world)[f"card:{number}"] == "sent" or None, what="the end of it")
        assert [] == world.slack.calls_of("conversations.history")
