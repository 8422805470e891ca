"""The command `import`: starts the enrollments of a file, and names every row that it does not start."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.domain.access import OPERATOR, Actor
from bot.domain.errors import InvalidInput, StepConflict
from bot.domain.inputs import format_account_id
from bot.domain.schedule import Clock
from bot.list_files.reading import MOST_BYTES, read_file
from bot.list_files.start_rows import read_start_rows
from bot.list_files.table import Table
from bot.ownership import Ownership
from bot.program_name import command_line
from bot.repository import workspace_rows
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.database_faults import reason_of
from bot.repository.existing_database import open_existing
from bot.settings import Settings
from bot.slack.references import References
from bot.slack.slack_errors import TokenRejected
from bot.use_cases import Caller, Enrollments, random_ids
from bot.use_cases.bulk_places import Defaults, place
from bot.use_cases.bulk_start import BulkCheck, BulkStarts
from bot.workspace import Identity, Workspace

DONE, BROKEN, WRONG = 0, 1, 2

#: Seconds for one look-up of a person or a channel.
_PATIENCE = 5
_IDS_ONLY = (
    "Without SLACK_BOT_TOKEN people and channels must be Slack IDs, and nothing checks that they exist or that the bot "
    "is in the channels."
)
_WHOSE = "Set SLACK_BOT_TOKEN: the database has no enrollment yet that says which Slack workspace it belongs to."


class _CannotImport(Exception):
    """Nothing can be imported; the message gives a remedy."""


def run(settings: Settings, clock: Clock, words: argparse.Namespace, identity: Identity | None = None) -> int:
    """Import a file.

    Args:
        identity: the workspace, where the token is one of its organization.

    Returns:
        The exit code: 0 if every row is started or was before (with `--dry-run`: could be started), 1 if some are not,
        2 if the file cannot be read at all.
    """
    try:
        table = _read(words.file)
        rows = read_start_rows(table, lambda cell: _beside(words.file.parent, cell))
    except InvalidInput as refused:
        print(refused, file=sys.stderr)
        return WRONG
    try:
        opened = open_existing(settings.database_url, pool=2, events=settings.webhook_url is not None)
        with closing(opened) as database:
            operator = _Operator(settings, clock, database, identity, look_only=words.dry_run)
            placed, unplaced = place(rows.rows, operator, Defaults(words.owner, words.channel))
            checked = operator.bulk.check(operator.caller, placed, (*rows.faults, *unplaced))
            return _start(operator, checked, table.source, words)
    except (_CannotImport, DatabaseUnusable) as refused:
        print(refused, file=sys.stderr)
    except SQLAlchemyError as error:
        print(
            f"The database cannot be used: {reason_of(error)}. Run `{command_line('migrate')}` first.", file=sys.stderr
        )
    return BROKEN


def _read(file: Path) -> Table:
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)  # one more than is taken, so that a larger file is refused
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror or error}.") from error
    return read_file(file.name, data)


def _beside(folder: Path, cell: str) -> Table | None:
    """The table of a list file that a cell names; None if the cell holds the entries themselves."""
    name = cell.strip()
    if "\n" in name or Path(name).name != name or not Path(name).suffix:
        return None
    try:
        return _read(folder / name) if (folder / name).is_file() else None
    except OSError:  # no name of a file, for example one that is too long
        return None


class _Operator:
    """The operator as the use cases see them; looks up people and channels where there is a token."""

    def __init__(
        self, settings: Settings, clock: Clock, database: Database, identity: Identity | None, *, look_only: bool
    ) -> None:
        self._look_only = look_only
        self._alone = not settings.installs
        token, url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
        about = (token, url, clock.now, settings.admins, _PATIENCE)
        self._workspace = Workspace(*about, identity=identity) if token else None
        self.caller = Caller(self._identify(database), Actor(OPERATOR, is_admin=True))
        self._references = References(self._workspace.gateway if self._workspace else None)
        enrollments = Enrollments(database, clock, settings.policy, draw_id=random_ids.external_id)
        self.bulk = BulkStarts(database, enrollments, settings.policy, clock)

    def _identify(self, database: Database) -> str:
        if self._workspace is None:
            print(_IDS_ONLY, file=sys.stderr)
            with database.read() as connection:
                known = list(workspace_rows.enrollments_by_workspace(connection))
            if len(known) != 1:
                raise _CannotImport(_WHOSE)
            return known[0]
        try:
            if not self._workspace.identify():
                raise _CannotImport("Slack does not answer. Try again when it does.")
        except TokenRejected as fault:
            raise _CannotImport(f"Slack does not accept SLACK_BOT_TOKEN ({fault.code}).") from fault
        Ownership(database, self._workspace, alone=self._alone).require()
        return self._workspace.id

    def person(self, words: str) -> str:
        """The user ID of somebody who can be an owner."""
        user = self._references.person(words)
        if self._workspace is not None and (why := self._workspace.rights.why_no_person([user])) is not None:
            raise InvalidInput(why)
        return user

    def channel(self, words: str) -> str:
        """The ID of a channel in which the bot can post; joins it if it is public."""
        channel = self._references.channel(words)
        if self._workspace is not None:
            why = self._workspace.directory.join_channel(channel, look_only=self._look_only)
            if why is not None:
                raise InvalidInput(f"{words.strip()}: {why}")
        return channel

    def zone(self, user: str) -> str:
        """Somebody's time zone; the running bot corrects it within the hour where there is no token."""
        return self._workspace.directory.person(user).zone if self._workspace is not None else "UTC"

    def channel_warnings(self, channel: str) -> Sequence[str]:
        """What to confirm about a channel."""
        return self._workspace.rights.channel_warnings(channel) if self._workspace is not None else ()


def _start(operator: _Operator, checked: BulkCheck, source: str, words: argparse.Namespace) -> int:
    counts = Counter({"already there": len(checked.already), "with faults": len(checked.faults)})
    for fault in checked.faults:
        print(f"line {fault.number}: {fault.sentence}", file=sys.stderr)
    for number in checked.already:
        print(f"line {number}: already there")
    listed = ",".join(each.form.account_id for each in checked.good)
    batch = f"import:{hashlib.sha256(f'{source}:{listed}'.encode()).hexdigest()[:16]}"
    for each in checked.good:
        what = f"{format_account_id(each.form.account_id)} {each.form.account_name}"
        warnings = checked.warnings.get(each.number, ())
        for warning in warnings:
            print(f"line {each.number}: {what}: {warning}", file=sys.stderr)
        if warnings and not words.confirm:
            counts["to confirm with --confirm"] += 1
            continue
        if words.dry_run:
            counts["to start"] += 1
            print(f"line {each.number}: {what} can be started")
            continue
        try:
            made = operator.bulk.start_row(operator.caller, each, batch, warned=bool(warnings))
        except StepConflict as refused:
            counts["with faults"] += 1
            print(f"line {each.number}: {what}: {refused}", file=sys.stderr)
            continue
        outcome = "started" if made is not None else "already there"
        counts[outcome] += 1
        print(f"line {each.number}: {what} {outcome}")
    kinds = ("to start" if words.dry_run else "started", "already there", "with faults", "to confirm with --confirm")
    print(", ".join(f"{counts[kind]} {kind}" for kind in kinds if counts[kind] or kind != kinds[3]) + ".")
    return BROKEN if counts["with faults"] or counts["to confirm with --confirm"] else DONE
