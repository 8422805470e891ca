"""Writes the outbox rows of a change (card, thread lines, reminders) in the change's transaction."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import answer_edits, channel_leases, completions, outbox, sent_tickets
from bot.domain.enrollment import Change, Enrollment, Event, Policy, Reminder
from bot.domain.procedure_change import Move
from bot.domain.step_spec import StepKey
from bot.domain.steps import changed_steps
from bot.repository import audit, enrollment_writer, last_changes
from bot.repository import tables as t
from bot.repository.outbox_columns import WEBHOOK_CHANNEL, MessageKind, RowState, reminder_key
from bot.repository.upsert import Insert, dialect_insert
from bot.telemetry.log_context import TRACE, current

#: A planned reminder: of which enrollment and step.
Planned = tuple[Enrollment, StepKey, Reminder]
_DROPPED = {"state": RowState.DROPPED.value, "due_at": None, "last_error": "replaced or answered"}


def save_with_outbox(
    connection: Connection, before: Enrollment, change: Change, policy: Policy | None = None
) -> Enrollment:
    """Store a change with its audit and its messages; return the enrollment with its new version.

    Args:
        policy: for the forecast, which is calculated again later without it, and for the parts of a ticket.

    Raises:
        Conflict, AlreadyEnrolled: see `enrollment_writer.save`.
    """
    saved = enrollment_writer.save(connection, before, change, policy)
    events = audit.append(connection, before, change, saved.version)
    if events:
        last_changes.note(connection, before, saved, saved.version, events[0], change.at)
        sent_tickets.keep(connection, saved, change.events, events, policy.ticket_lines if policy else None)
    if not before.version:
        outbox.open_channel(connection, saved.workspace, saved.channel_id)
    elif before.channel_id != saved.channel_id:
        _move(connection, before, saved, change.at)
    plain = _new_row(saved, change.at) | {"payload": {}}
    rows = [plain | {"key": f"thread:{saved.id}:{number}", "kind": MessageKind.THREAD.value} for number in events]
    rows.append(plain | {"key": outbox.card_key(saved.id), "kind": MessageKind.CARD.value})
    rows += _for_programs(connection, saved, events, change.at)
    for old, new in changed_steps(before.steps, saved.steps):
        if old.reminder == new.reminder:
            continue
        if old.reminder is not None and (new.reminder is None or new.reminder.number != old.reminder.number):
            rows.append(_reminder_row(saved, new.key, old.reminder) | _DROPPED)
        if new.reminder is not None:
            rows.append(_reminder_row(saved, new.key, new.reminder))
    connection.execute(_owe(connection.dialect.name), rows)
    if before.version:
        answer_edits.owe_for_change(connection, before, saved, change.at)
        completions.end_waits(connection, before, saved, change.at)
    return saved


def save_move(connection: Connection, before: Enrollment, move: Move, policy: Policy) -> Enrollment:
    """Store an enrollment's move to another procedure: the steps that are gone are asked about no more.

    Raises:
        Conflict: see `enrollment_writer.save`.
    """
    stay = {step.key for step in move.aligned.steps}
    gone = [step for step in before.steps if step.key not in stay]
    enrollment_writer.replace_steps(connection, move.aligned, [step.key for step in gone])
    dropped = [_reminder_row(before, step.key, step.reminder) | _DROPPED for step in gone if step.reminder]
    if dropped:
        connection.execute(_owe(connection.dialect.name), dropped)
    saved = save_with_outbox(connection, move.aligned, move.change, policy)
    completions.end_waits(connection, before, saved, move.change.at)
    answer_edits.owe_for_gone(connection, saved, [step.key for step in gone if step.reminders], move.change.at)
    return saved


def tell(connection: Connection, enrollment: Enrollment, event: Event, by: str, now: datetime) -> int:
    """Add an event that changes nothing, with its thread line; the enrollment, locked, keeps its version.

    Returns:
        The event's number.
    """
    told = Change(enrollment, (event,), by, now)
    (number,) = audit.append(connection, enrollment, told, enrollment.version)
    row = _new_row(enrollment, now) | {"payload": {}, "kind": MessageKind.THREAD.value}
    rows = [row | {"key": f"thread:{enrollment.id}:{number}"}, *_for_programs(connection, enrollment, [number], now)]
    connection.execute(_owe(connection.dialect.name), rows)
    return number


def _for_programs(
    connection: Connection, enrollment: Enrollment, numbers: Sequence[int], now: datetime
) -> list[dict[str, Any]]:
    """The rows that tell another program of events, where the database was opened for that (ECO_WEBHOOK_URL)."""
    if not numbers or not connection.get_execution_options().get("events"):
        return []
    outbox.open_channel(connection, enrollment.workspace, WEBHOOK_CHANNEL)
    trace = current().get(TRACE)
    payload = {"trace": trace} if trace else {}
    row = _new_row(enrollment, now) | {
        "payload": payload,
        "kind": MessageKind.WEBHOOK.value,
        "channel": WEBHOOK_CHANNEL,
    }
    return [row | {"key": f"webhook:{enrollment.id}:{number}"} for number in numbers]


@functools.cache
def _owe(dialect: str) -> Insert:
    """Insert rows; of those that exist, a card becomes due again, a reminder may be moved or dropped, and others stay.

    A reminder that is being posted, perhaps posted already, is neither moved nor dropped: once it is known to stand in
    the channel it is edited. One that is part of a round can only be dropped.
    """
    insert = dialect_insert(dialect, t.outbox)
    again = {name: insert.excluded[name] for name in ("state", "due_at", "owed_at", "last_error")}
    o = t.outbox.c
    is_card = o.kind == MessageKind.CARD.value
    # Not `in_`: its parameters cannot be used with several rows at once.
    waits = sa.or_(o.state == RowState.OWED.value, o.state == RowState.FAILED.value)
    unsent = sa.and_(waits, sa.not_(o.posting))
    drops = sa.and_(sa.or_(unsent, o.state == RowState.MERGED.value), insert.excluded.state == RowState.DROPPED.value)
    moves = sa.and_(o.kind == MessageKind.REMINDER.value, unsent)
    where = sa.or_(is_card, drops, moves)
    return insert.on_conflict_do_update(index_elements=["workspace", "key"], set_=again, where=where)


def _new_row(enrollment: Enrollment, due_at: datetime) -> dict[str, Any]:
    """A new row of an enrollment; key, kind and payload are missing."""
    return outbox.NEW | {
        "last_error": None,
        "workspace": enrollment.workspace,
        "channel": enrollment.channel_id,
        "enrollment_id": enrollment.id,
        "owed_at": due_at,
        "due_at": due_at,
    }


def owe_reminders(connection: Connection, planned: Sequence[Planned]) -> None:
    """Add the reminders that follow sent ones."""
    if planned:
        connection.execute(_owe(connection.dialect.name), [_reminder_row(*reminder) for reminder in planned])


def _reminder_row(enrollment: Enrollment, step: StepKey, reminder: Reminder) -> dict[str, Any]:
    payload = {"step": step, "number": reminder.number, "kind": reminder.kind.value, "repeat": reminder.repeat}
    return _new_row(enrollment, reminder.due_at) | {
        "key": reminder_key(enrollment.id, step, reminder.number),
        "kind": MessageKind.REMINDER.value,
        "payload": payload,
    }


def post_card_anew(connection: Connection, workspace: str, enrollment_id: int, gone: str, now: datetime) -> None:
    """Post the card as a new message because somebody deleted it; messages that may stand in its thread are looked for.

    Args:
        gone: the ts of the deleted card; nothing happens if another one has taken its place, or is about to.
    """
    of_card = (t.outbox.c.workspace == workspace, t.outbox.c.key == outbox.card_key(enrollment_id))
    found = connection.execute(
        sa.update(t.outbox)
        .where(*of_card, t.outbox.c.ts == gone)
        .values(state=RowState.OWED.value, due_at=now, owed_at=now, ts=None, posted_channel=None, posting=False)
        .returning(t.outbox.c.channel)
    ).first()
    if found is not None:
        _note_tried(connection, workspace, enrollment_id, found.channel, gone)


def edit_cards(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Edit the cards of enrollments whose version was raised without a change of their own."""
    o = t.outbox.c
    for start in range(0, len(ids), _AT_ONCE):
        cards = sa.and_(o.enrollment_id.in_(ids[start : start + _AT_ONCE]), o.kind == MessageKind.CARD.value)
        alive = o.state.in_([RowState.OWED.value, RowState.SENT.value])
        again = {"state": RowState.OWED.value, "due_at": now, "owed_at": now}
        connection.execute(sa.update(t.outbox).where(cards, alive).values(again))


