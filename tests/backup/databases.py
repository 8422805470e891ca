"""Creates databases with enrollments, and reads them by SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.domain.access import Actor
from bot.domain.enrollment import Policy
from bot.domain.schedule import parse_hours
from bot.localslack import TimeMachine
from bot.repository.database import Database
from bot.use_cases import Caller, Enrollments, StartForm
from tests.support.usual_procedure import WAITS

BUCKET = "eco-backups"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CALLER = Caller("T1", Actor("U0ANA00001"))


@dataclass
class Made:
    """A database in a file."""

    file: Path
    database: Database
    use: Enrollments

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def enroll(self, count: int = 1) -> None:
        """Start a number of enrollments, each in its own transaction."""
        there = accounts(self.file)
        for number in range(len(there), len(there) + count):
            form = StartForm(
                f"{100000000000 + number}",
                f"Account {number}",
                "C0ROLLOUT1",
                "U0ANA00001",
                values={"spot_org_id": f"{700000 + number}"},
            )
            self.use.start(CALLER, form)


def make(file: Path, enrollments: int = 3, at: datetime = NOW) -> Made:
    """Create a database with a number of enrollments."""
    if not file.exists():
        file.write_bytes(_migrated())
    database = Database(f"sqlite:///{file}")
    database.migrate()
    made = Made(file, database, Enrollments(database, TimeMachine(frozen_at=at), Policy(WAITS, parse_hours("always"))))
    made.enroll(enrollments)
    return made


@cache
def _migrated() -> bytes:
    """A database with the newest schema, migrated once: that takes longer than most tests of backups."""
    with TemporaryDirectory(prefix="eco-migrated-") as folder:
        database = Database(f"sqlite:///{folder}/eco-bot.db")
        database.migrate()
        database.close()
        return Path(folder, "eco-bot.db").read_bytes()


def accounts(file: Path) -> list[str]:
    """The accounts of all enrollments in a database."""
    return [row[0] for row in query(file, "SELECT account_id FROM enrollments ORDER BY id")]


def query(file: Path, sql: str) -> list[tuple[object, ...]]:
    """Query a database by SQLite alone."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def whole(file: Path) -> bool:
    """Whether a database passes SQLite's integrity check."""
    return query(file, "PRAGMA integrity_check") == [("ok",)] and query(file, "PRAGMA foreign_key_check") == []
