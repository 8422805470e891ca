"""**Ask for a custom workflow**: a description in free text becomes a ticket, and the step goes on as it is."""

from __future__ import annotations

from bot.domain.enrollment import EventKind, State
from bot.localslack import Delivery, Person, View
from tests.handlers.test_export import files, table, unpacked
from tests.handlers.test_tickets import ticket_in
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, press_in_menu, reach, told

STEP = StepKey.CREATE_WORKFLOWS
LABEL, FORM = "Ask for a custom workflow", "Custom workflow"
RULES = "1. Remove credits & refunds\n2. Uplift <10%> on EC2,\n   not on *Savings Plans*"
TEXT = f"""\
For our Spot Organization ID 606079874885, please create the following Eco Reports billing workflow, which we cannot \
define in the wizard. Its rules apply in the order in which they stand here.

Billing workflow: Reseller & co

{RULES}
"""


def open_form(world: World, person: Person | None = None) -> View:
    """Choose the entry of the step's menu."""
    who = person or world.ana
    world.click(who, LABEL, STEP)
    return who.wait_view(FORM)


def describe(world: World, name: str = "Reseller & co", rules: str = RULES) -> Delivery:
    """Describe a workflow; the ticket is shown."""
    open_form(world)
    delivery = world.fill(world.ana, FORM, workflow_name=name, workflow_rules=rules)
    assert "Ticket" == world.ana.wait_view().title
    world.deliver()
    return delivery


def described(world: World) -> int:
    """How many descriptions the audit has."""
    history = world.app.enrollments.history(world.workspace, world.enrollment().id)
    return [event.kind for event, _, _ in history].count(EventKind.WORKFLOW_DESCRIBED)


def test_a_description_becomes_a_ticket_and_the_step_goes_on(world_on: World) -> None:
    """In the person's own words; the thread says so, the card has no more lines, and the form keeps what was typed."""
    world = world_on
    reach(world, STEP)
    before = world.card().shown

    describe(world)

    assert TEXT == ticket_in(world.ana.view)
    assert "Custom billing workflow: Spot organization 606079874885" in world.ana.view.shown
    assert ("", State.OPEN) == (world.ana.view.submit, world.enrollment().step(STEP).state)
    assert "described the custom billing workflow *Reseller &amp; co*" in world.thread()[-1].text
    assert before == world.card().shown
    world.ana.close_all()
    assert "Reseller & co" in str(open_form(world).blocks)
    world.ana.submit()
    assert TEXT == ticket_in(world.ana.wait_view("Ticket"))
    assert 1 == described(world), "the same words are kept once"


def test_every_version_is_in_the_export(world: World) -> None:
    """A second description replaces the first one in the form only."""
    reach(world, STEP)
    describe(world)
    world.ana.close_all()
    describe(world, "Another one", "no rules")
    assert "no rules" in ticket_in(world.ana.view)

    press_in_menu(world.ana, world.card(), "Export")
    world.deliver()

    audit = [row["details"] for row in table(unpacked(files(world.ana)[-1])["audit.csv"])]
    assert [True, True] == ["not on *Savings Plans*" in "".join(audit), "Another one" in "".join(audit)]


def test_a_repeated_delivery_of_the_form_keeps_nothing_more(world: World) -> None:
    """Not even after somebody has described another one."""
    reach(world, STEP)
    first = describe(world)
    world.ana.close_all()
    describe(world, "Another one", "no rules")

    world.slack.redeliver(first)

    assert 2 == described(world)


def test_faults_stand_at_their_fields_and_nothing_typed_is_lost(world: World) -> None:
    """A name without letters, and no rules."""
    reach(world, STEP)
    open_form(world)

    world.fill(world.ana, FORM, workflow_name=" - ", workflow_rules=" \n ")

    assert {
        "workflow_name": "The name of the billing workflow needs at least one letter or digit.",
        "workflow_rules": "Describe the rules, in the order in which they apply.",
    } == world.ana.view.errors
    assert 0 == described(world)


def test_of_two_people_the_second_is_asked(world: World) -> None:
    """Who was faster and with what; what they typed stays, and saving it anyway keeps both in the audit."""
    reach(world, STEP, collaborators=["ben"])
    open_form(world, world.ben)
    describe(world, "Anas", "one")

    world.fill(world.ben, FORM, workflow_name="Bens", workflow_rules="two")
    shown = world.ben.view.shown
    assert f"<@{world.ana.id}> changed the name of the custom billing workflow to “Anas” since you opened" in shown
    assert "Bens" in str(world.ben.view.blocks)
    world.ben.submit()

    assert "two" in ticket_in(world.ben.wait_view("Ticket"))
    assert 2 == described(world)


def test_only_people_of_the_enrollment_describe_one_while_the_step_is_open(world: World) -> None:
    """Others are told whom to ask; a form that was left open does nothing after the step was done."""
    reach(world, STEP, collaborators=["ben"])
    said = told(world, world.eve, world.click(world.eve, LABEL, STEP))
    assert f"Ask <@{world.ana.id}>" in said
    open_form(world, world.ben)
    world.click(world.ana, "Mark done", STEP)
    accepted(world.fill(world.ana, "Mark done", names="Standard"))

    world.fill(world.ben, FORM, workflow_name="Late", workflow_rules="late")

    assert "already marked this done" in str(world.ben.view.errors)
    assert 0 == described(world)