#: IDs in one statement.
_AT_ONCE = 500


def retire_card(
    connection: Connection,
    enrollment: Enrollment,
    channel: str,
    ts: str | None,
    now: datetime,
    since: str = "",
    until: str = "",
) -> None:
    """Add the last edit of a card that stays behind in another channel.

    Args:
        ts: None if it is not known whether the card was posted there: it is looked for from `since` (ISO) on, and up to
            `until` if the end of the last attempt is known.
    """
    workspace, key = enrollment.workspace, f"retired:{enrollment.id}:{ts or f'v{enrollment.version}'}"
    payload = {"channel": channel, "ts": ts, "since": since, "until": until}
    outbox.owe(
        connection, workspace, key, MessageKind.RETIRED, channel, now, enrollment_id=enrollment.id, payload=payload
    )


_IN_THREAD = t.outbox.c.kind.in_([MessageKind.THREAD.value, MessageKind.REMINDER.value, MessageKind.TIMELINE.value])


def _note_tried(
    connection: Connection, workspace: str, enrollment_id: int, channel: str, thread_ts: str | None
) -> None:
    """Add a thread to the `tried` places of rows whose outcome is unknown, so that the look-up searches it, too."""
    o = t.outbox.c
    mine = sa.and_(o.enrollment_id == enrollment_id, o.workspace == workspace, _IN_THREAD)
    unknown = sa.and_(mine, o.state == RowState.OWED.value, o.posting)
    for row in connection.execute(sa.select(o.id, o.payload).where(unknown)).all():
        tried = [*row.payload.get("tried", ()), [channel, thread_ts]]
        connection.execute(sa.update(t.outbox).where(o.id == row.id).values(payload=row.payload | {"tried": tried}))


