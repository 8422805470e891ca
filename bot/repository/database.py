"""The engine, its transactions and the migrations: what differs between SQLite and PostgreSQL ends here."""

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

from bot.repository.tables import HEAD

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

#: Any number, the same in every process: the name of the lock under which PostgreSQL is migrated.
_MIGRATION_LOCK = 0x0EC0B07
#: Milliseconds that SQLite waits for another process's write transaction.
_BUSY_TIMEOUT = 10_000
#: Milliseconds that PostgreSQL lets a transaction wait for another one's lock: a form is acknowledged within 3 s.
_LOCK_TIMEOUT = 2_000
#: Milliseconds after which PostgreSQL ends a transaction whose process was suspended, or has vanished, in its middle.
_IDLE_TIMEOUT = 30_000


#: There is no connection, or it was ended, or somebody holds a lock for too long: the same can be tried again later.
TRANSIENT_ERRORS = (sa.exc.OperationalError, sa.exc.InternalError, sa.exc.InterfaceError, sa.exc.TimeoutError)


class DatabaseUnusable(Exception):
    """The database cannot be used; the message says why and what to do, and holds no password."""


def parse_url(text: str) -> URL:
    """An SQLAlchemy URL for a supported driver; `postgres://` and `postgresql://` mean psycopg 3.

    Raises:
        ValueError: it is no URL, or names another kind of database.
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
    """A lock that is handed over in the order of asking, which `threading.Lock` does not promise; urgent ones first."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._urgent: deque[threading.Lock] = deque()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    @contextmanager
    def hold(self, *, urgent: bool = False) -> Iterator[None]:
        """Wait for the lock, and hold it."""
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
            self._hand_over()

    def _hand_over(self) -> None:
        with self._mutex:
            for queue in (self._urgent, self._waiting):
                if queue:
                    queue.popleft().release()
                    return
            self._held = False


class Database:
    """Connections and transactions.

    SQLite has one writer at a time; a fair lock inside the process keeps its threads in line, because SQLite's
    own busy timeout lets some of them wait for seconds. Other processes are waited for with the busy timeout.
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
        """A transaction that changes something; committed when the block ends, rolled back by any exception.

        Args:
            urgent: somebody waits for an acknowledgement; on SQLite such a transaction goes before others.
        """
        if self._write_lock is None:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._write_lock.hold(urgent=urgent), self.engine.begin() as connection:
            # IMMEDIATE takes the write lock at once: a transaction that reads first could not get it later.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only looks: one snapshot."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                # It would show each statement another moment: a head of one version with steps of the next.
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                if self.is_sqlite:
                    connection.exec_driver_sql("BEGIN")
                yield connection

    def check(self) -> None:
        """Raise unless the database answers."""
        with self.read() as connection:
            connection.execute(sa.text("SELECT 1"))

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def migrate(self) -> bool:
        """Bring the schema to this version, under a lock, and say whether anything was to be done.

        Raises:
            DatabaseUnusable: it cannot be reached, or a newer version of the bot has written it.
        """
        try:
            with self.write() as connection:
                if not self.is_sqlite:
                    connection.execute(sa.text("SET LOCAL lock_timeout = 0"))  # another process may migrate for long
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
    if current == HEAD:
        return False  # the usual start: Alembic need not even be imported
    from alembic import command  # noqa: PLC0415

    config = _alembic()
    if current is not None and not is_known_schema(current):
        raise DatabaseUnusable(
            f"The database was written by a newer version of the bot (schema {current}, this version knows {HEAD}). "
            "Install that version again, or use another DATABASE_URL."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


def is_known_schema(version: str) -> bool:
    """Whether this version of the bot can bring such a schema up to date; it cannot where a newer one made it."""
    if version == HEAD:
        return True
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return version in {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _alembic() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _prepare_postgresql(raw: Any, _record: ConnectionPoolEntry) -> None:
    # By statements: poolers in front of PostgreSQL refuse settings at the connection's start.
    raw.autocommit = True
    with raw.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {_LOCK_TIMEOUT}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_TIMEOUT}")
    raw.autocommit = False


def _prepare_sqlite(raw: Any, _record: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling begins transactions late; `Database` does it by the book. (Not by an
    # event of the engine: SQLAlchemy would ask for listeners with every statement then.)
    raw.isolation_level = None
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged form survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_wal(cursor: sqlite3.Cursor) -> None:
    # Several processes that open a new file at once: SQLite refuses this change without waiting for the others.
    end = time.monotonic() + _BUSY_TIMEOUT / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
