"""A database belongs to the workspace of the token: another one's is refused, described and adopted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.client import HTTPConnection
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bot.app import Application
from bot.clock import SystemClock
from bot.delivery import outbox
from bot.demo.demo_workspace import start_slack
from bot.domain.contacts import Absence, Reminding
from bot.domain.enrollment import Status
from bot.localslack import LocalSlack
from bot.ownership import AnotherWorkspace
from bot.repository import calendar_feeds, enrollment_reader, language_choices, list_exports, people_settings
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind
from bot.settings import Settings, load
from tests.repository.keeping import rows, start
from tests.support.bot_world import MONDAY, World, running
from tests.support.forked_commands import eco

OLD, OURS = "T0OLD", "T0ECODEMO1"
REFUSAL = (
    "The database holds the data of workspace T0OLD, but SLACK_BOT_TOKEN belongs to Eco Demo (T0ECODEMO1). "
    "Use the database of Eco Demo, or adopt the data: `python -m bot adopt T0OLD`."
)
STRANDED = "Messages of other workspaces are never sent: 1 of T0OLD. To adopt them, run `python -m bot adopt T0OLD`."


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    """A local Slack."""
    with start_slack(SystemClock()) as started:
        yield started


@contextmanager
def filled(database_url: str) -> Iterator[Database]:
    """A database to be filled before the bot opens it."""
    database = Database(database_url)
    try:
        yield database
    finally:
        database.close()


def environment(slack: LocalSlack, database_url: str) -> dict[str, str]:
    """The settings of a bot in that local Slack."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": database_url,
        "HOST": "127.0.0.1",
        "PORT": "0",
    }


def settings_of(slack: LocalSlack, database_url: str) -> Settings:
    """The same, validated."""
    return load(environment(slack, database_url), env_file=None)


def test_the_database_of_another_workspace_is_refused_at_start(database_url: str, slack: LocalSlack) -> None:
    """Both workspaces are named with the command that adopts the data, and nothing is changed."""
    with filled(database_url) as database:
        start(database, workspace=OLD)
        before = rows(database), rows(database, t.events)
        app = Application(settings_of(slack, database_url), SystemClock())

        with pytest.raises(AnotherWorkspace) as refused:
            app.start()

        app.stop(1)
        assert str(refused.value) == REFUSAL
        assert before == (rows(database), rows(database, t.events))


def test_serve_says_it_in_a_sentence(tmp_path: Path, sqlite_url: str, slack: LocalSlack) -> None:
    """Exit code 1, without a traceback."""
    with filled(sqlite_url) as database:
        start(database, workspace=OLD)

    ran = eco(tmp_path, "serve", **environment(slack, sqlite_url))

    assert 1 == ran.returncode
    assert ran.stderr.splitlines()[-1] == REFUSAL
    assert "Traceback" not in ran.stderr


def test_a_workspace_that_is_known_late_is_refused_late(sqlite_url: str, slack: LocalSlack) -> None:
    """Slack did not answer at the start: when it does, requests are refused and /readyz has the reason."""
    with filled(sqlite_url) as database:
        start(database, workspace=OLD)
    slack.faults.add("auth.test", "http_503", times=1)
    app = Application(settings_of(slack, sqlite_url), SystemClock(), workers=0)
    app._identify()
    assert app.problems() == ["Slack has not answered yet."]

    for _ in range(2):
        with pytest.raises(AnotherWorkspace):
            app._identify()

    assert app.problems() == [REFUSAL]
    assert app.dispatcher.workspace == ""
    app.stop(1)


def test_what_an_older_version_stored_under_the_organization_meanwhile_is_taken_over(sqlite_url: str) -> None:
    """During an upgrade, one process may have gone on with the old key."""
    with filled(sqlite_url) as database:
        start(database, workspace=f"E0GRID:{OURS}")

    with running(sqlite_url) as world:
        assert OURS == world.enrollment().workspace
        assert [] == world.app.problems()


def owe(world: World, workspace: str) -> None:
    """Add a message of a workspace."""
    with world.app.database.write() as connection:
        outbox.owe(connection, workspace, "round:C1:x", MessageKind.ROUND, "C1", MONDAY, payload={"rows": []})


