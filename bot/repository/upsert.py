"""Inserts that meet rows which are there already: left alone, or brought up to date; the same on both databases."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

#: What both dialects' inserts can do and SQLAlchemy's own cannot.
Insert = sqlite.Insert | postgresql.Insert


def dialect_insert(dialect: str, table: sa.Table) -> Insert:
    """The dialect's own insert."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_or_ignore(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows, leaving out those whose key is there already; give how many were new."""
    statement = _ignoring(connection.dialect.name, table)
    return sum(connection.execute(statement, row).first() is not None for row in rows)


@functools.cache
def _ignoring(dialect: str, table: sa.Table) -> ReturningInsert[Any]:
    # What comes back is counted: psycopg knows no row count of such an insert into a table that numbers its rows.
    return dialect_insert(dialect, table).on_conflict_do_nothing().returning(*table.primary_key)
