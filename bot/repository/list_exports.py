"""The audit of exports of the list of enrollments: who asked for it, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t

_x = t.list_exports.c


def note(connection: Connection, workspace: str, by: str, at: datetime) -> None:
    """Add an entry."""
    connection.execute(sa.insert(t.list_exports).values(workspace=workspace, by=by, at=at))


def entries(connection: Connection) -> Iterator[tuple[datetime, str, str]]:
    """(time, user ID, workspace) of each export, the oldest first."""
    for row in connection.execute(sa.select(_x.at, _x.by, _x.workspace).order_by(_x.id)):
        yield row.at, row.by, row.workspace
