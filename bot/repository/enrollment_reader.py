"""Loads enrollments from the database: one, several, or all that meet a condition; with their steps and lists."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from bot.domain.enrollment import (
    Enrollment,
    Reminder,
    ReminderKind,
    State,
    Status,
    Step,
)
from bot.domain.errors import UnknownEnrollment
from bot.domain.new_steps import complete_steps
from bot.domain.step_spec import Procedure, StepKey
from bot.repository import list_tickets, stored_procedures
from bot.repository import tables as t
from bot.repository.enrollment_queries import (
    ENROLLMENT_COLUMNS,
    HEAD_OF,
    HEADS,
    HEADS_OF,
    LISTS,
    LOCK_HEAD,
    LOCK_VERSIONS,
    OF_ONE,
    OF_SEVERAL,
    STORED_STEPS,
    VALUES,
    VERSIONS,
)

log = logging.getLogger(__name__)

_e = t.enrollments.c


def load(connection: Connection, workspace: str, enrollment_id: int, *, lock: bool = False) -> Enrollment:
    """The enrollment with that ID in that workspace.

    Args:
        lock: keep other processes from changing it until the transaction ends (PostgreSQL; SQLite has one writer).

    Raises:
        UnknownEnrollment: there is none.
    """
    query = LOCK_HEAD if lock else HEAD_OF
    row = connection.execute(query, {"workspace": workspace, "of_id": enrollment_id}).first()
    if row is None:
        raise UnknownEnrollment
    return _assemble(connection, [row])[0]


def load_each(connection: Connection, workspace: str, ids: Sequence[int]) -> dict[int | None, Enrollment | Exception]:
    """Enrollment ID -> the enrollment, or the exception raised by reading it; unknown IDs are left out."""
    heads = connection.execute(HEADS_OF, {"workspace": workspace, "ids": ids}).all() if ids else ()
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
    query = LOCK_VERSIONS if lock else VERSIONS
    return {row.id: row.version for row in connection.execute(query, {"ids": ids})} if ids else {}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What can be read of an enrollment of which the rest cannot."""

    account_id: str
    account_name: str
    owner: str
    channel_id: str


def load_readable(
    connection: Connection, workspace: str, *conditions: sa.ColumnElement[bool], brief: bool = False
) -> tuple[list[Enrollment], list[Unreadable]]:
    """Every enrollment of the workspace that meets the conditions, the oldest first.

    Then those that cannot be read, with what is known of them; the log says why.

    Args:
        brief: leave out all but the first entry of each list that can be long.
    """
    readable, unreadable = [], []
    for head, found in _read_each(connection, _heads(connection, workspace, conditions), brief):
        if isinstance(found, Exception):
            log.error("enrollment %s cannot be read", head.id, exc_info=found)
            unreadable.append(Unreadable(head.account_id, head.account_name, head.owner, head.channel_id))
        else:
            readable.append(found)
    return readable, unreadable


def _heads(connection: Connection, workspace: str, conditions: Sequence[sa.ColumnElement[bool]]) -> Sequence[Row[Any]]:
    query = HEADS.where(*conditions).order_by(_e.started_at, _e.id)
    return connection.execute(query, {"workspace": workspace}).all()


def _assemble(connection: Connection, heads: Sequence[Row[Any]], brief: bool = False) -> list[Enrollment]:
    ids = [row.id for row in heads]
    found: dict[tuple[str, int], list[Any]] = {}
    steps, lists, first_entries = OF_ONE if len(ids) == 1 else OF_SEVERAL
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
            stored = set(connection.execute(STORED_STEPS, {"of_id": row.id}).scalars())
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


def _step(row: Row[Any], values: Mapping[tuple[int, StepKey], Mapping[str, str]]) -> Step:
    # By position, in the order of its fields: several are read with every enrollment.
    of, key, state, *rest, reminders, payload, due_at = tuple[Any, ...](row)
    reminder = None
    if payload is not None:
        reminder = Reminder(reminders, ReminderKind(payload["kind"]), payload["repeat"], due_at)
    return Step(key, State(state), *rest, reminder, reminders, values.get((of, key), {}))  # type: ignore[call-arg]  # mypy cannot tell how many
