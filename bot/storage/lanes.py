"""Who delivers what: a channel is a lane, one process at a time posts into it, in order and at its pace.

`lease_token` and `lease_until` say who has the lane; a dead process loses it when the lease ends. `next_at` is the
pace (no new message before it; edits may), `paused_until` holds everything back after Slack asked for patience,
`closed_at` says that Slack refuses the channel as a whole; such a lane is still tried now and then, so it heals.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
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

#: `Owed.is_edit` in SQL.
_IS_EDIT = sa.or_(
    sa.and_(t.outbox.c.kind == Kind.CARD.value, t.outbox.c.ts.is_not(None)),
    t.outbox.c.kind == Kind.RETIRED.value,
)


class LeaseLost(Exception):
    """Another process has taken the lane over; whatever is known about its rows must not be written."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane that this process holds."""

    workspace: str
    channel: str
    token: str


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
    c, o = t.lanes.c, t.outbox.c
    due = sa.and_(o.workspace == workspace, o.state == RowState.OWED.value, o.due_at <= now)
    # The order makes PostgreSQL use the index of what is due, whatever it believes about how much that is.
    if connection.execute(sa.select(o.id).where(due).order_by(o.due_at).limit(1)).first() is None:
        return []
    sendable = (
        sa.select(o.id)
        .where(due, o.channel == c.channel, sa.or_(c.next_at.is_(None), c.next_at <= now, _IS_EDIT))
        .exists()
    )
    # A lease or a pause further away than anyone could have set it is the trace of a wall clock that jumped back.
    free = sa.or_(c.lease_until.is_(None), c.lease_until <= now, c.lease_until > now + 2 * LEASE)
    awake = sa.or_(c.paused_until.is_(None), c.paused_until <= now, c.paused_until > now + LONGEST_PAUSE)
    query = (
        sa.select(c.channel)
        .where(c.workspace == workspace, free, awake, sendable)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    lanes = [Lane(workspace, channel, str(uuid.uuid4())) for channel in connection.execute(query).scalars().all()]
    for lane in lanes:
        connection.execute(
            sa.update(t.lanes)
            .where(c.workspace == workspace, c.channel == lane.channel)
            .values(lease_token=lane.token, lease_until=now + LEASE)
        )
    return lanes


def renew(connection: Connection, lane: Lane, now: datetime, **values: Any) -> None:
    """Hold the lane for another while.

    Raises:
        LeaseLost: somebody else has it.
    """
    result = connection.execute(
        sa.update(t.lanes)
        .where(
            t.lanes.c.workspace == lane.workspace,
            t.lanes.c.channel == lane.channel,
            t.lanes.c.lease_token == lane.token,
        )
        .values(lease_until=now + LEASE, **values)
    )
    if result.rowcount != 1:
        raise LeaseLost


def release(connection: Connection, lane: Lane) -> None:
    """Give the lane back; nothing happens where somebody else has taken it over."""
    connection.execute(
        sa.update(t.lanes)
        .where(t.lanes.c.workspace == lane.workspace, t.lanes.c.lease_token == lane.token)
        .values(lease_token=None, lease_until=None)
    )


def due_rows(connection: Connection, lane: Lane, now: datetime, limit: int = 1, kind: Kind | None = None) -> list[Owed]:
    """What the lane may send now, in order: cards first, because lines and reminders stand in their threads."""
    o = t.outbox.c
    pace = connection.execute(
        sa.select(t.lanes.c.next_at, t.lanes.c.paused_until).where(
            t.lanes.c.workspace == lane.workspace, t.lanes.c.channel == lane.channel
        )
    ).one()
    if pace.paused_until is not None and now < pace.paused_until <= now + LONGEST_PAUSE:
        return []
    paced = pace.next_at is not None and now < pace.next_at <= now + LONGEST_PACE
    is_card = sa.case((o.kind.in_([Kind.CARD.value, Kind.RETIRED.value]), 0), else_=1)
    query = (
        sa.select(t.outbox)
        .where(
            o.workspace == lane.workspace,
            o.channel == lane.channel,
            o.state == RowState.OWED.value,
            o.due_at <= now,
        )
        .order_by(is_card, o.due_at, o.id)
        .limit(limit)
    )
    if kind is not None:
        query = query.where(o.kind == kind.value)
    if paced:  # in the query: a new message at the head of the lane must not hide the edits behind it
        query = query.where(_IS_EDIT)
    return [from_row(row) for row in connection.execute(query)]


def begin(connection: Connection, lane: Lane, row: Owed, now: datetime) -> None:
    """Note that a post of this row begins: whoever finds that note later must look before posting again."""
    renew(connection, lane, now)
    connection.execute(
        sa.update(t.outbox)
        .where(t.outbox.c.id == row.id)
        .values(posting=True, attempted_at=row.attempted_at or now, attempts=t.outbox.c.attempts + 1)
    )


def settle(connection: Connection, lane: Lane, row: Owed, done: Settlement, now: datetime) -> None:
    """Write down what became of a row, if the lane is still ours.

    Raises:
        LeaseLost: it is not; the row stays as the other process sees it.
    """
    failed = done.paused_until is not None
    values: dict[str, Any] = {
        "failures": t.lanes.c.failures + 1 if failed else 0,
        "paused_until": done.paused_until,
    }
    if done.next_at is not None:
        values["next_at"] = done.next_at
    if done.closed is not None:
        values |= {"closed_at": sa.func.coalesce(t.lanes.c.closed_at, now), "closed_reason": done.closed}
    elif done.state is RowState.SENT or done.ts is not None:  # a card that was posted is owed again later
        values |= {"closed_at": None, "closed_reason": None}
    renew(connection, lane, now, **values)
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
        fields["version"] = done.version
    connection.execute(sa.update(t.outbox).where(t.outbox.c.id == row.id).values(**fields))


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
    o, c = t.outbox.c, t.lanes.c
    owed = sa.and_(o.workspace == workspace, o.state == RowState.OWED.value)
    future = connection.execute(sa.select(sa.func.min(o.due_at)).where(owed, o.due_at > after)).scalar()
    held = sa.select(o.id).where(owed, o.due_at <= after, o.channel == c.channel).exists()
    moments = [future]
    for column in (c.next_at, c.paused_until):
        query = sa.select(sa.func.min(column)).where(c.workspace == workspace, column > after, held)
        moments.append(connection.execute(query).scalar())
    return min((moment for moment in moments if moment is not None), default=None)


def count_due(connection: Connection, workspace: str, now: datetime) -> int:
    """How many messages are owed by now and not sent."""
    o = t.outbox.c
    due = sa.and_(o.workspace == workspace, o.state == RowState.OWED.value, o.due_at <= now)
    return int(connection.execute(sa.select(sa.func.count()).select_from(t.outbox).where(due)).scalar_one())


def closed_lanes(connection: Connection, workspace: str) -> dict[str, str]:
    """Channel ID -> why Slack refuses it, for every closed lane."""
    query = sa.select(t.lanes.c.channel, t.lanes.c.closed_reason).where(
        t.lanes.c.workspace == workspace, t.lanes.c.closed_at.is_not(None)
    )
    return {row.channel: row.closed_reason for row in connection.execute(query)}
