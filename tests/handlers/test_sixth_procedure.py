"""A sixth procedure is one file: it is walked in Slack as ours are, and no other file knows the key of a procedure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.enrollment import State, Status
from bot.domain.procedure import BUILT_IN, FOLDER
from bot.domain.step_spec import Procedure
from bot.presentation.ticket_texts import sent_tickets
from tests.support.any_procedure import finish_everything, start
from tests.support.bot_world import World, running
from tests.support.own_procedures import offered_from, ours_again

__all__ = ["ours_again"]
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/PROCEDURES.md").read_text(encoding="utf-8")
#: The example of the page for newcomers, with its ticket's text.
EXAMPLE = PAGE.split("```toml\n")[1].split("```")[0]

#: Who names a procedure besides: the choice of the usual one, the default of the column and the migration that brought
#: it, and the story that the demo plays.
KNOW = {
    "bot/domain/procedure.py",
    "bot/repository/tables.py",
    "bot/repository/migrations/versions/v0022_procedures.py",
    "bot/demo/demo_enrollments.py",
}


@pytest.fixture
def sixth(ours_again: None, tmp_path: Path) -> Procedure:
    """The example of the docs in a folder of the operator's, as a process reads it when it starts."""
    return offered_from(tmp_path, EXAMPLE, "my-own")


@pytest.fixture
def world(sixth: Procedure, database_url: str) -> Iterator[World]:
    """The bot with that procedure, once on SQLite and once on PostgreSQL."""
    with running(database_url) as started:
        yield started


def test_it_is_walked_from_start_to_completed(world: World, sixth: Procedure) -> None:
    """With its tickets, waits and reminders; the enrollment keeps the version of the file."""
    assert sixth.reference == start(world, world.ana, sixth).procedure_reference

    done = finish_everything(world, world.ana)

    enrollment = world.enrollment()
    assert Status.COMPLETED is enrollment.status
    assert {State.DONE} == {step.state for step in enrollment.steps}
    assert {f"{spec.key}: asked" for spec in sixth.steps if spec.wait} == {each for each in done if "asked" in each}
    for spec in sixth.steps:
        if spec.ticket:
            (text,) = sent_tickets(enrollment, spec.key, None)
            assert "Please enable daily exports" in text.text
    assert f"{len(sixth.steps)} of {len(sixth.steps)} steps, completed" in world.card().text
    assert [] == [call for call in world.slack.calls if not call.ok]
    assert [] == [delivery for delivery in world.slack.deliveries if not delivery.ok]


def names(key: str, folders: tuple[str, ...] = ("bot", "handlers", "templates")) -> set[str]:
    """The files of the product that name a procedure."""
    every = (file for folder in folders for file in (ROOT / folder).rglob("*"))
    files = (file for file in every if file.suffix in (".py", ".j2", ".toml"))
    return {str(file.relative_to(ROOT)) for file in files if key in file.read_text(encoding="utf-8")}


@pytest.mark.parametrize("procedure", BUILT_IN, ids=lambda procedure: procedure.key)
def test_a_procedure_is_one_file(procedure: Procedure) -> None:
    """Only procedures that take its steps over, and translations, name it besides; no list of them has to be kept."""
    other = {str(file.relative_to(ROOT)) for file in FOLDER.rglob("*.toml")}

    assert set() == names(procedure.key) - other - KNOW


def test_every_file_of_the_folder_is_a_procedure() -> None:
    """What is added there is offered; the usual one stands first."""
    assert {file.stem for file in FOLDER.glob("*.toml")} == {each.key for each in BUILT_IN}
    assert "aws-management-account" == BUILT_IN[0].key
