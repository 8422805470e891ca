"""The commands `list` and `portfolio`: what they print of a database, with which filters, and their exit codes."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.__main__ import main
from bot.repository import list_exports
from bot.repository import tables as t
from bot.repository.database import Database
from tests.domain.building import NOW, OWNER
from tests.repository.keeping import start


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Iterator[Database]:
    """A database with two enrollments, which the commands use."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    database = Database(sqlite_url)
    start(database, account_name="Ärzte", account_id="000000000001")
    start(database, account_name="Bank", account_id="000000000002", channel_id="C2")
    yield database
    database.close()


def test_enrollments_are_listed_in_words_or_as_json(stored: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, or everything that is known of each, under the same filters."""
    assert 0 == main(["list"])
    lines = capsys.readouterr().out.splitlines()
    assert 2 == len(lines)
    assert lines[0].startswith("Ärzte (0000-0000-0001): Sign up with Spot, open since 2026-03-04; turn of us")

    assert 0 == main(["list", "--json", "--channel", "C2", "--owner", OWNER, "--step", "sign_up", "--segment", "us"])
    [row] = json.loads(capsys.readouterr().out)
    assert ("Bank", "sign_up", "open", "us") == (row["account_name"], row["step"], row["state"], row["party"])

    assert 0 == main(["list", "--json", "--segment", "late"])
    assert [] == json.loads(capsys.readouterr().out)
    assert 0 == main(["list", "ärz"])
    assert capsys.readouterr().out.startswith("Ärzte")


def test_exports_of_the_list_in_slack_are_told(stored: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Who and when, the oldest first; no enrollments."""
    with stored.write() as connection:
        for hours, who in ((0, OWNER), (1, "U0MANAGER")):
            list_exports.note(connection, "T0ECO", who, NOW + timedelta(hours=hours))

    assert 0 == main(["list", "--exports"])

    assert ["2026-03-04 10:00 UTC: U0OWNER", "2026-03-04 11:00 UTC: U0MANAGER"] == capsys.readouterr().out.splitlines()


def test_columns_of_lists_are_checked_and_rebuilt(stored: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 with the names of those that are wrong, until they are written again."""
    assert 0 == main(["portfolio"])
    with stored.write() as connection:
        connection.execute(sa.update(t.enrollments).where(t.enrollments.c.id == 2).values(name_key="other"))
    assert 1 == main(["portfolio"])
    assert "wrong: Bank (2)" in capsys.readouterr().out

    assert 0 == main(["portfolio", "--rebuild"])

    assert "The columns of 2 enrollments are right." in capsys.readouterr().out


@pytest.mark.parametrize("command", ["list", "portfolio"])
def test_without_a_database_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """And creates none; one of an older version is told apart."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    assert 1 == main([command])
    assert "There is no database at" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()

    (tmp_path / "none.db").touch()
    assert 1 == main([command])
    assert "python -m bot migrate" in capsys.readouterr().err
