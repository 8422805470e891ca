"""Two people at the form of a list: what one has added is kept, or named before it goes."""

from __future__ import annotations

import json

from bot.domain.enrollment import BillingWorkflow, Enrollment, Pair, State
from bot.handlers.list_upload import MOST_UNSEEN
from tests.handlers.test_tickets import record
from tests.handlers.test_two_people import both_open, warned
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, act, reach

K = StepKey


def with_subsets(world: World) -> Enrollment:
    """Subsets are recorded, and the step is open again."""
    reach(world, K.CREATE_SUBSETS, collaborators=["ben"])
    act(world, world.ana, K.CREATE_SUBSETS, names="Production\nTest")
    world.deliver()
    world.click(world.ana, "Reopen", K.CREATE_SUBSETS)
    accepted(world.fill(world.ana, "Reopen"))
    world.deliver()
    return world.enrollment()


def rename_subsets(world: World, *names: str) -> None:
    """Ana finishes the step with other names and reopens it."""
    world.click(world.ana, "Mark done", K.CREATE_SUBSETS)
    world.fill(world.ana, "Mark done", names="\n".join(names))
    if len(names) > MOST_UNSEEN:  # a long list is shown before it is saved
        world.ana.wait_view("Preview")
        world.ana.submit()
    world.deliver()
    world.click(world.ana, "Reopen", K.CREATE_SUBSETS)
    accepted(world.fill(world.ana, "Reopen"))
    world.deliver()


def test_names_that_somebody_added_are_not_lost_unseen(world_on: World) -> None:
    """Ben's list lacks what Ana added: it is named before it goes."""
    world = world_on
    with_subsets(world)
    world.click(world.ben, "Mark done", K.CREATE_SUBSETS)
    world.ben.wait_view("Mark done")
    rename_subsets(world, "Production", "Test", "Ana's")

    world.fill(world.ben, "Mark done", names="Production\nTest\nBen's")

    warned(
        world,
        world.ben,
        "Mark done",
        f"<@{world.ana.id}> changed the subsets since you opened this form. Saving removes “Ana's”.",
    )
    accepted(world.fill(world.ben, "Mark done", names="Production\nTest\nAna's\nBen's"))
    assert ("Production", "Test", "Ana's", "Ben's") == world.enrollment().subsets


def test_a_list_that_was_left_as_it_was_keeps_what_somebody_added(world: World) -> None:
    """Ben only marks the step done."""
    with_subsets(world)
    world.click(world.ben, "Mark done", K.CREATE_SUBSETS)
    world.ben.wait_view("Mark done")
    rename_subsets(world, "Production", "Ana's")

    accepted(world.fill(world.ben, "Mark done"))

    assert ("Production", "Ana's") == world.enrollment().subsets
    assert State.DONE is world.enrollment().step(K.CREATE_SUBSETS).state


def test_names_that_are_added_to_a_long_list_do_not_replace_one_that_became_short(world: World) -> None:
    """The form was drawn to add names; that the list could be edited as a whole by now changes nothing."""
    with_subsets(world)
    rename_subsets(world, *(f"A subset with a rather long name, number {n:03}" for n in range(60)))
    world.click(world.ben, "Mark done", K.CREATE_SUBSETS)
    assert "60 are on the list" in world.ben.wait_view("Mark done").shown
    use, made = world.app.enrollments, world.enrollment()
    world.click(world.ana, "Mark done", K.CREATE_SUBSETS)
    gone = [f"A subset with a rather long name, number {n:03}" for n in range(2, 60)]
    accepted(world.fill(world.ana, "Mark done", remove=gone))
    world.deliver()
    world.click(world.ana, "Reopen", K.CREATE_SUBSETS)
    accepted(world.fill(world.ana, "Reopen"))
    assert 2 == len(use.get(world.workspace, made.id).subsets)

    accepted(world.fill(world.ben, "Mark done", names="Ben's"))

    assert (*(f"A subset with a rather long name, number {n:03}" for n in range(2)), "Ben's") == (
        world.enrollment().subsets
    )


def validated(world: World) -> dict[str, bool]:
    """Billing workflow -> whether it is validated."""
    return {each.name: each.validated for each in world.enrollment().workflows}


def change_workflows(world: World, *names: str) -> None:
    """Ana reopens the list of billing workflows and records others."""
    world.click(world.ana, "Reopen", K.CREATE_WORKFLOWS)
    accepted(world.fill(world.ana, "Reopen"))
    world.deliver()
    world.click(world.ana, "Mark done", K.CREATE_WORKFLOWS)
    accepted(world.fill(world.ana, "Mark done", names="\n".join(names)))
    world.deliver()


