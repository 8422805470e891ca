"""Channel leases: one process at a time posts into a channel, in order and at its pace; a dead one's leases end."""

from datetime import timedelta
from typing import Any

import pytest

from bot.delivery import channel_leases
from bot.delivery.channel_leases import LEASE
from bot.delivery.delivery_results import LeaseLost, Settlement
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind, RowState
from tests.delivery.outbox_rows import (
    SECOND,
    WORKSPACE,
    channel_row,
    claim,
    due,
    mark_posting,
    owe,
    release,
    row_of,
    set_channel,
    settle,
)
from tests.domain.building import HOUR, NOW
from tests.repository.keeping import at_once, rows

# --- Claiming ---


def test_a_channel_with_something_due_is_leased_once(database: Database) -> None:
    """The second process gets nothing until the first one releases it."""
    owe(database, "a")

    [lease] = claim(database)
    assert (WORKSPACE, "C1", NOW + LEASE) == (lease.workspace, lease.channel, channel_row(database)["lease_until"])
    assert [] == claim(database, NOW + LEASE - SECOND)

    release(database, lease)
    assert ["C1"] == [lease.channel for lease in claim(database)]


NOT_DUE = {
    "the future": {"due": NOW + SECOND},
    "sent already": {"state": "sent"},
    "merged": {"state": "merged"},
    "dropped": {"state": "dropped"},
    "failed": {"state": "failed"},
    "of another workspace": {"workspace": "T0OTHER"},
}


@pytest.mark.parametrize("case", NOT_DUE.values(), ids=NOT_DUE)
def test_a_channel_with_nothing_due_is_not_leased(database: Database, case: dict[str, Any]) -> None:
    """Neither for rows of the future nor for rows that have ended."""
    owe(database, "a", **case)

    assert [] == claim(database)


def test_a_row_is_due_at_its_very_instant(database: Database) -> None:
    """Not a moment later."""
    owe(database, "a", due=NOW + HOUR)

    assert [0, 1] == [len(claim(database, NOW + HOUR - timedelta(microseconds=1))), len(claim(database, NOW + HOUR))]


def test_a_limit_leaves_channels_to_others(database: Database) -> None:
    """Work is shared: a process leases as many channels as it can serve, and leaves the others."""
    for number in range(5):
        owe(database, f"a{number}", f"C{number}")

    first, second = claim(database, limit=2), claim(database)

    assert [2, 3] == [len(first), len(second)]
    assert {f"C{n}" for n in range(5)} == {lease.channel for lease in first + second}


def test_threads_never_hold_the_same_lease(database: Database) -> None:
    """Eight of them claim twelve channels at once: each channel has one holder."""
    for number in range(12):
        owe(database, f"a{number}", f"C{number}")

    found = at_once(*[lambda: claim(database, limit=3)] * 8)
    while more := claim(database):  # a thread that looked while others held a row may have got less
        found.append(more)

    held = [lease.channel for part in found for lease in part]
    assert 12 == len(held) == len(set(held))


# --- Leases ---


def test_a_dead_process_loses_its_channel_when_the_lease_ends(database: Database) -> None:
    """Within a minute another process leases the channel, and the result of the dead one is not stored."""
    owe(database, "a")
    [dead] = claim(database)
    row = row_of(database, dead)

    [heir] = claim(database, NOW + LEASE)

    assert timedelta(minutes=1) > LEASE
    assert dead.token != heir.token
    with pytest.raises(LeaseLost):
        settle(database, dead, row, Settlement(RowState.SENT, ts="1.1"), NOW + LEASE)
    release(database, dead)
    assert heir.token == channel_row(database)["lease_token"]
    assert [("owed", None, 0)] == [(r["state"], r["ts"], r["attempts"]) for r in rows(database)]


def test_a_living_process_keeps_its_lease(database: Database) -> None:
    """Every stored result renews it."""
    owe(database, "a")
    [lease] = claim(database)

    settle(database, lease, row_of(database, lease), Settlement(RowState.OWED, NOW), NOW + LEASE - SECOND)

    assert [] == claim(database, NOW + LEASE)
    assert 1 == len(claim(database, NOW + 2 * LEASE - SECOND))


def test_a_lease_of_a_clock_that_jumped_back_does_not_last(database: Database) -> None:
    """A lease that ends later than any process can have set it is ignored."""
    owe(database, "a")
    claim(database, NOW + 3 * HOUR)

    assert 1 == len(claim(database, NOW))


def test_a_pace_of_a_clock_that_jumped_back_does_not_last(database: Database) -> None:
    """A new message goes although the pace of its channel ends in an hour."""
    owe(database, "a")
    set_channel(database, next_at=NOW + HOUR)

    [lease] = claim(database)

    assert ["a"] == due(database, lease)


