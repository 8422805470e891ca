"""End customers one by one: sent, confirmed, users created; marked in the lists and by a file, counted on the card."""

from __future__ import annotations

import pytest

from bot.domain.enrollment import Enrollment, State
from bot.localslack import View
from tests.handlers.test_export import files
from tests.handlers.test_follow_ups import NEW, card, change, sent
from tests.handlers.test_list_view import opened, pressed, rows, some_customers
from tests.handlers.test_tickets import CUSTOMERS, record
from tests.support.bot_world import World
from tests.support.walkthrough import accepted, reach


def confirm(world: World, users: str) -> None:
    """Say that support has confirmed, and whether the users are created."""
    world.click(world.ana, "It's ready", CUSTOMERS)
    form = world.ana.wait_view("It's ready")
    assert "Are their users created?" in form.shown
    world.ana.fill({"users": users})
    accepted(world.ana.submit())
    world.deliver()


def choose(world: World, view: View, *places: int) -> None:
    """Tick rows of a page."""
    (block,) = (block for block in view.blocks if str(block.get("block_id")).startswith("chosen."))
    options = block["element"]["options"]
    world.ana.fill({block["block_id"]: [options[place]["value"] for place in places]})


def step_of(enrollment: Enrollment) -> State:
    """The state of the step."""
    return enrollment.step(CUSTOMERS).state


def test_the_step_is_done_with_the_users_of_the_last_customer(world: World) -> None:
    """Support has confirmed before; the person who marks the last one finishes the step, and the thread says so."""
    sent(world)
    confirm(world, "later")
    assert "3 of 3 associated. Users created for 0 of 3." in card(world)
    assert "Users are created for 0 of 3." in world.thread()[-1].text

    view = opened(world, world.ana)
    choose(world, view, 0, 2)
    view = pressed(world, world.ana, "Users created")
    assert "Marked 2 end customers." in view.shown
    assert ":busts_in_silhouette: users created" in view.shown
    world.deliver()
    assert "Users created for 2 of 3." in card(world)
    assert State.WAITING is step_of(world.enrollment())
    assert "marked the users of 2 end customers as created: 2 of 3." in world.thread()[-1].text

    choose(world, view, 0)
    pressed(world, world.ana, "Users not created")
    choose(world, world.ana.wait_view(), 0, 1)
    pressed(world, world.ana, "Users created")
    world.deliver()

    assert State.DONE is step_of(world.enrollment())
    assert world.ana.id == world.enrollment().step(CUSTOMERS).finished_by
    assert "is done: Spot support has confirmed all end customers" in world.thread()[-1].text


def test_all_users_are_created_at_once(world: World) -> None:
    """The answer marks every customer; a new one is not."""
    sent(world)
    confirm(world, "all")
    assert State.DONE is step_of(world.enrollment())

    change(world, (NEW,))

    assert "3 of 4 associated. Users created for 3 of 4. Spot hasn't heard of 1 of them yet." in card(world)


def test_marking_users_before_support_has_confirmed_finishes_nothing(world: World) -> None:
    """Whichever comes last, a person says it."""
    sent(world)
    view = opened(world, world.ana)
    choose(world, view, 0, 1, 2)
    pressed(world, world.ana, "Users created")
    assert State.WAITING is step_of(world.enrollment())

    world.ana.close_all()
    world.click(world.ana, "It's ready", CUSTOMERS)
    assert State.DONE is step_of(world.enrollment())


@pytest.mark.parametrize(("label", "said"), [("Users created", "Choose at least one end customer.")])
def test_nobody_is_chosen(world: World, label: str, said: str) -> None:
    """The page says so."""
    sent(world)
    opened(world, world.ana)

    assert said in pressed(world, world.ana, label).shown


def upload(world: World, content: str) -> View:
    """The preview of a file of end customers."""
    view = opened(world, world.ana)
    world.ana.click(view, "Add customers")
    world.ana.wait_view("End customers")
    world.ana.fill({"file": [("customers.csv", content.encode())]})
    world.ana.submit()
    return world.ana.wait_view("Preview")


def test_a_column_of_a_file_marks_users_and_the_round_trip_changes_nothing(world: World) -> None:
    """A cell that says neither yes nor no is a fault of its line; an empty one says nothing."""
    reach(world, CUSTOMERS)
    record(world, (), some_customers(3))
    header = "Subset,Console email,Spot organization ID,Users created\n"
    lines = [f"{each.subset},{each.email},{each.spot_org_id}" for each in some_customers(3)]
    view = upload(world, f"{header}{lines[0]},yes\n{lines[1]},\n{lines[2]},perhaps\n")
    assert "users created for 1 more" in view.shown
    assert "Line 4: “perhaps” in the column users created is neither yes nor no." in view.shown
    world.ana.submit()
    world.ana.close_all()
    assert (some_customers(3)[0].spot_org_id,) == world.enrollment().with_users
    world.deliver()
    assert "Users created for 1 more." in world.thread()[-1].text

    view = opened(world, world.ana)
    assert 3 == len(rows(view))
    world.ana.click(view, "Add customers")
    world.ana.click(world.ana.wait_view("End customers"), "Download as CSV")
    world.ana.close_all()
    world.deliver()
    content = files(world.ana)[-1].files[0].text
    assert ["yes", "no", "no"] == [line.split(",")[-1] for line in content.split()[-3:]]
    assert "Saving this would change nothing." in upload(world, content).shown


def test_a_column_of_a_file_takes_marks_back(world: World) -> None:
    """The preview counts them apart from those that it sets."""
    reach(world, CUSTOMERS)
    record(world, (), some_customers(3))
    header = "Subset,Console email,Spot organization ID,Users created\n"
    lines = [f"{each.subset},{each.email},{each.spot_org_id}" for each in some_customers(3)]
    upload(world, f"{header}{lines[0]},yes\n{lines[1]},yes\n")
    world.ana.submit()
    world.ana.close_all()

    view = upload(world, f"{header}{lines[0]},no\n{lines[1]},yes\n{lines[2]},yes\n")

    assert "users created for 1 more, users no longer created for 1." in view.shown
    world.ana.submit()
    assert {each.spot_org_id for each in some_customers(3)[1:]} == set(world.enrollment().with_users)
