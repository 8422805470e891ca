"""Connections and transactions: what differs between the two databases, and what must not."""

import re
import resource
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.repository import idempotency_keys
from bot.repository import tables as t
from bot.repository.database import Database, DatabaseUnusable, FairLock
from bot.repository.database_url import parse_url
from tests.domain.building import NOW
from tests.repository.keeping import at_once, rows, start

URLS = {
    "sqlite:///eco-bot.db": "sqlite:///eco-bot.db",
    "sqlite:////var/lib/eco/eco.db": "sqlite:////var/lib/eco/eco.db",
    "postgres://bot:secret@db/eco": "postgresql+psycopg://bot:secret@db/eco",
    "postgresql://db/eco?sslmode=require": "postgresql+psycopg://db/eco?sslmode=require",
    "postgresql+psycopg://db/eco": "postgresql+psycopg://db/eco",
}

BAD_URLS = {
    "": "is not a database URL; write sqlite:///eco-bot.db or postgresql://user@host/name",
    "eco-bot.db": "is not a database URL; write sqlite:///eco-bot.db or postgresql://user@host/name",
    "mysql://db/eco": "names mysql; only sqlite and postgresql are supported",
    "postgresql+asyncpg://db/eco": "names postgresql+asyncpg; only sqlite and postgresql are supported",
    "sqlite://": "names no file; the state must outlive the process: sqlite:///eco-bot.db",
    "sqlite:///:memory:": "names no file; the state must outlive the process: sqlite:///eco-bot.db",
}


SESSION = ("lock_timeout", "idle_in_transaction_session_timeout")


@pytest.mark.parametrize("text", URLS)
def test_the_usual_urls_are_accepted(text: str) -> None:
    """What hosting services hand out means psycopg."""
    assert URLS[text] == parse_url(text).render_as_string(hide_password=False)


@pytest.mark.parametrize("text", BAD_URLS)
def test_other_urls_are_refused_with_a_sentence(text: str) -> None:
    """Which says what to write."""
    with pytest.raises(ValueError, match=f"^{re.escape(BAD_URLS[text])}$"):
        parse_url(text)


def test_sqlite_is_set_up_to_survive(empty_sqlite_url: str) -> None:
    """Readers beside a writer, foreign keys, patience with other processes, every commit on the disk."""
    database = Database(empty_sqlite_url)
    expected = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000, "synchronous": 2}

    with database.read() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    database.close()

    assert expected == found


def test_postgresql_waits_for_nobody_for_long(empty_postgres_url: str) -> None:
    """Neither for a lock, nor for a transaction whose process was suspended in its middle."""
    database = Database(empty_postgres_url)
    for _ in range(2):  # a session that was given back keeps its settings
        with database.write() as connection:
            shown = [connection.execute(sa.text(f"SHOW {name}")).scalar_one() for name in SESSION]
        assert ["2s", "30s"] == shown
    database.close()


def test_a_database_that_cannot_be_opened_says_so_without_the_password(tmp_path: Path) -> None:
    """A missing directory, a server that is not there."""
    for url in (f"sqlite:///{tmp_path}/missing/eco.db", f"postgresql://bot:hush@/eco?host={tmp_path}"):
        database = Database(url)
        with pytest.raises(DatabaseUnusable, match="cannot be opened") as fault:
            database.migrate()
        database.close()
        assert "hush" not in str(fault.value)


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    """Somebody named the wrong file."""
    file = tmp_path / "notes.txt"
    file.write_text("no database at all, but long enough to be looked at as one\n" * 200)
    database = Database(f"sqlite:///{file}")

    with pytest.raises(DatabaseUnusable, match=r"notes\.txt cannot be opened: file is not a database"):
        database.migrate()
    database.close()


