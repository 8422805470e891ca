"""Messages that are owed: rows that are written with the change that owes them, and settled when they are sent.

A row's `state` is `owed` (to be sent at `due_at`), `sent`, `merged` (a catch-up message speaks for it), `dropped`
(its reason went away) or `failed` (Slack will never take it). `owed_at` is when it was first due, `posting` says
that a post began whose outcome is not known yet, `attempted_at` when that was. A card's row is edited for ever:
`version` is the enrollment's version that the card shows, and it is owed again while that is not the newest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.enrollment import Change, Enrollment, Reminder
from bot.domain.procedure import StepKey
from bot.storage import models as t


class Kind(StrEnum):
    """What sort of message a row is; it decides who renders it."""

    CARD = "card"
    RETIRED = "retired"  # a card that was left behind in another channel
    THREAD = "thread"
    REMINDER = "reminder"
    CATCH_UP = "catchup"
    FILE = "file"
    DIRECT = "direct"
    EMAIL = "email"  # leaves Slack: see emails.py


class RowState(StrEnum):
    """Where an owed message stands."""

    OWED = "owed"
    SENT = "sent"
    MERGED = "merged"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Owed:
    """One row of the outbox as delivery sees it."""

    id: int
    workspace: str
    key: str
    kind: Kind
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

    @property
    def is_edit(self) -> bool:
        """An edit of a message that is there already: it adds nothing to the channel, so no pace holds it."""
        return self.kind is Kind.RETIRED or (self.kind is Kind.CARD and self.ts is not None)


def from_row(row: Row[Any]) -> Owed:
    """A row of the table as a value."""
    values = {name: getattr(row, name) for name in Owed.__slots__}
    return Owed(**values | {"kind": Kind(row.kind)})


def insert_ignoring(connection: Connection, table: sa.Table, rows: list[dict[str, Any]]) -> int:
    """Insert rows, leaving out those whose key is there already; give how many were new."""
    if not rows:
        return 0
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    # What comes back is counted: psycopg knows no row count of such an insert into a table that numbers its rows.
    statement = dialect.insert(table).on_conflict_do_nothing().returning(*table.primary_key)
    return sum(connection.execute(statement, row).first() is not None for row in rows)


def owe(
    connection: Connection,
    workspace: str,
    key: str,
    kind: Kind,
    channel: str,
    due_at: datetime,
    *,
    enrollment_id: int | None = None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """Owe one message; a key that is there already is not owed a second time. Says whether it is new.

    A channel must have a lane before anything is owed there: see `open_lane`.
    """
    row = {
        "workspace": workspace,
        "key": key,
        "kind": kind.value,
        "channel": channel,
        "enrollment_id": enrollment_id,
        "state": RowState.OWED.value,
        "owed_at": due_at,
        "due_at": due_at,
        "posting": False,
        "attempts": 0,
        "version": 0,
        "payload": dict(payload or {}),
    }
    return insert_ignoring(connection, t.outbox, [row]) == 1


def open_lane(connection: Connection, workspace: str, channel: str) -> None:
    """Make sure that messages for a channel (or a person) are looked for."""
    insert_ignoring(connection, t.lanes, [{"workspace": workspace, "channel": channel, "failures": 0}])


def card_key(enrollment_id: int) -> str:
    """The name of the one card of an enrollment."""
    return f"card:{enrollment_id}"


def reminder_key(enrollment_id: int, step: StepKey, number: int) -> str:
    """The name of a reminder."""
    return f"reminder:{enrollment_id}:{step.value}:{number}"


def owe_change(connection: Connection, before: Enrollment, change: Change, saved: Enrollment) -> None:
    """Owe everything that a change has to tell: the card, a thread line for each event, the reminders.

    Must run in the transaction that saved the change.
    """
    now = change.at
    if not before.version:
        open_lane(connection, saved.workspace, saved.channel_id)
    if before.version and before.channel_id != saved.channel_id:
        _move(connection, before, saved, now)
    owe_card(connection, saved, now)
    c = t.events.c
    told = sa.select(c.id, c.number).where(c.enrollment_id == saved.id, c.version == saved.version).order_by(c.number)
    for event_id, number in connection.execute(told).all():
        _owe_for(connection, saved, f"thread:{saved.id}:{number}", Kind.THREAD, now, {"event": event_id})
    for old, new in zip(before.steps, saved.steps, strict=True):
        if old.reminder != new.reminder:
            replace_reminder(connection, saved, new.key, old.reminder, new.reminder)


def owe_card(connection: Connection, enrollment: Enrollment, now: datetime) -> None:
    """Owe the card in its newest form."""
    if _owe_for(connection, enrollment, card_key(enrollment.id), Kind.CARD, now, {}):
        return
    connection.execute(
        sa.update(t.outbox)
        .where(t.outbox.c.workspace == enrollment.workspace, t.outbox.c.key == card_key(enrollment.id))
        .values(state=RowState.OWED.value, due_at=now, owed_at=now)
    )


def replace_reminder(
    connection: Connection, enrollment: Enrollment, step: StepKey, old: Reminder | None, new: Reminder | None
) -> None:
    """Owe the reminder `new` of a step in the place of `old`; either may be None."""
    if old is not None:
        connection.execute(
            sa.update(t.outbox)
            .where(
                t.outbox.c.workspace == enrollment.workspace,
                t.outbox.c.key == reminder_key(enrollment.id, step, old.number),
                t.outbox.c.state == RowState.OWED.value,
            )
            .values(state=RowState.DROPPED.value, due_at=None, last_error="replaced or answered")
        )
    if new is not None:
        key = reminder_key(enrollment.id, step, new.number)
        payload = {"step": step.value, "number": new.number}
        _owe_for(connection, enrollment, key, Kind.REMINDER, new.due_at, payload)


def card_of(connection: Connection, workspace: str, enrollment_id: int) -> Owed | None:
    """The row of an enrollment's card: where it was posted and which version it shows."""
    query = sa.select(t.outbox).where(t.outbox.c.workspace == workspace, t.outbox.c.key == card_key(enrollment_id))
    row = connection.execute(query).first()
    return from_row(row) if row else None


