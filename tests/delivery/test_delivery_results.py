"""Storing results: the row, the pace of its channel, closed channels; and when the next message falls due."""

from datetime import timedelta
from typing import Any

import pytest

from bot.delivery import channel_leases, outbox
from bot.delivery.channel_leases import ChannelLease
from bot.delivery.delivery_results import Settlement
from bot.delivery.outbox import OutboxRow
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind, RowState
from tests.delivery.outbox_rows import (
    SECOND,
    WORKSPACE,
    channel_row,
    claim,
    mark_posting,
    owe,
    row_of,
    set_channel,
    settle,
)
from tests.domain.building import HOUR, NOW
from tests.repository.keeping import rows

SENT = Settlement(RowState.SENT, ts="1.1", posted_channel="C1")


def claimed(database: Database, key: str = "a", **more: Any) -> tuple[ChannelLease, OutboxRow]:
    """A leased channel and its row that is marked as being posted."""
    owe(database, key, **more)
    [lease] = claim(database)
    row = row_of(database, lease)
    mark_posting(database, row)
    return lease, row


OUTCOMES = {
    "sent": (
        Settlement(RowState.SENT, ts="1.1", posted_channel="D1", version=3),
        {"state": "sent", "ts": "1.1", "posted_channel": "D1", "version": 3, "sent_at": NOW + SECOND, "due_at": None,
         "posting": False, "attempts": 0, "attempted_at": None, "last_error": None},
    ),
    "try again later": (
        Settlement(RowState.OWED, due_at=NOW + HOUR, error="timeout"),
        {"state": "owed", "due_at": NOW + HOUR, "posting": False, "attempted_at": None, "last_error": "timeout",
         "ts": None, "sent_at": None, "version": 0, "attempts": 1},
    ),
    "unknown": (
        Settlement(RowState.OWED, due_at=NOW + SECOND, posting=True, error="no answer"),
        {"state": "owed", "posting": True, "attempted_at": NOW, "last_error": "no answer"},
    ),
    "its reason went away": (
        Settlement(RowState.DROPPED, error="answered"),
        {"state": "dropped", "due_at": None, "posting": False, "last_error": "answered"},
    ),
    "failed": (Settlement(RowState.FAILED, error="bad"), {"state": "failed", "due_at": None, "last_error": "bad"}),
}  # fmt: skip


@pytest.mark.parametrize(("done", "expected"), OUTCOMES.values(), ids=OUTCOMES)
def test_the_result_of_a_row_is_stored(database: Database, done: Settlement, expected: dict[str, Any]) -> None:
    """Its state, when it was tried, and what went wrong."""
    lease, row = claimed(database)

    lease = settle(database, lease, row, done, NOW + SECOND)

    [found] = rows(database)
    assert expected == {name: found[name] for name in expected}


ENDED_MEANWHILE = {
    "put off": Settlement(RowState.OWED, due_at=NOW + HOUR, error="ratelimited", paused_until=NOW + SECOND),
    "unknown": Settlement(RowState.OWED, due_at=NOW, posting=True, error="no answer", paused_until=NOW + SECOND),
    "refused": Settlement(RowState.FAILED, error="msg_too_long"),
}


@pytest.mark.parametrize("done", ENDED_MEANWHILE.values(), ids=ENDED_MEANWHILE)
def test_a_row_that_was_dropped_while_it_was_sent_stays_dropped(database: Database, done: Settlement) -> None:
    """The reminder was answered meanwhile: it is not owed again, however its post ended."""
    lease, row = claimed(database, kind=MessageKind.REMINDER)
    with database.write() as connection:
        outbox.drop(connection, row, "answered")

    settle(database, lease, row, done, NOW + SECOND)

    [found] = rows(database)
    assert ("dropped", None, "answered") == (found["state"], found["due_at"], found["last_error"])
    assert done.paused_until == channel_row(database)["paused_until"]


