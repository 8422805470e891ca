"""Loads enrollments from the database: one, several, or all that meet a condition; with their steps and lists."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row, Table

from bot.domain.enrollment import (
    BillingWorkflow,
    Customer,
    Enrollment,
    Pair,
    Reminder,
    ReminderKind,
    State,
    Status,
    Step,
    SubsetAccount,
)
from bot.domain.errors import UnknownEnrollment
from bot.domain.new_steps import complete_steps
from bot.domain.step_spec import Procedure, StepKey
from bot.repository import list_tickets, portfolio_columns, stored_procedures
from bot.repository import tables as t
from bot.repository.outbox_columns import RowState

log = logging.getLogger(__name__)

#: Column of `enrollments` -> the field of an enrollment.
ENROLLMENT_COLUMNS = {
    name: name for c in t.enrollments.c if (name := c.name) not in ("id", "version", *portfolio_columns.OF_ENROLLMENT)
}
ENROLLMENT_COLUMNS["landed_at"] = "first_file_at"
ENROLLMENT_COLUMNS["procedure"] = "procedure_reference"
#: The fields of a step that are columns of the same name.
STEP = tuple(f.name for f in fields(Step) if f.name not in ("key", "reminder", "values"))
#: Enrollment field -> (table, columns, what makes an entry of them): the lists, each stored in the order given.
LISTS: dict[str, tuple[Table, tuple[str, ...], Callable[..., Any]]] = {
    "collaborators": (t.collaborators, ("user_id",), str),
    "subsets": (t.subsets, ("name",), str),
    "workflows": (
        t.billing_workflows,
        ("name", "validated"),
        lambda name, validated: BillingWorkflow(name, bool(validated)),
    ),
    "pairs": (t.associations, ("subset", "workflow"), Pair),
    "customers": (t.end_customers, ("subset", "email", "spot_org_id"), Customer),
    "subset_accounts": (t.subset_accounts, ("subset", "account_id"), SubsetAccount),
    "with_users": (t.customer_users, ("spot_org_id",), str),
}


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
    """Enrollment ID -> the enrollment, or the exception raised by reading it; unknown IDs are left out."""
    heads = connection.execute(_HEADS_OF, {"workspace": workspace, "ids": ids}).all() if ids else ()
    return {head.id: found for head, found in _read_each(connection, heads)}


def _read_each(
    connection: Connection, heads: Sequence[Row[Any]], brief: bool = False
) -> list[tuple[Row[Any], Enrollment | Exception]]:
    try:
        return list(zip(heads, _assemble(connection, heads, brief), strict=True))
    except (LookupError, ValueError):  # one that cannot be read must not hide the others
        return [(head, _readable(connection, head, brief)) for head in heads]


def _readable(connection: Connection, head: Row[Any], brief: bool) -> Enrollment | Exception:
    try:
        return _assemble(connection, [head], brief)[0]
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
    """Every enrollment of the workspace that meets the conditions, the oldest first; lists and all.

    Raises:
        LookupError, ValueError: what is stored of one of them cannot be read.
    """
    return _assemble(connection, _heads(connection, workspace, conditions))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What can be read of an enrollment of which the rest cannot."""

    account_name: str
    owner: str
    channel_id: str


def load_readable(
    connection: Connection, workspace: str, *conditions: sa.ColumnElement[bool], brief: bool = False
) -> tuple[list[Enrollment], list[Unreadable]]:
    """The same without those that cannot be read, and what is known of those; the log says why.

    Args:
        brief: leave out all but the first entry of each list that can be long.
    """
    readable, unreadable = [], []
    for head, found in _read_each(connection, _heads(connection, workspace, conditions), brief):
        if isinstance(found, Exception):
            log.error("enrollment %s cannot be read", head.id, exc_info=found)
            unreadable.append(Unreadable(head.account_name, head.owner, head.channel_id))
        else:
            readable.append(found)
    return readable, unreadable


def _heads(connection: Connection, workspace: str, conditions: Sequence[sa.ColumnElement[bool]]) -> Sequence[Row[Any]]:
    query = _HEADS.where(*conditions).order_by(_e.started_at, _e.id)
    return connection.execute(query, {"workspace": workspace}).all()


