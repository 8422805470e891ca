"""What was taken up and waits for a thread: it waits behind no slow call, and what is given back is as before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.delivery.channel_leases import Lane
from bot.delivery.claiming import Task
from bot.delivery.outbox import OutboxRow, RowState
from bot.delivery.prefetch import PATIENCE, SLOW, AtHand
from bot.delivery.retry_policy import settlement_after, verdict
from bot.repository import tables as t
from bot.repository.database import Database
from bot.slack.slack_errors import RetryLater
from tests.delivery.delivering import claim, owe, row_of
from tests.delivery.test_batch import CHANNELS, enroll, posted, states
from tests.delivery.test_order_pace_time import start
from tests.domain.building import NOW
from tests.support.world import World, running

LATER = NOW + PATIENCE


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """Where rows come from."""
    opened = Database(sqlite_url)
    opened.migrate()
    yield opened
    opened.close()


def taken_up(database: Database, *channels: str, at: datetime = NOW) -> list[tuple[Lane, Task]]:
    """Rows of channels, as a round takes them up."""
    for channel in channels:
        owe(database, f"to {channel}", channel)
    return [(lane, Task(row_of(database, lane), at)) for lane in claim(database)]


def test_three_rows_are_taken_up_for_each_thread(database: Database) -> None:
    """One to send and two to go on with; what was sent makes room."""
    at_hand = AtHand(workers=2)
    assert 6 == at_hand.room(NOW)

    rows = taken_up(database, *"ABCD")
    for lane, task in rows:
        at_hand.put(lane, task)
    assert 2 == at_hand.room(NOW)

    assert rows[:2] == [at_hand.begin(NOW), at_hand.begin(NOW)]
    assert 2 == at_hand.room(NOW)
    at_hand.end(rows[0][0], NOW)
    assert 3 == at_hand.room(NOW)


def test_for_a_thread_with_a_slow_call_nothing_more_is_taken_up(database: Database) -> None:
    """A slow one of two counts for itself alone; with both slow there is no room, and never less than none."""
    at_hand, late = AtHand(workers=2), NOW + SLOW
    for lane, task in taken_up(database, *"ABC"):
        at_hand.put(lane, task)
    at_hand.begin(NOW)
    assert (3, 1) == (at_hand.room(NOW), at_hand.room(late))

    at_hand.begin(NOW)
    assert (3, 0) == (at_hand.room(NOW), at_hand.room(late))


def test_after_a_slow_call_nothing_waits_until_one_was_quick_again(database: Database) -> None:
    """Where Slack is slow it is so for the next call, too."""
    at_hand, late = AtHand(workers=2), NOW + SLOW
    (first, _), (second, _) = rows = taken_up(database, *"AB")
    for lane, task in rows:
        at_hand.put(lane, task)
    at_hand.begin(NOW)
    at_hand.end(first, late)
    assert 1 == at_hand.room(late)

    at_hand.begin(late)
    at_hand.end(second, late)
    assert 6 == at_hand.room(late)


def test_what_was_due_first_is_sent_first(database: Database) -> None:
    """Also where it was given back, and is taken up again after others."""
    at_hand = AtHand(workers=1)
    rows = taken_up(database, *"AB")
    for lane, task in reversed(rows):
        at_hand.put(lane, task)

    assert rows == [at_hand.begin(NOW), at_hand.begin(NOW)]


def test_what_has_waited_for_too_long_is_taken_back(database: Database) -> None:
    """What came later stays, and so does what a thread has begun."""
    at_hand = AtHand(workers=1)
    begun, waiting = taken_up(database, *"AB")
    (late,) = taken_up(database, "C", at=LATER)
    for lane, task in (begun, waiting, late):
        at_hand.put(lane, task)
    assert begun == at_hand.begin(NOW)

    assert [waiting] == at_hand.take_back(LATER, everything=False)
    assert late == at_hand.begin(LATER)


def test_a_clock_that_was_set_back_is_no_reason_to_wait_for_longer(database: Database) -> None:
    """Nobody can tell any more how long that was."""
    at_hand = AtHand(workers=1)
    [waiting] = taken_up(database, "A")
    at_hand.put(*waiting)

    assert [waiting] == at_hand.take_back(NOW - timedelta(seconds=1), everything=False)


def test_what_is_taken_back_is_not_begun(database: Database) -> None:
    """The thread that was to send it finds nothing."""
    at_hand = AtHand(workers=1)
    [waiting] = taken_up(database, "A")
    at_hand.put(*waiting)
    assert [] == at_hand.take_back(NOW, everything=False)
    assert at_hand.anything_waits

    assert [waiting] == at_hand.take_back(NOW, everything=True)
    assert not at_hand.anything_waits
    assert None is at_hand.begin(NOW)


# --- In the whole bot ---


def rows(world: World) -> dict[str, tuple[str, bool, int, datetime | None]]:
    """Key -> state, mark, attempts, and since when it is being tried; of the cards."""
    with world.app.database.read() as connection:
        found = connection.execute(sa.select(t.outbox).where(t.outbox.c.kind == "card")).all()
    return {row.key: (row.state, row.posting, row.attempts, row.attempted_at) for row in found}


def test_what_waits_behind_a_slow_call_is_left_to_another_process(database_url: str) -> None:
    """It was not begun, so nobody looks for it in Slack; the slow channel's own message comes once, too."""
    with running(database_url, workers=1) as world:
        world.slack.faults.add("chat.postMessage", "slow", delay=2.0)
        numbers = enroll(world)
        world.slack.wait_for(lambda: list(states(world).values()).count("posting") == 3 or None, what="all three")

        world.clock.jump(PATIENCE)
        world.app.delivery.wake()
        world.slack.wait_for(lambda: list(states(world).values()).count("posting") == 1 or None, what="giving back")
        assert [("owed", False, 0, None)] * 2 == [row for row in rows(world).values() if not row[1]]
        replace(world.app.delivery, workers=0).run_once()
        assert [0, 1, 1] == sorted(posted(world, f"card:{number}") for number in numbers)

        world.slack.wait_for(
            lambda: all(posted(world, f"card:{number}") for number in numbers) or None, what="the last"
        )
        assert [1, 1, 1] == [posted(world, f"card:{number}") for number in numbers]
        assert [] == world.slack.calls_of("conversations.history")