def test_a_sent_row_sets_the_pace_of_its_channel(database: Database) -> None:
    """The next new message waits, and the lease goes on."""
    lease, row = claimed(database)

    lease = settle(database, lease, row, Settlement(RowState.SENT, ts="1.1", posted_channel="C1", next_at=NOW + SECOND))

    assert (NOW + SECOND, NOW + channel_leases.LEASE) == tuple(
        channel_row(database)[name] for name in ("next_at", "lease_until")
    )


def test_a_card_keeps_its_place_when_an_edit_fails(database: Database) -> None:
    """Its channel and ts stay."""
    lease, row = claimed(database, kind=MessageKind.CARD, ts="1.1", posted_channel="C1", version=2)

    lease = settle(database, lease, row, Settlement(RowState.OWED, due_at=NOW + SECOND, error="timeout"))

    [found] = rows(database)
    assert ("1.1", "C1", 2) == (found["ts"], found["posted_channel"], found["version"])


# --- Closed channels ---


def closed(database: Database) -> dict[str, str]:
    """The channels that Slack refuses, and why."""
    with database.read() as connection:
        return channel_leases.closed_channels(connection, WORKSPACE)


def test_a_closed_channel_is_remembered_with_its_reason_and_its_first_moment(database: Database) -> None:
    """It is tried again now and then; that does not make it closed since later."""
    lease, row = claimed(database)
    for at, reason in ((NOW, "is_archived"), (NOW + HOUR, "not_in_channel")):
        lease = settle(database, lease, row, Settlement(RowState.OWED, due_at=NOW + HOUR, closed=reason), at)

    assert {"C1": "not_in_channel"} == closed(database)
    assert NOW == channel_row(database)["closed_at"]


HEALED = {
    "a message was sent": SENT,
    "a card was posted, and is owed again for the end of a window": Settlement(
        RowState.OWED, due_at=NOW + HOUR, ts="1.1", posted_channel="C1"
    ),
}


@pytest.mark.parametrize("done", HEALED.values(), ids=HEALED)
def test_a_channel_that_takes_a_message_is_open_again(database: Database, done: Settlement) -> None:
    """The next time it closes counts anew."""
    lease, row = claimed(database, kind=MessageKind.CARD)
    lease = settle(database, lease, row, Settlement(RowState.OWED, due_at=NOW, closed="is_archived"))

    lease = settle(database, lease, row, done)

    assert ({}, None) == (closed(database), channel_row(database)["closed_at"])


def test_a_dropped_row_says_nothing_about_the_channel(database: Database) -> None:
    """Nothing was posted, so it stays closed."""
    lease, row = claimed(database)
    lease = settle(database, lease, row, Settlement(RowState.OWED, due_at=NOW, closed="is_archived"))

    lease = settle(database, lease, row, Settlement(RowState.DROPPED))

    assert {"C1": "is_archived"} == closed(database)


# --- When the next message falls due ---


def next_due(database: Database) -> timedelta | None:
    """How long until the next message falls due."""
    with database.read() as connection:
        found = channel_leases.next_due(connection, WORKSPACE, NOW)
    return found - NOW if found else None


def test_the_next_moment_is_when_the_first_row_falls_due(database: Database) -> None:
    """Nothing owed means none; other workspaces and other states do not count."""
    assert None is next_due(database)
    owe(database, "other", due=NOW + SECOND, workspace="T0OTHER")
    owe(database, "sent", due=NOW + SECOND, state="sent")
    assert None is next_due(database)
    owe(database, "later", due=NOW + 2 * HOUR)
    owe(database, "first", due=NOW + HOUR)

    assert HOUR == next_due(database)


@pytest.mark.parametrize("column", ["next_at", "paused_until"])
def test_the_next_moment_is_when_a_channel_may_go_on(database: Database, column: str) -> None:
    """A pace or a pause counts if it holds a due message back."""
    owe(database, "held")
    owe(database, "elsewhere", "C2", NOW + 2 * HOUR)
    set_channel(database, "C1", **{column: NOW + HOUR})
    set_channel(database, "C2", **{column: NOW + SECOND})

    assert HOUR == next_due(database)


def test_messages_that_are_due_now_have_no_next_moment(database: Database) -> None:
    """Only the future is asked for."""
    owe(database, "now")

    assert None is next_due(database)
