"""`python -m bot token`: makes, lists and revokes the tokens with which other programs use the API."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

from bot.api.requests import SCOPES
from bot.repository import api_tokens, installations, workspace_grants
from bot.repository.api_tokens import ApiToken
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.existing_database import open_existing

DONE, BROKEN, WRONG = 0, 1, 2
_SAY_WHICH = "Say for which workspace it is: --workspace TEAM. A token reads the enrollments of one."
_ONLY_ONE = "SLACK_BOT_TOKEN serves one workspace: leave out --workspace."
_NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")


def run(
    database_url: str, words: argparse.Namespace, now: datetime, secret: Callable[[], str], *, several: bool = False
) -> tuple[int, str]:
    """Run `token add`, `token list` or `token revoke`; returns the exit code and a message.

    Args:
        secret: makes the secret of a new token.
        several: whether workspaces install the app, so that a token must say for which of them it is.
    """
    try:
        with closing(open_existing(database_url)) as database:
            database.migrate()
            match words.what:
                case "add":
                    return _add(database, words, now, secret, several=several)
                case "revoke":
                    return _revoke(database, words, now)
                case _:
                    return _list(database)
    except DatabaseUnusable as fault:
        return BROKEN, str(fault)


def _add(
    database: Database, words: argparse.Namespace, now: datetime, secret: Callable[[], str], *, several: bool
) -> tuple[int, str]:
    if not _NAME.fullmatch(words.name):
        return WRONG, f"“{words.name}” is no name: up to 24 of a-z, 0-9 and -, beginning with a letter."
    token, team = f"eco_{secret()}", getattr(words, "workspace", None)
    if several != (team is not None):
        return WRONG, _SAY_WHICH if several else _ONLY_ONE
    with database.write() as connection:
        known = team is None or installations.find(connection, team) or workspace_grants.find(connection, team)
        if not known:
            return WRONG, f"The app was never installed in {team}. `workspaces` lists where it is."
        if not api_tokens.add(connection, words.name, token, frozenset(words.scope or SCOPES[:1]), now, team):
            return BROKEN, f"There is or was a token “{words.name}”. Choose another name: the audit shows it."
    return DONE, f"{token}\nKeep it safe: it is shown this once. Its changes are recorded as “api:{words.name}”."


def _list(database: Database) -> tuple[int, str]:
    with database.read() as connection:
        found = api_tokens.all_of(connection)
    lines = [
        f"{each.name}: {', '.join(sorted(each.scopes))}{_whose(each)}; made {each.made_at:%Y-%m-%d}, "
        + (f"revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else _used(each.used_at))
        for each in found
    ]
    return DONE, "\n".join(lines) or "There are no tokens."


def _whose(token: ApiToken) -> str:
    return f" in {token.workspace}" if token.workspace else ""


def _used(at: datetime | None) -> str:
    return f"used last {at:%Y-%m-%d}" if at else "never used"


def _revoke(database: Database, words: argparse.Namespace, now: datetime) -> tuple[int, str]:
    with database.write() as connection:
        if not api_tokens.revoke(connection, words.name, now):
            return BROKEN, f"There is no live token “{words.name}”."
    return DONE, f"“{words.name}” is revoked. Requests with it are refused from now on."