def _assemble(connection: Connection, heads: Sequence[Row[Any]], brief: bool = False) -> list[Enrollment]:
    ids = [row.id for row in heads]
    found: dict[tuple[str, int], list[Any]] = {}
    steps, lists, first_entries = _OF_ONE if len(ids) == 1 else _OF_SEVERAL
    lists = first_entries if brief else lists
    whose = {"of_id": ids[0]} if len(ids) == 1 else {"ids": ids}
    where = {"workspace": heads[0].workspace} | whose if heads else {}
    # All at once: where a row cannot be read, SQLite would hold what is left of the others against the next writer.
    values: dict[tuple[int, StepKey], dict[str, str]] = {}
    touched = connection.execute(steps, where).all() if ids else ()
    for row in connection.execute(lists, whose).all() if ids else ():
        # By position: a service provider's lists have thousands of rows.
        name, of, _, *entry = tuple[Any, ...](row)
        if name == VALUES:
            values.setdefault((of, entry[0]), {})[entry[1]] = entry[2]
        else:
            _, columns, make = LISTS[name]
            found.setdefault((name, of), []).append(make(*entry[: len(columns)]))
    for row in touched:
        found.setdefault(("steps", row.enrollment_id), []).append(_step(row, values))
    made = []
    for row in heads:
        head = {ENROLLMENT_COLUMNS.get(name, name): value for name, value in row._mapping.items()}
        head["status"] = Status(row.status)
        procedure = stored_procedures.find(connection, row.procedure)
        by_key = dict(_untouched(procedure))
        for step in found.get(("steps", row.id), ()):
            if step.key not in by_key:
                raise LookupError(f"the procedure {row.procedure} has no step {step.key}")
            by_key[step.key] = step
        has_tickets = head.pop("ticket_count") and not brief
        if head.pop("step_count") == len(by_key):
            head["steps"] = tuple(by_key.values())
        else:
            stored = set(connection.execute(_STORED_STEPS, {"of_id": row.id}).scalars())
            known = {key: step for key, step in by_key.items() if key in stored}
            head["steps"] = complete_steps(procedure, known)
            head["new_steps"] = frozenset(by_key) - stored
        of_lists: dict[str, Any] = {name: tuple(found.get((name, row.id), ())) for name in LISTS}
        of_lists["list_tickets"] = list_tickets.read(connection, [row.id]).get(row.id, ()) if has_tickets else ()
        made.append(Enrollment(**head, **of_lists))
    return made


@cache
def _untouched(procedure: Procedure) -> Mapping[StepKey, Step]:
    """Its steps as nobody has come to them yet: most rows are like this, and they are not read."""
    return {spec.key: Step(spec.key) for spec in procedure.steps}


#: The part of the lists' query that holds the values of steps.
VALUES = "values"

#: How many steps of an enrollment are stored: fewer than the procedure has where it has grown.
_STEP_COUNT = (
    sa.select(sa.func.count())
    .select_from(t.steps)
    .where(t.steps.c.enrollment_id == t.enrollments.c.id)
    .correlate(t.enrollments)
    .scalar_subquery()
    .label("step_count")
)
#: How many tickets have carried its lists: most have none, and they are not read.
_TICKET_COUNT = (
    sa.select(sa.func.count())
    .select_from(t.list_tickets)
    .where(t.list_tickets.c.enrollment_id == t.enrollments.c.id)
    .correlate(t.enrollments)
    .scalar_subquery()
    .label("ticket_count")
)
_STORED_STEPS = sa.select(t.steps.c.key).where(t.steps.c.enrollment_id == sa.bindparam("of_id"))

#: The condition for the rows of a table that are wanted.
Wanted = Callable[[sa.FromClause], sa.ColumnElement[bool]]

#: The row of a step's last planned reminder: its latest number, neither sent nor dropped. A step that is over has none:
#: its last one may be on its way.
_REMINDER = sa.and_(
    t.steps.c.state.in_([State.OPEN.value, State.WAITING.value]),
    t.outbox.c.workspace == sa.bindparam("workspace"),
    t.outbox.c.key
    == sa.literal("reminder:")
    .concat(sa.cast(t.steps.c.enrollment_id, sa.Text))
    .concat(":")
    .concat(t.steps.c.key)
    .concat(":")
    .concat(sa.cast(t.steps.c.reminders, sa.Text)),
    t.outbox.c.state.in_([RowState.OWED.value, RowState.MERGED.value, RowState.FAILED.value]),
)


