"""A lock for each person, for what is counted before something is added to it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

#: With two keys, PostgreSQL keeps these locks apart from the one for migrations.
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext(:workspace), hashtext(:user))")


def hold(connection: Connection, workspace: str, user: str) -> None:
    """Wait until no other transaction holds the person's lock; hold it until this one ends.

    SQLite has one writer at a time, so every write transaction holds it already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"workspace": workspace, "user": user})
