"""What is refused while a change is stored is told in the language of the person; what is kept of it is English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import DomainError, InvalidForm, UnknownEnrollment
from bot.domain.lifecycle import Position
from bot.domain.sentences import Words
from bot.language.spoken import ENGLISH, speaking
from bot.repository.database import Database
from bot.use_cases.bulk_start import Candidate
from tests.delivery.stepwise import claim
from tests.domain.building import DAY, OWNER
from tests.language.office import NAME, TODAY, Office
from tests.language.refused_changes import OF_PEOPLE, OF_STATES, OF_UNDO, Refuse
from tests.language.refused_values import OF_VALUES
from tests.language.test_leftovers import vocabulary, words_of
from tests.support.bot_world import World
from tests.support.steps import StepKey as K
from tests.support.walkthrough import accepted, told
from tests.support.workflow_runs import run_start, working
from tests.use_cases.asking import Desk, caller, form

ROOT = Path(__file__).parents[2]
#: Where English is right: files and lists, lengths of time, workflows, and procedures. What `inputs.py` refuses is
#: typed, and read before anything is stored.
STAY_ENGLISH = {
    "inputs.py",
    *("lists.py", "list_columns.py", "digest_schedule.py", "durations.py", "schedule.py", "procedure_file.py"),
    *("awaited_steps.py", "custom_steps.py", "phrases.py"),
}
#: Mentions, what people typed, names of procedures, and a command.
NOT_SAID = r"<[@#]\w+>|[“„](Prod|Test|Dev|Standard|Reseller)[“”]|“Prod : \S+ : \d+”|aws-[\w-]+|/eco \w+|/eco\b|@1\b"


@pytest.fixture(scope="module")
def known() -> frozenset[str]:
    """The words of the German translations."""
    return frozenset(vocabulary("de"))


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    """All use cases on an empty database."""
    database = Database(sqlite_url)
    yield Office(Desk(database))
    database.close()


@pytest.mark.parametrize(("english", "refuse"), [*OF_PEOPLE, *OF_STATES, *OF_UNDO, *OF_VALUES])
def test_a_refusal_is_english_where_it_is_stored_and_german_where_it_is_shown(
    office: Office, known: frozenset[str], english: str, refuse: Refuse
) -> None:
    """German is spoken outside of the transaction: each word of the refusal is one of the translations."""
    with speaking("de"):
        with pytest.raises(DomainError) as refused:
            refuse(office)
        said = str(refused.value)
        faults = refused.value.faults if isinstance(refused.value, InvalidForm) else {}
    with speaking(ENGLISH):
        kept = str(refused.value)

    assert kept.startswith(english)
    assert isinstance(refused.value.message, Words)
    assert kept == refused.value.message  # it was made where English is spoken
    assert set() == words_of(re.sub(NOT_SAID, " ", said)) - known, said
    assert all(fault in said for fault in faults.values())
    # Only these become mentions: what somebody typed may look like one.
    assert set(re.findall(r"<[@#](\w+)>", kept)) == set(refused.value.ids) & set(re.findall(r"\w+", kept))


def test_whoever_raises_in_a_change_gives_a_sentence() -> None:
    """A plain text would be told in English to everybody."""
    plain = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for folder in ("bot/domain", "bot/use_cases")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if file.name not in STAY_ENGLISH
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and ast.unparse(node.exc.func) in {"DomainError", "InvalidInput", "NothingToDo", "StepConflict"}
        and isinstance(node.exc.args[0], ast.Constant | ast.JoinedStr)
    ]

    assert [] == plain


def test_the_faults_of_a_preview_are_english(office: Office) -> None:
    """They are stored, and other people read them."""
    wrong = form(position=Position(K.CREATE_SUBSETS, since=TODAY + DAY))
    with speaking("de"):
        checked = office.bulk.check(caller(), [Candidate(2, NAME, wrong)])

    sentences = ["You have signed up already, so enter the Spot organization ID.", "Thu, Mar 5 is in the future."]
    [fault] = checked.faults
    assert " ".join((*sentences, "Choose today or an earlier day.")) == fault.sentence


def test_a_row_that_cannot_be_started_is_kept_with_an_english_sentence(office: Office) -> None:
    """The outcome of the row is stored in the transaction."""
    wrong = form(position=Position(K.CREATE_SUBSETS))
    with speaking("de"), pytest.raises(DomainError) as refused:
        office.bulk.start_row(caller(OWNER), Candidate(2, NAME, wrong), "batch")

    assert type(refused.value.message) is str
    assert "You have signed up already, so enter the Spot organization ID." == refused.value.message


def test_who_comes_too_late_is_told_in_the_language_of_the_channel(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """At the field of a form, with the winner's name, and as an answer to a button; audit and log stay English."""
    world.start(collaborators=["ben"])
    told(world, world.chi, world.chi.command("/eco", "language German", channel="eco-rollout"))
    world.deliver()
    for person in (world.ana, world.ben):
        person.click(world.card(), "Als erledigt markieren", near="Management Account verbinden")
        person.wait_view()
    accepted(world.ana.submit())

    errors = world.ben.submit().response["errors"]

    assert ["ana hat das schon als erledigt markiert. Jetzt wartet es auf AWS und Spot."] == list(errors.values())
    world.ben.close_all()
    world.jump(days=3)
    card = world.card()
    ready = "Management Account verbinden"
    world.ana.click(card, "Ist fertig", near=ready)
    late = told(world, world.ben, world.ben.click(card, "Ist fertig", near=ready))
    assert f"<@{world.ana.id}> hat das schon bestätigt." == late
    stored = [event.details for event, *_ in world.app.enrollments.history(world.workspace, world.enrollment().id)]
    assert "schon" not in f"{stored} {caplog.text}"


def test_a_step_of_a_workflow_is_refused_in_english(sqlite_url: str) -> None:
    """Also in a German workspace: the run keeps the sentence."""
    with working(sqlite_url, ECO_LANGUAGE="de") as world:
        run_start(world, world.ana)
        run = run_start(world, world.ana)

        assert "1234-5678-9012 already has an enrollment: Production (active) in #eco-rollout." in (run.error or "")


def test_why_a_message_cannot_be_made_is_kept_in_english(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """In a German channel, too: operators read the row of the outbox and the log."""
    world.start()
    told(world, world.chi, world.chi.command("/eco", "language German", channel="eco-rollout"))
    [message, *_] = claim(world)
    assert "de" == message.row.language

    result = world.app.dispatcher.send(replace(message, problem=UnknownEnrollment()))

    assert "There is no such enrollment here. `/eco list` shows them all." == result.settlement.error
    assert "UnknownEnrollment: There is no such enrollment here." in caplog.text
