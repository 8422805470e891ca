"""The outbox: messages that are written in the transaction of the change that causes them, and sent later.

`state` is `owed` (to be sent at `due_at`), `sent`, `merged` (part of a round or a digest), `dropped` (its reason went
away) or `failed` (refused for good). `owed_at` is when the row was first due, `posting` marks a post whose outcome is
not known yet, `attempted_at` is when the first such attempt began, `lookup` is how far the look-up of its outcome has
come, `attempts` counts the claims (for a card: since Slack last took it). A card's row is edited for as long as the
enrollment lives: `version` is the enrollment's version that the card shows, and the row becomes due again while that is
not the newest.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from bot.domain.enrollment import Status
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind, RowState
from bot.repository.upsert import insert_or_ignore
from bot.telemetry.log_context import about

log = logging.getLogger(__name__)


#: Messages that remind a channel; between two of them there is a gap.
REMIND = frozenset({MessageKind.REMINDER, MessageKind.ROUND, MessageKind.DIGEST})
#: Rows that only edit messages which other rows have posted.
EDITS = frozenset({MessageKind.RETIRED, MessageKind.DELETED, MessageKind.ANSWERED, MessageKind.BULK_PROGRESS})


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row of the outbox as delivery sees it.

    `card_ts` is where the card of its enrollment stands, if it does. `language` is that of its channel, as it was
    claimed; None where nobody has chosen one.
    """

    id: int
    workspace: str
    key: str
    kind: MessageKind
    channel: str
    enrollment_id: int | None
    owed_at: datetime
    due_at: datetime | None
    posting: bool
    attempted_at: datetime | None
    attempts: int
    version: int
    posted_channel: str | None
    ts: str | None
    payload: Mapping[str, Any]
    lookup: str | None
    card_ts: str | None
    language: str | None = None

    def __str__(self) -> str:
        """How logs name the row."""
        return f"{self.key} (message {self.id}, {self.kind.value}, enrollment {self.enrollment_id})"

    @property
    def tried(self) -> list[tuple[str, str | None]]:
        """Channel and thread of earlier posts whose outcome was unknown when the message got another place."""
        return [(channel, thread_ts) for channel, thread_ts in self.payload.get("tried", ())]

    @property
    def left_behind(self) -> set[str]:
        """The channels of `tried` in which the row is no more."""
        return {channel for channel, _ in self.tried} - {self.channel}

    @property
    def is_edit(self) -> bool:
        """Whether it edits a posted message: that adds nothing to the channel, so it ignores the pace."""
        return self.kind in EDITS or (self.kind is MessageKind.CARD and self.ts is not None)


def card_key(enrollment_id: int) -> str:
    """The unique key of an enrollment's card."""
    return f"{_CARD}{enrollment_id}"


_CARD = "card:"
_card = t.outbox.alias("card")
_CARD_TS = sa.select(_card.c.ts).where(
    _card.c.workspace == t.outbox.c.workspace,
    _card.c.key == sa.literal(_CARD).concat(sa.cast(t.outbox.c.enrollment_id, sa.Text)),
)
#: The columns of `OutboxRow`, in its order.
COLUMNS = (
    *(t.outbox.c[field.name] for field in fields(OutboxRow) if field.name in t.outbox.c),
    _CARD_TS.scalar_subquery().label("card_ts"),
)


def from_row(row: Row[Any]) -> OutboxRow:
    """A row of `COLUMNS` as a value."""
    number, workspace, key, kind, *values = tuple[Any, ...](row)
    return OutboxRow(number, workspace, key, MessageKind(kind), *values)


#: How much later than a message was posted Slack's history shows it for sure.
_HISTORY_LAG = timedelta(seconds=30)
#: A row as it begins.
NEW: dict[str, Any] = {"state": RowState.OWED.value, "posting": False, "attempts": 0, "version": 0}


