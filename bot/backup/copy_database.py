"""Copies a database into an empty one, SQLite to PostgreSQL or back, in one transaction, and compares every row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery.outbox import mark_possibly_sent
from bot.program_name import command_line
from bot.repository import bulk_rows, enrollment_writer
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.database_faults import reason_of
from bot.repository.database_url import InvalidUrl, parse_url
from bot.repository.schema_upgrade import lock_migrations
from bot.repository.tables import SCHEMA_REVISION, metadata

#: Rows that are read and written at a time.
_AT_ONCE = 1000
#: Seconds to wait for a lock of SQLite; a running bot does not release its own.
_PATIENCE = 2.0
#: How this command calls itself at PostgreSQL, where a bot is known by its name.
_NAME, _BOT = "eco-copy", "eco-bot"
#: Tables that a starting process fills by itself.
_FILLED = (t.procedure_steps.name,)
#: Tables whose numbers are part of other keys -> the highest one, also where its row was deleted.
_HIGHEST = {t.enrollments.name: enrollment_writer.HIGHEST_ID, t.bulk_starts.name: bulk_rows.HIGHEST_ID}


class CopyRefused(Exception):
    """Nothing was copied; the message says why, and what to do."""


def copy(source: Database, target: Database, now: datetime) -> dict[str, int]:
    """Copy every row, and mark what may have been sent meanwhile; returns how many rows each table has.

    Nobody can change either database until it is over. A copy that ends early leaves the target without a row.

    Raises:
        CopyRefused: a bot runs, the schemas differ, the target has data, or a row differs afterwards.
        DatabaseUnusable: one of them cannot be opened.
    """
    _require_schema(source)
    target.migrate()
    try:
        with _nobody_else(source) as reading, _nobody_else(target) as writing:
            if (first := _first_filled(writing)) is not None:
                raise CopyRefused(f"The target has data already, in “{first}”. Copy into an empty database.")
            counts = {table.name: _copy_table(reading, writing, table) for table in _tables()}
            for table in _tables():
                _compare(reading, writing, table)
            _count_on(writing)
            mark_possibly_sent(writing, now)
    except SQLAlchemyError as fault:
        raise CopyRefused(f"The copy failed, and the target is as it was: {reason_of(fault)}.") from fault
    return counts


def _named(url: URL) -> URL:
    """The URL with the name by which this command is told from a bot."""
    return url if url.get_backend_name() == "sqlite" else url.update_query_dict({"application_name": _NAME})


def _tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table.name not in _FILLED]


def _require_schema(source: Database) -> None:
    if source.file is not None and not source.file.exists():
        raise CopyRefused(f"There is no database at {source.file}.")
    source.reach()
    with source.read() as connection:
        known = sa.inspect(connection).has_table("alembic_version")
        schema = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if schema is None:
        raise CopyRefused("The source is no database of this bot: it has no schema.")
    if schema != SCHEMA_REVISION:
        raise CopyRefused(
            f"The source has schema {schema}, and this version needs {SCHEMA_REVISION}. Set DATABASE_URL to it and run "
            f"{command_line('migrate')} first."
        )


@contextmanager
def _nobody_else(database: Database) -> Iterator[Connection]:
    """A transaction in which no bot runs, and none can begin to write."""
    if database.file is not None:
        _require_alone(database)
    with database.write() as connection:
        if not database.is_sqlite:
            lock_migrations(connection)  # a bot that starts now waits for it
            others = sa.text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = :bot"
            )
            if connection.execute(others, {"bot": _BOT}).scalar():
                raise CopyRefused("A bot is connected to the PostgreSQL database: stop the bot first.")
        yield connection


def _require_alone(database: Database) -> None:
    database.close()
    with closing(sqlite3.connect(str(database.file), timeout=_PATIENCE, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")  # leaving WAL mode needs exclusive access
        except sqlite3.OperationalError as busy:
            raise CopyRefused(f"Another process has {database.file} open: stop the bot first.") from busy


def _first_filled(connection: Connection) -> str | None:
    found = (table.name for table in _tables() if connection.execute(sa.select(1).select_from(table).limit(1)).first())
    return next(found, None)


def _in_order(table: Table, dialect: str) -> sa.Select[Any]:
    """All rows by their key, in the same order on both: texts by code point, whatever the locale."""
    keys = [
        sa.collate(column, "C") if dialect == "postgresql" and isinstance(column.type, sa.String) else column
        for column in table.primary_key.columns
    ]
    return sa.select(table).order_by(*keys)


def _rows(connection: Connection, table: Table) -> sa.CursorResult[Any]:
    # On the statement: a connection would keep the option for all that follows.
    return connection.execute(_in_order(table, connection.dialect.name).execution_options(yield_per=_AT_ONCE))


def _copy_table(reading: Connection, writing: Connection, table: Table) -> int:
    count = 0
    with _rows(reading, table) as found:
        for rows in found.mappings().partitions(_AT_ONCE):
            writing.execute(sa.insert(table), [dict(row) for row in rows])
            count += len(rows)
    return count


def _compare(reading: Connection, writing: Connection, table: Table) -> None:
    """Raise `CopyRefused` unless both have the same rows."""
    with _rows(reading, table) as old_rows, _rows(writing, table) as new_rows:
        for place, (old, new) in enumerate(zip(old_rows, new_rows, strict=True), 1):
            if list(map(_plain, old)) != list(map(_plain, new)):
                raise CopyRefused(f"Row {place} of “{table.name}” differs in the copy, so nothing was copied.")


def _plain(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _count_on(writing: Connection) -> None:
    """Let PostgreSQL number new rows after those that were copied; SQLite does so by itself."""
    if writing.dialect.name != "postgresql":
        return
    for table in _tables():
        column = table.c.get("id")
        if column is None or not column.primary_key:
            continue
        highest = _HIGHEST.get(table.name, sa.select(sa.func.max(column))).scalar_subquery()
        following = sa.func.setval(sa.func.pg_get_serial_sequence(table.name, "id"), sa.func.coalesce(highest, 1))
        writing.execute(sa.select(following))


def _opened(name: str, url: str) -> Database:
    try:
        return Database(_named(parse_url(url)), pool=2)
    except InvalidUrl as fault:
        raise CopyRefused(f"{name} {fault}") from fault


def copy_command(from_url: str, to_url: str, now: datetime) -> str:
    """Run the command `copy`; returns what to tell.

    Raises:
        CopyRefused, DatabaseUnusable.
    """
    source, target = (_opened(name, url) for name, url in (("FROM", from_url), ("TO", to_url)))
    if source.url == target.url:
        raise CopyRefused("Both are the same database.")
    with closing(source), closing(target):
        counts = copy(source, target, now)
    rows = sum(counts.values())
    return (
        f"Copied {counts['enrollments']:,} enrollments, {rows:,} rows in all, and compared every row. Set DATABASE_URL "
        "to the new database and start the bot. It looks for messages that were due before it posts them. The old "
        "database is unchanged; keep it until you have seen the new one at work."
    )
