"""Tickets: the procedure's own words, complete, ready to copy; and the way from there to "Mark sent"."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.access import Actor
from bot.domain.enrollment import Customer, Pair, State
from bot.domain.errors import NeedsConfirmation
from bot.localslack import NotPossible, View
from bot.use_cases import Caller
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, add_line, empty_lists, reach, told

ENABLE, WORKFLOWS, CUSTOMERS = StepKey.ENABLE_SUBSETS, StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS

ENABLE_TEXT = "Please enable the Subsets feature for our Spot Organization ID 606079874885.\n"
WORKFLOWS_TEXT = """\
For our Spot Organization ID 606079874885, please associate the Eco Reports billing workflow(s), below, with the \
subset(s), going forward. We would like the processed workflow to be embedded in Cloud Analyzer and shown as charges \
in our Subsets List.

Production & co : Standard <10%>
Prod: EU : Reseller
"""
CUSTOMERS_TEXT = """\
Please associate the following end-customer organizations with these subsets, going forward. We would like our end \
customers to be able to log into the Spot console. Once you have confirmed, we will create their users and manage \
access.

Production & co : ops@one.example : 700000000001
Prod: EU : it@two.example : 700000000002
"""
PAIRS = (Pair("Production & co", "Standard <10%>"), Pair("Prod: EU", "Reseller"))
LINES = (
    Customer("Production & co", "ops@one.example", "700000000001"),
    Customer("Prod: EU", "it@two.example", "700000000002"),
)


def record(world: World, pairs: tuple[Pair, ...] = PAIRS, customers: tuple[Customer, ...] = LINES) -> None:
    """Put pairs and customers into the only enrollment, without the forms."""
    use, number = world.app.enrollments, world.enrollment().id
    for change, added in ((use.change_pairs, pairs), (use.change_customers, customers)):
        confirmed: frozenset[str] = frozenset()
        for _ in range(2 if added else 0):
            try:
                change(Caller(world.workspace, Actor(world.ana.id), confirmed=confirmed), number, added, frozenset())
                break
            except NeedsConfirmation as question:
                confirmed = frozenset(question.warnings)
    world.deliver()


def ticket_in(form: View) -> str:
    """The text that is offered to be copied."""
    return "".join(copied(block) for block in form.blocks if str(block.get("block_id")).startswith("ticket."))


def copied(block: dict[str, Any]) -> str:
    """The text in one gray box."""
    return str(block["elements"][0]["elements"][0]["text"])


@pytest.mark.parametrize(
    ("step", "expected"),
    [(ENABLE, ENABLE_TEXT), (WORKFLOWS, WORKFLOWS_TEXT), (CUSTOMERS, CUSTOMERS_TEXT)],
    ids=["enable_subsets", "associate_workflows", "associate_customers"],
)
def test_a_ticket_has_the_wording_of_the_procedure(world: World, step: StepKey, expected: str) -> None:
    """With the organization ID, a pair or a customer a line, and names as they are, not escaped."""
    reach(world, step)
    if step is not ENABLE:
        record(world)

    world.click(world.ana, "Show ticket", step)

    assert expected == ticket_in(world.ana.wait_view("Ticket"))


@pytest.mark.parametrize("step", [ENABLE, WORKFLOWS, CUSTOMERS], ids=lambda step: step.value)
@pytest.mark.parametrize("way", ["from the ticket", "from the card"])
def test_mark_sent_asks_for_the_number_and_starts_the_wait(world: World, step: StepKey, way: str) -> None:
    """Straight on from the text, or from the card; the number stands on the card and in the thread."""
    reach(world, step)
    if step is not ENABLE:
        record(world)
    if way == "from the ticket":
        world.click(world.ana, "Show ticket", step)
        world.ana.wait_view("Ticket")
        world.ana.submit()
    else:
        world.click(world.ana, "Mark sent", step)

    accepted(world.fill(world.ana, "Mark sent", **{"Ticket number": "ECO <4711>"}))
    world.deliver()

    assert State.WAITING is world.enrollment().step(step).state
    assert "Sent (ECO &lt;4711&gt;) by" in str(world.card().blocks)
    assert "(ECO &lt;4711&gt;). Now waiting for Spot support" in world.thread()[-1].text


def test_a_ticket_number_is_needed(world: World) -> None:
    """Spaces are none; the form says where it stands."""
    reach(world, ENABLE)
    world.click(world.ana, "Mark sent", ENABLE)

    world.fill(world.ana, "Mark sent", ticket_number="  ")

    assert {"ticket_number": "Enter the ticket number."} == world.ana.view.errors


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (WORKFLOWS, "Add at least one pair first."),
        (CUSTOMERS, "Add at least one end customer first."),
    ],
    ids=["associate_workflows", "associate_customers"],
)
def test_an_incomplete_ticket_says_what_is_missing(world: World, step: StepKey, sentence: str) -> None:
    """The card says so instead of offering it; a list that was emptied meanwhile is told where somebody goes on."""
    reach(world, step)
    assert sentence in world.card().shown
    for button in ("Show ticket", "Mark sent"):
        with pytest.raises(NotPossible):
            world.click(world.ana, button, step)

    add_line(world, world.ana, step)
    empty_lists(world)
    assert sentence == told(world, world.ana, world.click(world.ana, "Show ticket", step))
    world.ana.close_all()
    world.click(world.ana, "Mark sent", step)
    world.fill(world.ana, "Mark sent", ticket_number="4711")
    assert {"ticket_number": sentence} == world.ana.view.errors
    assert State.OPEN is world.enrollment().step(step).state


def test_anybody_may_read_a_ticket_and_only_the_team_may_mark_it_sent(world: World) -> None:
    """A stranger gets the text without the way on."""
    reach(world, ENABLE)

    world.click(world.eve, "Show ticket", ENABLE)

    assert (ENABLE_TEXT, "") == (ticket_in(world.eve.wait_view("Ticket")), world.eve.view.submit)
