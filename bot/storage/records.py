"""Enrollments in the database: load one, save a change with its audit, find those that a person means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row, Table

from bot.domain.enrollment import (
    BillingWorkflow,
    Change,
    Customer,
    Enrollment,
    Pair,
    Reminder,
    ReminderKind,
    State,
    Status,
    Step,
)
from bot.domain.errors import AlreadyEnrolled, Conflict, UnknownEnrollment
from bot.domain.inputs import format_account_id
from bot.domain.procedure import PROCEDURE, StepKey
from bot.storage import audit
from bot.storage import models as t

_HEAD = tuple(c.name for c in t.enrollments.c if c.name not in ("id", "version"))
_STEP = tuple(f.name for f in fields(Step) if f.name not in ("key", "reminder"))
#: Enrollment field -> (table, columns): the lists, each stored in the order given.
_LISTS: dict[str, tuple[Table, tuple[str, ...]]] = {
    "collaborators": (t.collaborators, ("user_id",)),
    "subsets": (t.subsets, ("name",)),
    "workflows": (t.billing_workflows, ("name", "validated")),
    "pairs": (t.associations, ("subset", "workflow")),
    "customers": (t.end_customers, ("subset", "email", "spot_org_id")),
}
_MAKE: dict[str, Callable[..., Any]] = {
    "collaborators": str,
    "subsets": str,
    "workflows": lambda name, validated: BillingWorkflow(name, bool(validated)),
    "pairs": Pair,
    "customers": Customer,
}


def insert(connection: Connection, enrollment: Enrollment) -> int:
    """Store a new enrollment, without steps and lists, and give its ID; `save` stores the rest.

    Raises:
        AlreadyEnrolled: the account has an enrollment that was not cancelled.
    """
    live = find_live(connection, enrollment.workspace, enrollment.account_id)
    if live is not None:
        raise _already(live)
    values = {name: getattr(enrollment, name) for name in _HEAD}
    try:
        with connection.begin_nested():
            statement = sa.insert(t.enrollments).values(**values, version=0).returning(t.enrollments.c.id)
            return int(connection.execute(statement).scalar_one())
    except sa.exc.IntegrityError:  # another process stored it between our look and our insert
        live = find_live(connection, enrollment.workspace, enrollment.account_id)
        if live is None:
            raise
        raise _already(live) from None


def _already(live: Any) -> AlreadyEnrolled:
    return AlreadyEnrolled(format_account_id(live.account_id), live.account_name, live.channel_id, live.status, live.id)


def find_live(connection: Connection, workspace: str, account_id: str) -> Any | None:
    """The row of the account's enrollment that was not cancelled, if there is one."""
    c = t.enrollments.c
    query = sa.select(c.id, c.account_id, c.account_name, c.channel_id, c.status).where(
        c.workspace == workspace, c.account_id == account_id, c.status != Status.CANCELLED.value
    )
    return connection.execute(query).first()


def save(connection: Connection, before: Enrollment, change: Change) -> Enrollment:
    """Store what a change made of `before`, and its events; give the enrollment with its new version.

    Raises:
        Conflict: somebody else changed it since it was loaded.
        AlreadyEnrolled: resuming it would give the account a second live enrollment.
    """
    after = change.enrollment
    if before.status is Status.CANCELLED and after.status is not Status.CANCELLED:
        live = find_live(connection, after.workspace, after.account_id)
        if live is not None:
            raise _already(live)
    version = before.version + 1
    changed = {name: getattr(after, name) for name in _HEAD if getattr(after, name) != getattr(before, name)}
    statement = (
        sa.update(t.enrollments)
        .where(t.enrollments.c.id == before.id, t.enrollments.c.version == before.version)
        .values(**changed, version=version)
    )
    try:
        with connection.begin_nested():
            result = connection.execute(statement)
    except sa.exc.IntegrityError:  # a new one was stored between our look and our update
        live = find_live(connection, after.workspace, after.account_id)
        if live is None:
            raise
        raise _already(live) from None
    if result.rowcount != 1:
        raise Conflict
    fresh = before.version == 0
    if fresh:
        connection.execute(sa.insert(t.steps), [_step_row(before.id, step) for step in after.steps])
    for old, new in zip(before.steps, after.steps, strict=True):
        if old != new and not fresh:
            connection.execute(
                sa.update(t.steps)
                .where(t.steps.c.enrollment_id == before.id, t.steps.c.key == new.key.value)
                .values(**_step_row(before.id, new))
            )
    for name, (table, columns) in _LISTS.items():
        if fresh or getattr(before, name) != getattr(after, name):
            _replace_list(connection, before.id, table, columns, getattr(after, name))
    audit.append(connection, before, change, version)
    return replace(after, id=before.id, version=version)


