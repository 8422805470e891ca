"""Messages that are owed: rows that are written with the change that owes them, and settled when they are sent.

A row's `state` is `owed` (to be sent at `due_at`), `sent`, `merged` (a catch-up message speaks for it), `dropped`
(its reason went away) or `failed` (Slack will never take it). `owed_at` is when it was first due, `posting` says
that it was taken up for a post whose outcome is not known yet, `attempted_at` when that was, `attempts` how often it
was (of a card: since Slack last took it). A card's row is edited for ever:
`version` is the enrollment's version that the card shows, and it is owed again while that is not the newest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from bot.domain.step_spec import StepKey
from bot.repository import tables as t
from bot.repository.upsert import insert_or_ignore


class MessageKind(StrEnum):
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
class OutboxRow:
    """One row of the outbox as delivery sees it; `card_ts` is where the card of its enrollment stands, if it does."""

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
    card_ts: str | None

    @property
    def tried(self) -> list[tuple[str, str | None]]:
        """Channel and thread of attempts whose outcome was not known when the enrollment, or its thread, moved."""
        return [(channel, thread_ts) for channel, thread_ts in self.payload.get("tried", ())]

    @property
    def left_behind(self) -> set[str]:
        """The other channels in which that was."""
        return {channel for channel, _ in self.tried} - {self.channel}

    @property
    def is_edit(self) -> bool:
        """An edit of a message that is there already: it adds nothing to the channel, so no pace holds it."""
        return self.kind is MessageKind.RETIRED or (self.kind is MessageKind.CARD and self.ts is not None)


def card_key(enrollment_id: int) -> str:
    """The name of the one card of an enrollment."""
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
    """Owe one message; a key that is there already is not owed a second time. Says whether it is new.

    A channel must have a lane before anything is owed there: see `open_lane`.
    """
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


def look_again(connection: Connection, workspace: str, key: str, now: datetime) -> None:
    """Owe again what was sent, or put aside, if it is not there any more: it is looked for before that."""
    ended = t.outbox.c.state.in_([RowState.SENT.value, RowState.FAILED.value])
    again = {"state": RowState.OWED.value, "due_at": now, "posting": True, "attempts": 0, "last_error": None}
    connection.execute(
        sa.update(t.outbox).where(OF_KEY, ended).values(again), {"of_workspace": workspace, "of_key": key}
    )


def open_lane(connection: Connection, workspace: str, channel: str) -> None:
    """Make sure that messages for a channel (or a person) are looked for."""
    insert_or_ignore(connection, t.lanes, [{"workspace": workspace, "channel": channel, "failures": 0}])


def reminder_key(enrollment_id: int, step: StepKey, number: int) -> str:
    """The name of a reminder."""
    return f"reminder:{enrollment_id}:{step}:{number}"


def line_number(row: OutboxRow) -> int:
    """Which event of its enrollment a thread line tells."""
    return int(row.key.rpartition(":")[2])


OF_KEY = sa.and_(t.outbox.c.workspace == sa.bindparam("of_workspace"), t.outbox.c.key == sa.bindparam("of_key"))
_BY_KEY = sa.select(*COLUMNS).where(OF_KEY)


def card_of(connection: Connection, workspace: str, enrollment_id: int) -> OutboxRow | None:
    """The row of an enrollment's card: where it was posted and which version it shows."""
    row = connection.execute(_BY_KEY, {"of_workspace": workspace, "of_key": card_key(enrollment_id)}).first()
    return from_row(row) if row else None


def merge(connection: Connection, rows: Sequence[OutboxRow], key: str, now: datetime) -> OutboxRow:
    """Let one catch-up message speak for several reminders of a channel; give the row of that message."""
    first = rows[0]
    payload = {"rows": [row.id for row in rows]}
    owe(connection, first.workspace, key, MessageKind.CATCH_UP, first.channel, now, payload=payload)
    connection.execute(
        sa.update(t.outbox)
        .where(t.outbox.c.id.in_([row.id for row in rows]))
        .values(state=RowState.MERGED.value, due_at=None, last_error=None)
    )
    return by_key(connection, first.workspace, key)


def by_key(connection: Connection, workspace: str, key: str) -> OutboxRow:
    """The row of that name."""
    return from_row(connection.execute(_BY_KEY, {"of_workspace": workspace, "of_key": key}).one())


def by_ids(connection: Connection, ids: Sequence[int]) -> list[OutboxRow]:
    """The rows with these IDs, in the order in which they were due."""
    query = sa.select(*COLUMNS).where(t.outbox.c.id.in_(ids)).order_by(t.outbox.c.owed_at, t.outbox.c.id)
    return [from_row(row) for row in connection.execute(query).all()]


def put_off(connection: Connection, row: OutboxRow, due_at: datetime) -> None:
    """Send a row later; when it was first due is kept."""
    connection.execute(sa.update(t.outbox).where(t.outbox.c.id == row.id).values(due_at=due_at))


def drop(connection: Connection, row: OutboxRow, why: str) -> None:
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
