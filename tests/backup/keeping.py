"""Databases to be backed up, with what people do in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.access import Actor
from bot.domain.enrollment import Policy
from bot.domain.procedure import WAITS
from bot.domain.schedule import parse_hours
from bot.localslack import TimeMachine
from bot.repository.database import Database
from bot.use_cases import Caller, Enrollments, StartForm

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
        """Start so many more enrollments, each in a transaction of its own."""
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
    """A database of this version with so many enrollments."""
    database = Database(f"sqlite:///{file}")
    database.migrate()
    made = Made(file, database, Enrollments(database, TimeMachine(frozen_at=at), Policy(WAITS, parse_hours("always"))))
    made.enroll(enrollments)
    return made


def accounts(file: Path) -> list[str]:
    """The accounts that a database knows."""
    return [row[0] for row in query(file, "SELECT account_id FROM enrollments ORDER BY id")]


def query(file: Path, sql: str) -> list[tuple[object, ...]]:
    """Ask a database, by SQLite alone."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def whole(file: Path) -> bool:
    """Whether SQLite finds nothing wrong with it."""
    return query(file, "PRAGMA integrity_check") == [("ok",)] and query(file, "PRAGMA foreign_key_check") == []
