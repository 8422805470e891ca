"""What the machine or the database refuses is one line of a command, and exit code 1: no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.repository.database import Database
from tests.support import forked_commands


@pytest.mark.parametrize("command", ["list", "failed", "portfolio", "procedures", "token list", "forget U0BEN00001"])
@pytest.mark.parametrize(
    "url", [f"sqlite:////{'x' * 300}", "postgresql://u@h/db?foo=bar"], ids=["a long name", "an option"]
)
def test_a_database_that_cannot_be_is_told_by_every_command(tmp_path: Path, command: str, url: str) -> None:
    """One line and exit code 1, and no traceback."""
    ran = forked_commands.eco(tmp_path, *command.split(), DATABASE_URL=url)

    assert (1, "", 1) == (ran.returncode, ran.stdout, len(ran.stderr.splitlines())), ran.stderr


@pytest.mark.parametrize("command", ["forget U0BEN00001", "failed --retry", "token revoke jira"])
def test_a_lock_that_is_held_is_told(tmp_path: Path, postgres_url: str, command: str) -> None:
    """A bot is at work on the same rows: nothing is changed, and one line says so."""
    with closing(Database(postgres_url)) as busy, busy.write() as connection:
        for table in ("outbox", "api_tokens"):
            connection.execute(text(f"LOCK TABLE {table}"))
        ran = forked_commands.eco(tmp_path, *command.split(), DATABASE_URL=postgres_url)

    assert (1, 1) == (ran.returncode, len(ran.stderr.splitlines())), ran.stderr
    assert "lock timeout" in ran.stderr


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """As `head` is in `list | head`: no traceback, neither of the command nor of Python's end."""
    assert 0 == forked_commands.eco(tmp_path, "migrate").returncode
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "list", "--json"], cwd=tmp_path, env=forked_commands.ENVIRON,
        stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writing)

    assert (1, "") == (ran.returncode, ran.stderr)


@pytest.mark.parametrize("command", ["forget U0BEN00001", "token add jira", "token list", "restored"])
def test_a_database_that_is_elsewhere_is_told(tmp_path: Path, command: str) -> None:
    """The operator is in another folder: a new database would know nobody, and its token would open nothing."""
    ran = forked_commands.eco(tmp_path, *command.split())

    assert (1, "") == (ran.returncode, ran.stdout)
    assert "There is no database at eco-bot.db. Set DATABASE_URL to the bot's, or run" in ran.stderr
    assert [] == list(tmp_path.iterdir())
