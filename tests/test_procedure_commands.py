"""The commands about procedures, and what a faulty procedure does to the others, as processes."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.clock import SystemClock
from bot.demo.demo_workspace import start_slack
from bot.domain.lifecycle import Position
from bot.domain.procedure_file import version_of
from bot.localslack import LocalSlack
from bot.repository import tables as t
from bot.repository.database import Database
from tests.domain.building import ORG
from tests.support.forked_commands import ENVIRON, eco
from tests.support.own_procedures import OWN
from tests.support.steps import StepKey
from tests.support.wait_until import eventually
from tests.test_cli import SECRETS
from tests.use_cases.asking import WORKSPACE, Desk


@pytest.mark.parametrize("command", ["serve", "migrate", "list"])
def test_a_faulty_procedure_stops_every_command(tmp_path: Path, command: str) -> None:
    """Exit code 1, each fault with its file and place, and nothing is begun: no database is made."""
    folder = tmp_path / "procedures"
    folder.mkdir()
    (folder / "mine.toml").write_text(OWN.replace('key = "agree"', 'key = "Agree"'), "utf-8")

    ran = eco(tmp_path, command, **SECRETS, ECO_PROCEDURES="procedures")

    key = "a key has up to 32 of a-z, 0-9 and _, and begins with a letter."
    unknown = "mine.toml, line 37: step “grant”: requires “agree”, which is no step of the procedure."
    assert (1, "") == (ran.returncode, ran.stdout)
    assert [unknown, f"mine.toml, line 23: step “Agree”: {key}"] == ran.stderr.splitlines()
    assert [folder] == list(tmp_path.iterdir())


def test_procedures_are_checked(tmp_path: Path) -> None:
    """Ours and those of a folder; exit code 1 and the faults on standard error where there are any."""
    (tmp_path / "mine.toml").write_text(OWN, "utf-8")
    fine = eco(tmp_path, "check", "procedures", ".")
    by_setting = eco(tmp_path, "check", "procedures", ECO_PROCEDURES=".")
    (tmp_path / "other.toml").write_text("steps = 3", "utf-8")
    faulty = eco(tmp_path, "check", "procedures", ".")

    assert (0, "") == (fine.returncode, fine.stderr)
    assert (fine.returncode, fine.stdout) == (by_setting.returncode, by_setting.stdout)
    assert re.search(r"^aws-management-account: fine, 9 steps$", fine.stdout, re.M)
    assert re.search(r"^mine@[0-9a-f]{10}: fine, 3 steps$", fine.stdout, re.M)
    assert 1 == faulty.returncode
    assert "other.toml: needs “title”." in faulty.stderr.splitlines()
    assert "mine@" in faulty.stdout


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    """The use cases on the database of the commands."""
    database = Database(sqlite_url)
    yield Desk(database)
    database.close()


def test_the_procedures_are_listed_with_their_enrollments(tmp_path: Path, sqlite_url: str, desk: Desk) -> None:
    """Ours, those of the folder, and how many enrollments are on each."""
    folder = own_folder(tmp_path)
    desk.start(spot_org_id=ORG)

    ran = eco(tmp_path, "procedures", DATABASE_URL=sqlite_url, ECO_PROCEDURES=str(folder))

    lines = ran.stdout.splitlines()
    assert (0, "") == (ran.returncode, ran.stderr)
    usual = "aws-management-account: AWS management account; new enrollments can begin with it"
    assert f"{usual}; 1 active, 0 completed, 0 cancelled" == lines[0]
    own = f"aws-subsidiary@{version_of(OWN)}: AWS account of a subsidiary; new enrollments can begin with it"
    assert f"{own}; 0 active, 0 completed, 0 cancelled" == lines[-1]


def test_a_move_is_said_before_it_is_made(tmp_path: Path, sqlite_url: str, desk: Desk) -> None:
    """Without --apply nothing changes; with it, the enrollment goes on with that version of the procedure."""
    # At INFO, the log tells each change.
    environ = {"DATABASE_URL": sqlite_url, "ECO_PROCEDURES": str(own_folder(tmp_path)), "LOG_LEVEL": "WARNING"}
    number = desk.start(spot_org_id=ORG).id
    words = ("procedures", "123456789012", "--to", "aws-subsidiary")

    said = eco(tmp_path, *words, **environ)
    before = desk.bot.get(WORKSPACE, number)
    done = eco(tmp_path, *words, "--apply", **environ)
    again = eco(tmp_path, *words, "--apply", **environ)

    assert (0, "") == (said.returncode, said.stderr)
    assert f"from aws-management-account to aws-subsidiary@{version_of(OWN)}\n" in said.stdout
    assert "\n  new steps: Agree with the subsidiary, Grant access\n  steps that go: Connect " in said.stdout
    assert "\n  values kept: Spot organization ID\n" in said.stdout
    assert "Nothing was changed. Run it with --apply to move them." == said.stdout.splitlines()[-1]
    assert ("aws-management-account", 1) == (before.procedure_reference, before.version)
    assert (0, "", 0) == (done.returncode, done.stderr, again.returncode)
    assert "has aws-subsidiary@" in again.stdout
    after = desk.bot.get(WORKSPACE, number)
    assert (f"aws-subsidiary@{version_of(OWN)}", 2) == (after.procedure_reference, after.version)


def test_what_cannot_be_moved_is_told(tmp_path: Path, sqlite_url: str, desk: Desk) -> None:
    """An enrollment whose wait would vanish stays, the others are moved; exit code 1."""
    for number, account in enumerate(("123456789012", "210987654321")):
        position = Position(StepKey.ENABLE_SUBSETS, waiting=number == 0)
        fields = {"account_id": account, "account_name": f"Acme {number}", "spot_org_id": f"60607987488{number}"}
        desk.start(position=position, **fields)
    words = ("procedures", "--on", "aws-management-account", "--to", "aws-member-account", "--apply")

    ran = eco(tmp_path, "procedures", "111111111111", *words[1:], DATABASE_URL=sqlite_url, LOG_LEVEL="WARNING")

    assert 1 == ran.returncode
    refused, missing = ran.stderr.splitlines()
    assert refused.startswith("Acme 0 (1234-5678-9012): not moved. “Enable the Subsets feature” is waiting, and ")
    assert "1111-1111-1111: there is no such enrollment." == missing
    assert "Acme 1 (2109-8765-4321): from aws-management-account to aws-member-account" in ran.stdout


def test_an_enrollment_that_cannot_be_read_is_named_and_the_others_are_moved(
    tmp_path: Path, sqlite_url: str, desk: Desk
) -> None:
    """Exit code 1; without --apply, too."""
    broken = desk.start(account_id="123456789012", account_name="Broken")
    fine = desk.start(account_id="210987654321", account_name="Fine")
    with desk.database.write() as connection:
        connection.execute(sa.update(t.steps).where(t.steps.c.enrollment_id == broken.id).values(state="odd"))

    ran = eco(tmp_path, *["procedures", "--on", "aws-management-account", "--to", "aws-member-account", "--apply"],
              DATABASE_URL=sqlite_url)  # fmt: skip

    assert 1 == ran.returncode
    assert "Traceback" not in ran.stderr.splitlines()[-1]
    assert "Broken (1234-5678-9012): not moved. It can't be read; the log says why." == ran.stderr.splitlines()[-1]
    assert "aws-member-account" == desk.bot.get(WORKSPACE, fine.id).procedure_reference


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--to", "aws-unknown", "123456789012"), 2, "There is no procedure “aws-unknown”. There are aws-management"),
        (("--to", "aws-member-account", "12"), 2, "12 digits"),
        (("--to", "aws-member-account"), 2, "Name the enrollments to move: by their accounts, or with --on REFERENCE."),
        (("--on", "aws-unknown", "--to", "aws-member-account"), 1, "No enrollment is on aws-unknown."),
        (("123456789012",), 2, "Name the procedure to move to: --to KEY, or --to KEY@VERSION."),
    ],
)
def test_faulty_arguments(tmp_path: Path, sqlite_url: str, words: tuple[str, ...], code: int, said: str) -> None:
    """What is missing or unknown is told in a sentence."""
    ran = eco(tmp_path, "procedures", *words, DATABASE_URL=sqlite_url)

    assert code == ran.returncode
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    """Listing procedures does not create one."""
    ran = eco(tmp_path, "procedures")

    assert (1, "There is no database at eco-bot.db.") == (ran.returncode, ran.stderr.partition(" Set")[0])
    assert [] == list(tmp_path.iterdir())


@contextmanager
def serving(folder: Path, slack: LocalSlack, environ: dict[str, str]) -> Iterator[None]:
    """`serve` as a process, connected by Socket Mode, until SIGTERM."""
    tokens = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.api_url}
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-W", "error", "-m", "bot", "serve"]
        running = subprocess.Popen(command, cwd=folder, env=ENVIRON | tokens | environ, stderr=log)
    try:
        eventually(lambda: slack.socket_connections)
        yield
        running.send_signal(signal.SIGTERM)
        assert 0 == running.wait(10), (folder / "log").read_text()
    finally:
        running.kill()


def test_a_restart_with_another_version_leaves_enrollments_alone(tmp_path: Path) -> None:
    """The real process: an enrollment begins with a file, the file is changed, and it goes on as it began."""
    folder = own_folder(tmp_path)
    environ = {"ECO_PROCEDURES": str(folder), "HOST": "127.0.0.1", "PORT": "0"}
    with start_slack(SystemClock()) as slack:
        ana, channel = slack.person("ana"), slack.channel("eco-rollout")
        with serving(tmp_path, slack, environ):
            ana.command("/eco", "enroll", channel=channel.name)
            ana.wait_view("Start an enrollment")
            ana.fill({"procedure": "aws-subsidiary"})
            ana.wait_view("Start an enrollment")
            ana.fill({"account_id": "123456789012", "account_name": "Acme", "spot_org_id": ORG, "owner": "ana"})
            assert ana.submit().error is None
            card = slack.wait_for(lambda: next(iter(channel.messages), None), 20, "the card")
        (folder / "aws-subsidiary.toml").write_text(OWN.replace("Agree with the subsidiary", "Settle it"), "utf-8")
        with serving(tmp_path, slack, environ):
            ana.click(card, "Mark done", near="Agree with the subsidiary")
            ana.wait_view("Mark done")
            ana.fill({"cost_center": "4711"})
            assert ana.submit().error is None
            slack.wait_for(lambda: "2 of 3 steps" in channel.messages[0].text, 20, "the card's edit")

    listed = eco(tmp_path, "procedures", **environ).stdout.splitlines()
    old, new = (next(line for line in listed if version_of(text) in line) for text in (OWN, changed_text(folder)))
    assert old.endswith("; for the enrollments that have it; 1 active, 0 completed, 0 cancelled")
    assert new.endswith("; new enrollments can begin with it; 0 active, 0 completed, 0 cancelled")


def changed_text(folder: Path) -> str:
    """The operator's file as it stands in the folder."""
    return (folder / "aws-subsidiary.toml").read_text("utf-8")


def own_folder(folder: Path) -> Path:
    """A folder with the operator's procedure."""
    made = folder / "procedures"
    made.mkdir()
    (made / "aws-subsidiary.toml").write_text(OWN, "utf-8")
    return made
