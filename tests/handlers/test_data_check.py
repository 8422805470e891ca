"""**Check data**: shown in a modal, it holds a ticket up or asks before it, and names only what its reader may see."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.access import Actor
from bot.domain.aws.preflight import MemberAccount
from bot.domain.enrollment import Customer, Pair
from bot.localslack import View
from bot.use_cases import Caller
from tests.handlers.test_list_view import pressed, rows
from tests.handlers.test_tickets import record
from tests.support.bot_world import ACCOUNT, World
from tests.support.fake_aws_inspector import FOUND, SUMMARY, PlayedAws, check, settled
from tests.support.outsiders import GUEST, add
from tests.support.steps import StepKey as K
from tests.support.walkthrough import accepted, press_in_menu, reach, told

TITLE = "Check data"
CUSTOMER = Customer("Production", "ops@one.example", "700000000001")


def found(world: World) -> View:
    """What is shown for the enrollment of the card."""
    press_in_menu(world.ana, world.card(), TITLE)
    return world.ana.wait_view(TITLE)


def test_what_is_found_leads_to_its_entries(world: World) -> None:
    """Errors first, each with its entries; its button shows only those that are to be checked, and then all."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    odd = Customer("Nowhere", "Ops@one.example", "700000000002")
    record(world, (), (CUSTOMER, odd, Customer("Test", "it@two.example", "700000000003")))

    view = found(world)
    assert "I checked 2 subsets, 3 end customers. 0 errors, 2 warnings." in view.shown
    assert "These subsets aren't on your list of subsets:\n• Nowhere" in view.shown
    assert "These emails differ in case only:\n• Ops@one.example\n• ops@one.example" in view.shown

    shown = pressed(world, world.ana, "See the list", near="differ in case")
    assert ["1. Production : ops@one.example : 700000000001", "2. Nowhere : Ops@one.example : 700000000002"] == rows(
        shown
    )
    assert 3 == len(rows(pressed(world, world.ana, "Show all")))


def test_without_findings_it_says_what_was_checked(world: World) -> None:
    """By the command, too."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (Pair("Production", "Standard"),), (CUSTOMER,))

    world.eve.command("/eco", "check Production")

    view = world.eve.wait_view(TITLE)
    assert "1 pair, 1 end customer. 0 errors, 0 warnings." in view.shown
    assert "Nothing to correct." in view.shown


def test_an_error_holds_the_ticket_up_until_it_is_corrected(world: World) -> None:
    """The organization was corrected after its customers were listed: card and old buttons say what is wrong."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), (Customer("Production", "ops@one.example", "700000000001"),))
    old = world.card()
    world.ana.click(old, "Edit")
    accepted(world.fill(world.ana, "Edit", spot_org_id="700000000001"))

    wrong = "700000000001 is your own Spot organization and not an end customer's: “Production : ops@one.example"
    said = told(world, world.ana, world.click(world.ana, "Show ticket", K.ASSOCIATE_CUSTOMERS))
    assert said.startswith(wrong)
    assert "Correct that first with See the lists, in the card's menu." in said
    world.ana.close_all()
    world.click(world.ana, "Mark sent", K.ASSOCIATE_CUSTOMERS)
    world.fill(world.ana, "Mark sent", ticket_number="4711")
    assert world.ana.view.errors["ticket_number"].startswith(wrong)
    world.ana.close_all()
    world.deliver()
    assert "is your own Spot organization" in world.card().shown
    assert "Show ticket" not in world.card().buttons

    view = found(world)
    assert "1 error, 0 warnings." in view.shown
    pressed(world, world.ana, "See the list", near="your own Spot organization")
    pressed(world, world.ana, "Edit", near="1. ")
    world.fill(world.ana, "Edit end customer", spot_org_id="700000000005")
    world.ana.close_all()
    world.deliver()
    world.click(world.ana, "Show ticket", K.ASSOCIATE_CUSTOMERS)
    assert "700000000005" in world.ana.wait_view("Ticket").shown


def test_warnings_are_confirmed_before_a_ticket_is_marked_as_sent(world: World) -> None:
    """They stand above the ticket and in the form; what came meanwhile is asked about, too."""
    reach(world, K.ASSOCIATE_WORKFLOWS)
    record(world, (Pair("Nowhere", "Standard"),), ())
    world.click(world.ana, "Show ticket", K.ASSOCIATE_WORKFLOWS)
    ticket = world.ana.wait_view("Ticket")
    assert "These subsets aren't on your list of subsets: “Nowhere”." in ticket.shown
    assert "Mark sent anyway" == ticket.submit
    world.ana.submit()
    assert "Mark sent anyway" == world.ana.wait_view("Mark sent").submit
    record(world, (Pair("Production", "Unknown"),), ())

    world.fill(world.ana, "Mark sent", ticket_number="4711")

    asked = world.ana.view
    assert "These billing workflows aren't on your list of billing workflows: “Unknown”." in asked.shown
    assert "4711" == asked.values["ticket_number"]
    accepted(world.ana.submit())
    assert world.enrollment().step(K.ASSOCIATE_WORKFLOWS).acted_at is not None


def test_an_account_of_the_organization_is_known_from_the_last_check_of_aws(checked: World, aws: PlayedAws) -> None:
    """It is no organization of an end customer, most likely; the management account itself cannot be one."""
    aws.report = replace(FOUND, members=(MemberAccount(ACCOUNT), MemberAccount(CUSTOMER.spot_org_id)))
    check(checked, checked.ana, SUMMARY)
    settled(checked)
    checked.ana.close_all()
    record(checked, (), (CUSTOMER, Customer("Test", "it@two.example", ACCOUNT)))

    checked.ana.command("/eco", "check Production")

    shown = checked.ana.wait_view(TITLE).shown
    assert f"{ACCOUNT} is your AWS management account and not a Spot organization:\n• Test : it@two.example" in shown
    assert f"last read:\n• {CUSTOMER.spot_org_id} of Production" in shown


def test_a_customer_of_two_enrollments_is_told_to_who_may_see_both(world_on: World) -> None:
    """Ana sees the private channel and Eve does not: to her nothing is said of it."""
    world = world_on
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), (CUSTOMER,))
    first = world.enrollment()
    other = world.start(
        account_id="210987654321", account_name="Secret payer", channel_id="eco-private", spot_org_id="700000000077",
        position="associate_customers",
    )  # fmt: skip
    same = Customer("Theirs", "it@one.example", CUSTOMER.spot_org_id)
    world.app.enrollments.change_customers(Caller(world.workspace, Actor(world.ana.id)), other.id, [same], frozenset())

    for person, expected in ((world.ana, True), (world.eve, False)):
        person.command("/eco", f"check {first.account_id}")
        view = person.wait_view(TITLE)
        assert expected is ("These end customers are in other enrollments, too" in view.shown)
        assert expected is ("Production (in Secret payer)" in view.shown)


def test_a_guest_is_told_whom_to_ask(world: World) -> None:
    """And sees no name of the lists."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), (CUSTOMER,))
    guest = add(world, GUEST, world.channel.name)

    said = told(world, guest, press_in_menu(guest, world.card(), TITLE))

    assert f"Ask <@{world.ana.id}>." in said
    assert "ops@one.example" not in said
