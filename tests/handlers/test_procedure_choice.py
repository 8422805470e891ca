"""A change of mind: **Edit** offers the procedures while no ticket has gone to support, and says what changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.access import Actor
from bot.domain.enrollment import State
from bot.domain.procedure import BUILT_IN, USUAL
from bot.handlers.procedure_choice import question
from bot.localslack import NotPossible
from bot.use_cases import Caller
from tests.support.bot_world import ORG, World, running
from tests.support.own_procedures import OWN, offered_from, ours_again
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted

__all__ = ["ours_again"]
QUESTION = "Which of these is true for you?"
EXTRACT = "aws-msp-extract"


def edit(world: World) -> list[str]:
    """Open **Edit** on the card as Ana; give the labels of its fields."""
    world.ana.click(world.card(), "Edit")
    return list(world.ana.wait_view("Edit").labels.values())


def test_people_change_their_mind_while_it_is_early(world_on: World) -> None:
    """Edit asks, the next form says what changes, the thread tells it, the card goes on with what was collected."""
    world = world_on
    world.start()
    assert QUESTION in edit(world)

    world.fill(world.ana, "Edit", procedure=EXTRACT)
    form = world.ana.wait_view("Change procedure")
    assert "from *AWS management account* to *AWS customer of an MSP, data extracted*" in str(form.blocks)
    assert "*Carried over:* Spot organization ID" in str(form.blocks)
    assert USUAL is world.enrollment().procedure
    accepted(world.ana.submit())
    world.deliver()

    enrollment = world.enrollment()
    assert (EXTRACT, ORG) == (enrollment.procedure.key, enrollment.value("spot_org_id"))
    assert (State.DONE, State.OPEN) == (enrollment.step("sign_up").state, enrollment.step("create_report").state)
    assert "moved this enrollment from *AWS management account* to" in world.thread()[-1].text
    assert "1 of 12 steps" in world.card().text


def test_what_was_edited_besides_is_kept(world: World) -> None:
    """The other fields of the form are stored before the question; who closes it has lost nothing."""
    world.start()
    edit(world)

    world.fill(world.ana, "Edit", procedure=EXTRACT, account_name="Renamed")
    world.ana.wait_view("Change procedure")

    assert ("Renamed", USUAL) == (world.enrollment().account_name, world.enrollment().procedure)


def test_a_form_of_the_former_procedure_is_refused(world: World) -> None:
    """Its fields are those of other steps: what is recorded now would be emptied unseen."""
    world.start()
    edit(world)
    other = world.app.enrollments
    by = Caller(world.workspace, Actor(world.chi.id, is_admin=True))
    other.move(by, world.enrollment().id, BUILT_IN[1])

    refused = world.fill(world.ana, "Edit", account_name="Renamed")

    assert "Somebody moved this enrollment to another procedure" in str(refused.response)
    assert ("Production", BUILT_IN[1]) == (world.enrollment().account_name, world.enrollment().procedure)


def test_after_the_first_ticket_it_is_too_late(world: World) -> None:
    """Edit doesn't ask any more, and a form that was opened before is refused with the reason."""
    world.start(position="enable_subsets")
    assert QUESTION in edit(world)
    world.fill(world.ana, "Edit", procedure=EXTRACT)
    world.ana.wait_view("Change procedure")
    world.click(world.chi, "Mark sent", StepKey.ENABLE_SUBSETS)
    accepted(world.fill(world.chi, "Mark sent", ticket_number="4711"))
    world.deliver()

    refused = world.ana.submit()

    assert "A ticket has gone to Spot support already" in str(refused.response)
    assert USUAL is world.enrollment().procedure
    assert QUESTION not in edit(world)


def test_a_reminder_of_a_step_that_is_gone_loses_its_buttons(world: World) -> None:
    """It is edited to say why; the card that was drawn before answers with a sentence."""
    world.start()
    old = world.card()
    reminder = world.jump_to_next() and world.channel.messages[-1]
    assert "Connect the management account" in reminder.text
    label = next(each for each in reminder.buttons)

    edit(world)
    world.fill(world.ana, "Edit", procedure="aws-msp-delivered")
    world.ana.wait_view("Change procedure")
    accepted(world.ana.submit())
    world.deliver()

    edited = next(message for message in world.channel.messages if message.ts == reminder.ts)
    assert "Moved to another procedure by" in edited.text
    with pytest.raises(NotPossible):
        world.ana.click(edited, label)
    assert [] == [delivery for delivery in world.slack.deliveries if not delivery.ok]
    assert old.ts == world.card().ts


def test_many_procedures_fit_into_the_form(
    world: World, ours_again: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """More than Slack has radio buttons for come as a menu, and a form with them opens."""
    folder = tmp_path_factory.mktemp("procedures")
    for number in range(8):
        offered_from(folder, OWN, f"aws-{'abcdefgh'[number]}")
    world.ana.command("/eco", "enroll", channel=world.channel.name)
    form = world.ana.wait_view("Start an enrollment")

    assert "static_select" == form.blocks[0]["element"]["type"]
    assert 13 == len(form.blocks[0]["element"]["options"])
    assert [] == question(BUILT_IN[:1], USUAL)


@pytest.fixture
def with_own(ours_again: None, tmp_path: Path, sqlite_url: str) -> Iterator[World]:
    """A bot with the operator's procedure."""
    offered_from(tmp_path, OWN)
    with running(sqlite_url) as started:
        yield started


def test_a_form_of_a_step_that_asks_for_more_now_is_refused(with_own: World, tmp_path: Path) -> None:
    """It was opened before the move to a version that needs another value: the person is told what is missing."""
    world = with_own
    world.start(procedure="aws-subsidiary")
    world.ana.click(world.card(), "Mark done", near="Agree with the subsidiary")
    world.ana.wait_view("Mark done")
    more = 'key = "cost_center"\ntype = "line"\nlabel = "Cost center"\nnoun = "cost center"\nshared = true\n'
    text = OWN.replace(f"{more}optional = true", f"{more}\n[[steps.collects]]\n{more.replace('cost', 'billing')}")
    new = offered_from(tmp_path, text)
    world.app.enrollments.move(Caller(world.workspace, Actor(world.ana.id)), world.enrollment().id, new)

    world.ana.fill({"cost_center": "4711"})
    refused = world.ana.submit()

    assert {"response_action": "errors", "errors": {"cost_center": "Enter the billing center."}} == refused.response
    assert (None, State.OPEN) == (refused.error, world.enrollment().step("agree").state)
