"""Two transactions that make one account live at the same time: the second one gets an error that names the first."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import lifecycle
from bot.domain.errors import AlreadyEnrolled
from bot.repository import enrollment_writer
from bot.repository.database import Database
from tests.domain.building import NOW, OWNER, POLICY, blank
from tests.repository.keeping import at_once, keep, kinds, start

Begin = Callable[[Database], Callable[[], Any]]


def resuming(database: Database) -> Callable[[], Any]:
    """An old enrollment of the account was cancelled; the act resumes it."""
    old = start(database, account_name="Old")
    cancelled = keep(database, old, lifecycle.cancel(old, "again", OWNER, NOW, POLICY))
    return lambda: keep(database, cancelled, lifecycle.resume(cancelled, OWNER, NOW, POLICY))


def starting(database: Database) -> Callable[[], Any]:
    """The act starts another enrollment of the account."""
    return lambda: start(database, account_name="Other")


def has_met(database: Database, thread: threading.Thread) -> bool:
    """Whether the other transaction waits for the one that is open (SQLite lets it not even begin)."""
    if database.is_sqlite or not thread.is_alive():
        return True
    with database.read() as connection:
        return bool(connection.execute(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())


@pytest.mark.parametrize("begin", [resuming, starting])
def test_the_second_of_two_simultaneous_starts_gets_an_error_about_the_first(database: Database, begin: Begin) -> None:
    """Neither saw the other in its query; the unique index decides, and the loser gets a sentence."""
    act, found = begin(database), list[Any]()
    thread = threading.Thread(target=lambda: found.extend(at_once(act)))

    with database.write() as connection:
        winner = enrollment_writer.insert(connection, blank(account_name="New"))
        thread.start()
        end = time.monotonic() + 30
        while not has_met(database, thread) and time.monotonic() < end:
            time.sleep(0.005)
    thread.join(60)

    [lost] = found
    assert isinstance(lost, AlreadyEnrolled)
    assert winner == lost.enrollment_id
    assert "New (active)" in str(lost)


@pytest.mark.parametrize("begin", [resuming, starting])
def test_at_the_same_moment_one_of_them_wins(database: Database, begin: Begin) -> None:
    """Either of them may win."""
    found = at_once(begin(database), lambda: start(database, account_name="New"))

    assert ["AlreadyEnrolled", "Enrollment"] == kinds(found)