def test_all_billing_workflows_are_those_that_the_form_showed(world_on: World) -> None:
    """“All 2” does not validate a third one that was added meanwhile, before that was said."""
    world = world_on
    reach(world, K.VALIDATE_WORKFLOWS, collaborators=["ben"])
    world.click(world.ben, "Mark done", K.VALIDATE_WORKFLOWS)
    world.ben.wait_view("Mark done")
    change_workflows(world, "Standard", "Reseller", "Third")

    world.fill(world.ben, "Mark done", validated=["all"])

    warned(
        world,
        world.ben,
        "Mark done",
        f"<@{world.ana.id}> changed the billing workflows since you opened this form. "
        "Saving marks all 3 as validated: “Standard”, “Reseller”, “Third”.",
    )
    assert not any(validated(world).values())
    accepted(world.ben.submit())
    assert {"Standard": True, "Reseller": True, "Third": True} == validated(world)


def test_two_people_validate_different_billing_workflows(world: World) -> None:
    """What one has validated stays so, and no warning is in the way."""
    reach(world, K.VALIDATE_WORKFLOWS, collaborators=["ben"])
    change_workflows(world, "One", "Two", "Three")
    both_open(world, "Mark done", "Mark done", K.VALIDATE_WORKFLOWS)
    accepted(world.fill(world.ana, "Mark done", validated=["One"]))

    accepted(world.fill(world.ben, "Mark done", validated=["Two"]))

    assert (
        BillingWorkflow("One", True),
        BillingWorkflow("Two", True),
        BillingWorkflow("Three"),
    ) == world.enrollment().workflows


def test_a_pair_that_somebody_recorded_meanwhile_is_named_with_who_did(world_on: World) -> None:
    """Ben pairs a subset that Ana has paired since he opened the form; other pairs of hers stay."""
    world = world_on
    reach(world, K.ASSOCIATE_WORKFLOWS, collaborators=["ben"])
    both_open(world, "Add pairs", "Pairs", K.ASSOCIATE_WORKFLOWS)
    accepted(world.fill(world.ana, "Pairs", pairs="Production : Standard\nTest : Standard"))

    world.fill(world.ben, "Pairs", pairs="Production : Reseller")

    warned(
        world,
        world.ben,
        "Pairs",
        f"<@{world.ana.id}> changed the pairs since you opened this form.",
        "This replaces the billing workflow of “Production” (now “Standard”).",
    )
    accepted(world.ben.submit())
    assert {Pair("Production", "Reseller"), Pair("Test", "Standard")} == set(world.enrollment().pairs)


def test_customers_of_two_people_are_all_kept(world: World) -> None:
    """The form only adds and removes, so there is nothing to overwrite."""
    reach(world, K.ASSOCIATE_CUSTOMERS, collaborators=["ben"])
    both_open(world, "Add customers", "End customers", K.ASSOCIATE_CUSTOMERS)
    accepted(world.fill(world.ana, "End customers", customers="Production : a@customer.example : 700000000001"))

    accepted(world.fill(world.ben, "End customers", customers="Test : b@customer.example : 700000000002"))

    assert ["a@customer.example", "b@customer.example"] == [each.email for each in world.enrollment().customers]


def test_a_form_of_a_long_list_stays_within_the_limit_of_metadata(world: World) -> None:
    """Of a long list the form keeps a hash."""
    reach(world, K.ASSOCIATE_WORKFLOWS)
    record(world, tuple(Pair(f"Subset {n}", f"Billing workflow {n}") for n in range(400)), ())
    world.click(world.ana, "Add pairs", K.ASSOCIATE_WORKFLOWS)
    kept = world.ana.wait_view("Pairs").private_metadata
    assert len(kept) < 300
    assert {"enrollment", "shown"} <= json.loads(kept).keys()


def test_a_team_that_never_recorded_its_billing_workflows_confirms_them_as_a_whole(world: World) -> None:
    """It has begun at the validation: there is nothing to choose from, and the form says so."""
    world.start(position=str(K.VALIDATE_WORKFLOWS))
    world.click(world.ana, "Mark done", K.VALIDATE_WORKFLOWS)

    said = "You haven't entered any billing workflows. *Mark done* confirms that all of yours match."
    assert said in world.ana.wait_view("Mark done").shown
    accepted(world.fill(world.ana, "Mark done"))

    assert State.DONE is world.enrollment().step(K.VALIDATE_WORKFLOWS).state
