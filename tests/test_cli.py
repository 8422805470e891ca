"""The command line, as a process outside of the checkout."""

import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from bot import __version__
from bot.clock import SystemClock
from bot.demo.demo_workspace import start_slack
from bot.localslack import LocalSlack
from tests.support.forked_commands import ENVIRON
from tests.support.wait_until import eventually

ROOT = Path(__file__).parents[1]
SECRETS = {"SLACK_BOT_TOKEN": "xoxb-" + "0000-test", "SLACK_SIGNING_SECRET": "shared-with-slack"}


def eco(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m bot` in a folder, with an environment of the given variables only."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "bot", *arguments],
        cwd=folder, env=ENVIRON | environ, stdin=subprocess.DEVNULL,
        check=False, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    """A local Slack."""
    with start_slack(SystemClock()) as sandbox:
        yield sandbox


def test_without_a_command_the_commands_are_listed(tmp_path: Path) -> None:
    """`python -m bot` and --help list the commands."""
    bare, asked = eco(tmp_path), eco(tmp_path, "--help")

    assert (0, "", bare.stdout) == (bare.returncode, bare.stderr, asked.stdout)
    listed = re.findall(r"^  ([a-z-]+)(?: {2,}\S|$)", bare.stdout, re.MULTILINE)
    assert [
        "serve",
        "migrate",
        "list",
        "portfolio",
        "backup",
        "restore",
        "restored",
        "copy",
        "forget",
        "token",
        "check",
        "workspaces",
        "rotate-keys",
        "adopt",
        "failed",
        "export",
        "import",
        "procedures",
        "files",
        "sandbox",
        "version",
    ] == listed


def test_the_version_is_told(tmp_path: Path) -> None:
    """One line with the version."""
    assert f"eco-bot {__version__}\n" == eco(tmp_path, "version").stdout


def test_a_wrong_command_is_refused(tmp_path: Path) -> None:
    """Exit code 2, and the valid commands are listed."""
    ran = eco(tmp_path, "server")

    assert 2 == ran.returncode
    assert "'serve'" in ran.stderr


@pytest.mark.parametrize("command", ["serve", "check"])
def test_every_fault_of_the_environment_is_told_by_name(tmp_path: Path, command: str) -> None:
    """Exit code 2, one line per fault on standard error, no traceback, no file created, no secret repeated."""
    ran = eco(tmp_path, command, PORT="http", ECO_TIK="5s", SLACK_APP_TOKEN="xoxb-" + "0000-swapped")

    names = [line.partition(":")[0] for line in ran.stderr.splitlines()]
    assert (2, "") == (ran.returncode, ran.stdout)
    assert ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PORT", "ECO_TIK"] == names
    assert "swapped" not in ran.stderr
    assert [] == list(tmp_path.iterdir())


def test_faults_are_told_in_under_a_second(tmp_path: Path) -> None:
    """Invalid settings are reported without importing the rest of the bot."""

    def cpu_seconds() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def run() -> float:
        began = cpu_seconds()
        assert 2 == eco(tmp_path, "serve").returncode
        return cpu_seconds() - began

    # CPU time, and the best of some: it is our time that counts, not what else the machine is doing.
    assert min(run() for _ in range(4)) < 1


def test_the_env_file_of_the_folder_is_read(tmp_path: Path) -> None:
    """.env is read, and its faults are reported like those of the environment."""
    (tmp_path / ".env").write_text("PORT=no\nSLACK_BOT_TOKEN=xoxb-0000-test\n", "utf-8")

    ran = eco(tmp_path, "serve", SLACK_SIGNING_SECRET="shared-with-slack")

    assert "PORT: “no” is not a port. Write a number from 0 to 65535.\n" == ran.stderr


def test_migrate_makes_the_database_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    """It needs no Slack token, and may be run before every start."""
    first, second = eco(tmp_path, "migrate"), eco(tmp_path, "migrate")

    assert (0, 0) == (first.returncode, second.returncode)
    assert "now has this version's schema" in first.stdout
    assert "up to date" in second.stdout
    assert (tmp_path / "eco-bot.db").exists()


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """A message and exit code 1; the database is unchanged."""
    with sqlite3.connect(tmp_path / "eco-bot.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    database.close()

    ran = eco(tmp_path, "migrate")

    assert 1 == ran.returncode
    assert "newer version" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """A message without the password, and exit code 1."""
    ran = eco(tmp_path, "migrate", DATABASE_URL="postgresql://eco:hidden@127.0.0.1:1/eco")

    assert 1 == ran.returncode
    assert "cannot be opened" in ran.stderr
    assert "hidden" not in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("signalled", [False, True], ids=["left alone", "signalled"])
def test_a_silent_database_ends_the_start(tmp_path: Path, signalled: bool) -> None:
    """Within ten seconds, with one sentence and exit code 1; SIGTERM is heard meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # Each of these hosts has a timeout of its own.
        url = f"postgresql://eco:hidden@{','.join([f'127.0.0.1:{silent.getsockname()[1]}'] * 4)}/eco"
        running = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "bot", "serve"],
            cwd=tmp_path, env=ENVIRON | SECRETS | {"DATABASE_URL": url, "HOST": "127.0.0.1", "PORT": "0"},
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        held, _ = silent.accept()
        with held:
            began = time.monotonic()
            if signalled:
                running.send_signal(signal.SIGTERM)
            _, said = running.communicate(timeout=60)

    assert time.monotonic() - began < 10
    assert (0 if signalled else 1) == running.returncode
    assert ("SIGTERM has come. Stopping." if signalled else "has not answered within 6 seconds") in said
    assert "hidden" not in said
    assert "Traceback" not in said


def test_check_says_that_all_is_well(tmp_path: Path, slack: LocalSlack) -> None:
    """One line per check, exit code 0, and no database is created."""
    ran = eco(
        tmp_path, "check",
        SLACK_BOT_TOKEN=slack.bot_token, SLACK_APP_TOKEN=slack.app_token, SLACK_API_URL=slack.api_url,
    )  # fmt: skip

    assert (0, "") == (ran.returncode, ran.stderr)
    settings, database, bot, scopes, clock, app = ran.stdout.splitlines()
    assert "settings: fine" == settings
    assert "does not exist yet" in database
    assert "SLACK_BOT_TOKEN: fine, eco in Eco Demo" == bot
    assert ("scopes: fine", "clock: fine", "SLACK_APP_TOKEN: fine") == (scopes, clock, app)
    assert [] == list(tmp_path.iterdir())


def test_check_finds_everything_that_is_wrong(tmp_path: Path, slack: LocalSlack) -> None:
    """A database that does not answer does not hide a rejected token; exit code 1."""
    ran = eco(
        tmp_path, "check", **SECRETS,
        SLACK_API_URL=slack.api_url, DATABASE_URL="postgresql://eco:hidden@127.0.0.1:1/eco",
    )  # fmt: skip

    assert (1, "") == (ran.returncode, ran.stderr)
    assert "cannot be opened" in ran.stdout
    assert "SLACK_BOT_TOKEN: Slack refuses it: invalid_auth" in ran.stdout
    assert "hidden" not in ran.stdout


def test_check_tells_when_slack_is_not_there(tmp_path: Path) -> None:
    """The message names the address that cannot be reached."""
    ran = eco(tmp_path, "check", **SECRETS, SLACK_API_URL="http://127.0.0.1:1/api/")

    assert (1, "") == (ran.returncode, ran.stderr)
    assert "http://127.0.0.1:1/api/ cannot be reached" in ran.stdout


def test_serve_tells_a_port_in_use_in_a_sentence(tmp_path: Path, slack: LocalSlack) -> None:
    """Exit code 1 and the setting to change, without a traceback."""
    port = slack.base_url.rpartition(":")[2]

    ran = eco(tmp_path, "serve", **SECRETS, SLACK_API_URL=slack.api_url, HOST="127.0.0.1", PORT=port)

    assert 1 == ran.returncode
    assert "Set PORT" in ran.stderr.splitlines()[-1]
    assert "Traceback" not in ran.stderr


def test_serve_tells_a_token_that_slack_refuses(tmp_path: Path, slack: LocalSlack) -> None:
    """Exit code 1 and the name of the setting, without a traceback."""
    ran = eco(tmp_path, "serve", **SECRETS, SLACK_API_URL=slack.api_url, HOST="127.0.0.1", PORT="0")

    assert 1 == ran.returncode
    assert "SLACK_BOT_TOKEN" in ran.stderr.splitlines()[-1]
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("mode", ["http", "socket"])
def test_serve_gets_ready_answers_and_ends_in_order(tmp_path: Path, slack: LocalSlack, mode: str) -> None:
    """The whole bot: ready, a command acknowledged, SIGTERM, exit code 0 within ten seconds."""
    own = {"SLACK_APP_TOKEN": slack.app_token} if mode == "socket" else {}
    environ = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "HOST": "127.0.0.1",
        "PORT": "0",
    }
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "bot", "serve"],
            cwd=tmp_path, env=ENVIRON | environ | own, stderr=log,
        )  # fmt: skip
    try:
        found = eventually(lambda: re.search(r"Listening on (http://\S+)", (tmp_path / "log").read_text()))
        url = found[1]
        eventually(lambda: _status(url, "/readyz") == 200)
        if mode == "http":
            slack.connect_http(f"{url}/slack/events")

        delivery = slack.person("ana").command("/eco", "help")

        assert (mode, None) == (delivery.transport, delivery.error), (tmp_path / "log").read_text()
        running.send_signal(signal.SIGTERM)
        assert 0 == running.wait(10)
    finally:
        running.kill()
        running.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()


def _status(url: str, path: str) -> int:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_an_export_without_a_database_creates_none(tmp_path: Path) -> None:
    """It needs no token; a wrong account ID is told before."""
    absent, wrong = (eco(tmp_path, "export", account, "--to", "out") for account in ("123456789012", "12"))

    assert (1, "There is no database at eco-bot.db.") == (absent.returncode, absent.stderr.partition(" Set")[0])
    assert (2, True) == (wrong.returncode, "An AWS account ID has 12 digits" in wrong.stderr)
    assert [] == list(tmp_path.iterdir())
