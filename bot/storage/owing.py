"""What a change owes: the card, a thread line for each event, the reminders; all in the change's own transaction."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Change, Enrollment, Reminder
from bot.domain.procedure import StepKey
from bot.storage import models as t
from bot.storage import outbox
from bot.storage.inserting import Insert, insert_into
from bot.storage.outbox import Kind, RowState

_DROP_REMINDER = (
    sa.update(t.outbox)
    .where(outbox.OF_KEY, t.outbox.c.state == RowState.OWED.value)
    .values(state=RowState.DROPPED.value, due_at=None, last_error="replaced or answered")
)


def owe_change(connection: Connection, before: Enrollment, change: Change, saved: Enrollment) -> None:
    """Owe everything that a change has to tell: the card, a thread line for each event, the reminders.

    Must run in the transaction that saved the change.
    """
    now = change.at
    if not before.version:
        outbox.open_lane(connection, saved.workspace, saved.channel_id)
    if before.version and before.channel_id != saved.channel_id:
        _move(connection, before, saved, now)
    owe_card(connection, saved, now)
    _owe_lines(connection, saved, now)
    for old, new in zip(before.steps, saved.steps, strict=True):
        if old.reminder != new.reminder:
            replace_reminder(connection, saved, new.key, old.reminder, new.reminder)


def owe_card(connection: Connection, enrollment: Enrollment, now: datetime) -> None:
    """Owe the card in its newest form."""
    values = {"key": outbox.card_key(enrollment.id), "kind": Kind.CARD.value, "payload": {}}
    connection.execute(_owe_card(connection.dialect.name), outbox.NEW | _addressed(enrollment, now) | values)


@functools.cache
def _owe_card(dialect: str) -> Insert:
    insert = insert_into(dialect, t.outbox)
    owed = {name: insert.excluded[name] for name in ("state", "due_at", "owed_at")}
    return insert.on_conflict_do_update(index_elements=["workspace", "key"], set_=owed)


def _owe_lines(connection: Connection, saved: Enrollment, now: datetime) -> None:
    """Owe a thread line, `thread:42:17`, for each event that led to this version."""
    row = outbox.NEW | _addressed(saved, now) | {"kind": Kind.THREAD.value, "payload": {}, "key": f"thread:{saved.id}:"}
    values = {f"new_{name}": value for name, value in row.items()}
    connection.execute(_OWE_LINES, values | {"of_enrollment": saved.id, "of_version": saved.version})


def _addressed(enrollment: Enrollment, due_at: datetime) -> dict[str, Any]:
    """Whose row it is, where it goes, and when."""
    return {
        "workspace": enrollment.workspace,
        "channel": enrollment.channel_id,
        "enrollment_id": enrollment.id,
        "owed_at": due_at,
        "due_at": due_at,
    }


def _insert_lines() -> sa.Insert:
    names = ("workspace", "channel", "enrollment_id", "owed_at", "due_at", "kind", "payload", *outbox.NEW, "key")
    values = {name: sa.bindparam(f"new_{name}", type_=t.outbox.c[name].type) for name in names}
    e = t.events.c
    told = (
        sa.select(*(values | {"key": values["key"].concat(sa.cast(e.number, sa.Text))}).values())
        .where(e.enrollment_id == sa.bindparam("of_enrollment"), e.version == sa.bindparam("of_version"))
        .order_by(e.number)
    )
    return sa.insert(t.outbox).from_select(names, told)


_OWE_LINES = _insert_lines()


def replace_reminder(
    connection: Connection, enrollment: Enrollment, step: StepKey, old: Reminder | None, new: Reminder | None
) -> None:
    """Owe the reminder `new` of a step in the place of `old`; either may be None."""
    if old is not None:
        values = {"of_workspace": enrollment.workspace, "of_key": outbox.reminder_key(enrollment.id, step, old.number)}
        connection.execute(_DROP_REMINDER, values)
    if new is not None:
        key = outbox.reminder_key(enrollment.id, step, new.number)
        payload = {"step": step.value, "number": new.number}
        _owe_for(connection, enrollment, key, Kind.REMINDER, new.due_at, payload)


def post_card_anew(connection: Connection, workspace: str, enrollment_id: int, now: datetime) -> None:
    """Owe the card as a new message: somebody deleted the one that was there."""
    connection.execute(
        sa.update(t.outbox)
        .where(t.outbox.c.workspace == workspace, t.outbox.c.key == outbox.card_key(enrollment_id))
        .values(state=RowState.OWED.value, due_at=now, owed_at=now, ts=None, posted_channel=None, posting=False)
    )


def _owe_for(
    connection: Connection,
    enrollment: Enrollment,
    key: str,
    kind: Kind,
    due_at: datetime,
    payload: Mapping[str, Any],
) -> bool:
    return outbox.owe(
        connection,
        enrollment.workspace,
        key,
        kind,
        enrollment.channel_id,
        due_at,
        enrollment_id=enrollment.id,
        payload=payload,
    )


def retire_card(
    connection: Connection, enrollment: Enrollment, channel: str, ts: str | None, now: datetime, since: str = ""
) -> None:
    """Owe the last edit of a card that stays behind in another channel.

    Args:
        ts: None where nobody knows whether the card was posted there: it is looked for from `since` on (ISO).
    """
    outbox.owe(
        connection,
        enrollment.workspace,
        f"retired:{enrollment.id}:{ts or f'v{enrollment.version}'}",
        Kind.RETIRED,
        channel,
        now,
        enrollment_id=enrollment.id,
        payload={"channel": channel, "ts": ts, "since": since},
    )


def _move(connection: Connection, before: Enrollment, after: Enrollment, now: datetime) -> None:
    """Take everything that is owed to another channel; the old card stays behind and says where it went."""
    card = outbox.card_of(connection, after.workspace, after.id)
    if card is not None and card.ts is not None and card.posted_channel is not None:
        retire_card(connection, after, card.posted_channel, card.ts, now)
    elif card is not None and card.posting:
        since = card.attempted_at or card.owed_at
        retire_card(connection, after, card.channel, None, now, since.isoformat())
    outbox.open_lane(connection, after.workspace, after.channel_id)
    o = t.outbox.c
    mine = sa.and_(o.enrollment_id == after.id, o.workspace == after.workspace)
    moved = o.kind.in_([Kind.THREAD.value, Kind.REMINDER.value, Kind.FILE.value])
    owed = sa.and_(mine, moved, o.state == RowState.OWED.value)
    for row in connection.execute(sa.select(o.id, o.payload).where(owed, o.posting)).all():
        # It may stand in the old channel: who posts it in the new one must look there, too.
        tried = [*row.payload.get("tried", ()), [before.channel_id, card.ts if card else None]]
        connection.execute(sa.update(t.outbox).where(o.id == row.id).values(payload=row.payload | {"tried": tried}))
    connection.execute(sa.update(t.outbox).where(owed).values(channel=after.channel_id))
    connection.execute(
        sa.update(t.outbox)
        .where(mine, o.kind == Kind.CARD.value)
        .values(channel=after.channel_id, ts=None, posted_channel=None, posting=False)
    )