def test_a_row_is_marked_before_its_post(database: Database) -> None:
    """A process that takes over after a crash finds the mark, and looks the message up before it posts again."""
    owe(database, "a")
    [lease] = claim(database)
    row = row_of(database, lease)
    for at in (NOW, NOW + 5 * SECOND):
        mark_posting(database, row, now=at)
        row = row_of(database, lease)

    assert (True, NOW, 2) == (row.posting, row.attempted_at, row.attempts)


# --- Order ---


def test_cards_come_first_then_the_oldest_rows(database: Database) -> None:
    """Lines and reminders stand in the threads of cards; of two with one due time the older row comes first."""
    owe(database, "line 2", due=NOW - SECOND)
    owe(database, "line 3", due=NOW - SECOND)
    owe(database, "line 1", due=NOW - HOUR)
    owe(database, "card 2", due=NOW, kind=MessageKind.CARD)
    owe(database, "old card", due=NOW - SECOND, kind=MessageKind.RETIRED)
    owe(database, "later", due=NOW + SECOND, kind=MessageKind.CARD)
    owe(database, "elsewhere", "C2")
    lease = next(lease for lease in claim(database) if lease.channel == "C1")

    assert ["old card", "card 2", "line 1", "line 2", "line 3"] == due(database, lease)


# --- Pace and pauses ---


def test_the_pace_holds_new_messages_back_and_lets_edits_through(database: Database) -> None:
    """An edit adds nothing to a channel; a new message waits for its turn."""
    owe(database, "line")
    owe(database, "new card", kind=MessageKind.CARD)
    set_channel(database, next_at=NOW + SECOND)
    assert [] == claim(database)

    owe(database, "card", due=NOW, kind=MessageKind.CARD, ts="1.1", posted_channel="C1")
    owe(database, "old card", due=NOW, kind=MessageKind.RETIRED)
    [lease] = claim(database)

    assert ["card", "old card"] == due(database, lease)
    assert ["new card", "card", "old card", "line"] == due(database, lease, NOW + SECOND)


def test_an_edit_behind_a_new_card_is_found(database: Database) -> None:
    """If one row is asked for, it is the edit, not the new card that has to wait before it."""
    owe(database, "new card", due=NOW - HOUR, kind=MessageKind.CARD)
    owe(database, "card", kind=MessageKind.CARD, ts="1.1", posted_channel="C1")
    set_channel(database, next_at=NOW + SECOND)
    [lease] = claim(database)

    assert ["card"] == due(database, lease)


def test_a_paused_channel_is_left_alone(database: Database) -> None:
    """After a 429 not even edits are sent until the pause ends."""
    owe(database, "card", kind=MessageKind.CARD, ts="1.1", posted_channel="C1")
    [lease] = claim(database)
    done = Settlement(RowState.OWED, due_at=NOW, paused_until=NOW + 30 * SECOND, error="ratelimited")
    lease = settle(database, lease, row_of(database, lease), done)
    release(database, lease)

    assert 1 == lease.failures == channel_row(database)["failures"]
    assert [] == due(database, lease, NOW + 29 * SECOND)
    assert [0, 1] == [len(claim(database, NOW + wait * SECOND)) for wait in (29, 30)]


def test_failures_are_counted_until_a_message_is_sent(database: Database) -> None:
    """So that each pause can be longer than the one before."""
    owe(database, "a")
    [lease] = claim(database)
    counts = []
    for paused in (NOW, NOW, None, NOW):
        lease = settle(
            database, lease, row_of(database, lease), Settlement(RowState.OWED, due_at=NOW, paused_until=paused)
        )
        release(database, lease)
        [lease] = claim(database)
        counts.append(lease.failures)

    assert [1, 2, 0, 1] == counts


def test_the_due_reminders_of_several_channels_are_found_together(database: Database) -> None:
    """The first due first, and of each channel as many as are wanted: a full one hides none of another."""
    for key, channel, due_at in [
        ("second", "C1", NOW - SECOND),
        ("third", "C1", NOW),
        ("first", "C1", NOW - HOUR),
        ("alone", "C2", NOW),
        ("to come", "C2", NOW + SECOND),
        ("of another", "C3", NOW),
    ]:
        owe(database, key, channel, due_at, MessageKind.REMINDER)
    owe(database, "line", "C1", NOW - HOUR)
    leases = claim(database)[:2]

    with database.write() as connection:
        found = channel_leases.due_reminders(connection, leases, NOW, 2)

    assert {"C1": ["first", "second"], "C2": ["alone"]} == {
        channel: [row.key for row in reminders] for channel, reminders in found.items()
    }
