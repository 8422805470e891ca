"""Stores the results of sent messages while their channels are still leased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import channel_leases
from bot.delivery.channel_leases import ChannelLease
from bot.delivery.outbox import OutboxRow
from bot.repository import tables as t
from bot.repository.column_types import UtcDateTime
from bot.repository.outbox_columns import RowState

_c = t.channel_leases.c
_CLOSE = channel_leases.STILL_HELD.values(
    closed_at=sa.func.coalesce(_c.closed_at, sa.bindparam("at", type_=UtcDateTime))
)
_UPDATE_ROW = sa.update(t.outbox).where(t.outbox.c.id == sa.bindparam("of_id"))
#: The same unless somebody answered the reminder meanwhile: it was dropped, and nothing else may become of it.
_UPDATE_OWED_ROW = _UPDATE_ROW.where(t.outbox.c.state == RowState.OWED.value)
#: The same unless the row was claimed again meanwhile: it moved to another channel, whose process set a new mark.
_UPDATE_OUR_ROW = _UPDATE_OWED_ROW.where(t.outbox.c.attempts == sa.bindparam("of_attempts"))


class LeaseLost(Exception):
    """Another process has taken a channel over; results of its messages must not be stored."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of a row and its channel.

    Attributes:
        state: OWED keeps the row, to be sent at `due_at`. posting: the outcome of a post is unknown; look it up first.
        next_at: the channel's next new message may go then. paused_until: nothing goes before.
        closed: why Slack refuses the channel.
    """

    state: RowState
    due_at: datetime | None = None
    posting: bool = False
    posted_channel: str | None = None
    ts: str | None = None
    version: int | None = None
    error: str | None = None
    next_at: datetime | None = None
    paused_until: datetime | None = None
    closed: str | None = None

    @property
    def outcome(self) -> str:
        """The outcome as the metrics name it."""
        if self.closed is not None:
            return "closed"
        return "unknown" if self.posting and self.state is RowState.FAILED else self.state.value


def settle(
    connection: Connection, ended: Sequence[tuple[ChannelLease, OutboxRow, Settlement]], now: datetime
) -> list[ChannelLease]:
    """Store what became of one row of each channel; return the leases, renewed, with the channels' new pace.

    Raises:
        LeaseLost: one of the leases is not ours any more. Nothing of this transaction may be committed then.
    """
    leases, rows = _Updates(), _Updates()
    held = []
    for lease, row, done in ended:
        failures = lease.failures + 1 if done.paused_until is not None else 0
        pace = done.next_at or lease.next_at
        held.append(replace(lease, next_at=pace, paused_until=done.paused_until, failures=failures))
        leases.add(*_lease_update(held[-1], done, now))
        rows.add(*_row_update(row, done, now))
    if leases.execute(connection) != len(ended):
        raise LeaseLost
    rows.execute(connection)
    return held


class _Updates:
    """Updates of one statement and one set of columns, executed together."""

    def __init__(self) -> None:
        self._groups: dict[tuple[sa.Update, frozenset[str]], list[dict[str, Any]]] = {}

    def add(self, statement: sa.Update, values: dict[str, Any]) -> None:
        self._groups.setdefault((statement, frozenset(values)), []).append(values)

    def execute(self, connection: Connection) -> int:
        """Return how many rows were updated."""
        return sum(connection.execute(update, values).rowcount for (update, _), values in self._groups.items())


def _lease_update(lease: ChannelLease, done: Settlement, now: datetime) -> tuple[sa.Update, dict[str, Any]]:
    values: dict[str, Any] = {
        "next_at": lease.next_at,
        "paused_until": lease.paused_until,
        "failures": lease.failures,
        "lease_until": now + channel_leases.LEASE,
        **channel_leases.lease_params(lease),
    }
    if done.closed is not None:
        return _CLOSE, values | {"at": now, "closed_reason": done.closed}
    if done.state is RowState.SENT or done.ts is not None:  # a card that was posted is owed again later
        values |= {"closed_at": None, "closed_reason": None}
    return channel_leases.STILL_HELD, values


def _row_update(row: OutboxRow, done: Settlement, now: datetime) -> tuple[sa.Update, dict[str, Any]]:
    values: dict[str, Any] = {
        "of_id": row.id,
        "state": done.state.value,
        "due_at": done.due_at,
        "posting": done.posting,
        "last_error": done.error,
    }
    if not done.posting:
        values["attempted_at"] = None
    if done.ts is not None:
        values |= {"ts": done.ts, "posted_channel": done.posted_channel, "sent_at": now}
    if done.version is not None:
        values |= {"version": done.version, "attempts": 0}  # a card was sent; its next edit is tried as often again
    if done.state is RowState.OWED and done.ts is None:
        return _UPDATE_OUR_ROW, values | {"of_attempts": row.attempts + 1}
    return _UPDATE_OWED_ROW if done.state is RowState.FAILED else _UPDATE_ROW, values
