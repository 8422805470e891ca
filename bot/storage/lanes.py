"""Who delivers what: a channel is a lane, one process at a time posts into it, in order and at its pace.

`lease_token` and `lease_until` say who has the lane; a dead process loses it when the lease ends. `next_at` is the
pace (no new message before it; edits may), `paused_until` holds everything back after Slack asked for patience,
`closed_at` says that Slack refuses the channel as a whole; such a lane is still tried now and then, so it heals.
"""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.storage import models as t
from bot.storage.outbox import Kind, Owed, RowState, from_row

#: How long a lane is held without a sign of life. Longer than the slowest call, well under a minute.
LEASE = timedelta(seconds=45)
#: A pause or a pace further away than this is the trace of a wall clock that jumped back.
LONGEST_PAUSE = timedelta(hours=2)
LONGEST_PACE = timedelta(minutes=1)
_c, _o = t.lanes.c, t.outbox.c
_NOW = sa.bindparam("now", type_=t.UtcDateTime)
#: `Owed.is_edit` in SQL.
_IS_EDIT = sa.or_(
    sa.and_(_o.kind == Kind.CARD.value, _o.ts.is_not(None)),
    _o.kind == Kind.RETIRED.value,
)
_OWED = sa.and_(_o.workspace == sa.bindparam("of_workspace"), _o.state == RowState.OWED.value, _o.due_at <= _NOW)
# The order makes PostgreSQL use the index of what is due, whatever it believes about how much that is.
_ANYTHING_DUE = sa.select(_o.id).where(_OWED).order_by(_o.due_at).limit(1)
_SENDABLE = (
    sa.select(_o.id)
    .where(_OWED, _o.channel == _c.channel, sa.or_(_c.next_at.is_(None), _c.next_at <= _NOW, _IS_EDIT))
    .exists()
)
# A lease or a pause further away than anyone could have set it is the trace of a wall clock that jumped back.
_CLAIMABLE = (
    sa.select(_c.channel, _c.next_at, _c.paused_until)
    .where(
        _c.workspace == sa.bindparam("of_workspace"),
        sa.or_(_c.lease_until.is_(None), _c.lease_until <= _NOW, _c.lease_until > sa.bindparam("lease")),
        sa.or_(_c.paused_until.is_(None), _c.paused_until <= _NOW, _c.paused_until > sa.bindparam("pause")),
        _SENDABLE,
    )
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_THE_LANE = sa.and_(_c.workspace == sa.bindparam("of_workspace"), _c.channel == sa.bindparam("of_channel"))
_TAKE = sa.update(t.lanes).where(_THE_LANE)
_HELD = sa.update(t.lanes).where(_THE_LANE, _c.lease_token == sa.bindparam("of_token"))
_HELD_FINE = _HELD.values(failures=0)
_HELD_FAILED = _HELD.values(failures=_c.failures + 1)
_HELD_CLOSED = _HELD_FAILED.values(closed_at=sa.func.coalesce(_c.closed_at, sa.bindparam("at", type_=t.UtcDateTime)))
_THE_ROW = _o.id == sa.bindparam("of_id")
_BEGIN = sa.update(t.outbox).where(_THE_ROW).values(posting=True, attempts=_o.attempts + 1)
_SETTLE = sa.update(t.outbox).where(_THE_ROW)


_HAS_DUE = sa.select(_o.id).where(_OWED, _o.channel == _c.channel).exists()
#: When rows fall due, and when lanes that hold due ones may go on: by their pace, or after a pause.
_NEXT = sa.union_all(
    sa.select(sa.func.min(_o.due_at)).where(
        _o.workspace == sa.bindparam("of_workspace"), _o.state == RowState.OWED.value, _o.due_at > _NOW
    ),
    *(
        sa.select(sa.func.min(column)).where(_c.workspace == sa.bindparam("of_workspace"), column > _NOW, _HAS_DUE)
        for column in (_c.next_at, _c.paused_until)
    ),
)


@functools.cache
def _due_rows(paced: bool, kind: Kind | None) -> sa.Select[Any]:
    is_card = sa.case((_o.kind.in_([Kind.CARD.value, Kind.RETIRED.value]), 0), else_=1)
    query = (
        sa.select(t.outbox)
        .where(_OWED, _o.channel == sa.bindparam("of_channel"))
        .order_by(is_card, _o.due_at, _o.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
    if kind is not None:
        query = query.where(_o.kind == kind.value)
    # In the query: a new message at the head of the lane must not hide the edits behind it.
    return query.where(_IS_EDIT) if paced else query


class LeaseLost(Exception):
    """Another process has taken the lane over; whatever is known about its rows must not be written."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane that this process holds, with its pace: nobody else changes that while the lease lasts."""

    workspace: str
    channel: str
    token: str
    next_at: datetime | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a row, for `settle`.

    Attributes:
        state: OWED keeps it (at `due_at`). posting: the outcome of a post is unknown, look before posting again.
        next_at: pace of the lane from now on. paused_until: nothing before this. closed: why Slack refuses the lane.
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


def claim(connection: Connection, workspace: str, now: datetime, limit: int) -> list[Lane]:
    """Take up to `limit` lanes that have something to send and that nobody holds."""
    at = {"of_workspace": workspace, "now": now}
    if connection.execute(_ANYTHING_DUE, at).first() is None:
        return []
    bounds = {"lease": now + 2 * LEASE, "pause": now + LONGEST_PAUSE, "most": limit}
    found = connection.execute(_CLAIMABLE, at | bounds).all()
    lanes = [Lane(workspace, row.channel, str(uuid.uuid4()), row.next_at, row.paused_until) for row in found]
    for lane in lanes:
        values = {"lease_token": lane.token, "lease_until": now + LEASE}
        connection.execute(_TAKE, values | {"of_workspace": workspace, "of_channel": lane.channel})
    return lanes


def renew(connection: Connection, lane: Lane, now: datetime, **values: Any) -> None:
    """Hold the lane for another while, and change some of its columns.

    Raises:
        LeaseLost: somebody else has it.
    """
    changed = values | {"lease_until": now + LEASE}
    if connection.execute(_HELD, changed | _names(lane)).rowcount != 1:
        raise LeaseLost


def release(connection: Connection, lane: Lane) -> None:
    """Give the lane back; nothing happens where somebody else has taken it over."""
    connection.execute(_HELD, _names(lane) | {"lease_token": None, "lease_until": None})


def due_rows(connection: Connection, lane: Lane, now: datetime, limit: int = 1, kind: Kind | None = None) -> list[Owed]:
    """What the lane may send now, in order: cards first, because lines and reminders stand in their threads."""
    if lane.paused_until is not None and now < lane.paused_until <= now + LONGEST_PAUSE:
        return []
    paced = lane.next_at is not None and now < lane.next_at <= now + LONGEST_PACE
    values = {"of_workspace": lane.workspace, "of_channel": lane.channel, "now": now, "most": limit}
    return [from_row(row) for row in connection.execute(_due_rows(paced, kind), values)]


def begin(connection: Connection, row: Owed, now: datetime) -> None:
    """Note that a post of this row begins: whoever finds that note later must look before posting again.

    The lane must be held in this transaction: just claimed, or just settled.
    """
    connection.execute(_BEGIN, {"of_id": row.id, "attempted_at": row.attempted_at or now})


def settle(connection: Connection, lane: Lane, row: Owed, done: Settlement, now: datetime) -> Lane:
    """Write down what became of a row, if the lane is still ours, and hold it for another while; its new pace.

    Raises:
        LeaseLost: it is not; the row stays as the other process sees it.
    """
    failed = done.paused_until is not None
    values: dict[str, Any] = {
        "next_at": done.next_at or lane.next_at,
        "paused_until": done.paused_until,
        "lease_until": now + LEASE,
    }
    held = _HELD_FAILED if failed else _HELD_FINE
    if done.closed is not None:
        held = _HELD_CLOSED
        values |= {"at": now, "closed_reason": done.closed}
    elif done.state is RowState.SENT or done.ts is not None:  # a card that was posted is owed again later
        values |= {"closed_at": None, "closed_reason": None}
    if connection.execute(held, values | _names(lane)).rowcount != 1:
        raise LeaseLost
    fields: dict[str, Any] = {
        "state": done.state.value,
        "due_at": done.due_at,
        "posting": done.posting,
        "last_error": done.error,
        "of_id": row.id,
    }
    if not done.posting:
        fields["attempted_at"] = None
    if done.ts is not None:
        fields |= {"ts": done.ts, "posted_channel": done.posted_channel, "sent_at": now}
    if done.version is not None:
        fields["version"] = done.version
    connection.execute(_SETTLE, fields)
    return replace(lane, next_at=values["next_at"], paused_until=done.paused_until)


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


def next_due(connection: Connection, workspace: str, after: datetime) -> datetime | None:
    """The first instant later than `after` at which something falls due or a lane may go on; None if there is none."""
    moments = connection.execute(_NEXT, {"of_workspace": workspace, "now": after}).scalars()
    return min((moment for moment in moments if moment is not None), default=None)


def count_due(connection: Connection, workspace: str, now: datetime) -> int:
    """How many messages are owed by now and not sent."""
    query = sa.select(sa.func.count()).select_from(t.outbox).where(_OWED)
    return int(connection.execute(query, {"of_workspace": workspace, "now": now}).scalar_one())


def closed_lanes(connection: Connection, workspace: str) -> dict[str, str]:
    """Channel ID -> why Slack refuses it, for every closed lane."""
    query = sa.select(t.lanes.c.channel, t.lanes.c.closed_reason).where(
        t.lanes.c.workspace == workspace, t.lanes.c.closed_at.is_not(None)
    )
    return {row.channel: row.closed_reason for row in connection.execute(query)}


def _names(lane: Lane) -> dict[str, Any]:
    """What `_OURS` needs."""
    return {"of_workspace": lane.workspace, "of_channel": lane.channel, "of_token": lane.token}
