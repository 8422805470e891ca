"""The enrollments behind the rows of a list, and those that no list has because their rows are damaged."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Enrollment, Status
from bot.repository import tables as t
from bot.repository.enrollment_reader import Unreadable, load_readable
from bot.repository.sight import UNDER_WAY


def listed(connection: Connection, workspace: str, ids: Sequence[int]) -> list[Enrollment]:
    """The readable ones of the enrollments of a page, of each of their lists only the first entry."""
    return load_readable(connection, workspace, t.enrollments.c.id.in_(ids), brief=True)[0] if ids else []


def unlisted(connection: Connection, workspace: str) -> list[Unreadable]:
    """The active enrollments of a workspace without a step that is open or waits; usually none."""
    e = t.enrollments.c
    under_way = sa.exists().where(t.steps.c.enrollment_id == e.id, UNDER_WAY)
    query = sa.select(e.id, e.account_id, e.account_name, e.owner, e.channel_id)
    # Sorted here: for an order by ID, SQLite reads the whole table.
    found = connection.execute(query.where(e.workspace == workspace, e.status == Status.ACTIVE.value, ~under_way))
    rows = sorted(found.all(), key=lambda row: int(row.id))
    return [Unreadable(row.account_id, row.account_name, row.owner, row.channel_id) for row in rows]
