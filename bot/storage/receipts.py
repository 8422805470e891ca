"""Which requests of Slack were carried out already, so that a repeated delivery changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.storage import models as t

#: Slack repeats a delivery within the hour; receipts are kept for longer than any repetition.
KEPT = timedelta(days=2)


def find(connection: Connection, workspace: str, key: str) -> int | None:
    """The enrollment that the request with that key has changed, or None where it is new."""
    query = sa.select(t.receipts.c.enrollment_id).where(t.receipts.c.workspace == workspace, t.receipts.c.key == key)
    return connection.execute(query).scalar()


def add(connection: Connection, workspace: str, key: str, enrollment_id: int, now: datetime) -> None:
    """Keep that the request was carried out.

    Raises:
        sqlalchemy.exc.IntegrityError: another process carries it out at this moment.
    """
    values = {"workspace": workspace, "key": key, "enrollment_id": enrollment_id, "at": now}
    connection.execute(sa.insert(t.receipts).values(**values))


def forget(connection: Connection, now: datetime) -> int:
    """Delete receipts that are too old to matter; give how many."""
    return connection.execute(sa.delete(t.receipts).where(t.receipts.c.at < now - KEPT)).rowcount
