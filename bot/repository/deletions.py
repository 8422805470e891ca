"""Deletes an enrollment and keeps one line of it: which one it was, who deleted it, when."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Enrollment
from bot.repository import change_log
from bot.repository import tables as t


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


def lines(connection: Connection) -> list[tuple[str, str, datetime]]:
    """(account name, user ID, time) of each deletion, the oldest first."""
    d = t.deletions.c
    query = sa.select(d.account_name, d.deleted_by, d.deleted_at).order_by(d.deleted_at)
    return [(row.account_name, row.deleted_by, row.deleted_at) for row in connection.execute(query)]
