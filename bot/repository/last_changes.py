"""The last change of each enrollment, with the exact values that it replaced, so that it can be undone.

The audit keeps the values of all changes for people to read, and of lists only their length. One row for each
enrollment keeps the rest, and only until it is too old to be undone.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Enrollment, Reminder, ReminderKind, State, Status, Step
from bot.domain.steps import changed_steps
from bot.domain.undo import LONGEST, LastChange, SentToSupport
from bot.repository import audit, list_tickets
from bot.repository import tables as t
from bot.repository.column_types import UtcDateTime
from bot.repository.enrollment_queries import ENROLLMENT_COLUMNS, LISTS, STEP
from bot.repository.outbox_columns import MessageKind, RowState
from bot.repository.upsert import Insert, dialect_insert

_c = t.last_changes.c
#: The fields of a step that are restored; reminders are planned again.
_FIELDS = tuple(name for name in STEP if name != "reminders")


def note(
    connection: Connection, before: Enrollment, after: Enrollment, version: int, number: int, at: datetime
) -> None:
    """Store what the change that led to `version` replaced; `number` is that of its first event in the audit."""
    row = {
        "enrollment_id": before.id,
        "number": number,
        "version": version,
        "at": at,
        "before": replaced(before, after),
    }
    connection.execute(_note(connection.dialect.name), row)


@functools.cache
def _note(dialect: str) -> Insert:
    insert = dialect_insert(dialect, t.last_changes)
    newer = {name: insert.excluded[name] for name in ("number", "version", "at", "before")}
    return insert.on_conflict_do_update(index_elements=["enrollment_id"], set_=newer)


def last(connection: Connection, enrollment: Enrollment) -> LastChange | None:
    """The last change of an enrollment; None where it is too old to be kept."""
    row = connection.execute(sa.select(t.last_changes).where(_c.enrollment_id == enrollment.id)).first()
    if row is None:
        return None
    first, *others = audit.of_change(connection, enrollment.id, row.number)
    before, more = restored(enrollment, row.before), tuple(entry.event for entry in others)
    return LastChange(first.number, first.event, first.by, first.at, row.version, before, more)


def delete_expired(connection: Connection, now: datetime) -> int:
    """Delete what can't be undone any more: it may hold addresses of customers that were removed. Return how many."""
    return connection.execute(sa.delete(t.last_changes).where(_c.at < now - LONGEST)).rowcount


def sent_to_support(connection: Connection, enrollment: Enrollment, since: datetime) -> tuple[SentToSupport, ...]:
    """The tickets of an enrollment that have left the bot since then, or are about to."""
    o = t.outbox.c
    of_it = sa.and_(o.workspace == enrollment.workspace, o.enrollment_id == enrollment.id)
    tickets = o.kind.in_([MessageKind.EMAIL.value, MessageKind.FILE.value])
    gone = sa.or_(o.owed_at >= since, o.due_at >= since, o.sent_at >= since, o.attempted_at >= since)
    refused = sa.and_(o.state == RowState.FAILED.value, sa.not_(o.posting))
    query = sa.select(o.kind, o.payload).where(
        of_it, tickets, gone, sa.not_(refused), o.state != RowState.DROPPED.value
    )
    return tuple(
        SentToSupport(row.payload["step"], _asked_by(row.payload), row.kind == MessageKind.EMAIL.value)
        for row in connection.execute(query.order_by(o.id))
    )


def _asked_by(payload: Mapping[str, Any]) -> str:
    return str(payload.get("by") or next(iter(payload.get("to") or ()), ""))


def replaced(before: Enrollment, after: Enrollment) -> dict[str, Any]:
    """The values of `before` that differ from those of `after`, as JSON."""
    head = {
        column: _plain(getattr(before, field))
        for column, field in ENROLLMENT_COLUMNS.items()
        if getattr(before, field) != getattr(after, field)
    }
    lists = {
        name: [_entry(entry, columns) for entry in getattr(before, name)]
        for name, (_, columns, _) in LISTS.items()
        if getattr(before, name) != getattr(after, name)
    }
    steps = {
        was.key: changed for was, now in changed_steps(before.steps, after.steps) if (changed := _of_step(was, now))
    }
    told: dict[str, Any] = {"head": head, "lists": lists, "steps": steps}
    if before.list_tickets != after.list_tickets:
        told["list_tickets"] = list_tickets.as_json(before.list_tickets)
    return told


def _of_step(was: Step, now: Step) -> dict[str, Any]:
    changed = {name: _plain(getattr(was, name)) for name in _FIELDS if getattr(was, name) != getattr(now, name)}
    if was.values != now.values:
        changed["values"] = dict(was.values)
    if was.reminder != now.reminder:
        planned = was.reminder
        changed["reminder"] = planned and [planned.kind.value, planned.repeat, planned.due_at.isoformat()]
    return changed


def restored(after: Enrollment, before: Mapping[str, Any]) -> Enrollment:
    """The enrollment with the values that `replaced` has told; its reminders have the numbers of today's."""
    head = {
        ENROLLMENT_COLUMNS[column]: _typed(t.enrollments.c[column], value) for column, value in before["head"].items()
    }
    if "status" in head:
        head["status"] = Status(head["status"])
    lists = {name: tuple(LISTS[name][2](*entry) for entry in entries) for name, entries in before["lists"].items()}
    steps = tuple(_step_before(step, before["steps"].get(step.key, {})) for step in after.steps)
    changed: dict[str, Any] = {**head, **lists, "steps": steps}
    if "list_tickets" in before:
        changed["list_tickets"] = list_tickets.from_json(before["list_tickets"])
    return replace(after, **changed)


def _step_before(step: Step, changed: Mapping[str, Any]) -> Step:
    fields: dict[str, Any] = {
        name: _typed(t.steps.c[name], value) for name, value in changed.items() if name not in ("values", "reminder")
    }
    if "state" in fields:
        fields["state"] = State(fields["state"])
    if "values" in changed:
        fields["values"] = dict(changed["values"])
    if "reminder" in changed:
        planned = changed["reminder"]
        fields["reminder"] = planned and _reminder(step.reminders, *planned)
    return replace(step, **fields)


def _reminder(number: int, kind: str, repeat: int, due_at: str) -> Reminder:
    return Reminder(number, ReminderKind(kind), repeat, datetime.fromisoformat(due_at))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _typed(column: sa.Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, sa.Date) else value


def _entry(entry: Any, columns: tuple[str, ...]) -> list[Any]:
    return [entry] if isinstance(entry, str) else [getattr(entry, column) for column in columns]
