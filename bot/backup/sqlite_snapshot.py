"""Copies a SQLite database by its online backup, and reads facts from a copy."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from bot import __version__
from bot.backup.backup_facts import BackupFacts, BackupFailed
from bot.domain.errors import InvalidInput
from bot.repository.database import Database
from bot.repository.schema_upgrade import is_known_schema
from bot.repository.tables import metadata

#: The tables of every schema: the present ones, those that a migration drops, and Alembic's.
_TABLES = frozenset(metadata.tables) | {"lanes", "alembic_version"}
#: Tables of what somebody has given: a database with rows in one of them is not to be lost.
_GIVEN = frozenset({"enrollments", "installations", "api_tokens"})
#: Seconds to wait for another process's lock on the database.
_PATIENCE = 10.0


def database_file(database: Database) -> Path:
    """The file of a SQLite database.

    Raises:
        InvalidInput: it is PostgreSQL, which has backup tools of its own.
    """
    if not database.is_sqlite:
        raise InvalidInput(
            "DATABASE_URL is PostgreSQL: back it up with pg_dump and restore it with pg_restore, or use the backups "
            "of whoever runs it for you."
        )
    return Path(database.url.database or "")


@contextmanager
def open_read_only(file: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection; the errors of SQLite become `BackupFailed`.

    Raises:
        BackupFailed
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise BackupFailed(f"The database {file} cannot be read: {error}.") from error


def copy(source: Path, into: Path) -> None:
    """Copy the database into one new file, consistently, while others use it.

    Raises:
        BackupFailed: there is no database, the disk is full, or the copy is damaged.
    """
    if not source.exists():
        raise BackupFailed(f"There is no database {source}.")
    end = time.monotonic() + _PATIENCE

    def watch(status: int, _left: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > end:
            raise BackupFailed(f"The database {source} is locked by another process.")

    with open_read_only(source) as connection:
        try:
            with closing(sqlite3.connect(into, isolation_level=None)) as target:
                # All pages in one step: a consistent snapshot in spite of concurrent writes.
                connection.backup(target, progress=watch, sleep=0.05)
                # Without WAL mode the copy is one file; a -wal file would be left behind.
                target.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise BackupFailed(f"The copy {into} cannot be written: {error}.") from error
            raise BackupFailed(f"{source} is damaged, or no database: {error}.") from error
        except (sqlite3.Error, OSError) as error:
            raise BackupFailed(f"The copy {into} cannot be written: {error}.") from error
    check_integrity(into)


def check_integrity(file: Path) -> None:
    """Raise `BackupFailed` unless the file passes SQLite's integrity check."""
    with open_read_only(file) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    if found != ["ok"]:
        raise BackupFailed(f"The database {file} is damaged: {found[0]}.")


def check_contents(file: Path, place: object) -> None:
    """Raise `BackupFailed` for triggers, views and tables that are not the bot's, as they could change what it does.

    Args:
        place: where the file comes from.
    """
    query = "SELECT type, name, sql FROM sqlite_master WHERE type != 'index' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    with open_read_only(file) as connection:
        foreign = [
            f"the {kind} {name}"
            for kind, name, sql in connection.execute(query)
            if kind != "table" or name not in _TABLES or "virtual" in sql.split("(")[0].lower().split()
        ]
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise BackupFailed(
            f"The backup at {place} has something that is not the bot's ({foreign[0]}{more}), so it is not restored. "
            "If you trust it, remove that with sqlite3 first."
        )


def read_facts(file: Path, now: datetime) -> BackupFacts:
    """Read the facts of a copy.

    Raises:
        BackupFailed: it is no database of this bot.
    """
    with open_read_only(file) as connection:
        tables = _tables(connection)
        if not {"alembic_version", "enrollments", "events"} <= tables:
            raise BackupFailed(f"{file} is not a database of this bot.")
        schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        last = connection.execute("SELECT max(id) FROM events").fetchone()[0]
        return BackupFacts(
            sha256=sha256_of(file),
            schema=schema[0] if schema else "",
            enrollments=connection.execute("SELECT count(*) FROM enrollments").fetchone()[0],
            last_event="" if last is None else _event(connection, last),
            bot_version=__version__,
            made_at=now,
            last_change=_first_installation(connection, tables) if last is None else _change(connection, last),
        )


