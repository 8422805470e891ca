"""Keeps one line of each deleted enrollment: which one it was, who deleted it, when."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Enrollment
from bot.repository import change_log
from bot.repository import tables as t
from bot.repository.column_types import UtcDateTime


def delete(connection: Connection, enrollment: Enrollment, by: str, now: datetime) -> None:
    """Delete an enrollment with its steps, lists, audit and AWS reports, and add its line."""
    line = {
        "enrollment_id": enrollment.id,
        "account_id": enrollment.account_id,
        "account_name": enrollment.account_name,
        "started_by": enrollment.started_by,
        "started_at": enrollment.started_at,
        "deleted_by": by,
        "deleted_at": now,
    }
    connection.execute(sa.insert(t.deletions), line)
    connection.execute(sa.delete(t.enrollments).where(t.enrollments.c.id == enrollment.id))
    change_log.note_line(connection, f"enrollment {enrollment.id}: deleted, by {by}", enrollment)


def note_erased(connection: Connection, workspace: str, by: str, now: datetime) -> None:
    """Add a line for each enrollment of a workspace that is erased; without its names, which are to leave no trace.

    By these lines its number is given to no other enrollment, and a backup knows that this is the same database.
    """
    e = t.enrollments.c
    nothing, who, at = sa.literal(""), sa.literal(by), sa.literal(now, UtcDateTime)
    erased = sa.select(e.id, nothing, nothing, nothing, e.started_at, who, at).where(e.workspace == workspace)
    connection.execute(sa.insert(t.deletions).from_select([column.name for column in t.deletions.c], erased))


def lines(connection: Connection) -> list[tuple[str, str, datetime]]:
    """(account name, user ID, time) of each deletion, the oldest first."""
    d = t.deletions.c
    query = sa.select(d.account_name, d.deleted_by, d.deleted_at).order_by(d.deleted_at)
    return [(row.account_name, row.deleted_by, row.deleted_at) for row in connection.execute(query)]
