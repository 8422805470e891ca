"""The command `export`: writes the records of enrollments into a folder, as the files that people get in Slack."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery import export_files, outbox_writer
from bot.domain.access import OPERATOR
from bot.domain.enrollment import Enrollment, Event, EventKind
from bot.domain.errors import InvalidInput, UnknownEnrollment
from bot.domain.inputs import parse_account_id
from bot.domain.schedule import Clock
from bot.presentation import evidence_archive, texts
from bot.presentation.plain_text import Names
from bot.repository import enrollment_reader
from bot.repository import tables as t
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.database_faults import reason_of
from bot.repository.existing_database import open_existing
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway
from bot.slack.slack_errors import SlackFault
from bot.slack.web_client import connect

DONE, BROKEN, WRONG = 0, 1, 2

#: Seconds for the look-up of one name.
_PATIENCE = 5


def run(
    database_url: str,
    slack: tuple[str, str],
    clock: Clock,
    accounts: Sequence[str],
    folder: Path,
    templates: Path | None = None,
    workspace: str | None = None,
    *,
    events: bool = False,
) -> tuple[int, str]:
    """Export every enrollment of these accounts, cancelled ones included; return the exit code and what is printed.

    Args:
        slack: address of the Web API and bot token, by which people have names; without a token their IDs stay.
        workspace: whose enrollments are exported; None for those of all.
        templates: the operator's folder, if there is one.
        events: whether another program hears of it, as of each change (ECO_WEBHOOK_URL).
    """
    texts.use_templates(templates)
    try:
        wanted = list(dict.fromkeys(map(parse_account_id, accounts)))
    except InvalidInput as wrong:
        return WRONG, str(wrong)
    try:
        with closing(open_existing(database_url, events=events)) as database:
            folder.mkdir(parents=True, exist_ok=True)
            code, lines = DONE, list[str]()
            names = _names(*slack, clock, lines)
            for account in wanted:
                code = max(code, _account(database, names, clock, (account, workspace), folder, lines))
            return code, "\n".join(lines)
    except DatabaseUnusable as error:
        return BROKEN, str(error)
    except SQLAlchemyError as error:
        return BROKEN, f"The database cannot be used: {reason_of(error)}."
    except OSError as error:
        return BROKEN, f"The files cannot be written to {folder}: {error.strerror or error}"


def _names(api_url: str, token: str, clock: Clock, lines: list[str]) -> Names:
    if token:
        gateway = Gateway(connect(api_url, token, _PATIENCE), clock.now)
        try:
            gateway.identity()
        except SlackFault as fault:
            lines.append(f"Slack tells no names ({fault.code}), so the files have IDs.")
        else:
            return export_files.names_of(Directory(gateway, clock.now))
    return Names(lambda user: user, lambda channel: channel)


def _account(
    database: Database,
    names: Names,
    clock: Clock,
    whose: tuple[str, str | None],
    folder: Path,
    lines: list[str],
) -> int:
    c, (account, team) = t.enrollments.c, whose
    of_team = sa.true() if team is None else c.workspace == team
    with database.read() as connection:
        query = sa.select(c.workspace, c.id).where(c.account_id == account, of_team).order_by(c.id)
        found = [(row.workspace, row.id) for row in connection.execute(query).all()]
    if not found:
        lines.append(f"{account} has no enrollment here.")
        return BROKEN
    code = DONE
    for workspace, number in found:
        try:
            lines.append(str(_write(database, names, clock, workspace, number, folder)))
        except (UnknownEnrollment, LookupError, ValueError) as unreadable:
            lines.append(f"Enrollment {number} of {account} cannot be read: {unreadable}")
            code = BROKEN
    return code


def _write(database: Database, names: Names, clock: Clock, workspace: str, number: int, folder: Path) -> Path:
    """Write the file of one enrollment, readable by its owner alone, after the audit says so."""
    now = clock.now()
    with database.write() as connection:
        enrollment: Enrollment = enrollment_reader.load(connection, workspace, number, lock=True)
        outbox_writer.tell(connection, enrollment, Event(EventKind.EXPORTED), OPERATOR, now)
    with database.read() as connection:
        evidence = export_files.read_evidence(connection, enrollment)
    content = evidence_archive.archive(evidence, names, now)
    file = folder / f"eco-{enrollment.account_id}-{number}-{now:%Y-%m-%d-%H%M%S}.zip"
    with os.fdopen(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as opened:
        opened.write(content)
    return file
