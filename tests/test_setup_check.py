"""`python -m bot check`: the clock, the scopes, the folder of the database, what PostgreSQL allows."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.demo.demo_workspace import manifest
from bot.localslack import TimeMachine
from bot.repository.database import Database
from bot.settings import Settings, load
from bot.setup_check import check_database, check_slack, manifest_scopes
from tests.support.odd_slack import odd_slack

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SCOPES = ",".join(manifest_scopes())
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-" + "0000-test", "SLACK_SIGNING_SECRET": "shared-with-slack"}


def settings(**environ: str) -> Settings:
    """Settings with these variables only."""
    return load(TOKENS | environ, None)


def told(date: datetime = NOW, scopes: str = SCOPES) -> dict[str, str]:
    """What `check` says when Slack answers with that date and those scopes."""
    headers = {"Date": format_datetime(date, usegmt=True), "X-OAuth-Scopes": scopes}
    with odd_slack({"ok": True, "user": "eco", "team": "Eco"}, headers) as slack:
        lines = list(check_slack(settings(SLACK_API_URL=f"{slack.url}/api/"), TimeMachine(frozen_at=NOW)))
    return {line.what: f"{'' if line.fine else 'WRONG '}{line.words}" for line in lines}


def test_the_scopes_are_those_of_the_manifest() -> None:
    """The list is read without a YAML parser, and is the same."""
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == manifest_scopes()


def test_a_clock_that_is_off_is_told_with_its_direction() -> None:
    """From five minutes on nothing would work, and a minute is a sign."""
    assert "fine" == told()["clock"] == told(NOW + timedelta(seconds=40))["clock"]
    assert told(NOW + timedelta(minutes=7))["clock"].startswith("WRONG 7 min behind Slack's. Set it by NTP")
    assert told(NOW - timedelta(minutes=2))["clock"].startswith("WRONG 2 min ahead of Slack's")


def test_scopes_that_are_missing_or_not_needed_are_listed() -> None:
    """A missing one breaks something; one too many can do harm, and is no fault."""
    some = ",".join([*manifest_scopes() - {"chat:write", "users:read"}, "admin", "reactions:read"])

    assert "fine" == told()["scopes"]
    assert "not needed admin. You can remove them" == told(scopes=f"{SCOPES},admin")["scopes"]
    assert told(scopes=some)["scopes"].startswith("WRONG missing chat:write, users:read. Add them")
    assert "not needed admin, reactions:read" in told(scopes=some)["scopes"]


@pytest.mark.parametrize("folder", ["/proc", "/sys"])
def test_a_folder_that_takes_no_files_is_told(folder: str) -> None:
    """SQLite writes beside the database; this was found out by `serve` only."""
    if not Path(folder).is_dir():
        pytest.skip("no such folder on this system")
    line = check_database(settings(DATABASE_URL=f"sqlite:///{folder}/eco-bot.db"))

    assert not line.fine
    assert f"nothing can be written to the folder {folder}" in line.words


def test_a_folder_that_can_be_written_is_left_as_it_is(tmp_path: Path) -> None:
    """Nothing is created by looking."""
    line = check_database(settings(DATABASE_URL=f"sqlite:///{tmp_path}/eco-bot.db"))

    assert (True, []) == (line.fine, list(tmp_path.iterdir()))


def test_what_postgresql_does_not_allow_is_told(empty_postgres_url: str) -> None:
    """A role that may create no tables, in a database without the bot's; then all is well."""
    assert check_database(settings(DATABASE_URL=empty_postgres_url)).fine
    database = Database(empty_postgres_url)
    name = f"role_{database.url.database}"
    with database.write() as connection:
        connection.execute(sa.text(f"CREATE ROLE {name} LOGIN"))
        connection.execute(sa.text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    line = check_database(settings(DATABASE_URL=empty_postgres_url.replace("postgres@", f"{name}@")))
    with database.write() as connection:
        connection.execute(sa.text(f"DROP ROLE {name}"))
    database.close()

    assert not line.fine
    assert "GRANT CREATE ON SCHEMA public" in line.words


def test_a_password_is_not_in_what_is_told() -> None:
    """Wherever it stands in the URL, of a database that is not there."""
    for url in ("postgresql://eco:hidden@127.0.0.1:1/eco", "postgresql://127.0.0.1:1/eco?password=hidden"):
        line = check_database(settings(DATABASE_URL=url))
        assert (False, False) == (line.fine, "hidden" in line.words)
