"""Inserts with a conflict clause (ON CONFLICT DO NOTHING or DO UPDATE), the same on SQLite and PostgreSQL."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

#: The inserts with `on_conflict_…`; SQLAlchemy's generic insert has none.
Insert = sqlite.Insert | postgresql.Insert


def dialect_insert(dialect: str, table: sa.Table) -> Insert:
    """The insert of a dialect, with `on_conflict_…` methods."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_or_ignore(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows whose key does not exist yet; return how many were inserted."""
    statement = _insert_or_ignore(connection.dialect.name, table)
    return sum(connection.execute(statement, row).first() is not None for row in rows)


@functools.cache
def _insert_or_ignore(dialect: str, table: sa.Table) -> ReturningInsert[Any]:
    # RETURNING, because psycopg gives no row count for this insert where the table numbers its rows.
    return dialect_insert(dialect, table).on_conflict_do_nothing().returning(*table.primary_key)
