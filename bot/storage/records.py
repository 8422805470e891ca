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
    _update_head(connection, before, after, version)
    fresh = before.version == 0
    if fresh:
        rows = [_step_row(step) | {"enrollment_id": before.id, "key": step.key.value} for step in after.steps]
        connection.execute(sa.insert(t.steps), rows)
    for old, new in zip(before.steps, after.steps, strict=True):
        if old != new and not fresh:
            _update_step(connection, before.id, new)
    for name, (table, columns) in _LISTS.items():
        if fresh or getattr(before, name) != getattr(after, name):
            _replace_list(connection, before.id, table, columns, getattr(after, name))
    audit.append(connection, before, change, version)
    return replace(after, id=before.id, version=version)


def _update_head(connection: Connection, before: Enrollment, after: Enrollment, version: int) -> None:
    values = {name: getattr(after, name) for name in _HEAD}
    values |= {"of_id": before.id, "of_version": before.version, "version": version}
    if before.status is not Status.CANCELLED or after.status is Status.CANCELLED:
        changed = connection.execute(_UPDATE_HEAD, values).rowcount
    else:
        try:
            with connection.begin_nested():
                changed = connection.execute(_UPDATE_HEAD, values).rowcount
        except sa.exc.IntegrityError:  # a new one was stored between our look and our update
            live = find_live(connection, after.workspace, after.account_id)
            if live is None:
                raise
            raise _already(live) from None
    if changed != 1:
        raise Conflict


def _update_step(connection: Connection, enrollment_id: int, step: Step) -> None:
    connection.execute(_UPDATE_STEP, _step_row(step) | {"of_id": enrollment_id, "of_key": step.key.value})


def _step_row(step: Step) -> dict[str, Any]:
    row = {name: getattr(step, name) for name in _STEP}
    said = step.reminder
    return row | {
        "state": step.state.value,
        "reminder_number": said.number if said else None,
        "reminder_kind": said.kind.value if said else None,
        "reminder_repeat": said.repeat if said else None,
        "reminder_due_at": said.due_at if said else None,
    }


def plan_reminders(connection: Connection, planned: Sequence[tuple[Enrollment, StepKey, Reminder]]) -> None:
    """Store what steps owe next; nobody sees that, so the versions stay."""
    rows = []
    for enrollment, key, reminder in planned:
        step = replace(enrollment.step(key), reminder=reminder, reminders=reminder.number)
        rows.append(_step_row(step) | {"of_id": enrollment.id, "of_key": key.value})
    if rows:
        connection.execute(_UPDATE_STEP, rows)


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
    query = _LOCK_HEAD if lock else _HEAD_OF
    row = connection.execute(query, {"workspace": workspace, "of_id": enrollment_id}).first()
    if row is None:
        raise UnknownEnrollment
    return _assemble(connection, [row])[0]


def load_each(connection: Connection, workspace: str, ids: Sequence[int]) -> dict[int | None, Enrollment | Exception]:
    """Enrollment ID -> the enrollment, or why what is stored of it cannot be read; for those that are there."""
    heads = connection.execute(_HEADS_OF, {"workspace": workspace, "ids": ids}).all() if ids else ()
    try:
        return {enrollment.id: enrollment for enrollment in _assemble(connection, heads)}
    except (LookupError, ValueError):  # one that cannot be read must not hide the others
        return {head.id: _readable(connection, head) for head in heads}


def _readable(connection: Connection, head: Row[Any]) -> Enrollment | Exception:
    try:
        return _assemble(connection, [head])[0]
    except (LookupError, ValueError) as problem:
        return problem


def versions(connection: Connection, ids: Sequence[int], *, lock: bool = False) -> dict[int, int]:
    """Enrollment ID -> the version that it has now.

    Args:
        lock: keep others from changing them until the transaction ends; those that somebody changes just now are
            left out.
    """
    query = _LOCK_VERSIONS if lock else _VERSIONS
    return {row.id: row.version for row in connection.execute(query, {"ids": ids})} if ids else {}


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
    # All at once: where a row cannot be read, SQLite would hold what is left of the others against the next writer.
    for row in connection.execute(_STEPS, {"ids": ids}).all() if ids else ():
        found.setdefault(("steps", row.enrollment_id), []).append(_step(row))
    for row in connection.execute(_ALL_LISTS, {"ids": ids}).all() if ids else ():
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


# Built once: an enrollment is loaded with every request, and building a statement takes longer than carrying it out.
_HEAD_OF = sa.select(t.enrollments).where(
    t.enrollments.c.workspace == sa.bindparam("workspace"), t.enrollments.c.id == sa.bindparam("of_id")
)
_LOCK_HEAD = _HEAD_OF.with_for_update()
_HEADS_OF = sa.select(t.enrollments).where(
    t.enrollments.c.workspace == sa.bindparam("workspace"), t.enrollments.c.id.in_(sa.bindparam("ids", expanding=True))
)
_VERSIONS = sa.select(t.enrollments.c.id, t.enrollments.c.version).where(
    t.enrollments.c.id.in_(sa.bindparam("ids", expanding=True))
)
_LOCK_VERSIONS = _VERSIONS.order_by(t.enrollments.c.id).with_for_update(skip_locked=True)
_UPDATE_HEAD = sa.update(t.enrollments).where(
    t.enrollments.c.id == sa.bindparam("of_id"), t.enrollments.c.version == sa.bindparam("of_version")
)
_UPDATE_STEP = sa.update(t.steps).where(
    t.steps.c.enrollment_id == sa.bindparam("of_id"), t.steps.c.key == sa.bindparam("of_key")
)
_STEPS = sa.select(
    *(t.steps.c[name] for name in ("enrollment_id", "key", *_STEP)),
    *(t.steps.c[f"reminder_{name}"] for name in ("number", "kind", "repeat", "due_at")),
).where(_wanted(t.steps))
_ALL_LISTS = sa.union_all(*(_list_query(name, *table) for name, table in _LISTS.items())).order_by(
    "list", "enrollment_id", "position"
)


def _step(row: Row[Any]) -> Step:
    # By position, in the order of its fields: nine of them are read with every enrollment.
    _, key, state, *values, reminders, number, kind, repeat, due_at = tuple[Any, ...](row)
    reminder = None if number is None else Reminder(number, ReminderKind(kind), repeat, due_at)
    return Step(StepKey(key), State(state), *values, reminder, reminders)  # type: ignore[call-arg]  # values are no list of any length
