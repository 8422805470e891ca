"""Leases on channels: one process at a time posts into a channel, in order and at its pace.

`lease_token` and `lease_until` say which process holds a channel; the lease of a dead process expires. No new message
is claimed before `next_at`, the pace of the channel; edits may be. `paused_until` holds everything back after a 429.
`closed_at` is set while Slack refuses the channel as a whole; such a channel is still tried now and then, so it heals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery.outbox import COLUMNS, EDITS, OutboxRow, from_row
from bot.language.spoken import ENGLISH
from bot.repository import tables as t
from bot.repository.column_types import UtcDateTime
from bot.repository.language_choices import language_of
from bot.repository.outbox_columns import MessageKind, RowState

#: How long a lease lasts unless it is renewed: longer than the slowest call, well under a minute.
LEASE = timedelta(seconds=45)
#: A pause or a pace that ends later than this is ignored.
LONGEST_PAUSE = timedelta(hours=2)
LONGEST_PACE = timedelta(minutes=1)
#: What is in English whatever is chosen: emails to support, files with what is recorded, and what programs read.
_IN_ENGLISH = frozenset(
    {MessageKind.EMAIL, MessageKind.EXPORT, MessageKind.LIST, MessageKind.WEBHOOK, MessageKind.COMPLETION}
)
_c, _o = t.channel_leases.c, t.outbox.c
_NOW = sa.bindparam("now", type_=UtcDateTime)
_OF_WORKSPACE: sa.BindParameter[str] = sa.bindparam("of_workspace")
#: `OutboxRow.is_edit` in SQL.
_IS_EDIT = sa.or_(
    sa.and_(_o.kind == MessageKind.CARD.value, _o.ts.is_not(None)),
    *(_o.kind == kind for kind in sorted(kind.value for kind in EDITS)),  # `in_` would be rendered anew each time
)
#: A newer version beside this one may write messages that only it can send. Not with IN: SQLite would make a table of
#: the kinds for each statement, also where no row is found.
_KNOWN = sa.text(f"',{','.join(kind.value for kind in MessageKind)},' LIKE '%,' || outbox.kind || ',%'")
_OWED = sa.and_(_o.workspace == _OF_WORKSPACE, _o.state == RowState.OWED.value, _KNOWN)
_DUE = sa.and_(_OWED, _o.due_at <= _NOW)
# The order makes PostgreSQL use the index of due rows even if its statistics are off.
_ANYTHING_DUE = sa.select(_o.id).where(_DUE).order_by(_o.due_at).limit(1)
_put_off = t.outbox.alias("put_off")
#: A line of a thread that waits because Slack refused its card, or a line before it.
_HELD_UP = sa.and_(
    _o.kind == MessageKind.THREAD.value,
    sa.exists().where(
        _put_off.c.enrollment_id == _o.enrollment_id,
        _put_off.c.state == RowState.OWED.value,
        _put_off.c.due_at > _o.due_at,
        sa.or_(
            sa.and_(_put_off.c.kind == MessageKind.CARD.value, _put_off.c.ts.is_(None)),
            sa.and_(_put_off.c.kind == MessageKind.THREAD.value, _put_off.c.id < _o.id),
        ),
    ),
)
_DUE_IN_CHANNEL = sa.select(_o.id).where(_DUE, _o.channel == _c.channel, sa.not_(_HELD_UP))
#: Rows that the pace of their channel allows; in the query, so that a new message that waits hides no edit behind it.
_SENDABLE = _DUE_IN_CHANNEL.where(
    sa.or_(_c.next_at.is_(None), _c.next_at <= _NOW, _c.next_at > sa.bindparam("pace"), _IS_EDIT)
)


def _finds(rows: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """Whether there is such a row in the channel. With EXISTS, PostgreSQL may read all due rows for each channel."""
    return rows.order_by(_o.due_at, _o.id).limit(1).scalar_subquery().is_not(None)


_NOT_PAUSED = sa.or_(_c.paused_until.is_(None), _c.paused_until <= _NOW, _c.paused_until > sa.bindparam("pause"))
_CLAIMABLE = (
    sa.select(_c.channel, _c.next_at, _c.paused_until, _c.failures, _c.closed_at, _c.closed_reason, _c.reminded_at)
    .where(
        _c.workspace == _OF_WORKSPACE,
        sa.or_(_c.lease_until.is_(None), _c.lease_until <= _NOW, _c.lease_until > sa.bindparam("lease")),
        _NOT_PAUSED,
        _finds(_SENDABLE),
    )
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_THE_CHANNEL = sa.and_(_c.workspace == _OF_WORKSPACE, _c.channel == sa.bindparam("of_channel"))
_TAKE = sa.update(t.channel_leases).where(_THE_CHANNEL)
#: Updates a lease that no other process has taken over.
STILL_HELD = _TAKE.where(_c.lease_token == sa.bindparam("of_token"))
_PAUSE = _TAKE.where(
    sa.or_(_c.lease_token == sa.bindparam("of_token"), _c.lease_until.is_(None), _c.lease_until <= _NOW)
)
_MARK_POSTING = (
    sa.update(t.outbox)
    .where(_o.id.in_(sa.bindparam("ids", expanding=True)))
    .values(
        posting=True,
        attempts=_o.attempts + 1,
        # A marked row is looked up first: that is no attempt, also where it is unknown when the last one was. Without a
        # mark it is posted, and whatever was tried before, as in the channel that it has left, is none of its attempts.
        attempted_at=sa.case((_o.posting, _o.attempted_at), else_=_NOW),
        lookup=sa.case((_o.posting, _o.lookup)),
    )
)
_FIRST_DUE = sa.select(sa.func.min(_o.due_at)).where(_OWED)
#: When rows fall due, and when channels with due rows may go on: by their pace, or after a pause.
_NEXT = sa.union_all(
    sa.select(sa.func.min(_o.due_at)).where(_OWED, _o.due_at > _NOW),
    *(
        sa.select(sa.func.min(column)).where(_c.workspace == _OF_WORKSPACE, column > _NOW, _finds(_DUE_IN_CHANNEL))
        for column in (_c.next_at, _c.paused_until)
    ),
)
_THESE_CHANNELS = sa.and_(_c.workspace == _OF_WORKSPACE, _c.channel.in_(sa.bindparam("channels", expanding=True)))
#: Cards first, because lines and reminders stand in their threads; then the digest, which takes due reminders along.
_IS_CARD = sa.or_(_o.kind == MessageKind.CARD.value, _o.kind == MessageKind.RETIRED.value)
_IN_ORDER = (sa.case((_IS_CARD, 0), (_o.kind == MessageKind.DIGEST.value, 1), else_=2), _o.due_at, _o.id)
#: The first sendable row of several channels at once, or None.
_NEXT_MESSAGES = sa.select(
    _c.channel,
    _SENDABLE.order_by(*_IN_ORDER).limit(1).scalar_subquery().label("head"),
    language_of(_OF_WORKSPACE, _c.channel).label("language"),
).where(_THESE_CHANNELS, _NOT_PAUSED)
_LEASED = sa.select(_c.channel).where(_THESE_CHANNELS, _c.lease_until > _NOW, _c.lease_until <= sa.bindparam("lease"))
#: Due rows as values, without those that another transaction holds.
_LOCKED = sa.select(*COLUMNS).where(_DUE).with_for_update(skip_locked=True, of=t.outbox)
_LOCKED_BY_ID = _LOCKED.where(_o.id.in_(sa.bindparam("ids", expanding=True)))
_REMINDERS = sa.and_(_o.channel.in_(sa.bindparam("channels", expanding=True)), _o.kind == MessageKind.REMINDER.value)
_PLACE = sa.func.row_number().over(partition_by=_o.channel, order_by=(_o.due_at, _o.id))
_ranked = sa.select(_o.id, _PLACE.label("place")).where(_DUE, _REMINDERS).subquery()
_FIRST = sa.select(_ranked.c.id).where(_ranked.c.place <= sa.bindparam("most"))
_DUE_REMINDERS = _LOCKED.where(_REMINDERS, _o.id.in_(_FIRST)).order_by(_o.due_at, _o.id)


@dataclass(frozen=True, slots=True)
class ChannelLease:
    """A channel that this process holds, as it was claimed; no other process changes its row meanwhile.

    Attributes:
        failures: pauses in a row after a failure. closed_at: since when Slack refuses the channel.
        reminded_at: when its last reminder message was sent.
    """

    workspace: str
    channel: str
    token: str
    next_at: datetime | None = None
    paused_until: datetime | None = None
    failures: int = 0
    closed_at: datetime | None = None
    closed_reason: str | None = None
    reminded_at: datetime | None = None


def claim(connection: Connection, workspace: str, now: datetime, limit: int) -> list[ChannelLease]:
    """Lease up to `limit` channels that have a message to send and that no process holds."""
    at = _at(workspace, now)
    if connection.execute(_ANYTHING_DUE, at).first() is None:
        return []
    found = connection.execute(_CLAIMABLE, at | {"most": limit}).all()
    leases = [ChannelLease(workspace, token=str(uuid4()), **row._mapping) for row in found]
    if leases:
        until = {"lease_until": now + LEASE, "of_workspace": workspace}
        connection.execute(
            _TAKE, [until | {"lease_token": lease.token, "of_channel": lease.channel} for lease in leases]
        )
    return leases


def leased(connection: Connection, workspace: str, channels: Sequence[str], now: datetime) -> set[str]:
    """Which of the channels are leased now, be it by this process or by a dead one whose lease has not expired."""
    return set(connection.execute(_LEASED, _at(workspace, now) | {"channels": channels}).scalars())


def next_messages(connection: Connection, leases: Sequence[ChannelLease], now: datetime) -> dict[str, OutboxRow | None]:
    """Channel ID -> its first row that may be sent now, for those channels (of one workspace) that have one.

    The rows stay as they are until the transaction ends; None stands for one that another transaction holds.
    """
    if not leases:
        return {}
    at = _at(leases[0].workspace, now)
    heads = connection.execute(_NEXT_MESSAGES, at | {"channels": [lease.channel for lease in leases]})
    first = {row.channel: row for row in heads if row.head is not None}
    ids = [row.head for row in first.values()]
    rows = connection.execute(_LOCKED_BY_ID, at | {"ids": ids}).all() if first else ()
    found = {(row.channel, row.id): row for row in map(from_row, rows)}
    return {channel: _told(found.get((channel, head.head)), head.language) for channel, head in first.items()}


def _told(row: OutboxRow | None, language: str | None) -> OutboxRow | None:
    """A row with the language of its channel."""
    told = ENGLISH if row is not None and row.kind in _IN_ENGLISH else language
    return replace(row, language=told) if row is not None and told else row


def due_reminders(
    connection: Connection, leases: Sequence[ChannelLease], now: datetime, limit: int
) -> dict[str, list[OutboxRow]]:
    """Channel ID -> up to `limit` due reminders, the first due first, without those that another transaction holds.

    The rows stay as they are until the transaction ends.
    """
    found: dict[str, list[OutboxRow]] = {lease.channel: [] for lease in leases}
    values = _at(leases[0].workspace, now) | {"channels": list(found), "most": limit}
    for row in map(from_row, connection.execute(_DUE_REMINDERS, values).all()):
        found[row.channel].append(row)
    return found


def mark_posting(connection: Connection, rows: Sequence[OutboxRow], now: datetime) -> None:
    """Mark rows as being posted: a process that finds the mark later looks for the message before it posts again.

    Their leases must be held in this transaction: just claimed, or just settled.
    """
    if rows:
        connection.execute(_MARK_POSTING, {"now": now, "ids": [row.id for row in rows]})


def release(connection: Connection, leases: Sequence[ChannelLease]) -> None:
    """Give leases back, except those that another process has taken over."""
    _update(connection, STILL_HELD, leases, lease_token=None, lease_until=None)


def renew(connection: Connection, leases: Sequence[ChannelLease], now: datetime) -> None:
    """Extend leases, except those that another process has taken over."""
    _update(connection, STILL_HELD, leases, lease_until=now + LEASE)


def pause(connection: Connection, leases: Sequence[ChannelLease], now: datetime, pause_for: timedelta) -> None:
    """Release channels and let no process lease them for a while, except those that another process has taken over."""
    _update(connection, _PAUSE, leases, lease_token=None, lease_until=None, paused_until=now + pause_for, now=now)


def lease_params(lease: ChannelLease) -> dict[str, Any]:
    """The parameters of `STILL_HELD`."""
    return {"of_workspace": lease.workspace, "of_channel": lease.channel, "of_token": lease.token}


def _update(connection: Connection, statement: sa.Update, leases: Sequence[ChannelLease], **values: Any) -> None:
    if leases:
        connection.execute(statement, [lease_params(lease) | values for lease in leases])


def _at(workspace: str, now: datetime) -> dict[str, Any]:
    """Workspace and time of a query; leases, pauses and paces beyond their bounds are of a clock that jumped back."""
    bounds = {"lease": now + 2 * LEASE, "pause": now + LONGEST_PAUSE, "pace": now + LONGEST_PACE}
    return bounds | {"of_workspace": workspace, "now": now}


def next_due(connection: Connection, workspace: str, after: datetime) -> datetime | None:
    """The first instant after `after` at which a row falls due or a channel may go on; None if there is none."""
    first: datetime | None = connection.execute(_FIRST_DUE, {"of_workspace": workspace}).scalar_one()
    if first is None or first > after:  # nothing is due, so no channel waits to go on
        return first
    moments = connection.execute(_NEXT, {"of_workspace": workspace, "now": after}).scalars()
    return min((moment for moment in moments if moment is not None), default=None)


def count_due(connection: Connection, workspace: str, now: datetime) -> int:
    """How many messages are due and not sent."""
    query = sa.select(sa.func.count()).select_from(t.outbox).where(_DUE)
    return int(connection.execute(query, {"of_workspace": workspace, "now": now}).scalar_one())


@dataclass(frozen=True, slots=True)
class WaitingRows:
    """What an operator watches: messages that are due, since when the oldest one is, and those that were put aside."""

    due: int
    oldest: timedelta
    put_aside: int


def waiting_rows(connection: Connection, workspace: str, now: datetime) -> WaitingRows:
    """The numbers of a workspace."""
    values = {"of_workspace": workspace, "now": now}
    query = sa.select(sa.func.count(), sa.func.min(_o.due_at)).select_from(t.outbox).where(_DUE)
    due, oldest = connection.execute(query, values).one()
    aside = sa.select(sa.func.count()).select_from(t.outbox)
    aside = aside.where(_o.workspace == _OF_WORKSPACE, _o.state == RowState.FAILED.value)
    put_aside = connection.execute(aside, {"of_workspace": workspace}).scalar_one()
    return WaitingRows(int(due), now - oldest if oldest else timedelta(), int(put_aside))


def closed_channels(connection: Connection, workspace: str) -> dict[str, str]:
    """Channel ID -> why Slack refuses it, for every closed channel."""
    query = sa.select(_c.channel, _c.closed_reason).where(_c.workspace == workspace, _c.closed_at.is_not(None))
    return {row.channel: row.closed_reason for row in connection.execute(query)}