def _steps_query(wanted: Wanted) -> sa.Select[Any]:
    c = t.steps.c
    touched = [c[name].is_not(None) for name in STEP if c[name].nullable]
    return (
        sa.select(c.enrollment_id, c.key, *(c[name] for name in STEP), t.outbox.c.payload, t.outbox.c.owed_at)
        .select_from(t.steps.outerjoin(t.outbox, _REMINDER))
        .where(wanted(t.steps), sa.or_(c.state != State.LOCKED.value, c.reminders != 0, *touched))
    )


def _lists_query(wanted: Wanted, *, first_entries: bool = False) -> sa.Select[Any]:
    parts = [_list_query(name, table, columns) for name, (table, columns, _) in LISTS.items()]
    if first_entries:  # a page of twenty enrollments may have 12,000 entries, and needs to know who may see them
        parts = [
            part if name == "collaborators" else part.where(part.selected_columns.position == 0)
            for name, part in zip(LISTS, parts, strict=True)
        ]
    v = t.step_values.c
    kind, position = sa.literal(VALUES).label("list"), sa.literal(0).label("position")
    parts.append(sa.select(kind, v.enrollment_id, position, v.step, v.key, v.value))
    lists = sa.union_all(*parts).subquery("lists")
    return sa.select(lists).where(wanted(lists)).order_by(lists.c.list, lists.c.enrollment_id, lists.c.position)


def _as_text(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    if isinstance(column.type, sa.Boolean):
        return sa.case((column, "yes"), else_="")
    return sa.cast(column, sa.Text)


def _list_query(name: str, table: Table, columns: Sequence[str]) -> sa.Select[Any]:
    """The rows of one list, in the shape that all lists share."""
    values = [_as_text(table.c[column]) for column in columns] + [sa.cast(sa.null(), sa.Text)] * (3 - len(columns))
    named = [value.label(label) for value, label in zip(values, ("first", "second", "third"), strict=True)]
    return sa.select(sa.literal(name).label("list"), table.c.enrollment_id, table.c.position, *named)


# Built once: an enrollment is loaded with every request, and building a statement takes longer than carrying it out.
_e = t.enrollments.c
_BY_ID = _e.id.in_(sa.bindparam("ids", expanding=True))
_HEAD = (*(_e[column] for column in ("id", "version", *ENROLLMENT_COLUMNS)), _STEP_COUNT, _TICKET_COUNT)
_HEADS = sa.select(*_HEAD).where(_e.workspace == sa.bindparam("workspace"))
_HEAD_OF = _HEADS.where(_e.id == sa.bindparam("of_id"))
_LOCK_HEAD = _HEAD_OF.with_for_update(of=t.enrollments)
_HEADS_OF = _HEADS.where(_BY_ID)
_VERSIONS = sa.select(_e.id, _e.version).where(_BY_ID)
_LOCK_VERSIONS = _VERSIONS.order_by(_e.id).with_for_update(skip_locked=True)
_OF_ONE, _OF_SEVERAL = (
    (_steps_query(wanted), _lists_query(wanted), _lists_query(wanted, first_entries=True))
    for wanted in (
        lambda table: table.c.enrollment_id == sa.bindparam("of_id"),
        # Rendered anew for every number of them, which takes as long again.
        lambda table: table.c.enrollment_id.in_(sa.bindparam("ids", expanding=True)),
    )
)


def _step(row: Row[Any], values: Mapping[tuple[int, StepKey], Mapping[str, str]]) -> Step:
    # By position, in the order of its fields: several are read with every enrollment.
    of, key, state, *rest, reminders, payload, due_at = tuple[Any, ...](row)
    reminder = None
    if payload is not None:
        reminder = Reminder(reminders, ReminderKind(payload["kind"]), payload["repeat"], due_at)
    return Step(key, State(state), *rest, reminder, reminders, values.get((of, key), {}))  # type: ignore[call-arg]  # mypy cannot tell how many
