"""What became of the rows that a process has sent, written down while it still holds their lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import channel_leases
from bot.delivery.channel_leases import Lane
from bot.delivery.outbox import OutboxRow, RowState
from bot.repository import tables as t
from bot.repository.column_types import UtcDateTime

_c = t.lanes.c
_FINE = channel_leases.HELD.values(failures=0)
_FAILED = channel_leases.HELD.values(failures=_c.failures + 1)
_CLOSED = _FAILED.values(closed_at=sa.func.coalesce(_c.closed_at, sa.bindparam("at", type_=UtcDateTime)))
_SETTLE = sa.update(t.outbox).where(t.outbox.c.id == sa.bindparam("of_id"))
#: The same unless the row was begun again meanwhile: it moved to another lane, whose holder's mark must stay.
_STILL_OURS = _SETTLE.where(t.outbox.c.attempts == sa.bindparam("of_attempts"))


class LeaseLost(Exception):
    """Another process has taken the lane over; whatever is known about its rows must not be written."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a row, for `settle`.

    Attributes:
        state: OWED keeps it (at `due_at`). posting: the outcome of a post is unknown, look before posting again.
        next_at: pace of the lane from now on. paused_until: nothing before this. closed: why Slack refuses the lane.
        begun: whether it was tried at all; if not, its marks become what they were before it was taken up.
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
    begun: bool = True


#: Of a row that was taken up and that nobody has begun to send.
GIVEN_BACK = Settlement(RowState.OWED, begun=False)


def settle(connection: Connection, ended: Sequence[tuple[Lane, OutboxRow, Settlement]], now: datetime) -> list[Lane]:
    """Write down what became of one row of each lane, and hold the lanes for another while; with their new pace.

    Raises:
        LeaseLost: one of the lanes is not ours any more. Nothing of this transaction may stay then.
    """
    changes, fields = _Changes(), _Changes()
    held = []
    for lane, row, done in ended:
        held.append(replace(lane, next_at=done.next_at or lane.next_at, paused_until=done.paused_until))
        changes.add(*_of_lane(held[-1], done, now))
        fields.add(*_of_row(row, done, now))
    if changes.carry_out(connection) != len(ended):
        raise LeaseLost
    fields.carry_out(connection)
    return held


class _Changes:
    """Updates, those of one shape together."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[sa.Update, frozenset[str]], list[dict[str, Any]]] = {}

    def add(self, statement: sa.Update, values: dict[str, Any]) -> None:
        self._shapes.setdefault((statement, frozenset(values)), []).append(values)

    def carry_out(self, connection: Connection) -> int:
        """How many rows they found."""
        return sum(connection.execute(update, values).rowcount for (update, _), values in self._shapes.items())


def _of_lane(lane: Lane, done: Settlement, now: datetime) -> tuple[sa.Update, dict[str, Any]]:
    values: dict[str, Any] = {
        "next_at": lane.next_at,
        "paused_until": lane.paused_until,
        "lease_until": now + channel_leases.LEASE,
        **channel_leases.names(lane),
    }
    if not done.begun:
        return channel_leases.HELD, values
    if done.closed is not None:
        return _CLOSED, values | {"at": now, "closed_reason": done.closed}
    if done.state is RowState.SENT or done.ts is not None:  # a card that was posted is owed again later
        values |= {"closed_at": None, "closed_reason": None}
    return _FAILED if done.paused_until is not None else _FINE, values


def _of_row(row: OutboxRow, done: Settlement, now: datetime) -> tuple[sa.Update, dict[str, Any]]:
    ours = {"of_id": row.id, "of_attempts": row.attempts + 1}
    if not done.begun:
        before = {"posting": row.posting, "attempts": row.attempts, "attempted_at": row.attempted_at}
        return _STILL_OURS, before | ours
    fields: dict[str, Any] = {
        "state": done.state.value,
        "due_at": done.due_at,
        "posting": done.posting,
        "last_error": done.error,
    }
    if not done.posting:
        fields["attempted_at"] = None
    if done.ts is not None:
        fields |= {"ts": done.ts, "posted_channel": done.posted_channel, "sent_at": now}
    if done.version is not None:
        fields |= {"version": done.version, "attempts": 0}  # a card was sent; its next edit is tried as often again
    if done.state is RowState.OWED and done.ts is None:
        return _STILL_OURS, fields | ours
    return _SETTLE, fields | {"of_id": row.id}


def failures(connection: Connection, lane: Lane) -> int:
    """How often in a row Slack has put this lane off."""
    query = sa.select(t.lanes.c.failures).where(
        t.lanes.c.workspace == lane.workspace, t.lanes.c.channel == lane.channel
    )
    return int(connection.execute(query).scalar_one())


def closed_since(connection: Connection, lane: Lane) -> datetime:
    """When Slack began to refuse the lane."""
    query = sa.select(t.lanes.c.closed_at).where(
        t.lanes.c.workspace == lane.workspace, t.lanes.c.channel == lane.channel
    )
    closed_at: datetime = connection.execute(query).scalar_one()
    return closed_at
