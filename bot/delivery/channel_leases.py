"""Who delivers what: a channel is a lane, one process at a time posts into it, in order and at its pace.

`lease_token` and `lease_until` say who has the lane; a dead process loses it when the lease ends. `next_at` is the
pace (no new message is taken up before it; edits may be), `paused_until` holds everything back after Slack asked for
patience, `closed_at` says that Slack refuses the channel as a whole; such a lane is still tried now and then, so it
heals.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery.outbox import COLUMNS, MessageKind, OutboxRow, RowState, from_row
from bot.repository import tables as t
from bot.repository.column_types import UtcDateTime

#: How long a lane is held without a sign of life. Longer than the slowest call, well under a minute.
LEASE = timedelta(seconds=45)
#: A pause or a pace further away than this is the trace of a wall clock that jumped back.
LONGEST_PAUSE = timedelta(hours=2)
LONGEST_PACE = timedelta(minutes=1)
_c, _o = t.lanes.c, t.outbox.c
_NOW = sa.bindparam("now", type_=UtcDateTime)
#: `OutboxRow.is_edit` in SQL.
_IS_EDIT = sa.or_(
    sa.and_(_o.kind == MessageKind.CARD.value, _o.ts.is_not(None)),
    _o.kind == MessageKind.RETIRED.value,
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
#: A lane, if it is still ours.
HELD = sa.update(t.lanes).where(_THE_LANE, _c.lease_token == sa.bindparam("of_token"))
_PUT_OFF = (
    sa.update(t.lanes)
    .where(
        _THE_LANE, sa.or_(_c.lease_token == sa.bindparam("of_token"), _c.lease_until.is_(None), _c.lease_until <= _NOW)
    )
    .values(
        {
            name: sa.bindparam(f"new_{name}", type_=_c[name].type)
            for name in ("lease_token", "lease_until", "paused_until")
        }
    )
)
_BEGIN = (
    sa.update(t.outbox)
    .where(_o.id.in_(sa.bindparam("ids", expanding=True)))
    .values(posting=True, attempts=_o.attempts + 1, attempted_at=sa.func.coalesce(_o.attempted_at, _NOW))
)


#: Cards first, because lines and reminders stand in their threads.
_IS_CARD = sa.or_(_o.kind == MessageKind.CARD.value, _o.kind == MessageKind.RETIRED.value)
_IN_ORDER = (sa.case((_IS_CARD, 0), else_=1), _o.due_at, _o.id)
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
def _due_rows(paced: bool, kind: MessageKind | None) -> sa.Select[Any]:
    query = (
        sa.select(*COLUMNS)
        .where(_OWED, _o.channel == sa.bindparam("of_channel"))
        .order_by(*_IN_ORDER)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True, of=t.outbox)
    )
    if kind is not None:
        query = query.where(_o.kind == kind.value)
    # In the query: a new message at the head of the lane must not hide the edits behind it.
    return query.where(_IS_EDIT) if paced else query


#: `_due_rows` for several lanes at once: each with its first row, or with None. The pace is the lane's own.
_HEADS = sa.select(
    _c.channel,
    sa.select(_o.id)
    .where(
        _OWED,
        _o.channel == _c.channel,
        sa.or_(_c.next_at.is_(None), _c.next_at <= _NOW, _c.next_at > sa.bindparam("pace"), _IS_EDIT),
    )
    .order_by(*_IN_ORDER)
    .limit(1)
    .scalar_subquery()
    .label("head"),
).where(_c.workspace == sa.bindparam("of_workspace"), _c.channel.in_(sa.bindparam("channels", expanding=True)))
_SERVED = sa.select(_c.channel).where(
    _c.workspace == sa.bindparam("of_workspace"),
    _c.channel.in_(sa.bindparam("channels", expanding=True)),
    _c.lease_until > _NOW,
    _c.lease_until <= sa.bindparam("lease"),
)
#: Rows by their IDs: those that nobody changes just now, as they are.
_LOCKED = (
    sa.select(*COLUMNS)
    .where(_o.id.in_(sa.bindparam("ids", expanding=True)), _o.state == RowState.OWED.value, _o.due_at <= _NOW)
    .with_for_update(skip_locked=True, of=t.outbox)
)


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane that this process holds, with its pace: nobody else changes that while the lease lasts."""

    workspace: str
    channel: str
    token: str
    next_at: datetime | None = None
    paused_until: datetime | None = None