def owe(
    connection: Connection,
    workspace: str,
    key: str,
    kind: MessageKind,
    channel: str,
    due_at: datetime,
    *,
    enrollment_id: int | None = None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """Add one message, and its channel (or person) if that is new; return False if its key is there already."""
    open_channel(connection, workspace, channel)
    row = NEW | {
        "workspace": workspace,
        "key": key,
        "kind": kind.value,
        "channel": channel,
        "enrollment_id": enrollment_id,
        "owed_at": due_at,
        "due_at": due_at,
        "payload": dict(payload or {}),
    }
    return insert_or_ignore(connection, t.outbox, [row]) == 1


def is_owed(connection: Connection, workspace: str, kind: MessageKind, channel: str, enrollment_id: int | None) -> bool:
    """Whether a message of that kind about an enrollment, or about none, is still to be sent to a channel or person."""
    c = t.outbox.c
    to_them = sa.and_(c.workspace == workspace, c.channel == channel, c.state == RowState.OWED.value)
    about = c.enrollment_id.is_(None) if enrollment_id is None else c.enrollment_id == enrollment_id
    found = sa.select(c.id).where(to_them, c.kind == kind.value, about).limit(1)
    return connection.execute(found).first() is not None


def requeue(connection: Connection, workspace: str, key: str, now: datetime) -> None:
    """Send a message again that was sent or failed, unless a look-up finds that it is still there.

    What was sent just now is there: Slack's history may lag behind, so a look-up could miss it.
    """
    c = t.outbox.c
    sent = sa.and_(c.state == RowState.SENT.value, c.sent_at <= now - _HISTORY_LAG)
    ended = sa.or_(sent, c.state == RowState.FAILED.value)
    again = {"state": RowState.OWED.value, "due_at": now, "posting": True, "attempts": 0, "last_error": None}
    connection.execute(
        sa.update(t.outbox).where(OF_KEY, ended).values(again), {"of_workspace": workspace, "of_key": key}
    )


def open_channel(connection: Connection, workspace: str, channel: str) -> None:
    """Add a channel (or a person) to those that delivery serves; rows of other channels are never sent."""
    insert_or_ignore(connection, t.channel_leases, [{"workspace": workspace, "channel": channel, "failures": 0}])


def event_of(row: OutboxRow) -> tuple[int, int]:
    """The enrollment ID and the number of the audit event that a thread line tells."""
    return row.enrollment_id or 0, int(row.key.rpartition(":")[2])


OF_KEY = sa.and_(t.outbox.c.workspace == sa.bindparam("of_workspace"), t.outbox.c.key == sa.bindparam("of_key"))
_BY_KEY = sa.select(*COLUMNS).where(OF_KEY)
_LOCKED = sa.select(t.outbox).where(OF_KEY).with_for_update()


def card_of(connection: Connection, workspace: str, enrollment_id: int) -> OutboxRow | None:
    """The row of an enrollment's card: where it was posted and which version it shows."""
    row = connection.execute(_BY_KEY, {"of_workspace": workspace, "of_key": card_key(enrollment_id)}).first()
    return from_row(row) if row else None


def cards_of(connection: Connection, workspace: str, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Enrollment ID -> (channel, ts) of its card, for those whose card is posted."""
    c = t.outbox.c
    of_card = sa.and_(c.workspace == workspace, c.enrollment_id.in_(ids), c.kind == MessageKind.CARD.value)
    query = sa.select(c.enrollment_id, c.posted_channel, c.ts).where(of_card, c.ts.is_not(None))
    return {row.enrollment_id: (row.posted_channel, row.ts) for row in connection.execute(query)}


def merge(connection: Connection, rows: Sequence[OutboxRow], key: str, now: datetime, *, late: bool) -> OutboxRow:
    """Merge several reminders of a channel into one round; return its row.

    Args:
        late: no process could say them when it was time, which the round mentions.
    """
    first = rows[0]
    owe(connection, first.workspace, key, MessageKind.ROUND, first.channel, now, payload={"late": late})
    return take_along(connection, by_key(connection, first.workspace, key), rows)


def take_along(connection: Connection, row: OutboxRow, rows: Sequence[OutboxRow]) -> OutboxRow:
    """Merge several reminders into an unsent message; return its row."""
    payload = {**row.payload, "rows": sorted({*row.payload.get("rows", ()), *(taken.id for taken in rows)})}
    ids = [taken.id for taken in rows]
    merged = {"state": RowState.MERGED.value, "due_at": None, "last_error": None, "merged_into": row.id}
    connection.execute(sa.update(t.outbox).where(t.outbox.c.id.in_(ids)).values(merged))
    connection.execute(sa.update(t.outbox).where(t.outbox.c.id == row.id).values(payload=payload))
    return replace(row, payload=payload)


def give_back(connection: Connection, row: OutboxRow, now: datetime) -> None:
    """Send the reminders that a message took along by themselves, because the message is not sent."""
    taken = sa.and_(t.outbox.c.id.in_(row.payload.get("rows", ())), t.outbox.c.state == RowState.MERGED.value)
    connection.execute(sa.update(t.outbox).where(taken).values(state=RowState.OWED.value, due_at=now, merged_into=None))
    connection.execute(sa.update(t.outbox).where(t.outbox.c.id == row.id).values(payload={**row.payload, "rows": []}))


def gather(
    connection: Connection,
    workspace: str,
    to: str,
    places: Iterable[tuple[str, datetime]],
    payload: Mapping[str, Any],
    items: Sequence[Any],
) -> None:
    """Add items to the first of some direct messages to a person that is not on its way yet; they make one message.

    Args:
        places: keys and due times, in order, without end. payload: of a new message; its `items` are added.
    """
    for key, due_at in places:
        more = {**payload, "items": list(items)}
        if owe(connection, workspace, key, MessageKind.DIRECT, to, due_at, payload=more):
            return
        row = connection.execute(_LOCKED, {"of_workspace": workspace, "of_key": key}).one()
        if row.state == RowState.OWED.value and not row.posting:
            there = row.payload["items"]
            more = {**row.payload, "items": [*there, *(item for item in items if item not in there)]}
            connection.execute(sa.update(t.outbox).where(t.outbox.c.id == row.id).values(payload=more))
            return


def by_key(connection: Connection, workspace: str, key: str) -> OutboxRow:
    """The row with that key."""
    return from_row(connection.execute(_BY_KEY, {"of_workspace": workspace, "of_key": key}).one())


def by_ids(connection: Connection, ids: Sequence[int]) -> list[OutboxRow]:
    """The rows with these IDs, in the order in which they were due."""
    query = sa.select(*COLUMNS).where(t.outbox.c.id.in_(ids)).order_by(t.outbox.c.owed_at, t.outbox.c.id)
    return [from_row(row) for row in connection.execute(query).all()]


def postpone(connection: Connection, row: OutboxRow, due_at: datetime, why: str) -> None:
    """Send a row later; `owed_at` keeps when it was first due."""
    connection.execute(sa.update(t.outbox).where(t.outbox.c.id == row.id).values(due_at=due_at))
    with about(enrollment=row.enrollment_id, workspace=row.workspace):
        log.info("%s is put off until %s: %s", row, due_at.isoformat(), why)


def drop(connection: Connection, row: OutboxRow, why: str) -> None:
    """Never send a row: its reason went away."""
    values = {"state": RowState.DROPPED.value, "due_at": None, "last_error": why}
    connection.execute(sa.update(t.outbox).where(t.outbox.c.id == row.id).values(values))
    log_dropped(row, why)


def log_dropped(row: OutboxRow, why: str | None) -> None:
    """Log that a row is never sent."""
    with about(enrollment=row.enrollment_id, workspace=row.workspace):
        log.info("%s is dropped: %s", row, why)


def mark_possibly_sent(connection: Connection, now: datetime) -> None:
    """After a restore: have messages looked up that may have been sent since the backup, and cards edited.

    A row that is due by now may have been posted after the backup was made: with the `posting` mark, delivery looks for
    it before it posts. A card may show later changes, which are lost: it is edited again.
    """
    c = t.outbox.c
    maybe_sent = sa.and_(c.state == RowState.OWED.value, c.ts.is_(None), c.due_at <= now)
    connection.execute(sa.update(t.outbox).where(maybe_sent).values(posting=True))
    live = sa.select(t.enrollments.c.id).where(t.enrollments.c.status == Status.ACTIVE.value)
    shown = sa.and_(c.kind == MessageKind.CARD.value, c.ts.is_not(None), c.enrollment_id.in_(live))
    connection.execute(sa.update(t.outbox).where(shown).values(state=RowState.OWED.value, due_at=now))
    # No process holds a channel now, even if one did when the backup was made.
    connection.execute(sa.update(t.channel_leases).values(lease_token=None, lease_until=None))


def enrollment_of_message(connection: Connection, workspace: str, channel: str, ts: str) -> int | None:
    """The enrollment that a message (a card or anything else that was sent for it) belongs to, if to any."""
    query = sa.select(t.outbox.c.enrollment_id).where(
        t.outbox.c.workspace == workspace, t.outbox.c.posted_channel == channel, t.outbox.c.ts == ts
    )
    return connection.execute(query.limit(1)).scalar()
