"""Queries for the workspaces that the rows of a database belong to: one database holds one workspace."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t
from bot.repository.outbox_columns import RowState

_e, _o = t.enrollments.c, t.outbox.c
_WORKSPACE: sa.BindParameter[str] = sa.bindparam("of_workspace")
_OWED = _o.state == RowState.OWED.value
#: In two ranges, so that the index of unsent rows leads to the rows of others alone.
_OWED_ELSEWHERE = sa.union_all(
    sa.select(_o.workspace).where(_OWED, _o.workspace < _WORKSPACE),
    sa.select(_o.workspace).where(_OWED, _o.workspace > _WORKSPACE),
).subquery()
_COUNTED = sa.select(_OWED_ELSEWHERE.c.workspace, sa.func.count().label("number")).group_by(_OWED_ELSEWHERE.c.workspace)


def enrollments_by_workspace(connection: Connection) -> dict[str, int]:
    """Workspace -> how many enrollments it has, the cancelled ones included."""
    query = sa.select(_e.workspace, sa.func.count().label("number")).group_by(_e.workspace).order_by(_e.workspace)
    return {row.workspace: row.number for row in connection.execute(query).all()}


def owed_elsewhere(connection: Connection, workspace: str) -> dict[str, int]:
    """Every other workspace with unsent messages -> how many; a bot of `workspace` never sends them."""
    rows = connection.execute(_COUNTED, {"of_workspace": workspace}).all()
    return {row.workspace: row.number for row in rows}


def other_workspaces(connection: Connection, workspace: str) -> list[str]:
    """The other workspaces that have enrollments or unsent messages in this database."""
    found = enrollments_by_workspace(connection).keys() | owed_elsewhere(connection, workspace).keys()
    return sorted(found - {workspace})