def post_card_anew(connection: Connection, workspace: str, enrollment_id: int, now: datetime) -> None:
    """Owe the card as a new message: somebody deleted the one that was there."""
    connection.execute(
        sa.update(t.outbox)
        .where(t.outbox.c.workspace == workspace, t.outbox.c.key == card_key(enrollment_id))
        .values(state=RowState.OWED.value, due_at=now, owed_at=now, ts=None, posted_channel=None, posting=False)
    )


def merge(connection: Connection, rows: Sequence[Owed], key: str, now: datetime) -> Owed:
    """Let one catch-up message speak for several reminders of a channel; give the row of that message."""
    first = rows[0]
    payload = {"rows": [row.id for row in rows]}
    owe(connection, first.workspace, key, Kind.CATCH_UP, first.channel, now, payload=payload)
    connection.execute(
        sa.update(t.outbox)
        .where(t.outbox.c.id.in_([row.id for row in rows]))
        .values(state=RowState.MERGED.value, due_at=None, last_error=None)
    )
    return by_key(connection, first.workspace, key)


def by_key(connection: Connection, workspace: str, key: str) -> Owed:
    """The row of that name."""
    query = sa.select(t.outbox).where(t.outbox.c.workspace == workspace, t.outbox.c.key == key)
    return from_row(connection.execute(query).one())


def by_ids(connection: Connection, ids: Sequence[int]) -> list[Owed]:
    """The rows with these IDs, in the order in which they were due."""
    query = sa.select(t.outbox).where(t.outbox.c.id.in_(ids)).order_by(t.outbox.c.owed_at, t.outbox.c.id)
    return [from_row(row) for row in connection.execute(query)]


def put_off(connection: Connection, row: Owed, due_at: datetime) -> None:
    """Send a row later; when it was first due is kept."""
    connection.execute(sa.update(t.outbox).where(t.outbox.c.id == row.id).values(due_at=due_at))


def drop(connection: Connection, row: Owed, why: str) -> None:
    """Send a row never: its reason went away."""
    connection.execute(
        sa.update(t.outbox)
        .where(t.outbox.c.id == row.id)
        .values(state=RowState.DROPPED.value, due_at=None, last_error=why)
    )


def enrollment_of_message(connection: Connection, workspace: str, channel: str, ts: str) -> int | None:
    """The enrollment that a message (a card or anything else that was sent for it) belongs to, if to any."""
    query = sa.select(t.outbox.c.enrollment_id).where(
        t.outbox.c.workspace == workspace, t.outbox.c.posted_channel == channel, t.outbox.c.ts == ts
    )
    return connection.execute(query.limit(1)).scalar()


def _owe_for(
    connection: Connection, enrollment: Enrollment, key: str, kind: Kind, due_at: datetime, payload: Mapping[str, Any]
) -> bool:
    return owe(
        connection,
        enrollment.workspace,
        key,
        kind,
        enrollment.channel_id,
        due_at,
        enrollment_id=enrollment.id,
        payload=payload,
    )


def retire_card(connection: Connection, enrollment: Enrollment, channel: str, ts: str, now: datetime) -> None:
    """Owe the last edit of a card that stays behind in another channel."""
    owe(
        connection,
        enrollment.workspace,
        f"retired:{enrollment.id}:{ts}",
        Kind.RETIRED,
        channel,
        now,
        enrollment_id=enrollment.id,
        payload={"channel": channel, "ts": ts},
    )


def _move(connection: Connection, before: Enrollment, after: Enrollment, now: datetime) -> None:
    """Take everything that is owed to another channel; the old card stays behind and says where it went."""
    card = card_of(connection, after.workspace, after.id)
    if card is not None and card.ts is not None and card.posted_channel is not None:
        retire_card(connection, after, card.posted_channel, card.ts, now)
    open_lane(connection, after.workspace, after.channel_id)
    mine = sa.and_(t.outbox.c.enrollment_id == after.id, t.outbox.c.workspace == after.workspace)
    moved = t.outbox.c.kind.in_([Kind.THREAD.value, Kind.REMINDER.value, Kind.FILE.value])
    connection.execute(
        sa.update(t.outbox).where(mine, moved, t.outbox.c.state == RowState.OWED.value).values(channel=after.channel_id)
    )
    connection.execute(
        sa.update(t.outbox)
        .where(mine, t.outbox.c.kind == Kind.CARD.value)
        .values(channel=after.channel_id, ts=None, posted_channel=None, posting=False)
    )