def test_messages_that_nobody_sends_are_counted_and_make_the_process_unready(database_url: str) -> None:
    """They come from another process on the same database; adopting them makes the process ready again."""
    with running(database_url, workers=0) as world:
        assert "eco_outbox_stranded 0.0" in world.app.metrics().splitlines()
        owe(world, OURS)
        assert [] == world.app.problems()

        owe(world, OLD)

        assert [STRANDED] == world.app.problems()
        assert "eco_outbox_stranded 1.0" in world.app.metrics().splitlines()
        assert (503, STRANDED) == readyz(world)


def readyz(world: World) -> tuple[int, str]:
    """Status and text of /readyz."""
    url = world.slack._server.sender.url or ""
    connection = HTTPConnection(url.removeprefix("http://").partition("/")[0], timeout=10)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read().decode().strip()
    finally:
        connection.close()


# Commands --------------------------------------------------------------------------------------------------------


def adopt(folder: Path, slack: LocalSlack, database_url: str, *teams: str) -> CompletedProcess[str]:
    """Run `adopt`."""
    return eco(folder, "adopt", *teams, **environment(slack, database_url))


def test_adopting_moves_everything_to_the_workspace_of_the_token(
    tmp_path: Path, database_url: str, slack: LocalSlack
) -> None:
    """It asks nothing; afterwards the bot starts. A second enrollment of an account is cancelled and named."""
    with filled(database_url) as database:
        first = start(database, workspace=OLD)
        second = start(database, workspace=OLD, account_id="222222222222", account_name="Twice")
        kept = start(database, workspace=OURS, account_id="222222222222", started_at=MONDAY)

        ran = adopt(tmp_path, slack, database_url, OLD)

        expected = (
            "2 enrollments of T0OLD now belong to Eco Demo (T0ECODEMO1). "
            "Cancelled, because their accounts have another enrollment that was changed later: Twice.\n"
        )
        assert (0, expected) == (ran.returncode, ran.stdout), ran.stderr
        with database.read() as connection:
            status = {one.id: one.status for one in enrollment_reader.load_readable(connection, OURS)[0]}
        assert {first.id: Status.ACTIVE, second.id: Status.CANCELLED, kept.id: Status.ACTIVE} == status
    app = Application(settings_of(slack, database_url), SystemClock(), workers=0)
    app.start()
    assert [] == app.problems()
    app.stop(1)


def test_adopting_moves_what_people_have_set(tmp_path: Path, database_url: str, slack: LocalSlack) -> None:
    """Absences, reminders, mutes, feeds and exports; whoever has set the same in our workspace keeps that."""
    with filled(database_url) as database:
        database.migrate()
        muted = start(database, workspace=OLD).id
        with database.write() as connection:
            for workspace, person in ((OLD, "U0MOVES"), (OLD, "U0BOTH"), (OURS, "U0BOTH")):
                away = Absence(person, f"U0FOR{workspace[2:]}", date(2099, 1, 1), datetime(2099, 1, 1, tzinfo=UTC))
                people_settings.begin_absence(connection, workspace, away, MONDAY)
                reminding = Reminding.DIRECT if workspace == OURS else Reminding.DAILY
                people_settings.save_reminding(connection, workspace, person, reminding)
                calendar_feeds.put(connection, workspace, person, f"token of {person} in {workspace}", MONDAY)
            people_settings.mute(connection, "U0MOVES", [muted], [])
            for workspace, channel, language in ((OLD, "C1", "de"), (OLD, "C2", "de"), (OURS, "C2", "en")):
                language_choices.save(connection, workspace, channel, language, "U0MOVES", MONDAY)
            list_exports.note(connection, OLD, "U0MOVES", MONDAY)

        ran = adopt(tmp_path, slack, database_url, OLD)

        assert 0 == ran.returncode, ran.stderr
        with database.read() as connection:
            away = people_settings.absences(connection, OURS, MONDAY)
            moved = people_settings.preference(connection, OURS, "U0MOVES")
            kept = people_settings.preference(connection, OURS, "U0BOTH")
            exports = list(list_exports.entries(connection))
        assert {"U0MOVES": "U0FOROLD", "U0BOTH": "U0FORECODEMO1"} == {who: one.stand_in for who, one in away.items()}
        assert (Reminding.DAILY, {muted}, Reminding.DIRECT) == (moved.reminding, moved.muted, kept.reminding)
        assert [(MONDAY, "U0MOVES", OURS)] == exports
        assert {("C1", "de"), ("C2", "en")} == {
            (row["channel"], row["language"]) for row in rows(database, t.languages)
        }
        feeds = {(row["user_id"], row["token_hash"]) for row in rows(database, t.calendar_feeds)}
        expected = {("U0MOVES", f"token of U0MOVES in {OLD}"), ("U0BOTH", f"token of U0BOTH in {OURS}")}
        assert {(who, calendar_feeds.hash_of(token)) for who, token in expected} == feeds
        stored = {row["workspace"] for table in t.metadata.tables.values() if "workspace" in table.c
                  for row in rows(database, table)}  # fmt: skip
        assert {OURS} == stored


