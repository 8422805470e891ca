"""Finds the columns of lists that have to be calculated again, compares them with the enrollments, writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Enrollment, Policy, Status
from bot.repository import portfolio_columns
from bot.repository import tables as t

_e, _s = t.enrollments.c, t.steps.c
_UPDATE_HEAD = sa.update(t.enrollments).where(_e.id == sa.bindparam("of_id"))
_UPDATE_STEP = sa.update(t.steps).where(_s.enrollment_id == sa.bindparam("of_id"), _s.key == sa.bindparam("of_key"))
_STEPS = sa.select(_s.enrollment_id, _s.key, _s.late_from)


def outdated(connection: Connection, workspace: str, today: date, after: int, limit: int) -> list[int]:
    """The IDs above `after` of enrollments whose forecast is not of today, or whose name was never written."""
    active = sa.and_(_e.status == Status.ACTIVE.value, sa.or_(_e.forecast_on.is_(None), _e.forecast_on != today))
    of_workspace = sa.and_(_e.workspace == workspace, _e.id > after)
    stale = sa.union(
        sa.select(_e.id).where(of_workspace, active), sa.select(_e.id).where(of_workspace, _e.name_key.is_(None))
    ).subquery()
    return list(connection.execute(sa.select(stale.c.id).order_by(stale.c.id).limit(limit)).scalars())


def following(connection: Connection, after: int, limit: int) -> list[tuple[str, int]]:
    """(workspace, ID) of the next enrollments above `after`, of all workspaces."""
    query = sa.select(_e.workspace, _e.id).where(_e.id > after).order_by(_e.id).limit(limit)
    return [(row.workspace, row.id) for row in connection.execute(query).all()]


def wrong(connection: Connection, enrollments: Sequence[Enrollment]) -> list[Enrollment]:
    """Those of the enrollments whose columns do not say what the enrollment says.

    A forecast is right if there is one for each active enrollment and none for others, or if it is to be calculated.
    """
    ids = [enrollment.id for enrollment in enrollments]
    heads = sa.select(_e.id, _e.name_key, _e.finish_first, _e.finish_last, _e.forecast_on).where(_e.id.in_(ids))
    stored = {row.id: row for row in connection.execute(heads).all()}
    ends = {
        (row.enrollment_id, row.key): row.late_from
        for row in connection.execute(_STEPS.where(_s.enrollment_id.in_(ids)))
    }
    found = []
    for enrollment in enrollments:
        row = stored[enrollment.id]
        named = portfolio_columns.of_enrollment(enrollment, enrollment.started_at, None)["name_key"]
        forecast = {row.finish_first is not None, row.finish_last is not None}
        fits = row.forecast_on is None or forecast == {enrollment.status is Status.ACTIVE}
        late = all(
            ends.get((enrollment.id, step.key)) == portfolio_columns.of_step(enrollment, step)["late_from"]
            for step in enrollment.steps
        )
        if not (row.name_key == named and fits and late):
            found.append(enrollment)
    return found


def write(connection: Connection, enrollments: Sequence[Enrollment], now: datetime, policy: Policy) -> None:
    """Write the columns of enrollments, which have to be locked; people do not see that, so their versions stay."""
    if not enrollments:
        return
    heads = [{"of_id": each.id} | portfolio_columns.of_enrollment(each, now, policy) for each in enrollments]
    connection.execute(_UPDATE_HEAD, heads)
    steps = [
        {"of_id": each.id, "of_key": step.key} | portfolio_columns.of_step(each, step)
        for each in enrollments
        for step in each.steps
    ]
    connection.execute(_UPDATE_STEP, steps)
