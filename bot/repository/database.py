"""Database connections, transactions and migrations; hides the differences between SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy import Connection as Connection  # noqa: PLC0414  # use cases name the type without SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from bot.language.spoken import ENGLISH, speaking
from bot.repository import change_log, stored_procedures
from bot.repository.database_faults import DatabaseUnusable as DatabaseUnusable  # noqa: PLC0414  # see above
from bot.repository.database_faults import (
    cannot_write,
    remove_values,
    unknown_options,
    unusable,
    why_read_only,
)
from bot.repository.database_url import describe, parse_url
from bot.repository.private_files import create_private, make_private
from bot.repository.schema_upgrade import lock_migrations, upgrade

#: Milliseconds that SQLite waits for the write transaction of another process.
_BUSY_TIMEOUT = 10_000
#: Begins a transaction on PostgreSQL: it waits 2 s for a lock at most, as a form must be acknowledged within 3 s; an
#: idle one, for example of a suspended process, ends after 30 s. With SET LOCAL, as the next transaction has another
#: session behind a pooler such as pgbouncer; in one round trip.
_LIMITS = "SET LOCAL lock_timeout = '2s'; SET LOCAL idle_in_transaction_session_timeout = '30s'"
_BEGIN = f"BEGIN; {_LIMITS}"
#: READ COMMITTED could mix the head of one version of an enrollment with the steps of the next.
_BEGIN_SNAPSHOT = f"BEGIN ISOLATION LEVEL REPEATABLE READ; {_LIMITS}"
#: Seconds that a connection may take for each address of the host, and the first one for everything: name resolution
#: and every host of a list.
_CONNECT_TIMEOUT, _FIRST_CONNECTION = 3, 6.0
#: Seconds after which a successful write is no proof any more that the database can be written.
_WRITE_PROOF = 10.0
#: Options of a SQLite URL, except those of a `file:` URI.
_SQLITE_OPTIONS = ("timeout", "cached_statements")

#: Errors of a lost connection, a lock timeout or an exhausted pool; the transaction can be retried.
TRANSIENT_ERRORS = (sa.exc.OperationalError, sa.exc.InternalError, sa.exc.InterfaceError, sa.exc.TimeoutError)


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

    def __init__(self, url: str | URL, pool: int = 10, *, events: bool = False) -> None:
        self.url = parse_url(url) if isinstance(url, str) else url
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        options = _sqlite_options(self.url) if self.is_sqlite else _postgresql_options(self.url, pool)
        # Parameters are what people typed: they must not reach a log with an error.
        engine = sa.create_engine(self.url, hide_parameters=True, **options)
        # Whether changes are told to another program, for whoever writes them: see delivery/outbox_writer.py.
        self.engine: Engine = engine.execution_options(events=events)
        self._write_lock = FairLock() if self.is_sqlite else None
        self._written_at: float | None = None
        event.listen(self.engine, "handle_error", remove_values)
        event.listen(self.engine, "connect", _prepare_sqlite if self.is_sqlite else _prepare_postgresql)
        if (file := self.file) is not None:
            event.listen(self.engine, "do_connect", lambda *_: create_private(file))

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None for PostgreSQL and for a `file:` URI."""
        return Path(self.url.database or "") if self.is_sqlite and "uri" not in self.url.query else None

    @contextmanager
    def write(self, *, urgent: bool = False) -> Iterator[Connection]:
        """Begin a write transaction; commit when the block ends, roll back on any exception.

        English is spoken meanwhile: words that are stored are read in other languages than the writer's, too.

        Args:
            urgent: go before other transactions (SQLite), because a request waits for its acknowledgement.
        """
        try:
            if self._write_lock is None:
                with speaking(ENGLISH), self.engine.begin() as connection, change_log.kept(connection) as changes:
                    connection.exec_driver_sql(_BEGIN)
                    yield connection
            else:
                lock = self._write_lock.hold(urgent=urgent)
                with lock, speaking(ENGLISH), self.engine.begin() as connection, change_log.kept(connection) as changes:
                    # IMMEDIATE takes the write lock now. A transaction that reads first may fail to get it later.
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    yield connection
        except sa.exc.DBAPIError as error:
            if why_read_only(error) is not None:
                self._written_at = None  # `check` tries until it can be written again
            raise
        self._written_at = time.monotonic()
        change_log.write(changes)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Begin a read-only transaction on one snapshot of the database."""
        with self.engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("BEGIN" if self.is_sqlite else _BEGIN_SNAPSHOT)
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """A connection for one statement that reads: without a transaction, it takes half the time on PostgreSQL."""
        with self.engine.connect() as connection:
            yield connection

    def check(self) -> None:
        """Raise an error if the database does not answer, or cannot be written.

        Raises:
            DatabaseUnusable: it can be read and not written; the message gives the reason.
        """
        with self.read() as connection:
            read_only = _is_read_only(connection)
        if read_only:
            self.engine.dispose()  # a connection to a primary that was demoted is of no use any more
            raise cannot_write(self.url, "it is read-only: a standby, or a primary that was demoted")
        if self._written_at is not None and time.monotonic() - self._written_at < _WRITE_PROOF:
            return
        try:
            with self.write() as connection:
                connection.execute(sa.text("UPDATE alembic_version SET version_num = version_num"))
        except sa.exc.DBAPIError as error:
            if (reason := why_read_only(error)) is None:
                raise
            raise cannot_write(self.url, reason) from error

    def reach(self) -> None:
        """Open a first connection, within ten seconds, and raise an error unless the database can be the bot's.

        Raises:
            DatabaseUnusable
        """
        outcome: SimpleQueue[Exception | None] = SimpleQueue()

        def connect() -> None:
            try:
                with self.read() as connection:
                    if not self.is_sqlite:
                        _check_encoding(connection, describe(self.url))
            except Exception as error:  # noqa: BLE001 - raised again by the caller
                outcome.put(error)
            else:
                outcome.put(None)

        # In a daemon thread, as the resolution of a name has no timeout.
        threading.Thread(target=connect, name="first connection", daemon=True).start()
        try:
            fault = outcome.get(timeout=_BUSY_TIMEOUT / 1000 + 5 if self.is_sqlite else _FIRST_CONNECTION)
        except Empty:
            shown, seconds = describe(self.url), f"{_FIRST_CONNECTION:.0f}"
            raise DatabaseUnusable(f"The database {shown} has not answered within {seconds} seconds.") from None
        if fault is not None:
            self._raise_unusable(fault)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def migrate(self) -> bool:
        """Migrate the schema to this version, under a lock; return whether anything had to be done.

        Raises:
            DatabaseUnusable: it cannot be opened, or a newer version of the bot has written it.
        """
        self.reach()
        if self.file is not None:
            make_private(self.file)
        try:
            with self.write() as connection:
                if not self.is_sqlite:
                    lock_migrations(connection)
                changed = upgrade(connection)
                stored_procedures.synchronize(connection)
                return changed
        except sa.exc.DBAPIError as error:
            self._raise_unusable(error)

    def _raise_unusable(self, error: Exception) -> NoReturn:
        """Raise `DatabaseUnusable` if the database is at fault, else the error itself."""
        if isinstance(error, sa.exc.DBAPIError) and (fault := unusable(self.url, error)) is not None:
            raise fault from error
        raise error


def _sqlite_options(url: URL) -> dict[str, Any]:
    if "uri" not in url.query and (fault := unknown_options(_SQLITE_OPTIONS, url.query)) is not None:
        raise fault
    return {}


def _postgresql_options(url: URL, pool: int) -> dict[str, Any]:
    from psycopg.pq import Conninfo  # noqa: PLC0415 - SQLite does without

    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    if (fault := unknown_options(known, url.query)) is not None:
        raise fault
    connect: dict[str, Any] = {"connect_timeout": _CONNECT_TIMEOUT, "application_name": "eco-bot"}
    if "," in str(url.query.get("host", "")) or isinstance(url.query.get("host"), tuple):
        connect["target_session_attrs"] = "read-write"  # of several hosts, the primary
    connect = {name: value for name, value in connect.items() if name not in url.query}
    # A pooler gives each transaction another session: no statement may be prepared.
    connect |= {"prepare_threshold": None, "client_encoding": "utf8"}
    return {"pool_size": pool, "max_overflow": 0, "pool_pre_ping": True, "connect_args": connect}


def _is_read_only(connection: Connection) -> bool:
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("SELECT 1 FROM sqlite_master LIMIT 1"))  # it answers; a write tells the rest
        return False
    return bool(connection.execute(sa.text("SHOW transaction_read_only")).scalar() == "on")


def _check_encoding(connection: Connection, shown: str) -> None:
    encoding = connection.execute(sa.text("SHOW server_encoding")).scalar()
    if encoding != "UTF8":
        raise DatabaseUnusable(
            f"The database {shown} has the encoding {encoding}, which cannot hold every name. Create one with "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and use that."
        )


def _prepare_postgresql(raw: Any, _record: ConnectionPoolEntry) -> None:
    # `Database` begins transactions explicitly, in one round trip with their settings.
    raw.autocommit = True


def _prepare_sqlite(raw: Any, _record: ConnectionPoolEntry) -> None:
    # The driver begins transactions late; `Database` begins them explicitly. (A "begin" event of the engine would
    # work, too, but costs time with every statement.)
    raw.isolation_level = None
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged form survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -512")  # KiB for each connection: the system's cache holds the file anyway
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
