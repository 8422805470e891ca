"""What is written down after a row was sent or not, and when there will be something to do again."""

from datetime import timedelta
from typing import Any

import pytest

from bot.delivery import channel_leases
from bot.delivery.channel_leases import ChannelLease
from bot.delivery.delivery_results import GIVEN_BACK, Settlement
from bot.delivery.outbox import OutboxRow
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind, RowState
from tests.delivery.delivering import SECOND, WORKSPACE, claim, lane_of, owe, row_of, set_lane, settle
from tests.domain.building import HOUR, NOW
from tests.repository.keeping import rows

SENT = Settlement(RowState.SENT, ts="1.1", posted_channel="C1")


def batch(database: Database, key: str = "a", **more: Any) -> tuple[ChannelLease, OutboxRow]:
    """A claimed lane and its row whose post has batch."""
    owe(database, key, **more)
    [lane] = claim(database)
    row = row_of(database, lane)
    with database.write() as connection:
        channel_leases.mark_posting(connection, [row], NOW)
    return lane, row


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
    "nobody knows": (
        Settlement(RowState.OWED, due_at=NOW + SECOND, posting=True, error="no answer"),
        {"state": "owed", "posting": True, "attempted_at": NOW, "last_error": "no answer"},
    ),
    "its reason went away": (
        Settlement(RowState.DROPPED, error="answered"),
        {"state": "dropped", "due_at": None, "posting": False, "last_error": "answered"},
    ),
    "never": (Settlement(RowState.FAILED, error="bad"), {"state": "failed", "due_at": None, "last_error": "bad"}),
}  # fmt: skip


@pytest.mark.parametrize(("done", "expected"), OUTCOMES.values(), ids=OUTCOMES)
def test_what_became_of_a_row_is_written_down(database: Database, done: Settlement, expected: dict[str, Any]) -> None:
    """Where it stands now, when it was tried, and what went wrong."""
    lane, row = batch(database)

    lane = settle(database, lane, row, done, NOW + SECOND)

    [found] = rows(database)
    assert expected == {name: found[name] for name in expected}


def test_a_row_and_a_lane_that_are_given_back_are_as_they_were(database: Database) -> None:
    """Marks, attempts and failures count what was tried, and this was not."""
    before = {"posting": True, "attempts": 4, "attempted_at": NOW - HOUR, "last_error": "timeout"}
    lane, row = batch(database, **before)
    set_lane(database, failures=3)

    settle(database, lane, row, GIVEN_BACK, NOW + SECOND)

    [found] = rows(database)
    kept = {"state": "owed", "due_at": NOW, **before}
    assert kept == {name: found[name] for name in kept}
    assert (3, None) == tuple(lane_of(database)[name] for name in ("failures", "paused_until"))


def test_a_sent_row_sets_the_pace_of_its_lane(database: Database) -> None:
    """The next new message waits, and the lease goes on."""
    lane, row = batch(database)

    lane = settle(database, lane, row, Settlement(RowState.SENT, ts="1.1", posted_channel="C1", next_at=NOW + SECOND))

    assert (NOW + SECOND, NOW + channel_leases.LEASE) == tuple(
        lane_of(database)[name] for name in ("next_at", "lease_until")
    )


def test_a_card_keeps_its_place_when_an_edit_fails(database: Database) -> None:
    """It is still known where it was posted."""
    lane, row = batch(database, kind=MessageKind.CARD, ts="1.1", posted_channel="C1", version=2)

    lane = settle(database, lane, row, Settlement(RowState.OWED, due_at=NOW + SECOND, error="timeout"))

    [found] = rows(database)
    assert ("1.1", "C1", 2) == (found["ts"], found["posted_channel"], found["version"])


# --- Closed channels ---


def closed(database: Database) -> dict[str, str]:
    """The channels that Slack refuses, and why."""
    with database.read() as connection:
        return channel_leases.closed_channels(connection, WORKSPACE)


def test_a_closed_channel_is_remembered_with_its_reason_and_its_first_moment(database: Database) -> None:
    """It is tried again now and then; that does not make it closed since later."""
    lane, row = batch(database)
    for at, reason in ((NOW, "is_archived"), (NOW + HOUR, "not_in_channel")):
        lane = settle(database, lane, row, Settlement(RowState.OWED, due_at=NOW + HOUR, closed=reason), at)

    assert {"C1": "not_in_channel"} == closed(database)
    assert NOW == lane_of(database)["closed_at"]


HEALED = {
    "a message was sent": SENT,
    "a card was posted, and is owed again for the end of a window": Settlement(
        RowState.OWED, due_at=NOW + HOUR, ts="1.1", posted_channel="C1"
    ),
}


@pytest.mark.parametrize("done", HEALED.values(), ids=HEALED)
def test_a_channel_that_takes_a_message_is_open_again(database: Database, done: Settlement) -> None:
    """The next time it closes counts anew."""
    lane, row = batch(database, kind=MessageKind.CARD)
    lane = settle(database, lane, row, Settlement(RowState.OWED, due_at=NOW, closed="is_archived"))

    lane = settle(database, lane, row, done)

    assert ({}, None) == (closed(database), lane_of(database)["closed_at"])


def test_a_dropped_row_says_nothing_about_the_channel(database: Database) -> None:
    """Nothing was posted, so it stays closed."""
    lane, row = batch(database)
    lane = settle(database, lane, row, Settlement(RowState.OWED, due_at=NOW, closed="is_archived"))

    lane = settle(database, lane, row, Settlement(RowState.DROPPED))

    assert {"C1": "is_archived"} == closed(database)


# --- When there will be something to do ---


def next_due(database: Database) -> timedelta | None:
    """How long until there is something to do."""
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
def test_the_next_moment_is_when_a_lane_may_go_on(database: Database, column: str) -> None:
    """A pace or a pause counts where it holds something back."""
    owe(database, "held")
    owe(database, "elsewhere", "C2", NOW + 2 * HOUR)
    set_lane(database, "C1", **{column: NOW + HOUR})
    set_lane(database, "C2", **{column: NOW + SECOND})

    assert HOUR == next_due(database)


def test_what_is_due_now_needs_no_moment(database: Database) -> None:
    """Only the future is asked for."""
    owe(database, "now")

    assert None is next_due(database)
