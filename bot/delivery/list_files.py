"""Renders the files of lists when they are sent, from what is stored then, for people who may still change the list."""

from __future__ import annotations

from bot.delivery.export_files import ExportFile, reader_of
from bot.delivery.outbox import OutboxRow
from bot.domain.access import may_change, may_see
from bot.domain.aws.costs import MonthlyCosts
from bot.domain.enrollment import Enrollment
from bot.domain.list_entries import KINDS
from bot.domain.subset_coverage import ACCOUNTS
from bot.presentation import cost_table, list_file, texts
from bot.repository import last_coverage, list_previews
from bot.repository.database import Database
from bot.slack.directory import Directory


def of_row(database: Database, directory: Directory, row: OutboxRow, enrollment: Enrollment) -> ExportFile | None:
    """The file that a row asks for; None if it is gone, or not for that person any more."""
    reader = reader_of(directory, row)
    if not may_see(enrollment, reader, row.payload.get("step")):
        return None
    name = str(row.payload["file"])
    if (kept := row.payload.get("costs")) is not None:
        if not may_change(enrollment, reader, row.payload["step"]):
            return None
        costs = MonthlyCosts.from_json(kept)
        return ExportFile(name, cost_table.as_file(enrollment, costs), cost_table.comment(enrollment, costs, name))
    if (list_name := row.payload.get("list")) is not None:
        count = KINDS[list_name].counted(len(getattr(enrollment, list_name)))
        comment = texts.say("lists/stored", enrollment=enrollment, count=count, name=name)
        return ExportFile(name, list_file.stored(enrollment, list_name), comment)
    if row.payload.get("accounts"):
        if not may_change(enrollment, reader, enrollment.procedure.step_with(ACCOUNTS)):
            return None
        with database.read() as connection:
            covered = last_coverage.of_organization(connection, enrollment)
        if covered is None:
            return None
        comment = texts.say("lists/accounts", enrollment=enrollment, covered=covered.words, name=name)
        return ExportFile(name, list_file.accounts(covered), comment)
    with database.read() as connection:
        found = list_previews.find(connection, row.workspace, row.payload["preview"], reader.user_id)
    if found is None:
        return None
    draft = found.draft
    source, count = draft.source, texts.plural(len(draft.faults), "line")
    comment = texts.say("lists/faults", enrollment=enrollment, source=source, count=count, name=name)
    return ExportFile(name, list_file.faulty(draft.faults), comment)
