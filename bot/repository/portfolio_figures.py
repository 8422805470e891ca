"""Figures over all enrollments of a workspace, for operators: by step and state, late, blocked, days by party."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Status
from bot.domain.portfolio import Segment
from bot.repository import portfolio_steps as steps
from bot.repository import tables as t
from bot.repository.sight import OF_WORKSPACE, condition

_e = t.enrollments.c
#: The state of a step that is blocked.
BLOCKED = "blocked"
_SECONDS_A_DAY = 86400
_BROKEN = (
    sa.select(sa.func.count())
    .select_from(t.enrollments)
    .where(_e.workspace == OF_WORKSPACE, _e.status == Status.ACTIVE.value, _e.aws_broken_at.is_not(None))
)
_OVER = (
    sa.select(_e.status, sa.func.count())
    .where(_e.workspace == OF_WORKSPACE, _e.status.in_([Status.COMPLETED.value, Status.CANCELLED.value]))
    .group_by(_e.status)
)


@dataclass(slots=True)
class Figures:
    """Figures of a workspace.

    Attributes:
        by_step: (next step, its state) -> how many active enrollments; ("", status) for those that are over.
        late, blocked: active enrollments with a step that is late or blocked. broken: those that broke in AWS.
        oldest_days: the age of the oldest active one. party_days: party -> for how many days the next steps have been
            its turn, summed up.
    """

    by_step: dict[tuple[str, str], int] = field(default_factory=dict)
    late: int = 0
    blocked: int = 0
    broken: int = 0
    oldest_days: float = 0.0
    party_days: dict[str, float] = field(default_factory=dict)


def together(several: Iterable[Figures]) -> Figures:
    """The figures of several workspaces as one."""
    total = Figures()
    for each in several:
        for place, count in each.by_step.items():
            total.by_step[place] = total.by_step.get(place, 0) + count
        for party, days in each.party_days.items():
            total.party_days[party] = total.party_days.get(party, 0.0) + days
        total.late += each.late
        total.blocked += each.blocked
        total.broken += each.broken
        total.oldest_days = max(total.oldest_days, each.oldest_days)
    return total


def figures(connection: Connection, workspace: str, now: datetime) -> Figures:
    """The figures of a workspace, in three queries: the steps under way, what is broken, and what is over."""
    found, oldest = Figures(), now
    values = {"of_workspace": workspace, "of_users": [], "of_now": now}
    for row in connection.execute(_under_way(connection.dialect.name), values).all():
        found.late += int(row.late)
        found.blocked += int(row.blocked)
        oldest = min(oldest, row.oldest)
        if row.number:
            place = (row.key, row.state)
            found.by_step[place] = found.by_step.get(place, 0) + int(row.number)
            found.party_days[row.party] = found.party_days.get(row.party, 0.0) + max(0.0, float(row.days))
    found.oldest_days = (now - oldest).total_seconds() / _SECONDS_A_DAY
    found.broken = int(connection.execute(_BROKEN, values).scalar_one())
    for status, count in connection.execute(_OVER, values).all():
        found.by_step["", status] = int(count)
    return found


@lru_cache
def _under_way(dialect: str) -> sa.Select[Any]:
    numbers = [steps.NUMBERED, steps.NUMBER[Segment.BLOCKED]]
    said = (*steps.BRIEF, _e.started_at, t.steps.c.since)
    under_way = steps.under_way(condition(everything=True), numbers=numbers, said=said)
    c = under_way.c
    state = sa.case((c.blocked == 1, BLOCKED), else_=c.state)
    first = c[steps.NUMBERED] == 1
    days = sa.func.sum(sa.case((first, _days(dialect, c.since)), else_=0.0))
    return sa.select(
        c.key,
        state.label("state"),
        c.party,
        sa.func.sum(sa.case((first, 1), else_=0)).label("number"),
        sa.func.sum(sa.case((sa.and_(first, c.late == 1), 1), else_=0)).label("late"),
        sa.func.sum(sa.case((sa.and_(c[steps.NUMBER[Segment.BLOCKED]] == 1, c.blocked == 1), 1), else_=0)).label(
            "blocked"
        ),
        sa.func.min(c.started_at).label("oldest"),
        days.label("days"),
    ).group_by(c.key, state, c.party)


def _days(dialect: str, since: sa.ColumnElement[datetime]) -> sa.ColumnElement[float]:
    """The days since an instant, as a number."""
    at = steps.NOW
    if dialect == "sqlite":
        return sa.func.coalesce(sa.func.julianday(at) - sa.func.julianday(since), 0.0)
    return sa.func.coalesce(sa.extract("epoch", at - since) / _SECONDS_A_DAY, 0.0)
