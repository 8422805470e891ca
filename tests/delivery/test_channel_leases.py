"""Lanes: one process at a time posts into a channel, in order, at its pace, and what it held is taken over."""

from datetime import timedelta
from typing import Any

import pytest

from bot.delivery import channel_leases, delivery_results
from bot.delivery.channel_leases import LEASE
from bot.delivery.delivery_results import LeaseLost, Settlement
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind, RowState
from tests.delivery.delivering import SECOND, WORKSPACE, claim, due, lane_of, owe, release, row_of, set_lane, settle
from tests.domain.building import HOUR, NOW
from tests.repository.keeping import at_once, rows

# --- Claiming ---


def test_a_lane_with_something_due_is_claimed_once(database: Database) -> None:
    """Who comes second gets nothing until it is given back."""
    owe(database, "a")

    [lane] = claim(database)
    assert (WORKSPACE, "C1", NOW + LEASE) == (lane.workspace, lane.channel, lane_of(database)["lease_until"])
    assert [] == claim(database, NOW + LEASE - SECOND)

    release(database, lane)
    assert ["C1"] == [lane.channel for lane in claim(database)]


NOT_DUE = {
    "the future": {"due": NOW + SECOND},
    "sent already": {"state": "sent"},
    "merged": {"state": "merged"},
    "dropped": {"state": "dropped"},
    "failed": {"state": "failed"},
    "of another workspace": {"workspace": "T0OTHER"},
}


@pytest.mark.parametrize("case", NOT_DUE.values(), ids=NOT_DUE)
def test_a_lane_with_nothing_due_is_left(database: Database, case: dict[str, Any]) -> None:
    """Neither the future nor the past is claimed."""
    owe(database, "a", **case)

    assert [] == claim(database)


def test_a_row_is_due_at_its_very_instant(database: Database) -> None:
    """Not a moment later."""
    owe(database, "a", due=NOW + HOUR)

    assert [0, 1] == [len(claim(database, NOW + HOUR - timedelta(microseconds=1))), len(claim(database, NOW + HOUR))]


def test_a_limit_leaves_lanes_to_others(database: Database) -> None:
    """Work is shared: who claims one lane leaves the others."""
    for number in range(5):
        owe(database, f"a{number}", f"C{number}")

    first, second = claim(database, limit=2), claim(database)

    assert [2, 3] == [len(first), len(second)]
    assert {f"C{n}" for n in range(5)} == {lane.channel for lane in first + second}


def test_threads_never_hold_the_same_lane(database: Database) -> None:
    """Eight of them claim twelve lanes at once: each lane has one holder."""
    for number in range(12):
        owe(database, f"a{number}", f"C{number}")

    found = at_once(*[lambda: claim(database, limit=3)] * 8)
    while more := claim(database):  # a thread that looked while others held a row may have got less
        found.append(more)

    held = [lane.channel for part in found for lane in part]
    assert 12 == len(held) == len(set(held))


# --- Leases ---


def test_a_dead_process_loses_its_lane_when_the_lease_ends(database: Database) -> None:
    """Within a minute somebody else goes on with what it had claimed."""
    owe(database, "a")
    [dead] = claim(database)
    row = row_of(database, dead)

    [heir] = claim(database, NOW + LEASE)

    assert timedelta(minutes=1) > LEASE
    assert dead.token != heir.token
    with pytest.raises(LeaseLost):
        settle(database, dead, row, Settlement(RowState.SENT, ts="1.1"), NOW + LEASE)
    release(database, dead)
    assert heir.token == lane_of(database)["lease_token"]
    assert [("owed", None, 0)] == [(r["state"], r["ts"], r["attempts"]) for r in rows(database)]


def test_a_living_process_keeps_its_lane(database: Database) -> None:
    """Every sign of life holds it for another while."""
    owe(database, "a")
    [lane] = claim(database)

    settle(database, lane, row_of(database, lane), Settlement(RowState.OWED, NOW), NOW + LEASE - SECOND)

    assert [] == claim(database, NOW + LEASE)
    assert 1 == len(claim(database, NOW + 2 * LEASE - SECOND))


