"""The audit: an append-only log of the events of an enrollment, with the values that each change replaced."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from bot.domain.details import STORED
from bot.domain.enrollment import Change, Enrollment, Event, EventKind
from bot.domain.history import PER_PAGE, SENT, HistoryEntry, HistoryPage, HistoryQuery, Topic, kinds_of
from bot.domain.list_changes import LINES, lines_changed
from bot.domain.list_entries import KINDS, entry_line
from bot.domain.lists import entry_of
from bot.domain.step_spec import StepKey
from bot.domain.steps import changed_steps
from bot.repository import change_log, enrollment_queries
from bot.repository import tables as t

_NEXT = sa.select(sa.func.coalesce(sa.func.max(t.events.c.number), 0) + 1).where(
    t.events.c.enrollment_id == sa.bindparam("of_enrollment")
)
_APPEND = sa.insert(t.events).values(number=_NEXT.scalar_subquery()).returning(t.events.c.number)


def append(connection: Connection, before: Enrollment, change: Change, version: int) -> list[int]:
    """Append the events of a change that led to `version`; return their numbers.

    The first event holds the changed values, before and after.
    """
    old, new = _difference(before, change.enrollment)
    rows = [
        {
            "enrollment_id": before.id,
            "of_enrollment": before.id,
            "at": change.at,
            "by": change.by,
            "kind": event.kind.value,
            "step": event.step,
            "version": version,
            "details": dict(event.details),
            "before": old if offset == 1 else {},
            "after": new if offset == 1 else {},
        }
        for offset, event in enumerate(change.events, 1)
    ]
    # One by one: the insert numbers each row after the one before it.
    numbers = [int(connection.execute(_APPEND, row).scalar_one()) for row in rows]
    change_log.note(connection, change, before.id, numbers)
    return numbers


def _difference(before: Enrollment, after: Enrollment) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changed values before and after, as JSON; of lists their lengths, and the lines that went and came."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for column, field in enrollment_queries.ENROLLMENT_COLUMNS.items():
        if getattr(before, field) != getattr(after, field):
            old[column], new[column] = _plain(getattr(before, field)), _plain(getattr(after, field))
    for key in after.procedure.shared:
        if before.value(key) != after.value(key):
            old[key], new[key] = before.value(key), after.value(key)
    for was, now in changed_steps(before.steps, after.steps):
        if was != replace(now, values=was.values):
            old[was.key], new[was.key] = was.state.value, now.state.value
        for name in STORED:
            if getattr(was, name) != getattr(now, name):
                old[f"{was.key}.{name}"], new[f"{was.key}.{name}"] = (
                    _plain(getattr(was, name)),
                    _plain(getattr(now, name)),
                )
    for name in enrollment_queries.LISTS:
        if getattr(before, name) != getattr(after, name):
            old[name], new[name] = len(getattr(before, name)), len(getattr(after, name))
            if name in KINDS:
                gone, came = lines_changed(getattr(before, name), getattr(after, name))
                old[f"{name}{LINES}"], new[f"{name}{LINES}"] = gone, came
    return old, new


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def list_at(connection: Connection, enrollment: Enrollment, name: str, version: int) -> tuple[Any, ...]:
    """A list of pairs or customers as it was at a version; what has left it since stands at the end."""
    e = t.events.c
    since = sa.select(e.before, e.after).where(e.enrollment_id == enrollment.id, e.version > version)
    lines = {entry_line(entry): entry for entry in getattr(enrollment, name)}
    for row in connection.execute(since.order_by(e.number.desc())):
        for line in row.after.get(f"{name}{LINES}", ()):
            lines.pop(line, None)
        for line in row.before.get(f"{name}{LINES}", ()):
            lines[line] = entry_of(line, name)
    return tuple(lines.values())


def sent_since(connection: Connection, enrollment_id: int, step: StepKey, version: int) -> str | None:
    """The user ID of whoever has sent a step's ticket after `version`; None if nobody has."""
    e = t.events.c
    of_it = sa.and_(e.enrollment_id == enrollment_id, e.version > version, e.step == step)
    kinds = [kind.value for kind in (*SENT, EventKind.EMAILED)]
    found = connection.execute(sa.select(e.by, e.details).where(of_it, e.kind.in_(kinds)).order_by(e.number))
    return next((row.by for row in found.all() if "latest" in row.details), None)


#: Events that are told and change nothing of an enrollment.
_CHANGE_NOTHING = (EventKind.EXPORTED.value, EventKind.EXPIRING.value, EventKind.WORKFLOW_DESCRIBED.value)


def last_author(connection: Connection, enrollment_id: int, version: int, name: str) -> str | None:
    """The user ID of whoever changed a value last after `version`; None if nobody has changed anything since.

    Args:
        name: of a column, shared field or list. A value that only its step keeps is attributed to the newest event.
    """
    e = t.events.c
    changes = e.kind.not_in(_CHANGE_NOTHING)
    later = sa.select(e.by, e.after).where(e.enrollment_id == enrollment_id, e.version > version, changes)
    rows = connection.execute(later.order_by(e.number.desc())).all()
    return next((row.by for row in rows if name in row.after), rows[0].by if rows else None)


