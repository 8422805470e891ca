"""Nothing of one workspace is seen or changed with a token, a feed or a command for another one."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import sqlalchemy as sa

from bot import token_command
from bot.command_arguments import token as token_arguments
from bot.repository import search
from bot.repository import tables as t
from tests.installation.apart import ACCOUNT, leaks, of_acme
from tests.support.forked_commands import eco
from tests.support.two_workspaces import ACME, NORTH, Several, browse, several_environment


@pytest.fixture
def tokens(shared: Several) -> dict[str, str]:
    """A token of another program for each workspace."""
    return {team: made(shared, team) for team in (ACME, NORTH)}


def made(several: Several, team: str) -> str:
    """A token with every scope."""
    parser = argparse.ArgumentParser()
    token_arguments(parser)
    name = f"jira-{team.lower()}"
    words = parser.parse_args(["add", name, "--workspace", team, "--scope", "read", "--scope", "tickets"])
    url = several.app.database.url.render_as_string(hide_password=False)
    token_command.run(url, words, several.clock.now(), lambda: f"secret-{team}", several=True)
    return f"eco_secret-{team}"


def ask(several: Several, token: str, path: str, method: str = "GET") -> tuple[int, str]:
    """Status and body of an answer of the API."""
    request = Request(
        f"{several.url}/api/v1/{path}", method=method, data=b'{"number": "1"}' if method == "POST" else None
    )
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.read().decode()


def test_a_program_reads_the_workspace_of_its_token_alone(shared: Several, tokens: dict[str, str]) -> None:
    """Acme's token finds the enrollment; Northwind's finds none, under any route."""
    number = shared.world(ACME).enrollment().id
    assert "Zanzibar" in ask(shared, tokens[ACME], "enrollments")[1]
    before = of_acme(shared.app.database)

    assert (200, 0) == (
        ask(shared, tokens[NORTH], "enrollments")[0],
        len(json.loads(ask(shared, tokens[NORTH], "enrollments")[1])["enrollments"]),
    )
    assert ask(shared, tokens[NORTH], f"enrollments/{number}")[0] == 404
    ticket = f"enrollments/{number}/steps/associate_customers/ticket"
    assert ask(shared, tokens[NORTH], ticket, "POST")[0] == 404
    assert [] == leaks(ask(shared, tokens[NORTH], "enrollments?words=Zanzibar")[1])
    assert before == of_acme(shared.app.database)
    assert ask(shared, "eco_guessed", "enrollments")[0] == 401


def test_a_token_without_a_workspace_reads_none(shared: Several) -> None:
    """One that was made when a bot token served one workspace."""
    url = shared.app.database.url.render_as_string(hide_password=False)
    words = argparse.Namespace(what="add", name="old", scope=["read"], workspace=None)
    token_command.run(url, words, shared.clock.now(), lambda: "old")

    status, text = ask(shared, "eco_old", "enrollments")

    assert status == 403
    assert "Make one with --workspace" in text


def test_a_calendar_feed_shows_the_workspace_of_its_token(shared: Several) -> None:
    """Ana of Acme has a feed; Ana of Northwind, with the same ID, has none."""
    page = browse(f"{shared.url}/calendar/{'f' * 43}.ics")

    assert page.status == 200
    assert "Zanzibar" in page.text
    assert shared.app.workspaces.applications[NORTH].calendar("f" * 43) == (404, "")
    assert browse(f"{shared.url}/calendar/{'g' * 43}.ics").status == 404


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["list"], 0, ""),
        (["list", "Zanzibar"], 0, ""),
        (["list", "--exports"], 0, ""),
        (["failed"], 0, "No message was put aside."),
        (["failed", "--retry"], 0, "No message was put aside."),
        (["export", ACCOUNT], 1, "has no enrollment here"),
        (["procedures", ACCOUNT, "--to", "aws-management-account", "--apply"], 1, "there is no such enrollment"),
        (["procedures", "--on", "aws-management-account", "--to", "aws-member-account"], 1, "No enrollment is on"),
    ],
)
def test_a_command_for_one_workspace_leaves_the_others_alone(
    shared: Several, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    """With --workspace it finds and changes nothing of another one."""
    with shared.app.database.write() as connection:
        aside = sa.update(t.outbox).where(t.outbox.c.key == "digest:test").values(state="failed", last_error="Zanzibar")
        connection.execute(aside)
    before = of_acme(shared.app.database)

    ran = eco(tmp_path, *arguments, "--workspace", NORTH, **environment(shared))

    assert code == ran.returncode, ran.stderr
    assert words in ran.stdout + ran.stderr
    assert "Zanzibar" not in ran.stdout + ran.stderr
    assert before == of_acme(shared.app.database)
    assert [] == list(tmp_path.iterdir())


def test_a_check_of_aws_reads_what_its_own_workspace_recorded(shared: Several) -> None:
    """`check aws ACCOUNT --workspace TEAM`."""
    with shared.app.database.read() as connection:
        assert search.aws_target(connection, ACCOUNT, ACME).external_id is not None
        assert search.aws_target(connection, ACCOUNT, NORTH).external_id is None


def test_the_data_of_an_installed_workspace_are_not_adopted(shared: Several, tmp_path: Path) -> None:
    """They are the other's own."""
    before = of_acme(shared.app.database)

    ran = eco(tmp_path, "adopt", ACME, "--into", NORTH, **environment(shared))

    assert (2, f"Acme ({ACME}) has installed the app, so its data stay its own.\n") == (ran.returncode, ran.stderr)
    assert before == of_acme(shared.app.database)


def environment(several: Several) -> dict[str, str]:
    """The settings of a command on that database."""
    url = several.app.database.url.render_as_string(hide_password=False)
    return several_environment(several.slacks[ACME], several.oauth, url, 3000)
