"""What the steps of a workspace's completed enrollments took: one query over the newest, kept in memory for minutes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import EventKind, State, Status
from bot.domain.forecast import NO_DURATIONS, Durations, Taken, spread
from bot.domain.schedule import Clock
from bot.domain.step_spec import Procedure, StepKey, specs
from bot.repository import stored_procedures
from bot.repository import tables as t
from bot.repository.database import Database

#: How many of the completed enrollments are read, the newest first, and for how long what they say is used.
NEWEST, MAX_AGE = 200, timedelta(minutes=10)

_e, _s, _v = t.enrollments.c, t.steps.c, t.events.c
_NEWEST = (
    sa.select(_e.id, _e.started_at, _e.procedure)
    .where(_e.workspace == sa.bindparam("workspace"), _e.status == Status.COMPLETED.value)
    .order_by(_e.ended_at.desc())
    .limit(NEWEST)
    .subquery("newest")
)
#: For each step by itself: joined as a whole, SQLite reads the audit of all enrollments.
_REOPENED_AT = (
    sa.select(sa.func.max(_v.at))
    .where(_v.enrollment_id == _NEWEST.c.id, _v.kind == EventKind.REOPENED.value, _v.step == _s.key)
    .scalar_subquery()
)
_STEPS = (
    sa.select(
        *(
            _NEWEST.c.id,
            _NEWEST.c.started_at,
            _NEWEST.c.procedure,
            _s.key,
            _s.acted_at,
            _s.acted_by,
            _s.finished_at,
            _s.finished_by,
        ),
        _REOPENED_AT.label("reopened_at"),
    )
    .select_from(sa.join(_NEWEST, t.steps, _s.enrollment_id == _NEWEST.c.id))
    .where(_s.state == State.DONE.value, _s.finished_at.is_not(None))
)


def read(connection: Connection, workspace: str) -> Durations:
    """What the steps of the newest completed enrollments took.

    A step counts from the end of those that it requires, or from its last reopening. What was done before the
    enrollment came to the bot is left out.
    """
    by_enrollment: dict[int, dict[StepKey, Any]] = {}
    for row in connection.execute(_STEPS, {"workspace": workspace}).all():
        by_enrollment.setdefault(row.id, {})[row.key] = row
    acts: dict[tuple[str, StepKey], list[timedelta]] = {}
    waits: dict[tuple[str, StepKey], list[timedelta]] = {}
    for rows in by_enrollment.values():
        for key, row in rows.items():
            procedure = stored_procedures.find(connection, row.procedure)
            if key not in specs(procedure) or row.acted_at is None or row.acted_by is None:
                continue
            of_step = procedure.key, key
            acts.setdefault(of_step, []).append(_not_negative(row.acted_at - _opened_at(rows, row, procedure)))
            if row.finished_by is not None:
                waits.setdefault(of_step, []).append(_not_negative(row.finished_at - row.acted_at))
    return {of_step: Taken(spread(spans), spread(waits.get(of_step, []))) for of_step, spans in acts.items()}


def _opened_at(rows: dict[StepKey, Any], row: Any, procedure: Procedure) -> datetime:
    ends: list[datetime] = [rows[before].finished_at for before in procedure.spec(row.key).requires if before in rows]
    started: datetime = row.started_at
    reopened: list[datetime] = [row.reopened_at] if row.reopened_at else []
    return max([started, *ends, *reopened])


def _not_negative(span: timedelta) -> timedelta:
    """A span; a day that somebody named may lie before the step opened."""
    return max(span, timedelta())


@dataclass(slots=True)
class PastDurations:
    """The durations of each workspace, read at most every ten minutes; used by all threads of a process."""

    database: Database
    clock: Clock
    _known: dict[str, tuple[datetime, Durations]] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def of(self, workspace: str) -> Durations:
        """What the steps of that workspace's completed enrollments took."""
        now = self.clock.now()
        with self._mutex:
            read_at, known = self._known.get(workspace, (None, NO_DURATIONS))
        if read_at is not None and abs(now - read_at) < MAX_AGE:
            return known
        with self.database.read() as connection:
            found = read(connection, workspace)
        with self._mutex:
            self._known[workspace] = now, found
        return found