def _step_row(enrollment_id: int, step: Step) -> dict[str, Any]:
    row = {name: getattr(step, name) for name in _STEP}
    said = step.reminder
    return row | {
        "enrollment_id": enrollment_id,
        "key": step.key.value,
        "state": step.state.value,
        "reminder_number": said.number if said else None,
        "reminder_kind": said.kind.value if said else None,
        "reminder_repeat": said.repeat if said else None,
        "reminder_due_at": said.due_at if said else None,
    }


def plan_reminder(connection: Connection, enrollment: Enrollment, key: StepKey, reminder: Reminder) -> None:
    """Store what a step owes next; nobody sees that, so the version stays."""
    step = replace(enrollment.step(key), reminder=reminder, reminders=reminder.number)
    connection.execute(
        sa.update(t.steps)
        .where(t.steps.c.enrollment_id == enrollment.id, t.steps.c.key == key.value)
        .values(**_step_row(enrollment.id, step))
    )


def _replace_list(
    connection: Connection, enrollment_id: int, table: Table, columns: Sequence[str], values: Iterable[Any]
) -> None:
    connection.execute(sa.delete(table).where(table.c.enrollment_id == enrollment_id))
    rows = [
        {"enrollment_id": enrollment_id, "position": position}
        | ({columns[0]: value} if isinstance(value, str) else {c: getattr(value, c) for c in columns})
        for position, value in enumerate(values)
    ]
    if rows:
        connection.execute(sa.insert(table), rows)


def load(connection: Connection, workspace: str, enrollment_id: int, *, lock: bool = False) -> Enrollment:
    """The enrollment with that ID in that workspace.

    Args:
        lock: keep other processes from changing it until the transaction ends (PostgreSQL; SQLite has one writer).

    Raises:
        UnknownEnrollment: there is none.
    """
    query = sa.select(t.enrollments).where(t.enrollments.c.workspace == workspace, t.enrollments.c.id == enrollment_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise UnknownEnrollment
    return _assemble(connection, [row])[0]


def load_many(connection: Connection, workspace: str, *conditions: sa.ColumnElement[bool]) -> list[Enrollment]:
    """Every enrollment of the workspace that meets the conditions, the oldest first; lists and all."""
    query = (
        sa.select(t.enrollments)
        .where(t.enrollments.c.workspace == workspace, *conditions)
        .order_by(t.enrollments.c.started_at, t.enrollments.c.id)
    )
    return _assemble(connection, connection.execute(query).all())


def _assemble(connection: Connection, heads: Sequence[Row[Any]]) -> list[Enrollment]:
    ids = [row.id for row in heads]
    found: dict[tuple[str, int], list[Any]] = {}
    for row in connection.execute(_STEPS, {"ids": ids}) if ids else ():
        found.setdefault(("steps", row.enrollment_id), []).append(_step(row))
    for row in connection.execute(_ALL_LISTS, {"ids": ids}) if ids else ():
        values = (row.first, row.second, row.third)[: len(_LISTS[row.list][1])]
        found.setdefault((row.list, row.enrollment_id), []).append(_MAKE[row.list](*values))
    made = []
    for row in heads:
        by_key = {step.key: step for step in found.get(("steps", row.id), ())}
        head: dict[str, Any] = {name: getattr(row, name) for name in _HEAD} | {"status": Status(row.status)}
        lists: dict[str, Any] = {name: tuple(found.get((name, row.id), ())) for name in _LISTS}
        steps = tuple(by_key.get(spec.key, Step(spec.key)) for spec in PROCEDURE)
        made.append(Enrollment(id=row.id, version=row.version, steps=steps, **head, **lists))
    return made


def _wanted(table: Table) -> sa.ColumnElement[bool]:
    return table.c.enrollment_id.in_(sa.bindparam("ids", expanding=True))


def _as_text(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    if isinstance(column.type, sa.Boolean):
        return sa.case((column, "yes"), else_="")
    return sa.cast(column, sa.Text)


def _list_query(name: str, table: Table, columns: Sequence[str]) -> sa.Select[Any]:
    """The rows of one list, in the shape that all lists share."""
    values = [_as_text(table.c[column]) for column in columns] + [sa.cast(sa.null(), sa.Text)] * (3 - len(columns))
    named = [value.label(label) for value, label in zip(values, ("first", "second", "third"), strict=True)]
    return sa.select(sa.literal(name).label("list"), table.c.enrollment_id, table.c.position, *named).where(
        _wanted(table)
    )


# Built once, and one query for all lists: an enrollment is loaded with every request.
_STEPS = sa.select(t.steps).where(_wanted(t.steps))
_ALL_LISTS = sa.union_all(*(_list_query(name, *table) for name, table in _LISTS.items())).order_by(
    "list", "enrollment_id", "position"
)


def _step(row: Row[Any]) -> Step:
    values = {name: getattr(row, name) for name in _STEP} | {"state": State(row.state)}
    reminder = None
    if row.reminder_number is not None:
        kind = ReminderKind(row.reminder_kind)
        reminder = Reminder(row.reminder_number, kind, row.reminder_repeat, row.reminder_due_at)
    return Step(key=StepKey(row.key), reminder=reminder, **values)