def test_what_waits_at_hand_is_looked_at_again_without_being_asked(sqlite_url: str) -> None:
    """The delivery asks to be woken as soon as it will have waited for too long."""
    with running(sqlite_url, workers=1) as world:
        delivery, asked = world.app.delivery, list[timedelta]()
        delivery.later = asked.append
        world.slack.faults.add("chat.postMessage", "slow", delay=1.0)
        enroll(world)
        world.slack.wait_for(lambda: list(states(world).values()).count("posting") == 3 or None, what="all three")
        world.slack.wait_for(lambda: PATIENCE in asked or None, what="the wish")


def test_a_machine_that_slept_before_a_row_was_begun_gives_it_back(sqlite_url: str) -> None:
    """So close to the end of the lease somebody else might be at it soon; that is no failure of the channel."""
    with running(sqlite_url) as world:
        enroll(world, 1)
        delivery = world.app.delivery
        [(lane, task)] = delivery._rounds.take(world.workspace, [], 1).tasks
        world.clock.jump(timedelta(seconds=31))

        ended = delivery._sent(lane, task)
        assert [] == world.slack.calls_of("chat.postMessage")
        delivery._rounds.take(world.workspace, [ended], 0)
        assert {"card:1": ("owed", False, 0, None)} == rows(world)
        with world.app.database.read() as connection:
            lane_row = connection.execute(sa.select(t.lanes).where(t.lanes.c.channel == CHANNELS[0])).one()
        assert (None, 0, None) == (lane_row.lease_token, lane_row.failures, lane_row.paused_until)
        assert "eco_deliveries_total{" not in world.app.metrics()


def test_a_card_that_was_edited_often_is_tried_as_often_as_any_other(sqlite_url: str) -> None:
    """Its attempts count from the last time that Slack took it."""
    with running(sqlite_url) as world:
        start(world, 1)
        world.deliver()

        assert 0 == rows(world)["card:1"][2]


# --- When the database is away ---


def a_row(database: Database) -> tuple[Lane, OutboxRow]:
    """A row whose turn it is."""
    [(lane, task)] = taken_up(database, "C1")
    return lane, task.row


def test_a_row_whose_reason_cannot_be_read_is_put_off_for_a_moment(database: Database) -> None:
    """The database answers again in a second, not in the minute that a fault of the row would cost."""
    _, row = a_row(database)
    away = sa.exc.OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    found = verdict(row, away, 0, NOW)

    assert (RowState.OWED, False, NOW + timedelta(seconds=1)) == (found.state, found.posting, found.paused_until)
    assert row.due_at == found.due_at


def test_where_failures_cannot_be_counted_the_row_has_its_verdict_all_the_same(database: Database) -> None:
    """Else nobody would know before the lease ends what Slack has answered."""
    lane, row = a_row(database)
    with database.write() as connection:
        connection.execute(sa.text("ALTER TABLE lanes RENAME TO gone"))

    found = settlement_after(RetryLater("ratelimited"), row, lane, database, NOW)

    assert NOW + timedelta(seconds=1) == found.paused_until