def test_a_failed_block_leaves_nothing(database: Database) -> None:
    """Whatever was raised, nothing of the transaction stays."""
    enrollment = start(database)

    def interrupted() -> None:
        with database.write() as connection:
            idempotency_keys.add(connection, "T0ECO", "r1", enrollment.id, NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert [] == rows(database, t.receipts)


def test_foreign_keys_hold(database: Database) -> None:
    """Deleting an enrollment takes along what belongs to it; a step of none is refused."""
    enrollment = start(database)

    values = {"enrollment_id": enrollment.id + 1, "key": "sign_up", "state": "open", "reminders": 0}

    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(sa.insert(t.steps).values(values))
    with database.write() as connection:
        connection.execute(sa.delete(t.enrollments))

    assert [] == rows(database, t.steps) == rows(database, t.events)


def test_the_database_answers(database: Database) -> None:
    """The check that readiness rests on."""
    database.check()


def test_a_full_disk_is_unready_until_there_is_room(sqlite_url: str) -> None:
    """Nobody has to write for it to be seen; it is tried again with each check."""
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(Database(sqlite_url)) as other, closing(Database(sqlite_url)) as database:
        other.check()  # there are a -wal and a -shm file
        resource.setrlimit(resource.RLIMIT_FSIZE, (file.with_name(f"{file.name}-wal").stat().st_size, before[1]))
        try:
            for _ in range(2):
                with pytest.raises(DatabaseUnusable, match="cannot be written: its disk is full"):
                    database.check()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        database.check()


MOMENTS = {
    "utc": datetime(2026, 3, 4, 10, 0, 0, 123456, tzinfo=UTC),
    "ahead": datetime(2026, 3, 4, 15, 30, 0, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    "behind": datetime(2026, 3, 4, 0, 30, 0, tzinfo=timezone(timedelta(hours=-3))),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_instants_come_back_as_the_same_instant_in_utc(database: Database, moment: datetime) -> None:
    """To the microsecond, whatever offset they had."""
    with database.write() as connection:
        idempotency_keys.add(connection, "T0ECO", "r1", 1, moment)

    [row] = rows(database, t.receipts)
    assert (moment, UTC) == (row["at"], row["at"].tzinfo)


def test_a_naive_instant_does_not_reach_the_database(database: Database) -> None:
    """Nobody could say later when it was."""
    naive = NOW.replace(tzinfo=None)

    with pytest.raises(sa.exc.StatementError, match="a naive datetime must not reach the database"):  # noqa: SIM117
        with database.write() as connection:
            idempotency_keys.add(connection, "T0ECO", "r1", 1, naive)


def test_instants_are_compared_as_instants(database: Database) -> None:
    """What is older than a moment is found, written in whatever zone."""
    with database.write() as connection:
        for name, moment in MOMENTS.items():
            idempotency_keys.add(connection, "T0ECO", name, 1, moment)

    border = datetime(2026, 3, 4, 9, 0, tzinfo=timezone(timedelta(hours=-1)))  # 10:00 UTC
    assert ["behind"] == [row["key"] for row in rows(database, t.receipts, t.receipts.c.at < border)]


def test_receipts_are_found_and_forgotten(database: Database) -> None:
    """Within their workspace, and until they are too old to matter."""
    with database.write() as connection:
        idempotency_keys.add(connection, "T0ECO", "r1", 7, NOW)
        assert [7, None, None] == [
            idempotency_keys.find(connection, *key) for key in (("T0ECO", "r1"), ("T0ECO", "r2"), ("T0OTHER", "r1"))
        ]
        assert [0, 1] == [
            idempotency_keys.delete_expired(connection, NOW + idempotency_keys.RETENTION + late)
            for late in (timedelta(), timedelta(1))
        ]


def test_many_threads_write_one_after_the_other(database: Database) -> None:
    """None of them fails with “database is locked”, and no increment is lost."""
    enrollment = start(database)

    def work() -> None:
        for _ in range(5):
            with database.write() as connection:
                query = sa.select(t.enrollments.c.version).where(t.enrollments.c.id == enrollment.id)
                version = connection.execute(query.with_for_update()).scalar_one()
                connection.execute(sa.update(t.enrollments).values(version=version + 1))

    assert [None] * 8 == at_once(*[work] * 8)
    assert [enrollment.version + 40] == [row["version"] for row in rows(database, t.enrollments)]


def test_two_processes_share_one_sqlite_file(empty_sqlite_url: str) -> None:
    """A second engine knows nothing of the first one's lock; it waits with SQLite's own patience."""
    first, second = Database(empty_sqlite_url), Database(empty_sqlite_url)
    first.migrate()
    enrollment = start(first)

    def work(database: Database, name: str) -> None:
        for n in range(20):
            with database.write() as connection:
                idempotency_keys.add(connection, "T0ECO", f"{name}{n}", enrollment.id, NOW)

    assert [None, None] == at_once(lambda: work(first, "a"), lambda: work(second, "b"))
    assert 40 == len(rows(first, t.receipts))
    first.close()
    second.close()


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    """Looking goes on while somebody writes, and shows what was there before."""
    enrollment = start(database)

    with database.write() as connection:
        connection.execute(sa.update(t.enrollments).values(account_name="Changed"))
        assert ["Acme"] == [row["account_name"] for row in rows(database, t.enrollments)]

    assert ["Changed"] == [row["account_name"] for row in rows(database, t.enrollments)]
    assert "Acme" == enrollment.account_name


def test_a_fair_lock_is_handed_over_in_the_order_of_asking() -> None:
    """Nobody is overtaken while waiting."""
    lock, order, threads = FairLock(), list[int](), list[threading.Thread]()

    def take(number: int) -> None:
        with lock.hold():
            order.append(number)

    with lock.hold():
        for number in range(10):
            threads.append(threading.Thread(target=take, args=(number,)))
            threads[-1].start()
            _until(lambda waiting=number + 1: len(lock._waiting) == waiting)
    for thread in threads:
        thread.join(30)

    assert list(range(10)) == order


def test_who_is_urgent_goes_before_those_who_can_wait() -> None:
    """Somebody waits for an acknowledgement: the delivery lets that transaction go first."""
    lock, order, threads = FairLock(), list[str](), list[threading.Thread]()

    def take(name: str, urgent: bool) -> None:
        with lock.hold(urgent=urgent):
            order.append(name)

    with lock.hold():
        for count, (name, urgent) in enumerate([("later", False), ("last", False), ("first", True)], 1):
            threads.append(threading.Thread(target=take, args=(name, urgent)))
            threads[-1].start()
            _until(lambda waiting=count: len(lock._waiting) + len(lock._urgent) == waiting)
    for thread in threads:
        thread.join(30)

    assert ["first", "later", "last"] == order


def test_a_fair_lock_is_free_again_after_a_failure() -> None:
    """An exception under it does not keep it."""
    lock = FairLock()

    for _ in range(2):
        with pytest.raises(RuntimeError), lock.hold():
            raise RuntimeError


def _until(holds: Any) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.001)
