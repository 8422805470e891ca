"""Keeps a database to one workspace: refuses that of another one, says whose it is, and adopts its rows on request."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection
from contextlib import closing
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from bot.program_name import command_line
from bot.repository import installations, workspace_grants, workspace_rows
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.existing_database import open_existing
from bot.settings import Settings
from bot.slack.slack_errors import TokenRejected
from bot.telemetry.metrics import WorkspaceMetrics
from bot.workspace import Identity, Workspace

log = logging.getLogger(__name__)

DONE, BROKEN, WRONG = 0, 1, 2


class AnotherWorkspace(DatabaseUnusable):
    """The database holds rows of a workspace that the token does not belong to; the message names both."""


class Ownership:
    """Whether the database of a running process holds its own workspace alone.

    Attributes:
        metrics: messages that are never sent, and requests that were refused.

    Args:
        alone: whether no other workspace may have rows in this database.
    """

    def __init__(
        self, database: Database, workspace: Workspace, metrics: WorkspaceMetrics | None = None, *, alone: bool = True
    ) -> None:
        self.metrics = metrics or WorkspaceMetrics()
        self._database = database
        self._workspace = workspace
        self._alone = alone
        self._required = False
        self._refusal: str | None = None

    def require(self) -> None:
        """Once Slack has told the workspace: raise `AnotherWorkspace` if the database holds rows of another one.

        Rows that an older version has stored under `E…:T…`, while this one was being installed, are taken over.
        """
        if self._required or not self._workspace.identified:
            return
        own = self._workspace.id
        with self._database.read() as connection:
            others = workspace_rows.other_workspaces(connection, own)
        for old in (other for other in others if other.endswith(f":{own}")):
            with self._database.write() as connection:
                workspace_rows.move(connection, old, own)
        strange = [other for other in others if not other.endswith(f":{own}")]
        if strange and self._alone:
            self._refusal = _another(strange, self._workspace)
            raise AnotherWorkspace(self._refusal)
        self._required, self._refusal = True, None

    def problems(self) -> list[str]:
        """Why the process is not ready; raises an error if the database does not answer."""
        if self._refusal is not None:
            return [self._refusal]
        stranded = self._stranded()
        if not stranded:
            return []
        what = ", ".join(f"{count} of {workspace}" for workspace, count in sorted(stranded.items()))
        return [f"Messages of other workspaces are never sent: {what}. To adopt them, run {_adopt(stranded)}."]

    def render_metrics(self) -> str:
        """The metrics in Prometheus' text format."""
        try:
            self.metrics.stranded(sum(self._stranded().values()))
        except SQLAlchemyError as error:  # the other metrics are needed most then
            log.warning("messages of other workspaces cannot be counted: %s", error)
            self.metrics.stranded(math.nan)
        return self.metrics.render()

    def _stranded(self) -> dict[str, int]:
        if not self._workspace.identified:
            return {}
        with self._database.read() as connection:
            return workspace_rows.owed_elsewhere(connection, self._workspace.id)


def _adopt(workspaces: Collection[str]) -> str:
    return " and ".join(f"`{command_line(f'adopt {workspace}')}`" for workspace in sorted(workspaces))


def _another(others: Collection[str], workspace: Workspace) -> str:
    return (
        f"The database holds the data of workspace {' and '.join(sorted(others))}, but SLACK_BOT_TOKEN belongs to "
        f"{workspace.name} ({workspace.id}). Use the database of {workspace.name}, or adopt the data: "
        f"{_adopt(others)}."
    )


# Commands --------------------------------------------------------------------------------------------------------


def adopt(settings: Settings, now: datetime, old: str | None, identity: Identity | None = None) -> tuple[int, str]:
    """Move the rows of the workspace `old` to that of the token; returns the exit code and a message.

    Args:
        identity: the workspace, where the token is one of its organization.

    Raises:
        DatabaseUnusable: the message gives a remedy.
    """
    workspace = _of_token(settings, now, identity)
    if isinstance(workspace, str):
        return BROKEN, workspace
    database = open_existing(settings.database_url)
    try:
        database.migrate()
        with database.read() as connection:
            others = workspace_rows.other_workspaces(connection, workspace.id)
        if old is None or old not in others:
            return WRONG, _choices(old, others, workspace)
        with database.write() as connection:
            installed = installations.find(connection, old)
            if installed is not None and installed.tokens is not None:
                return WRONG, f"{installed.team_name} ({old}) has installed the app, so its data stay its own."
            granted = workspace_grants.find(connection, old)
            if granted is not None and granted.ended_at is None:
                return WRONG, f"{granted.team_name} ({old}) has the app by its organization, so its data stay its own."
            count = workspace_rows.enrollments_by_workspace(connection).get(old, 0)
            cancelled = workspace_rows.move(connection, old, workspace.id)
    finally:
        database.close()
    sentences = [f"{_enrollments(count)} of {old} now belong to {workspace.name} ({workspace.id})."]
    if cancelled:
        names = ", ".join(cancelled)
        sentences.append(f"Cancelled, because their accounts have another enrollment that was changed later: {names}.")
    return DONE, " ".join(sentences)


def _choices(old: str | None, others: list[str], workspace: Workspace) -> str:
    begin = "" if old is None else f"The database holds no data of {old}. "
    if not others:
        return f"{begin}It holds no other workspace than {workspace.name} ({workspace.id}): there is nothing to adopt."
    return f"{begin}Say which workspace to adopt: {_adopt(others)}."


def describe(settings: Settings, now: datetime) -> tuple[int, str]:
    """Say whose enrollments the database holds, for `check`; "" where there is no database that can be read yet."""
    try:
        with closing(open_existing(settings.database_url)) as database, database.read() as connection:
            stored = workspace_rows.enrollments_by_workspace(connection)
    except (DatabaseUnusable, SQLAlchemyError):  # `check` says so in its line of the database
        return DONE, ""
    held: dict[str, int] = {}
    for key, count in stored.items():  # the first versions stored `E…:T…`
        team = key.rpartition(":")[2]
        held[team] = held.get(team, 0) + count
    what = " and ".join(f"{_enrollments(count)} of {team}" for team, count in held.items()) or "no enrollments yet"
    workspace = _of_token(settings, now)
    if isinstance(workspace, str) or not held:
        return DONE, f"workspace: the database holds {what}"
    if others := held.keys() - {workspace.id}:
        owner = f"SLACK_BOT_TOKEN belongs to {workspace.name} ({workspace.id})"
        return BROKEN, f"workspace: the database holds {what}, but {owner}. To adopt, run {_adopt(others)}"
    return DONE, f"workspace: fine. The database holds {what}, which is {workspace.name}"


def _of_token(settings: Settings, now: datetime, identity: Identity | None = None) -> Workspace | str:
    """The workspace of the token, or a sentence that says why it is not known."""
    token, url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
    workspace = Workspace(token, url, lambda: now, settings.admins, directory_timeout=1, identity=identity)
    try:
        known = workspace.identify()
    except TokenRejected as fault:
        return f"Slack does not accept SLACK_BOT_TOKEN ({fault.code})."
    return workspace if known else f"Slack does not answer at {url}. Try again when it does."


def _enrollments(count: int) -> str:
    return f"{count} enrollment{'' if count == 1 else 's'}"
