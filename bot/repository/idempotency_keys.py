"""Which requests of Slack were carried out already, so that a repeated delivery changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t
from bot.repository.upsert import insert_or_ignore

#: Slack repeats a delivery within the hour; receipts are kept for longer than any repetition.
RETENTION = timedelta(days=2)


_FIND = sa.select(t.receipts.c.enrollment_id).where(
    t.receipts.c.workspace == sa.bindparam("workspace"), t.receipts.c.key == sa.bindparam("key")
)


def find(connection: Connection, workspace: str, key: str) -> int | None:
    """The enrollment that the request with that key has changed, or None where it is new."""
    return connection.execute(_FIND, {"workspace": workspace, "key": key}).scalar()


def add(connection: Connection, workspace: str, key: str, enrollment_id: int, now: datetime) -> bool:
    """Keep that the request is carried out, and say whether that is new; another process at the same is waited for."""
    values = {"workspace": workspace, "key": key, "enrollment_id": enrollment_id, "at": now}
    return insert_or_ignore(connection, t.receipts, [values]) == 1


def delete_expired(connection: Connection, now: datetime) -> int:
    """Delete receipts that are too old to matter; give how many."""
    return connection.execute(sa.delete(t.receipts).where(t.receipts.c.at < now - RETENTION)).rowcount
