"""Lists as service providers have them: hundreds of pairs and customers, more names than a field or a menu holds."""

from __future__ import annotations

import pytest

from bot.domain.enrollment import Customer, Pair
from bot.localslack import View
from tests.handlers.test_tickets import record
from tests.support.bot_world import World, running
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, reach

PAIRS, CUSTOMERS = StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS


def some_pairs(count: int) -> tuple[Pair, ...]:
    """That many pairs."""
    return tuple(Pair(f"Subset {n}", f"Billing workflow {n}") for n in range(1, count + 1))


def some_customers(count: int) -> tuple[Customer, ...]:
    """That many end customers."""
    return tuple(Customer(f"Customer {n}", f"ops{n}@customer.example", str(10**11 + n)) for n in range(count))


def test_more_than_a_hundred_pairs_are_offered_in_groups(world: World) -> None:
    """Slack shows a hundred options in a group."""
    reach(world, PAIRS)
    record(world, some_pairs(130), ())

    world.click(world.ana, "Add pairs", PAIRS)
    form = world.ana.wait_view("Pairs")
    (menu,) = (block["element"] for block in form.blocks if block["block_id"] == "remove")
    assert ["1 to 100", "101 to 130"] == [group["label"]["text"] for group in menu["option_groups"]]
    chosen = ["Subset 2 : Billing workflow 2", "Subset 130 : Billing workflow 130"]
    accepted(world.fill(world.ana, "Pairs", remove=chosen))

    assert some_pairs(130)[:1] + some_pairs(130)[2:129] == world.enrollment().pairs


def test_more_pairs_than_a_menu_holds_are_removed_by_typing(world: World) -> None:
    """One a line, as they stand in the ticket; what is not recorded is named and nothing is lost."""
    reach(world, PAIRS)
    record(world, some_pairs(400), ())
    world.click(world.ana, "Add pairs", PAIRS)
    assert "Remove (400 on the list)" in world.ana.wait_view("Pairs").labels.values()

    typed = "Subset 7 : Billing workflow 7\nSubset 401 : Nothing\nSubset 9 : Billing workflow 9"
    world.fill(world.ana, "Pairs", remove=typed, pairs="New : Billing workflow 1")
    assert {"remove": "Line 2: “Subset 401 : Nothing” is not on the list."} == world.ana.view.errors
    assert (typed, "New : Billing workflow 1") == (world.ana.view.values["remove"], world.ana.view.values["pairs"])

    world.fill(world.ana, "Pairs", remove="Subset 7 : Billing workflow 7\nSubset 9 : Billing workflow 9")
    assert "“New” isn't on your list of subsets." in world.ana.view.shown
    accepted(world.ana.submit())
    left = [pair for pair in some_pairs(400) if pair.subset not in ("Subset 7", "Subset 9")]
    assert (*left, Pair("New", "Billing workflow 1")) == world.enrollment().pairs


def test_a_service_providers_customers_are_pasted_in_portions(world: World) -> None:
    """A field holds 3,000 characters; 300 customers take a few of them, and all stand in the ticket."""
    reach(world, CUSTOMERS)
    every = some_customers(300)
    for start in range(0, len(every), 50):
        lines = "\n".join(f"{c.subset} : {c.email} : {c.spot_org_id}" for c in every[start : start + 50])
        world.click(world.ana, "Add customers", CUSTOMERS)
        world.fill(world.ana, "End customers", customers=lines)
        accepted(world.ana.submit())  # their subsets are not recorded
        world.deliver()

    assert every == world.enrollment().customers
    world.click(world.ana, "Show ticket", CUSTOMERS)
    world.ana.click(world.ana.wait_view("Ticket"), "Send me a file")
    world.deliver()
    (file,) = (file for message in world.ana.direct_messages for file in message.files)
    assert len(every) + 2 == len(file.text.splitlines())


