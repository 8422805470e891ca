"""Tries a setup for `python -m bot check`: can the database be used, do Slack's tokens, scopes and clock fit."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from slack_sdk.errors import SlackApiError

from bot.domain.schedule import Clock
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.database_faults import reason_of
from bot.repository.database_url import describe
from bot.settings import Settings
from bot.shipped_files import shipped_file
from bot.slack.web_client import connect

#: From five minutes on, requests of Slack are refused; a clock that is set by NTP is never off by a minute.
_CLOCK_OFF = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Line:
    """What was found about one thing."""

    what: str
    words: str
    fine: bool = True


def check_database(settings: Settings) -> Line:
    """Open the database, without creating it, and find out whether the bot could write it."""
    try:
        with closing(Database(settings.database_url, pool=1)) as database:
            if database.file is not None and (found := _check_file(database.file, describe(database.url))):
                return found
            database.reach()
            _check_rights(database)
            return Line("database", f"fine. {describe(database.url)} answers")
    except DatabaseUnusable as error:
        return Line("database", str(error).rstrip("."), fine=False)
    except sa.exc.SQLAlchemyError as error:
        return Line("database", f"it cannot be used: {reason_of(error)}", fine=False)


def _check_file(file: Path, shown: str) -> Line | None:
    """The fault of a SQLite file or of its folder, or that it does not exist yet; None if it can be opened."""
    if not file.parent.is_dir():
        return Line("database", f"{shown} cannot be created. Create the folder {file.parent} first", fine=False)
    try:
        # SQLite writes files beside the database. This one has no name, so that nothing is left.
        tempfile.TemporaryFile(dir=file.parent).close()
    except OSError as error:
        why = f"nothing can be written to the folder {file.parent}: {(error.strerror or str(error)).lower()}"
        return Line("database", f"{shown} cannot be written, as {why}", fine=False)
    if not file.exists():
        return Line("database", f"fine. {shown} does not exist yet; serve creates it")
    if not os.access(file, os.R_OK | os.W_OK):
        return Line("database", f"{shown} cannot be read and written by this user: see who owns it", fine=False)
    return None


def _check_rights(database: Database) -> None:
    with database.read() as connection:
        migrated = sa.inspect(connection).has_table("alembic_version")
        if not migrated and not database.is_sqlite:
            query = sa.text("SELECT has_schema_privilege(current_schema(), 'CREATE')")
            if not connection.execute(query).scalar():
                raise DatabaseUnusable(
                    f"The role of DATABASE_URL may not create tables in {describe(database.url)}: run as its owner "
                    "GRANT CREATE ON SCHEMA public TO that role"
                )
    if migrated:
        database.check()


def check_slack(settings: Settings, clock: Clock) -> Iterator[Line]:
    """Try the tokens; compare the bot token's scopes with the manifest, and the clock with Slack's."""
    client = connect(settings.slack_api_url)
    bot_token = settings.slack_bot_token.get_secret_value()
    app_token = settings.slack_app_token.get_secret_value()
    calls: dict[str, Callable[[], Any]] = {"SLACK_BOT_TOKEN": lambda: client.auth_test(token=bot_token)}
    if settings.socket_mode:
        # The one method that accepts this token; it returns an address to connect to.
        calls["SLACK_APP_TOKEN"] = lambda: client.apps_connections_open(app_token=app_token)
    for name, call in calls.items():
        try:
            answer = call()
        except SlackApiError as error:
            words = f"Slack refuses it: {error.response['error']}. Copy it again from your app's pages"
            yield Line(name, words, fine=False)
        except (OSError, ValueError) as error:
            yield Line(name, f"{settings.slack_api_url} cannot be reached: {error}", fine=False)
        else:
            where = f", {answer['user']} in {answer['team']}" if answer.get("team") else ""
            yield Line(name, f"fine{where}")
            if name == "SLACK_BOT_TOKEN":
                headers = {str(key).lower(): value for key, value in answer.headers.items()}
                yield from _check_scopes(headers)
                yield from _check_clock(headers, clock.now())


def _check_scopes(headers: Mapping[str, Any]) -> Iterator[Line]:
    told = headers.get("x-oauth-scopes")
    if told is None:
        return
    given = {scope.strip() for scope in str(told).split(",") if scope.strip()}
    missing, more = sorted(manifest_scopes() - given), sorted(given - manifest_scopes())
    words = []
    if missing:
        where = "Add them under “OAuth & Permissions” and install the app again"
        words.append(f"missing {', '.join(missing)}. {where}")
    if more:
        words.append(f"not needed {', '.join(more)}. You can remove them")
    yield Line("scopes", ". ".join(words) or "fine", fine=not missing)


def _check_clock(headers: Mapping[str, Any], now: datetime) -> Iterator[Line]:
    try:
        slacks = parsedate_to_datetime(str(headers["date"])).astimezone(UTC)
    except (KeyError, ValueError):
        return
    ahead = now - slacks
    if abs(ahead) < _CLOCK_OFF:
        yield Line("clock", "fine")
        return
    off, where = round(abs(ahead) / timedelta(minutes=1)), "ahead of" if ahead > timedelta() else "behind"
    words = f"{off} min {where} Slack's. Set it by NTP: from 5 min on, every request from Slack is refused"
    yield Line("clock", words, fine=False)


def manifest_scopes() -> frozenset[str]:
    """The scopes of the bot token in manifest.yml; read without a YAML parser, which only the demo needs."""
    listed = re.search(r"^    bot:\n((?:      .*\n)+)", shipped_file("manifest.yml").read_text("utf-8"), re.MULTILINE)
    assert listed is not None, "manifest.yml lists no scopes"
    return frozenset(re.findall(r"^      - ([a-z:._]+)", listed[1], re.MULTILINE))
