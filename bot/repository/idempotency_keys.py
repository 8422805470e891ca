"""Idempotency keys of requests that were carried out, so that a repeated delivery by Slack changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t
from bot.repository.upsert import insert_or_ignore

#: Slack repeats a delivery within the hour; keys are kept longer than that.
RETENTION = timedelta(days=2)

_FIND = sa.select(t.receipts.c.enrollment_id).where(
    t.receipts.c.workspace == sa.bindparam("workspace"), t.receipts.c.key == sa.bindparam("key")
)


def find(connection: Connection, workspace: str, key: str) -> int | None:
    """The ID of the enrollment that the request with this key has changed; None if the key is new."""
    return connection.execute(_FIND, {"workspace": workspace, "key": key}).scalar()


def add(connection: Connection, workspace: str, key: str, enrollment_id: int, now: datetime) -> bool:
    """Store a key and return whether it is new; waits for another transaction that stores the same key."""
    values = {"workspace": workspace, "key": key, "enrollment_id": enrollment_id, "at": now}
    return insert_or_ignore(connection, t.receipts, [values]) == 1


def delete_expired(connection: Connection, now: datetime) -> int:
    """Delete the keys whose retention has ended; return how many."""
    return connection.execute(sa.delete(t.receipts).where(t.receipts.c.at < now - RETENTION)).rowcount
