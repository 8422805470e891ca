"""The commands `workspaces` and `rotate-keys`, and the choice of a workspace for commands that need its token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from bot.command_settings import BROKEN, DONE, WRONG
from bot.domain.schedule import Clock
from bot.installation.served_workspaces import identity_of_installation, workspaces_of
from bot.installation.token_keys import KeysDoNotFit, TokenKeys
from bot.installation.workspace_notes import refresh_sentence
from bot.program_name import command_line
from bot.repository import installations, scrubbing, workspace_grants, workspace_rows
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.database_faults import reason_of
from bot.repository.existing_database import open_existing
from bot.repository.installations import Installation
from bot.settings import Settings
from bot.setup_check import Line, check_slack
from bot.workspace import Identity

_ONE_ONLY = "SLACK_BOT_TOKEN serves one workspace: leave out --workspace."
_NO_CLIENT = "Workspaces install the app only where SLACK_CLIENT_ID is set; here SLACK_BOT_TOKEN serves one."
_NO_KEYS = "ECO_TOKEN_KEYS is missing: it opens the stored tokens."


class NoWorkspace(Exception):
    """No workspace is chosen, or its token cannot be read; the message gives a remedy."""


def of_workspace(settings: Settings, team: str | None) -> tuple[Settings, str | None, Identity | None]:
    """The settings as if the chosen workspace were the only one, with its token; and its team ID.

    The last one is who the workspace is, where the token is one of its organization, so that Slack cannot tell.

    Args:
        team: what was chosen; None where there is one only.

    Raises:
        NoWorkspace, DatabaseUnusable: the message gives a remedy.
    """
    if not settings.installs:
        if team is not None:
            raise NoWorkspace(_ONE_ONLY)
        return settings, None, None
    live = [each for each in _read(settings).workspaces if each.tokens is not None]
    chosen = [each for each in live if team in (None, each.team_id)]
    if len(chosen) != 1:
        names = ", ".join(f"{each.team_id} ({each.team_name})" for each in live) or "none yet"
        raise NoWorkspace(f"Say which workspace with --workspace. The app is installed in: {names}.")
    identity = identity_of_installation(chosen[0]) if chosen[0].organization is not None else None
    return _with_token(settings, chosen[0]), chosen[0].team_id, identity


def check(settings: Settings, clock: Clock) -> Iterator[Line]:
    """Try the token of every workspace, for `check`."""
    try:
        stored = _read(settings)
    except DatabaseUnusable:  # `check` says so in its line of the database
        return
    own = [each for each in stored.workspaces if each.organization is None]
    found = [*stored.organizations, *own]
    if not any(each.tokens for each in found):
        yield Line("workspaces", f"none has installed the app yet. Open {settings.public_url}/slack/install")
    for each in found:
        name = f"{each.team_name} ({each.team_id})"
        if each.tokens is None:
            yield Line(name, f"not installed any more ({each.ended_why})")
            continue
        try:
            alone = _with_token(settings, each)
        except NoWorkspace as fault:
            yield Line(name, str(fault), fine=False)
            continue
        for line in check_slack(alone, clock):
            yield Line(f"{name} {line.what}", line.words, fine=line.fine)


def workspaces(settings: Settings) -> tuple[int, str]:
    """List the workspaces that have installed the app; returns the exit code and the text."""
    if not settings.installs:
        return WRONG, _NO_CLIENT
    found = _read(settings)
    with closing(Database(settings.database_url, pool=1)) as database, database.read() as connection:
        counts = workspace_rows.enrollments_by_workspace(connection)
    lines = [f"{each.team_id} {each.team_name}, an organization: {_state(each)}" for each in found.organizations]
    lines += [_line(each, counts.get(each.team_id, 0)) for each in found.workspaces]
    return DONE, "\n".join(lines) or "None yet."


def erase(settings: Settings, team: str, now: datetime) -> tuple[int, str]:
    """Delete all that is stored of a workspace which has removed the app; returns the exit code and a message."""
    if not settings.installs:
        return WRONG, _NO_CLIENT
    found = _read(settings)
    known = {each.team_id: each for each in (*found.workspaces, *found.organizations)}
    if team not in known:
        return WRONG, f"The app was never installed in {team}. There are {', '.join(known) or 'none yet'}."
    name = f"{known[team].team_name} ({team})"
    if known[team].tokens is not None:
        where = "by its organization" if known[team].organization else "there, on its own pages"
        return WRONG, f"{name} is served. Have the app removed {where} first."
    if inside := [each.team_id for each in found.workspaces if each.organization == team]:
        return WRONG, f"{name} is an organization. Erase its workspaces first: {', '.join(inside)}."
    with closing(Database(settings.database_url, pool=1)) as database:
        with database.write() as connection:
            count = workspace_rows.erase(connection, team, now)
        is_rewritten = scrubbing.scrub(database)
    number = f"{count} enrollment{'' if count == 1 else 's'}"
    said = f"All of {name} is deleted, with {number}. Backups from before still have it."
    return (
        (DONE, said)
        if is_rewritten
        else (BROKEN, f"{said} {scrubbing.STILL_THERE} Run VACUUM on it in a quiet moment.")
    )


def rotate_keys(settings: Settings) -> tuple[int, str]:
    """Encrypt every stored token with the first key; returns the exit code and a message."""
    if not settings.installs or not settings.token_keys:
        return WRONG, _NO_KEYS if settings.installs else _NO_CLIENT
    keys = _keys(settings)
    with closing(open_existing(settings.database_url)) as database:
        database.migrate()
        try:
            with database.write() as connection:
                count = installations.change_tokens(connection, keys.encrypt_again)
        except KeysDoNotFit as fault:
            return BROKEN, str(fault)
    whose = f"{count} installation{'' if count == 1 else 's'}"
    return DONE, f"The tokens of {whose} are encrypted with the first key. You can remove the second one."


def _line(each: Installation, enrollments: int) -> str:
    number = f"{enrollments} enrollment{'' if enrollments == 1 else 's'}"
    return f"{each.team_id} {each.team_name}: {_state(each)}; {number}"


def _state(each: Installation) -> str:
    whose = f" by {each.organization}" if each.organization else ""
    if each.ended_at is not None:
        return f"ended {each.ended_at:%Y-%m-%d} ({each.ended_why}){whose}, its data are kept"
    fault = f". {refresh_sentence(each)}" if each.refresh_fault else ""
    begun = f"granted {each.installed_at:%Y-%m-%d}{whose}" if whose else f"installed {each.installed_at:%Y-%m-%d} by"
    return f"{begun}{'' if whose else ' ' + each.installed_by}{fault}"


@dataclass(frozen=True, slots=True)
class _Stored:
    """Everything that has the app, or had it."""

    workspaces: list[Installation]
    organizations: list[Installation]


def _read(settings: Settings) -> _Stored:
    try:
        with closing(open_existing(settings.database_url)) as database, database.read() as connection:
            stored, grants = installations.all_of(connection), workspace_grants.all_of(connection)
    except SQLAlchemyError as error:
        raise DatabaseUnusable(
            f"The database cannot be used: {reason_of(error)}. Run `{command_line('migrate')}` first."
        ) from error
    admits = settings.workspaces.admit if settings.workspaces is not None else lambda team, organization: True
    organizations = [each for each in stored if each.is_organization]
    return _Stored(workspaces_of(stored, grants, admits), organizations)


def _with_token(settings: Settings, installation: Installation) -> Settings:
    if not settings.token_keys:
        raise NoWorkspace(_NO_KEYS)
    assert installation.tokens is not None, "only those with tokens are chosen"
    try:
        token = _keys(settings).decrypt(installation.tokens.bot)
    except KeysDoNotFit:
        raise NoWorkspace(str(KeysDoNotFit([installation.team_name]))) from None
    return settings.model_copy(update={"slack_bot_token": SecretStr(token)})


def _keys(settings: Settings) -> TokenKeys:
    return TokenKeys([key.get_secret_value() for key in settings.token_keys])
