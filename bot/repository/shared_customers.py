"""End customers that several enrollments of a workspace list: found by their Spot organization ID."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t
from bot.repository.search import NOT_CANCELLED

_c, _mine = t.end_customers.c, t.end_customers.alias("mine")
_ELSEWHERE = (
    sa.select(_c.spot_org_id, _c.enrollment_id)
    .select_from(_mine)
    .join(t.end_customers, _c.spot_org_id == _mine.c.spot_org_id)
    .join(t.enrollments, t.enrollments.c.id == _c.enrollment_id)
    .where(
        _mine.c.enrollment_id == sa.bindparam("of_id"),
        _c.enrollment_id != _mine.c.enrollment_id,
        t.enrollments.c.workspace == sa.bindparam("workspace"),
        NOT_CANCELLED,
    )
    .distinct()
)


def elsewhere(connection: Connection, workspace: str, enrollment_id: int) -> list[tuple[str, int]]:
    """(Spot organization ID, ID of another enrollment that is not cancelled) of an enrollment's end customers."""
    found = connection.execute(_ELSEWHERE, {"workspace": workspace, "of_id": enrollment_id})
    return sorted(((row.spot_org_id, row.enrollment_id) for row in found), key=lambda pair: (pair[1], pair[0]))


def among(ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """The condition for one of these enrollments."""
    return t.enrollments.c.id.in_(ids)