def test_adopting_says_what_there_is(tmp_path: Path, sqlite_url: str, slack: LocalSlack) -> None:
    """Without a team ID, or with one that the database does not have, it lists the choices and changes nothing."""
    nothing = adopt(tmp_path, slack, sqlite_url)
    assert 2 == nothing.returncode
    assert "no other workspace than Eco Demo (T0ECODEMO1): there is nothing to adopt." in nothing.stderr
    with filled(sqlite_url) as database:
        start(database, workspace=OLD)

    asked, wrong = adopt(tmp_path, slack, sqlite_url), adopt(tmp_path, slack, sqlite_url, "T0WRONG")

    assert (2, 2) == (asked.returncode, wrong.returncode)
    assert "Say which workspace to adopt: `python -m bot adopt T0OLD`.\n" == asked.stderr
    assert "The database holds no data of T0WRONG. Say which" in wrong.stderr


def test_adopting_needs_a_token_and_a_database(tmp_path: Path, slack: LocalSlack) -> None:
    """Each is told in a sentence; no database is made."""
    url = f"sqlite:///{tmp_path / 'none.db'}"
    assert "There is no database at" in adopt(tmp_path, slack, url, OLD).stderr

    slack.faults.add("auth.test", "token_revoked")
    refused = adopt(tmp_path, slack, url, OLD)
    slack.faults.add("auth.test", "http_503")
    silent = adopt(tmp_path, slack, url, OLD)

    assert (1, 1) == (refused.returncode, silent.returncode)
    assert "Slack does not accept SLACK_BOT_TOKEN (token_revoked).\n" == refused.stderr.splitlines(keepends=True)[-1]
    assert "Try again when it does." in silent.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("workspaces", "code", "expected"),
    [
        ((), 0, "workspace: the database holds no enrollments yet"),
        ((OURS,), 0, "workspace: fine. The database holds 1 enrollment of T0ECODEMO1, which is Eco Demo"),
        ((f"E0GRID:{OURS}",), 0, "workspace: fine. The database holds 1 enrollment of T0ECODEMO1, which is Eco Demo"),
        (
            (OLD,), 1,
            "workspace: the database holds 1 enrollment of T0OLD, but SLACK_BOT_TOKEN belongs to Eco Demo "
            "(T0ECODEMO1). To adopt, run `python -m bot adopt T0OLD`",
        ),
    ],
)  # fmt: skip
def test_check_says_whose_workspace_the_database_holds(
    tmp_path: Path, sqlite_url: str, slack: LocalSlack, workspaces: tuple[str, ...], code: int, expected: str
) -> None:
    """Also in the keys of the first versions; another workspace is a failure, with the command that adopts it."""
    with filled(sqlite_url) as database:
        for workspace in workspaces:
            start(database, workspace=workspace)

    ran = eco(tmp_path, "check", **environment(slack, sqlite_url))

    assert (code, expected) == (ran.returncode, ran.stdout.splitlines()[-1])


def test_check_says_it_without_a_good_token(tmp_path: Path, sqlite_url: str, slack: LocalSlack) -> None:
    """The token's fault is told in its own line."""
    with filled(sqlite_url) as database:
        start(database, workspace=OLD)

    ran = eco(tmp_path, "check", **environment(slack, sqlite_url) | {"SLACK_BOT_TOKEN": "xoxb-" + "0000-test"})

    assert "workspace: the database holds 1 enrollment of T0OLD" == ran.stdout.splitlines()[-1]