def check_schema(facts: BackupFacts, what: object) -> None:
    """Raise `BackupFailed` for a schema of a newer version of the bot."""
    if not is_known_schema(facts.schema):
        raise BackupFailed(
            f"{what} was written by a newer version of the bot (schema {facts.schema}): install that version first."
        )


def continues(file: Path, facts: BackupFacts) -> bool:
    """Whether a database has the last audit event of a copy, hence all data of it.

    It counts, too, if the person who acted was forgotten since, or a line tells that its enrollment was deleted.
    """
    if not facts.last_event and not facts.last_change:
        return True
    number = facts.last_event.partition(":")[0]
    with open_read_only(file) as connection:
        tables = _tables(connection)
        if not facts.last_event:
            return _has_installation(connection, tables, facts.last_change)
        if not number.isdecimal() or "events" not in tables:
            return False
        if facts.last_event == _event(connection, int(number)):
            return True
        if not facts.last_change:
            return False
        if facts.last_change == _change(connection, int(number)):
            return True
        begun = facts.last_change.rpartition("/")[2]
        return "deletions" in tables and begun == _begun(connection, "deletions", begun.partition(":")[0])


def is_blank(file: Path) -> bool:
    """Whether the file has nothing to lose: it does not exist, has no tables, or has no enrollments and installations.

    Raises:
        BackupFailed: it cannot be read.
    """
    if not file.exists():
        return True
    with open_read_only(file) as connection:
        tables = _tables(connection)
        if "enrollments" not in tables:
            return not tables
        return not any(
            connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608 - of `_GIVEN`
            for table in _GIVEN & tables
        )


def sha256_of(file: Path) -> str:
    """The SHA-256 checksum of a file, hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _event(connection: sqlite3.Connection, number: int) -> str:
    query = "SELECT id, enrollment_id, number, at, by, kind FROM events WHERE id = ?"
    return _digest(number, connection.execute(query, (number,)).fetchone())


def _first_installation(connection: sqlite3.Connection, tables: set[str]) -> str:
    """The team ID of the first workspace in a database without audit; "" without one."""
    if "installations" not in tables:
        return ""
    return str(connection.execute("SELECT coalesce(min(team_id), '') FROM installations").fetchone()[0])


def _has_installation(connection: sqlite3.Connection, tables: set[str], team: str) -> bool:
    query = "SELECT 1 FROM installations WHERE team_id = ?"
    return "installations" in tables and connection.execute(query, (team,)).fetchone() is not None


def _change(connection: sqlite3.Connection, number: int) -> str:
    """An event without its person, and when its enrollment began."""
    query = "SELECT id, enrollment_id, number, at, kind FROM events WHERE id = ?"
    row = connection.execute(query, (number,)).fetchone()
    return "" if row is None else f"{_digest(number, row)}/{_begun(connection, 'enrollments', row[1])}"


def _begun(connection: sqlite3.Connection, table: str, enrollment: int | str) -> str:
    """The ID of an enrollment and when it began, by its own row or by the line that is left of it."""
    key = {"enrollments": "id", "deletions": "enrollment_id"}[table]
    query = f"SELECT {key}, started_at FROM {table} WHERE {key} = ?"  # noqa: S608 - of two names
    return _digest(enrollment, connection.execute(query, (enrollment,)).fetchone())


def _digest(number: int | str, row: tuple[object, ...] | None) -> str:
    return "" if row is None else f"{number}:{hashlib.sha256(repr(row).encode()).hexdigest()[:16]}"
