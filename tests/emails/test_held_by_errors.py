"""Errors that Check data finds hold up a ticket by email: before its form opens, and when it is submitted."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.access import Actor
from bot.domain.enrollment import Customer, Pair, SubsetAccount
from bot.domain.list_changes import Draft
from bot.use_cases import Caller
from tests.emails.email_actions import WORKFLOWS, open_form
from tests.support.bot_world import ACCOUNT, World
from tests.support.confirming import Everything
from tests.support.mail_services import OddSes
from tests.support.steps import StepKey
from tests.support.walkthrough import COLLECTED, reach, told

CUSTOMERS = StepKey.ASSOCIATE_CUSTOMERS
RIGHT = Customer("Production", "ops@one.example", "700000000001")


def owner(world: World) -> Caller:
    """The owner, who confirms every warning."""
    return Caller(world.workspace, Actor(world.ana.id), confirmed=Everything())


def test_an_error_keeps_the_form_from_opening(world: World, ses: OddSes) -> None:
    """On a card of before the error, the sentence says what to correct; nothing is owed."""
    reach(world, CUSTOMERS)
    number = world.enrollment().id
    world.app.enrollments.change_customers(owner(world), number, [RIGHT], frozenset())
    world.deliver()
    wrong = replace(RIGHT, spot_org_id=COLLECTED[StepKey.SIGN_UP]["spot_org_id"])
    world.app.enrollments.change_customers(owner(world), number, [wrong], frozenset({RIGHT}))

    said = told(world, world.ana, world.click(world.ana, "Send by email", CUSTOMERS))

    assert "is your own Spot organization and not an end customer's" in said
    assert "Correct that first with See the lists" in said
    world.deliver()
    assert 0 == ses.asked


def test_an_error_that_comes_while_the_form_is_open_keeps_the_email_back(world: World, ses: OddSes) -> None:
    """It is looked for again under the lock; the ticket stays open."""
    reach(world, WORKFLOWS)
    number = world.enrollment().id
    world.app.enrollments.change_pairs(owner(world), number, [Pair("Production", "Standard")], frozenset())
    world.deliver()
    open_form(world, step=WORKFLOWS)
    twice = (SubsetAccount("Production", ACCOUNT), SubsetAccount("Test", ACCOUNT))
    world.app.enrollments.change_list(owner(world), number, Draft("subset_accounts", "", twice))

    world.ana.submit()

    assert "An AWS account belongs to one subset, and these are in several" in str(
        (world.ana.view.shown, world.ana.view.errors)
    )
    world.deliver()
    assert 0 == ses.asked
    assert world.enrollment().step(WORKFLOWS).acted_at is None
