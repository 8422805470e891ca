"""Upkeep of the columns that lists read: forecasts of another day, a check of all columns, and writing them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from itertools import groupby
from operator import itemgetter

from bot.domain.enrollment import Enrollment, Policy
from bot.domain.schedule import Clock
from bot.repository import enrollment_reader, portfolio_upkeep
from bot.repository.database import Connection, Database

#: How many enrollments are loaded at once, and locked in one transaction.
_BATCH = 50


class ReadModel:
    """The columns of enrollments and steps that lists read; a change writes its own."""

    def __init__(self, database: Database, clock: Clock, policy: Policy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy

    def refresh(self, workspace: str, stopping: Callable[[], bool] = lambda: False) -> int:
        """Calculate the forecasts that are not of today, in batches, until the process is `stopping`; how many.

        Several processes may do this at once.
        """
        count, after, now = 0, 0, self._clock.now()
        while not stopping():
            with self._database.read() as connection:
                ids = portfolio_upkeep.outdated(connection, workspace, now.astimezone(UTC).date(), after, _BATCH)
            if not ids:
                break
            with self._database.write() as connection:
                count += self._write(connection, workspace, ids)
            after = ids[-1]
        return count

    def check(self) -> tuple[int, list[Enrollment]]:
        """How many enrollments there are, and those whose columns are wrong; an unreadable one is left out."""
        count, found = 0, []
        for workspace, ids in self._batches():
            with self._database.read() as connection:
                loaded = _readable(connection, workspace, ids)
                found += portfolio_upkeep.wrong(connection, loaded)
            count += len(loaded)
        return count, found

    def rebuild(self) -> int:
        """Write the columns of every enrollment again; how many."""
        count = 0
        for workspace, ids in self._batches():
            with self._database.write() as connection:
                count += self._write(connection, workspace, ids)
        return count

    def _batches(self) -> Iterator[tuple[str, list[int]]]:
        after = 0
        while True:
            with self._database.read() as connection:
                found = portfolio_upkeep.following(connection, after, _BATCH)
            if not found:
                return
            for workspace, rows in groupby(found, itemgetter(0)):
                yield workspace, [number for _, number in rows]
            after = found[-1][1]

    def _write(self, connection: Connection, workspace: str, ids: Sequence[int]) -> int:
        # Those that somebody changes just now are left out: the change writes its own.
        free = enrollment_reader.versions(connection, ids, lock=True)
        loaded = _readable(connection, workspace, sorted(free))
        portfolio_upkeep.write(connection, loaded, self._clock.now(), self._policy)
        return len(loaded)


def _readable(connection: Connection, workspace: str, ids: Sequence[int]) -> list[Enrollment]:
    found = enrollment_reader.load_each(connection, workspace, ids).values()
    return [each for each in found if isinstance(each, Enrollment)]