def claim(connection: Connection, workspace: str, now: datetime, limit: int) -> list[Lane]:
    """Take up to `limit` lanes that have something to send and that nobody holds."""
    at = {"of_workspace": workspace, "now": now}
    if connection.execute(_ANYTHING_DUE, at).first() is None:
        return []
    bounds = {"lease": now + 2 * LEASE, "pause": now + LONGEST_PAUSE, "most": limit}
    found = connection.execute(_CLAIMABLE, at | bounds).all()
    lanes = [Lane(workspace, row.channel, str(uuid.uuid4()), row.next_at, row.paused_until) for row in found]
    if lanes:
        lease = {"lease_until": now + LEASE, "of_workspace": workspace}
        connection.execute(_TAKE, [lease | {"lease_token": lane.token, "of_channel": lane.channel} for lane in lanes])
    return lanes


def held(connection: Connection, workspace: str, channels: Sequence[str], now: datetime) -> set[str]:
    """Those of some channels that somebody serves just now, be it this process or a dead one whose lease goes on."""
    values = {"of_workspace": workspace, "channels": channels, "now": now, "lease": now + 2 * LEASE}
    return set(connection.execute(_SERVED, values).scalars())


def release(connection: Connection, lanes: Sequence[Lane]) -> None:
    """Give lanes back; nothing happens to one that somebody else has taken over."""
    if lanes:
        connection.execute(HELD, [names(lane) | {"lease_token": None, "lease_until": None} for lane in lanes])


def due_rows(
    connection: Connection, lane: Lane, now: datetime, limit: int = 1, kind: MessageKind | None = None
) -> list[OutboxRow]:
    """What the lane may send now, in order: cards first, because lines and reminders stand in their threads.

    The rows stay as they are until the transaction ends; one that somebody changes just now is left out.
    """
    if _is_paused(lane, now):
        return []
    values = {"of_workspace": lane.workspace, "of_channel": lane.channel, "now": now, "most": limit}
    return [from_row(row) for row in connection.execute(_due_rows(_is_paced(lane, now), kind), values).all()]


def heads(connection: Connection, lanes: Sequence[Lane], now: datetime) -> dict[str, OutboxRow | None]:
    """Channel ID -> the first row that its lane may send now, for those lanes (of one workspace) that have one.

    The rows stay as they are until the transaction ends; None stands for one that somebody changes just now.
    """
    asked = [lane for lane in lanes if not _is_paused(lane, now)]
    if not asked:
        return {}
    at = {"of_workspace": asked[0].workspace, "now": now, "pace": now + LONGEST_PACE}
    values = at | {"channels": [lane.channel for lane in asked]}
    first = {row.channel: row.head for row in connection.execute(_HEADS, values) if row.head is not None}
    rows = connection.execute(_LOCKED, {"ids": list(first.values()), "now": now}).all() if first else ()
    found = {(row.channel, row.id): row for row in map(from_row, rows)}
    return {channel: found.get((channel, head)) for channel, head in first.items()}


def _is_paused(lane: Lane, now: datetime) -> bool:
    return lane.paused_until is not None and now < lane.paused_until <= now + LONGEST_PAUSE


def _is_paced(lane: Lane, now: datetime) -> bool:
    return lane.next_at is not None and now < lane.next_at <= now + LONGEST_PACE


def begin(connection: Connection, rows: Sequence[OutboxRow], now: datetime) -> None:
    """Note that a post of each row begins: whoever finds that note later must look before posting again.

    Their lanes must be held in this transaction: just claimed, or just settled.
    """
    if rows:
        connection.execute(_BEGIN, {"now": now, "ids": [row.id for row in rows]})


def renew(connection: Connection, lanes: Sequence[Lane], now: datetime) -> None:
    """Hold lanes for another while; nothing happens to one that somebody else has taken over."""
    if lanes:
        connection.execute(HELD, [names(lane) | {"lease_until": now + LEASE} for lane in lanes])


def put_off(connection: Connection, lanes: Sequence[Lane], now: datetime, pause: timedelta) -> None:
    """Let nobody serve lanes for a while; nothing happens to one that somebody else has."""
    if lanes:
        values = {"new_lease_token": None, "new_lease_until": None, "new_paused_until": now + pause, "now": now}
        connection.execute(_PUT_OFF, [names(lane) | values for lane in lanes])


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


def names(lane: Lane) -> dict[str, Any]:
    """What `HELD` needs."""
    return {"of_workspace": lane.workspace, "of_channel": lane.channel, "of_token": lane.token}
