"""Database connections, transactions and migrations; hides the differences between SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import Connection as Connection  # noqa: PLC0414  # use cases name the type without SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from bot.repository.tables import SCHEMA_REVISION

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

#: Key of the advisory lock for migrations on PostgreSQL: an arbitrary number, the same in every process.
_MIGRATION_LOCK = 0x0EC0B07
#: Milliseconds that SQLite waits for the write transaction of another process.
_BUSY_TIMEOUT = 10_000
#: Milliseconds that a PostgreSQL transaction waits for a lock: a form must be acknowledged within 3 s.
_LOCK_TIMEOUT = 2_000
#: Milliseconds after which PostgreSQL ends an idle transaction, for example of a suspended process.
_IDLE_TIMEOUT = 30_000

#: Errors of a lost connection, a lock timeout or an exhausted pool; the transaction can be retried.
TRANSIENT_ERRORS = (sa.exc.OperationalError, sa.exc.InternalError, sa.exc.InterfaceError, sa.exc.TimeoutError)


class DatabaseUnusable(Exception):
    """The database cannot be used; the message gives the reason and a remedy, without the password."""


def parse_url(text: str) -> URL:
    """Parse a database URL; `postgres://` and `postgresql://` select psycopg 3.

    Raises:
        ValueError: it is not a URL, or not one of a supported database.
    """
    try:
        url = make_url(text)
    except (sa.exc.ArgumentError, ValueError):  # a port that is no number is a ValueError
        raise ValueError("is not a database URL; write sqlite:///eco-bot.db or postgresql://user@host/name") from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise ValueError(f"names {url.drivername}; only sqlite and postgresql are supported")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("names no file; the state must outlive the process: sqlite:///eco-bot.db")
    return url


class FairLock:
    """A first-in, first-out lock; urgent waiters go before others. (`threading.Lock` promises no order.)"""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._urgent: deque[threading.Lock] = deque()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    @contextmanager
    def hold(self, *, urgent: bool = False) -> Iterator[None]:
        """Wait for the lock and hold it during the block."""
        gate = threading.Lock()
        with self._mutex:
            free, self._held = not self._held, True
            if not free:
                gate.acquire()
                (self._urgent if urgent else self._waiting).append(gate)
        gate.acquire()
        try:
            yield
        finally:
            with self._mutex:
                queue = self._urgent or self._waiting
                if queue:
                    queue.popleft().release()
                else:
                    self._held = False


class Database:
    """Connections and transactions.

    SQLite allows one writer at a time. The threads of this process queue for a fair lock, because SQLite's busy
    timeout, which handles other processes, makes some waiters wait for seconds.
    """

    def __init__(self, url: str | URL) -> None:
        self.url = parse_url(url) if isinstance(url, str) else url
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_size": 20, "pool_pre_ping": True}
        self.engine: Engine = sa.create_engine(self.url, **options)
        self._write_lock = FairLock() if self.is_sqlite else None
        event.listen(self.engine, "connect", _prepare_sqlite if self.is_sqlite else _prepare_postgresql)

    @contextmanager
    def write(self, *, urgent: bool = False) -> Iterator[Connection]:
        """Begin a write transaction; commit when the block ends, roll back on any exception.

        Args:
            urgent: go before other transactions (SQLite), because a request waits for its acknowledgement.
        """
        if self._write_lock is None:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._write_lock.hold(urgent=urgent), self.engine.begin() as connection:
            # IMMEDIATE takes the write lock now. A transaction that reads first may fail to get it later.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Begin a read-only transaction on one snapshot of the database."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                # READ COMMITTED could mix the head of one version of an enrollment with the steps of the next.
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                if self.is_sqlite:
                    connection.exec_driver_sql("BEGIN")
                yield connection

    def check(self) -> None:
        """Raise an error if the database does not answer."""
        with self.read() as connection:
            connection.execute(sa.text("SELECT 1"))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def migrate(self) -> bool:
        """Migrate the schema to this version, under a lock; return whether anything had to be done.

        Raises:
            DatabaseUnusable: it cannot be opened, or a newer version of the bot has written it.
        """
        try:
            with self.write() as connection:
                if not self.is_sqlite:
                    connection.execute(sa.text("SET LOCAL lock_timeout = 0"))  # another process may take long
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                return _upgrade(connection)
        except sa.exc.DatabaseError as error:
            code = getattr(error.orig, "sqlite_errorcode", None)
            damaged = code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
            if not damaged and not isinstance(error, sa.exc.OperationalError):
                raise
            shown = self.url.render_as_string(hide_password=True)
            raise DatabaseUnusable(f"The database {shown} cannot be opened: {error.orig}") from error


def _upgrade(connection: Connection) -> bool:
    current = None
    if sa.inspect(connection).has_table("alembic_version"):
        current = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if current == SCHEMA_REVISION:
        return False  # the usual case does not import Alembic
    from alembic import command  # noqa: PLC0415

    config = _alembic()
    if current is not None and not is_known_schema(current):
        raise DatabaseUnusable(
            f"The database was written by a newer version of the bot (schema {current}, this version knows "
            f"{SCHEMA_REVISION}). Install that version again, or use another DATABASE_URL."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


def is_known_schema(version: str) -> bool:
    """Whether this version of the bot can migrate a schema; it cannot if a newer version wrote it."""
    if version == SCHEMA_REVISION:
        return True
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return version in {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _alembic() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _prepare_postgresql(raw: Any, _record: ConnectionPoolEntry) -> None:
    # With statements, because connection poolers refuse these as startup parameters.
    raw.autocommit = True
    with raw.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {_LOCK_TIMEOUT}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_TIMEOUT}")
    raw.autocommit = False


def _prepare_sqlite(raw: Any, _record: ConnectionPoolEntry) -> None:
    # The driver begins transactions late; `Database` begins them explicitly. (A "begin" event of the engine would
    # work, too, but costs time with every statement.)
    raw.isolation_level = None
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged form survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_wal(cursor: sqlite3.Cursor) -> None:
    # When several processes open a new file at once, SQLite refuses this change without waiting.
    end = time.monotonic() + _BUSY_TIMEOUT / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
