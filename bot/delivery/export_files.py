"""Renders the files of exports when they are sent, from what is stored then, for whoever may still see it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import sent_tickets
from bot.delivery.outbox import OutboxRow
from bot.domain.access import Actor, may_see
from bot.domain.aws.preflight import CheckReport
from bot.domain.enrollment import Enrollment
from bot.domain.evidence import Check, Evidence
from bot.presentation import evidence_archive, portfolio_table, texts
from bot.presentation.csv_table import as_csv
from bot.presentation.plain_text import Names
from bot.repository import audit, check_results, enrollment_reader
from bot.repository import tables as t
from bot.repository.check_results import CheckKind
from bot.repository.database import Database
from bot.slack.directory import Directory

log = logging.getLogger(__name__)

#: Enrollments that are read at a time for the export of a list.
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file with its name, which no other export has, and the comment under which it is posted."""

    name: str
    content: bytes
    comment: str


def names_of(directory: Directory) -> Names:
    """The names that a directory knows, each looked up once."""
    return Names(cache(lambda user: directory.person(user).name), cache(directory.channel_label))


def read_evidence(connection: Connection, enrollment: Enrollment) -> Evidence:
    """All that is stored of an enrollment."""
    history = audit.whole(connection, enrollment.id)
    checks = [
        Check(found.at, found.by, CheckReport.from_json(found.found))
        for found in check_results.all_of(connection, enrollment.id, CheckKind.PREFLIGHT)
    ]
    return Evidence(enrollment, history, sent_tickets.read(connection, enrollment, history), tuple(checks))


def of_enrollment(
    database: Database, directory: Directory, row: OutboxRow, enrollment: Enrollment, now: datetime
) -> ExportFile | None:
    """The zip of one enrollment; None if whoever asked may not see it any more."""
    if not may_see(enrollment, reader_of(directory, row)):
        return None
    with database.read() as connection:
        current = enrollment_reader.load(connection, row.workspace, enrollment.id)
        evidence = read_evidence(connection, current)
    name = f"eco-{enrollment.account_id}-{row.owed_at:%Y-%m-%d}-{_digest(row)}.zip"
    comment = texts.say("export/enrollment", enrollment=current, name=name)
    return ExportFile(name, evidence_archive.archive(evidence, names_of(directory), now), comment)


def of_list(database: Database, directory: Directory, row: OutboxRow, now: datetime) -> ExportFile:
    """The list of all enrollments that whoever asked may see, as CSV; those that cannot be read are counted."""
    reader, unreadable = reader_of(directory, row), list[int]()
    seen = (each for each in _all(database, row.workspace, unreadable) if may_see(each, reader))
    table = portfolio_table.table(seen, names_of(directory), now)
    name = f"eco-enrollments-{row.owed_at:%Y-%m-%d}-{_digest(row)}.csv"
    comment = texts.say("export/list", count=len(table.rows), unreadable=len(unreadable), name=name)
    return ExportFile(name, as_csv(table), comment)


def reader_of(directory: Directory, row: OutboxRow) -> Actor:
    """The person to whom a file goes, with their rights of now."""
    user = str(row.payload["to"][0])
    return Actor(user, directory.is_admin(user), partial(directory.sees_channel, user))


def _digest(row: OutboxRow) -> str:
    """What no other export has in its name: a file that may have been posted is looked for by it."""
    return hashlib.sha256(row.key.encode()).hexdigest()[:8]


def _all(database: Database, workspace: str, unreadable: list[int]) -> Iterator[Enrollment]:
    """Every enrollment of a workspace, the oldest first, a few at a time; adds the IDs of the `unreadable` ones."""
    c, last = t.enrollments.c, 0
    while True:
        with database.read() as connection:
            following = sa.select(c.id).where(c.workspace == workspace, c.id > last).order_by(c.id).limit(_AT_ONCE)
            ids = list(connection.execute(following).scalars())
            found = enrollment_reader.load_each(connection, workspace, ids)
        for number in ids:
            each = found.get(number)
            if isinstance(each, Enrollment):
                yield each
            elif each is not None:
                log.error("enrollment %s cannot be read", number, exc_info=each)
                unreadable.append(number)
        if not ids:
            return
        last = ids[-1]
