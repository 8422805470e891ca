"""Keeps enrollments and what they owe, as the use cases do, and runs several at once."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from bot.delivery import outbox_writer
from bot.domain import lifecycle
from bot.domain.enrollment import Change, Enrollment
from bot.repository import enrollment_writer
from bot.repository import tables as t
from bot.repository.database import Database
from tests.domain.building import POLICY, blank


def keep(database: Database, before: Enrollment, change: Change) -> Enrollment:
    """Save a change and what it owes, in one transaction."""
    with database.write() as connection:
        return outbox_writer.save_with_outbox(connection, before, change)


def start(database: Database, **fields: Any) -> Enrollment:
    """Start an enrollment and keep it."""
    new = blank(**fields)
    change = lifecycle.start(new, None, POLICY)
    with database.write() as connection:
        number = enrollment_writer.insert(connection, new)
    return keep(database, replace(new, id=number), replace(change, enrollment=replace(change.enrollment, id=number)))


def rows(database: Database, table: sa.Table = t.outbox, *conditions: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries, in the order in which they came."""
    query = sa.select(table).where(*conditions).order_by(*table.primary_key)
    with database.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def owed(database: Database) -> dict[str, dict[str, Any]]:
    """Key -> row of everything that is owed."""
    return {row["key"]: row for row in rows(database) if row["state"] == "owed"}


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that begin at the same moment; what each gave, or the exception it raised."""
    barrier = threading.Barrier(len(acts))
    found: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        barrier.wait(30)
        try:
            found[index] = act()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            found[index] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread hangs"
    return found


def kinds(found: Sequence[Any]) -> list[str]:
    """The names of the types of what was found, sorted."""
    return sorted(type(one).__name__ for one in found)
