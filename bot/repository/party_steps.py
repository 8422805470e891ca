"""The steps that are under way for the people of a party, over the active enrollments that are not their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import State, Status
from bot.domain.step_spec import StepKey
from bot.repository import tables as t
from bot.repository.column_types import UtcDateTime
from bot.repository.sight import OF_PEOPLE, OF_WORKSPACE, UNDER_WAY, USERS

_e, _s, _p, _m = t.enrollments.c, t.steps.c, t.procedure_steps.c, t.party_people.c
_NOW = sa.bindparam("of_now", type_=UtcDateTime())
_theirs = sa.select(_m.enrollment_id, _m.party).where(_m.user_id.in_(USERS)).distinct().subquery("theirs")
_due = sa.and_(_s.state == State.WAITING.value, _s.latest <= _NOW)
_order = sa.case((_due, 0), (_s.state == State.OPEN.value, 1), else_=2)
_STEPS = (
    sa.select(_e.id, _s.key, sa.func.count().over().label("total"))
    .select_from(
        _theirs.join(t.enrollments, _e.id == _theirs.c.enrollment_id)
        .join(t.steps, sa.and_(_s.enrollment_id == _e.id, UNDER_WAY))
        .join(
            t.procedure_steps,
            sa.and_(_p.procedure == _e.procedure, _p.key == _s.key, _p.party == _theirs.c.party),
        )
    )
    .where(_e.workspace == OF_WORKSPACE, _e.status == Status.ACTIVE.value, sa.not_(OF_PEOPLE))
    .order_by(_order, sa.func.coalesce(_s.since, _e.started_at, type_=UtcDateTime()), _e.id, _p.position)
)


def under_way(
    connection: Connection, workspace: str, users: Sequence[str], now: datetime, most: int
) -> tuple[list[tuple[int, StepKey]], int]:
    """(enrollment ID, step) of the first `most` steps, those that are due first, then the open ones; and how many."""
    values = {"of_workspace": workspace, "of_users": list(users), "of_now": now}
    rows = connection.execute(_STEPS.limit(most), values).all()
    return [(row.id, row.key) for row in rows], rows[0].total if rows else 0
