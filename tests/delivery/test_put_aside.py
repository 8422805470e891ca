"""The command that lists the messages that were put aside, and sends them again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from bot.delivery import put_aside
from bot.domain.access import Actor
from bot.repository import tables as t
from bot.repository.outbox_columns import RowState
from bot.use_cases import Caller
from tests.repository.keeping import rows
from tests.support.bot_world import World, running
from tests.support.mail_services import ON
from tests.support.steps import StepKey
from tests.support.walkthrough import reach

ROOT = Path(__file__).parents[2]


def refused_line(world: World) -> str:
    """Slack refuses a thread line for good; return the key of its row."""
    world.start()
    world.slack.faults.add("chat.postMessage", "msg_too_long")
    who = Caller(world.workspace, Actor(world.ana.id))
    world.app.enrollments.complete_act(who, world.enrollment().id, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    (row,) = rows(world.app.database, t.outbox, t.outbox.c.state == "failed")
    return str(row["key"])


def command(world: World, *, retry: bool = False) -> str:
    """What the command prints."""
    url = world.app.database.url.render_as_string(hide_password=False)
    code, said = put_aside.run(url, world.clock.now(), retry=retry)
    assert 0 == code
    return said


def test_a_message_that_was_put_aside_is_listed_with_its_reason(world_on: World) -> None:
    """Key, place, since when it was due, why; listing changes nothing."""
    world = world_on
    key = refused_line(world)

    said = command(world)

    line, total = said.splitlines()
    assert line.startswith(f"{key} for {world.channel.id}, due 2026-11-23 10:00 UTC: ")
    assert "msg_too_long" in line
    assert "1 put aside." == total
    world.deliver()
    assert 1 == len(world.thread())


def test_a_message_that_was_put_aside_is_sent_again_once(world_on: World) -> None:
    """After its cause is gone; a second retry finds nothing."""
    world = world_on
    refused_line(world)

    assert "The running bot sends 1 again." in command(world, retry=True)
    world.deliver()

    assert 2 == len(world.thread())
    assert "No message was put aside." == command(world, retry=True)
    world.deliver()
    assert 2 == len(world.thread())


def test_a_message_that_slack_has_after_all_is_not_posted_twice(world_on: World) -> None:
    """It is looked for first: an attempt before the last one may have succeeded."""
    world = world_on
    world.start()
    who = Caller(world.workspace, Actor(world.ana.id))
    world.app.enrollments.complete_act(who, world.enrollment().id, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    (sent, *_) = rows(world.app.database, t.outbox, t.outbox.c.key.like("thread:%:2"))
    with world.app.database.write() as connection:
        put = sa.update(t.outbox).where(t.outbox.c.id == sent["id"])
        connection.execute(put.values(state=RowState.FAILED.value, ts=None, posted_channel=None, due_at=None))
    before = len(world.thread())

    command(world, retry=True)
    world.deliver()

    assert before == len(world.thread())
    assert [] == rows(world.app.database, t.outbox, t.outbox.c.state == "failed")


def test_an_email_is_listed_and_not_retried(database_url: str) -> None:
    """It cannot be looked up, and its ticket may have gone another way: a person asks for it in Slack."""
    with running(database_url, **ON) as world:
        reach(world, StepKey.ENABLE_SUBSETS)
        world.click(world.ana, "Send by email", StepKey.ENABLE_SUBSETS)
        world.ana.wait_view("Send by email")
        world.ana.submit()
        world.app.enrollments.cancel(Caller(world.workspace, Actor(world.ana.id)), world.enrollment().id, "a mistake")
        world.deliver()

        said = command(world, retry=True)
        world.deliver()

        assert "not_open (not retried: press Send by email in Slack)" in said
        assert "1 put aside. The running bot sends 0 again." in said


def test_the_command_line_lists_and_retries(world: World) -> None:
    """As a process beside the running bot."""
    key = refused_line(world)
    url = world.app.database.url.render_as_string(hide_password=False)

    def failed(*words: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "DATABASE_URL": url}
        arguments = [sys.executable, "-W", "error", "-m", "bot", "failed", *words]
        return subprocess.run(arguments, cwd=ROOT / "tests", env=environ, check=False, capture_output=True, text=True)

    listed, retried = failed(), failed("--retry")

    assert (0, "", key) == (listed.returncode, listed.stderr, listed.stdout.split()[0])
    assert retried.stdout.endswith("1 put aside. The running bot sends 1 again.\n")


def test_without_a_database_nothing_is_created(tmp_path: Path, world: World) -> None:
    """One sentence; a database that cannot be read is told with exit code 1."""
    missing, broken = tmp_path / "none.db", tmp_path / "broken.db"
    broken.write_text("this is no database, whatever its name says" * 100)

    assert (0, "No message was put aside: there is no database yet.") == put_aside.run(
        f"sqlite:///{missing}", world.clock.now(), retry=True
    )
    assert not missing.exists()
    code, said = put_aside.run(f"sqlite:///{broken}", world.clock.now(), retry=False)
    assert (1, "The database cannot be used: file is not a database.") == (code, said)


def test_what_was_put_aside_goes_with_its_enrollment(world_on: World) -> None:
    """Nothing can be sent for it any more, so no operator hears of it."""
    world = world_on
    refused_line(world)
    number = world.enrollment().id
    admin = Caller(world.workspace, Actor(world.ana.id, is_admin=True))

    world.app.enrollments.delete(admin, number, world.enrollment().account_name)

    assert "No message was put aside." == command(world, retry=True)
    world.deliver()