def test_a_lease_of_a_clock_that_jumped_back_does_not_last(database: Database) -> None:
    """A lease further away than anybody can have set it holds nobody up."""
    owe(database, "a")
    claim(database, NOW + 3 * HOUR)

    assert 1 == len(claim(database, NOW))


def test_a_post_is_noted_before_it_begins(database: Database) -> None:
    """Who takes over after a crash sees the note and looks before posting again."""
    owe(database, "a")
    [lane] = claim(database)
    row = row_of(database, lane)
    for at in (NOW, NOW + 5 * SECOND):
        with database.write() as connection:
            channel_leases.mark_posting(connection, [row], at)
        row = row_of(database, lane)

    assert (True, NOW, 2) == (row.posting, row.attempted_at, row.attempts)


# --- Order ---


def test_cards_come_first_then_what_was_due_first(database: Database) -> None:
    """Lines and reminders stand in the threads of cards; of two at one moment the older row comes first."""
    owe(database, "line 2", due=NOW - SECOND)
    owe(database, "line 3", due=NOW - SECOND)
    owe(database, "line 1", due=NOW - HOUR)
    owe(database, "card 2", due=NOW, kind=MessageKind.CARD)
    owe(database, "old card", due=NOW - SECOND, kind=MessageKind.RETIRED)
    owe(database, "later", due=NOW + SECOND, kind=MessageKind.CARD)
    owe(database, "elsewhere", "C2")
    lane = next(lane for lane in claim(database) if lane.channel == "C1")

    assert ["old card", "card 2", "line 1", "line 2", "line 3"] == due(database, lane)
    assert ["old card", "card 2"] == due(database, lane, limit=2)
    assert ["line 1", "line 2", "line 3"] == due(database, lane, kind=MessageKind.THREAD)
    assert [] == due(database, lane, kind=MessageKind.REMINDER)


# --- Pace and pauses ---


def test_the_pace_holds_new_messages_back_and_lets_edits_through(database: Database) -> None:
    """An edit adds nothing to a channel; a new message waits for its turn."""
    owe(database, "line")
    owe(database, "new card", kind=MessageKind.CARD)
    set_lane(database, next_at=NOW + SECOND)
    assert [] == claim(database)

    owe(database, "card", due=NOW, kind=MessageKind.CARD, ts="1.1", posted_channel="C1")
    owe(database, "old card", due=NOW, kind=MessageKind.RETIRED)
    [lane] = claim(database)

    assert ["card", "old card"] == due(database, lane)
    assert ["new card", "card", "old card", "line"] == due(database, lane, NOW + SECOND)


def test_an_edit_behind_a_new_card_is_found(database: Database) -> None:
    """Who asks for one row at a time gets the edit, not the new card that has to wait before it."""
    owe(database, "new card", due=NOW - HOUR, kind=MessageKind.CARD)
    owe(database, "card", kind=MessageKind.CARD, ts="1.1", posted_channel="C1")
    set_lane(database, next_at=NOW + SECOND)
    [lane] = claim(database)

    assert ["card"] == due(database, lane, limit=1)


def test_a_paused_lane_is_left_alone(database: Database) -> None:
    """Slack asked for patience: not even edits, until it is over."""
    owe(database, "card", kind=MessageKind.CARD, ts="1.1", posted_channel="C1")
    [lane] = claim(database)
    done = Settlement(RowState.OWED, due_at=NOW, paused_until=NOW + 30 * SECOND, error="ratelimited")
    lane = settle(database, lane, row_of(database, lane), done)
    release(database, lane)

    with database.read() as connection:
        assert 1 == delivery_results.failures(connection, lane)
    assert [] == due(database, lane, NOW + 29 * SECOND)
    assert [0, 1] == [len(claim(database, NOW + wait * SECOND)) for wait in (29, 30)]


def test_failures_are_counted_until_something_works(database: Database) -> None:
    """So that each pause can be longer than the one before."""
    owe(database, "a")
    [lane] = claim(database)
    counts = []
    for paused in (NOW, NOW, None, NOW):
        lane = settle(
            database, lane, row_of(database, lane), Settlement(RowState.OWED, due_at=NOW, paused_until=paused)
        )
        with database.read() as connection:
            counts.append(delivery_results.failures(connection, lane))

    assert [1, 2, 0, 1] == counts