_NUMBER = (t.events.c.enrollment_id, t.events.c.number)
# Without the values that it replaced: those of a list can be long, and no message tells them.
_NUMBERED = sa.select(*_NUMBER, *(t.events.c[name] for name in ("by", "kind", "step", "details"))).where(
    # Without the first condition, SQLite reads the events of all enrollments.
    t.events.c.enrollment_id.in_(sa.bindparam("ids", expanding=True)),
    sa.tuple_(*_NUMBER).in_(sa.bindparam("numbers", expanding=True)),
)


def numbered(
    connection: Connection, numbers: Collection[tuple[int, int]]
) -> dict[tuple[int, int], tuple[Event, str] | ValueError]:
    """(Enrollment ID, number) -> that event and who caused it, or why it cannot be read; unknown ones are left out."""
    found = dict[tuple[int, int], tuple[Event, str] | ValueError]()
    wanted = {"ids": sorted({number for number, _ in numbers}), "numbers": list(numbers)}
    for row in connection.execute(_NUMBERED, wanted).all() if numbers else ():
        try:
            found[row.enrollment_id, row.number] = (_event(row), row.by)
        except ValueError as problem:  # of a kind that this version does not know: it must not hide the others
            found[row.enrollment_id, row.number] = problem
    return found


def events_of(connection: Connection, enrollment_id: int) -> list[tuple[Event, str, datetime]]:
    """Every event of an enrollment in order, each with its user ID and time."""
    query = sa.select(t.events).where(t.events.c.enrollment_id == enrollment_id).order_by(t.events.c.number)
    return [(_event(row), row.by, row.at) for row in connection.execute(query).all()]


def page(connection: Connection, enrollment_id: int, query: HistoryQuery, tickets: Collection[StepKey]) -> HistoryPage:
    """The entries that somebody wants to see, counted and cut by the database.

    Args:
        tickets: the steps with a ticket.
    """
    e = t.events.c
    wanted = [e.enrollment_id == enrollment_id]
    if query.step is not None:
        wanted.append(e.step == query.step)
    if query.by is not None:
        wanted.append(e.by == query.by)
    if query.topic is not None:
        wanted.append(_about(query.topic, tickets))
    found = int(connection.execute(sa.select(sa.func.count()).select_from(t.events).where(*wanted)).scalar_one())
    pages = max(1, -(-found // PER_PAGE))
    number = min(max(1, query.page), pages)
    newest = sa.select(t.events).where(*wanted).order_by(e.number.desc())
    rows = connection.execute(newest.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all()
    return HistoryPage(tuple(_entry(row) for row in reversed(rows)), number, pages, found)


def _about(topic: Topic, tickets: Collection[StepKey]) -> sa.ColumnElement[bool]:
    e = t.events.c
    about = e.kind.in_([kind.value for kind in kinds_of(topic)])
    if topic is not Topic.TICKETS:
        return about
    return sa.or_(about, sa.and_(e.kind.in_([kind.value for kind in SENT]), e.step.in_(tickets)))


def of_change(connection: Connection, enrollment_id: int, number: int) -> tuple[HistoryEntry, ...]:
    """The entries of one change in order, from its first one's number on, without events that change nothing."""
    e, first = t.events.c, t.events.alias("first").c
    version = sa.select(first.version).where(first.enrollment_id == enrollment_id, first.number == number)
    of_it = sa.and_(e.enrollment_id == enrollment_id, e.number >= number, e.version == version.scalar_subquery())
    query = sa.select(t.events).where(of_it, e.kind.not_in(_CHANGE_NOTHING)).order_by(e.number)
    return tuple(_entry(row) for row in connection.execute(query).all())


def whole(connection: Connection, enrollment_id: int) -> tuple[HistoryEntry, ...]:
    """Every entry of an enrollment in order, with the values that each replaced and set: for an export."""
    query = sa.select(t.events).where(t.events.c.enrollment_id == enrollment_id).order_by(t.events.c.number)
    return tuple(_entry(row) for row in connection.execute(query).all())


def events_of_each(
    connection: Connection, ids: Collection[int], kinds: Collection[EventKind]
) -> dict[int, list[tuple[Event, str, datetime]]]:
    """Enrollment ID -> its events of these kinds in order, each with its user ID and time."""
    e, found = t.events.c, dict[int, list[tuple[Event, str, datetime]]]()
    of_kinds = sa.and_(e.enrollment_id.in_(ids), e.kind.in_([kind.value for kind in kinds]))
    for row in connection.execute(sa.select(t.events).where(of_kinds).order_by(e.enrollment_id, e.number)).all():
        found.setdefault(row.enrollment_id, []).append((_event(row), row.by, row.at))
    return found


def giver_of_ownership(connection: Connection, enrollment: Enrollment) -> str:
    """The user ID of who made the owner of an enrollment its owner."""
    e = t.events.c
    query = sa.select(e.by, e.after).where(e.enrollment_id == enrollment.id).order_by(e.number.desc())
    changes = connection.execute(query).all()
    return next((row.by for row in changes if row.after.get("owner") == enrollment.owner), enrollment.started_by)


def _entry(row: Row[Any]) -> HistoryEntry:
    return HistoryEntry(row.number, _event(row), row.by, row.at, row.before, row.after)


def _event(row: Row[Any]) -> Event:
    return Event(EventKind(row.kind), row.step, row.details)


def latest(connection: Connection) -> int:
    """The ID of the newest event of all: another one means that some enrollment has changed."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(t.events.c.id), 0))).scalar_one())
