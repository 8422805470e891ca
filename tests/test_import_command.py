"""`python -m bot import`: what it starts, what it says of each row, and its exit codes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.enrollment import Pair, State
from bot.domain.party_people import PartyPerson
from bot.domain.procedure import USUAL
from bot.repository import tables as t
from bot.repository.database import Database
from tests.repository.keeping import rows, start
from tests.support import start_files
from tests.support.bot_process import environment
from tests.support.bot_world import World
from tests.support.forked_commands import run_command
from tests.support.steps import StepKey


def started(database: Database) -> list[str]:
    """The accounts of all enrollments."""
    return [row["account_id"] for row in rows(database, t.enrollments)]


class Console:
    """An operator in a folder with files."""

    def __init__(self, world: World, folder: Path, **more: str) -> None:
        self.world = world
        self.folder = folder
        url = world.app.database.url.render_as_string(hide_password=False)
        self.environ = environment(world.slack, url, 0, **more) | {"PORT": "3000"}

    def run(self, content: bytes | str, *words: str) -> tuple[int, str, str]:
        """Import a file with that content; give exit code, standard output and standard error."""
        (self.folder / "payers.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        done = run_command(self.folder, "import", "payers.csv", *words, environ=self.environ)
        return done.returncode, done.stdout, done.stderr


def test_of_200_rows_7_are_named_by_line_and_193_are_started_once(world_on: World, tmp_path: Path) -> None:
    """The dry run says the same and starts none; the same file again starts none; the running bot posts the cards."""
    console, (content, faults) = Console(world_on, tmp_path), start_files.mixed()

    code, said, wrong = console.run(content, "--dry-run")
    assert (1, "193 to start, 0 already there, 7 with faults.") == (code, said.splitlines()[-1]), wrong
    assert [] == started(world_on.app.database)

    code, said, wrong = console.run(content)
    assert (1, "193 started, 0 already there, 7 with faults.") == (code, said.splitlines()[-1])
    named = {int(line): sentence for line, sentence in re.findall(r"^line (\d+): (.*)$", wrong, re.M)}
    assert set(faults) == set(named)
    assert all(sentence in named[line] for line, sentence in faults.items()), named
    assert 193 == len(set(started(world_on.app.database)))
    assert "line 2: 5000-0000-0000 Payer 0 started" in said

    code, said, wrong = console.run(content)
    assert (1, "0 started, 193 already there, 7 with faults.") == (code, said.splitlines()[-1])
    good = "\n".join(line for number, line in enumerate(content.decode().splitlines(), 1) if number not in faults)
    assert 0 == console.run(good)[0]
    assert 193 == len(started(world_on.app.database))
    owed = rows(world_on.app.database, t.outbox, t.outbox.c.kind.in_(["card", "direct"]))
    assert [193, 1] == [[row["kind"] for row in owed].count(kind) for kind in ("card", "direct")]
    assert 193 == len(next(row for row in owed if row["kind"] == "direct")["payload"]["items"])


def test_teams_under_way_come_with_their_lists(world: World, tmp_path: Path) -> None:
    """A step that waits since a day, names in a cell, pairs in a file beside it; people and channels in each form."""
    console = Console(world, tmp_path)
    (tmp_path / "pairs.csv").write_text("Subset,Billing workflow\nProd,Standard\nTest,Reseller\n")
    email = world.app.workspace.directory.person(world.ben.id).email
    day = datetime.now(UTC).date() - timedelta(days=9)
    content = "\n".join(
        [
            start_files.HEADER,
            start_files.row(1, owner=email, channel=world.channel.id, step="Connect the management account",
                            waiting="yes", since=f"{day}"),
            start_files.row(2, owner=world.chi.id, channel="", step="associate_workflows", subsets="Prod; Test",
                            pairs="pairs.csv"),
            start_files.row(3, owner=""),
        ]
    )  # fmt: skip

    code, said, wrong = console.run(content, "--owner", "@dev", "--channel", "#eco-rollout")

    assert (0, "") == (code, wrong), said
    first, second, third = world.enrollments()
    assert [world.ben.id, world.chi.id, world.dev.id] == [first.owner, second.owner, third.owner]
    assert {world.channel.id} == {first.channel_id, second.channel_id, third.channel_id}
    waiting = first.step(StepKey.CONNECT_ACCOUNT)
    assert (State.WAITING, f"{day}") == (waiting.state, str(waiting.acted_on))
    assert (("Prod", "Test"), (Pair("Prod", "Standard"), Pair("Test", "Reseller"))) == (second.subsets, second.pairs)
    world.clock.jump_to(max(datetime.now(UTC), world.clock.now()))  # a command has the time of the machine
    world.deliver()
    line = next(m.text for card in world.channel.messages for m in world.channel.thread(card.ts) if "Payer 2" in m.text)
    assert line.startswith("The operator started the Eco enrollment of *Payer 2*")
    assert "With it came 2 subsets, 2 pairs." in line
    [told] = [message for message in world.dev.direct_messages if "made you the owner" in message.text]
    world.dev.click(told, "Decline")
    assert "Use Hand over." in world.dev.wait_view("Eco enrollment").shown


def test_a_row_goes_through_the_procedure_that_it_names(world: World, tmp_path: Path) -> None:
    """From the step where it is, with the people of its parties."""
    content = "\n".join(
        [
            f"{start_files.HEADER},Procedure,People at the MSP",
            start_files.row(1, step="create_crawler_stack") + f",aws-msp-extract,{world.ben.id}; {world.ben.id}",
            start_files.row(2) + ",,",
        ]
    )

    code, said, wrong = Console(world, tmp_path).run(content)

    assert (0, "") == (code, wrong), said
    first, second = world.enrollments()
    assert ("aws-msp-extract", USUAL.key) == (first.procedure.key, second.procedure.key)
    assert ((PartyPerson("msp", world.ben.id),), ()) == (first.party_people, second.party_people)
    assert [State.DONE, State.OPEN] == [first.step(key).state for key in ("send_crawler_file", "create_crawler_stack")]


def test_a_row_with_a_warning_is_started_only_when_it_is_confirmed(world: World, tmp_path: Path) -> None:
    """The organization of another enrollment, or of another row."""
    console = Console(world, tmp_path)
    rows_ = [start_files.row(number, organization="606079874885") for number in (1, 2)]
    content = "\n".join([start_files.HEADER, *rows_])

    code, said, wrong = console.run(content)
    assert (1, "1 started, 0 already there, 0 with faults, 1 to confirm with --confirm.") == (
        code,
        said.splitlines()[-1],
    )
    assert "line 3: 5000-0000-0002 Payer 2: 606079874885 is the organization on line 2, too." in wrong

    assert "already belongs to “Payer 1”" in console.run(content, "--dry-run")[2]
    assert (0, "1 started, 1 already there, 0 with faults.") == (
        (done := console.run(content, "--confirm"))[0],
        done[1].splitlines()[-1],
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("Owner,Channel\nana,#eco-rollout", "account"),
        (start_files.HEADER, "no row under the header"),
        ("\n".join([start_files.HEADER, *map(start_files.row, range(501))]), "Start at most 500 at a time"),
    ],
)
def test_a_file_without_usable_rows_is_refused_as_a_whole(
    world: World, tmp_path: Path, content: str, sentence: str
) -> None:
    """Exit code 2, and nothing is started."""
    code, _, wrong = Console(world, tmp_path).run(content)

    assert (2, True) == (code, sentence in wrong), wrong
    assert [] == started(world.app.database)


def test_without_a_token_ids_are_taken_as_they_are(world: World, tmp_path: Path) -> None:
    """It says so; the workspace is the one that the database belongs to; names are faults."""
    console = Console(world, tmp_path, SLACK_BOT_TOKEN="")
    content = "\n".join([start_files.HEADER, start_files.row(1, owner="U0ANA00001", channel="C0PROGRESS1"),
                         start_files.row(2)])  # fmt: skip
    code, _, wrong = console.run(content)
    assert (1, True) == (code, "Set SLACK_BOT_TOKEN" in wrong)
    with world.app.database.write() as connection:
        connection.execute(sa.delete(t.enrollments))
    start(world.app.database, workspace=world.workspace)

    code, said, wrong = console.run(content)

    assert (1, "1 started, 0 already there, 1 with faults.") == (code, said.splitlines()[-1])
    assert "Without SLACK_BOT_TOKEN people and channels must be Slack IDs" in wrong
    assert "“ana” is not a Slack user ID." in wrong
    assert start_files.account(1) in started(world.app.database)