def test_customers_of_a_long_list_are_removed_by_typing(world: World) -> None:
    """As pairs are."""
    reach(world, CUSTOMERS)
    record(world, (), some_customers(300))
    world.click(world.ana, "Add customers", CUSTOMERS)
    world.ana.wait_view("End customers")

    accepted(world.fill(world.ana, "End customers", remove=f"Customer 0 : ops0@customer.example : {10**11}"))

    assert some_customers(300)[1:] == world.enrollment().customers


def reopened(world: World, step: StepKey) -> View:
    """The form of a step's act after the step was reopened."""
    world.click(world.ana, "Reopen", step)
    accepted(world.fill(world.ana, "Reopen"))
    world.deliver()
    world.click(world.ana, "Mark done", step)
    return world.ana.wait_view("Mark done")


def test_more_names_than_a_field_holds_are_added_to_and_taken_out(world: World) -> None:
    """A long list is not edited as a whole: new names come to the recorded ones, wrong ones are chosen."""
    reach(world, StepKey.CREATE_SUBSETS)
    names = [f"Subset number {n:04}" for n in range(170)]
    world.click(world.ana, "Mark done", StepKey.CREATE_SUBSETS)
    world.fill(world.ana, "Mark done", names="\n".join(names[:150]))
    assert "150 new, 0 changed, 0 removed, 0 unchanged." in world.ana.wait_view("Preview").shown
    accepted(world.ana.submit())
    world.deliver()

    form = reopened(world, StepKey.CREATE_SUBSETS)
    assert (None, []) == (form.values["names"], form.values["remove"])
    assert "150 are on the list; these are added." in form.shown
    typed = "\n".join(names[149:])
    world.fill(world.ana, "Mark done", names=typed)
    assert {"names": f"Line 1: “{names[149]}” is already on the list."} == world.ana.view.errors
    accepted(world.fill(world.ana, "Mark done", names="\n".join(names[150:])))
    world.deliver()
    assert 170 == len(world.enrollment().subsets)

    reopened(world, StepKey.CREATE_SUBSETS)
    accepted(world.fill(world.ana, "Mark done", remove=names[3]))
    world.deliver()
    assert (*names[:3], *names[4:]) == world.enrollment().subsets


def test_hundreds_of_billing_workflows_are_validated_at_once(world: World) -> None:
    """One choice stands for all, also where they cannot be offered one by one."""
    reach(world, StepKey.CREATE_WORKFLOWS)
    names = "\n".join(f"Billing {n:03}" for n in range(240))
    world.click(world.ana, "Mark done", StepKey.CREATE_WORKFLOWS)
    world.fill(world.ana, "Mark done", names=names)
    accepted(world.ana.submit())
    world.deliver()
    world.click(world.ana, "Mark done", StepKey.CREATE_SUBSETS)
    accepted(world.fill(world.ana, "Mark done", names="Production"))
    world.deliver()

    world.click(world.ana, "Mark done", StepKey.VALIDATE_WORKFLOWS)
    accepted(world.fill(world.ana, "Mark done", validated=["All 240 billing workflows"]))
    world.deliver()

    assert "all 240 billing workflows validated." in world.thread()[-1].text


@pytest.mark.parametrize("count", [120, 400])
def test_a_long_form_is_drawn_again_over_socket_mode(sqlite_url: str, count: int) -> None:
    """The answer to a form has to fit into one frame of Slack's own client."""
    with running(sqlite_url, transport="socket") as world:
        reach(world, PAIRS)
        record(world, some_pairs(count), ())

        world.click(world.ana, "Add pairs", PAIRS)
        delivery = world.fill(world.ana, "Pairs", pairs="\n".join(f"New {n} : Other {n}" for n in range(150)))

        assert delivery.error is None, delivery.detail
        assert "“New 0”" in world.ana.view.shown
        accepted(world.ana.submit())
        assert count + 150 == len(world.enrollment().pairs)