def _move(connection: Connection, before: Enrollment, after: Enrollment, now: datetime) -> None:
    """Move unsent rows to another channel; the old card stays behind and says where the enrollment went."""
    o = t.outbox.c
    mine = sa.and_(o.enrollment_id == after.id, o.workspace == after.workspace)
    # Locked first: a process that is claiming one of them is waited for, and its mark is seen.
    connection.execute(sa.select(o.id).where(mine).order_by(o.id).with_for_update()).all()
    card = outbox.card_of(connection, after.workspace, after.id)
    if card is not None and card.ts is not None and card.posted_channel is not None:
        retire_card(connection, after, card.posted_channel, card.ts, now)
    elif card is not None and card.posting:
        since = card.attempted_at or card.owed_at
        until = (card.attempted_at + channel_leases.LEASE).isoformat() if card.attempted_at is not None else ""
        retire_card(connection, after, card.channel, None, now, since.isoformat(), until)
    outbox.open_channel(connection, after.workspace, after.channel_id)
    _note_tried(connection, after.workspace, after.id, before.channel_id, card.ts if card else None)
    in_thread = sa.and_(mine, _IN_THREAD, o.state == RowState.OWED.value)
    connection.execute(sa.update(t.outbox).where(in_thread).values(channel=after.channel_id))
    connection.execute(
        sa.update(t.outbox)
        .where(mine, o.kind == MessageKind.CARD.value)
        .values(channel=after.channel_id, ts=None, posted_channel=None, posting=False)
    )
