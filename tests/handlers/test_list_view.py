"""**See the lists**: pages with search, editing, removal and new names, as people use them."""

from __future__ import annotations

import pytest

from bot.domain.access import Actor
from bot.domain.enrollment import Customer, Pair
from bot.handlers.list_page import PER_PAGE
from bot.localslack import Person, View
from bot.use_cases import Caller
from tests.domain.building import edited
from tests.handlers.test_tickets import record
from tests.support.bot_world import World
from tests.support.outsiders import GUEST, add
from tests.support.steps import StepKey as K
from tests.support.walkthrough import press_in_menu, reach, told

TITLE = "See the lists"


def some_customers(count: int) -> tuple[Customer, ...]:
    """That many end customers, of the two subsets in turn."""
    names = ("Production", "Test")
    return tuple(Customer(names[n % 2], f"ops{n}@customer.example", str(700000000000 + n)) for n in range(count))


def opened(world: World, person: Person, which: str = "") -> View:
    """The modal with the lists, from the card's menu; with `which`, at that list."""
    press_in_menu(person, world.card(), TITLE)
    view = person.wait_view(TITLE)
    if not which:
        return view
    person.choose(view, "lists.which", which)
    return changed(world, person, view)


def changed(world: World, person: Person, view: View) -> View:
    """The same modal once it shows something else."""
    return world.slack.wait_for(lambda: v if (v := person.view) and v.hash != view.hash else None, 10, "a new page")


def pressed(world: World, person: Person, label: str, near: str | None = None) -> View:
    """What the modal shows after a button was pressed in it."""
    view = person.view
    assert view is not None
    person.click(view, label, near=near)
    return changed(world, person, view)


def rows(view: View) -> list[str]:
    """The rows of a page, without their remarks."""
    texts = [block["text"]["text"] for block in view.blocks if block["type"] == "section"]
    return [text.splitlines()[0] for text in texts if text[:1].isdigit()]


def test_a_long_list_has_pages_and_is_searched(world: World) -> None:
    """Ten rows a page, in the order of the list; Enter and the button search; whoever sees the card may look."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), some_customers(25))

    view = opened(world, world.eve)
    assert "Production*: 25 end customers." in view.shown
    assert [f"{n + 1}. " for n in range(10)] == [row[: row.index(" ") + 1] for row in rows(view)]
    assert "Edit" not in view.buttons

    pressed(world, world.eve, "Next (2 of 3)")
    last = pressed(world, world.eve, "Next (3 of 3)")
    assert 5 == len(rows(last))

    world.eve.fill({"words.customers": "OPS2"})
    found = changed(world, world.eve, last)
    assert "6 with “ops2”." in found.shown
    world.eve.fill({"words.customers": "700000000007"})
    assert ["8. Test : ops7@customer.example : 700000000007"] == rows(changed(world, world.eve, found))
    world.eve.submit()
    assert 1 == len(rows(world.eve.view))


def test_five_thousand_entries_are_shown_page_by_page(world: World) -> None:
    """Each page has ten rows, and a search goes through all of them."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), some_customers(5000))

    view = opened(world, world.eve)
    assert "5,000 end customers." in view.shown
    assert ["11. ", "20. "] == [row[:4] for row in rows(pressed(world, world.eve, "Next (2 of 500)"))][:: PER_PAGE - 1]
    view = world.eve.view
    world.eve.fill({"words.customers": "ops4999@"})
    assert ["5000. Test : ops4999@customer.example : 700000004999"] == rows(changed(world, world.eve, view))


def test_each_row_says_what_is_known_of_it(world: World) -> None:
    """Validated or not, on the list of subsets or not, created or not."""
    reach(world, K.VALIDATE_WORKFLOWS)
    record(world, (Pair("Production", "Standard"), Pair("Nowhere", "Nothing")), ())

    view = opened(world, world.ana)
    assert "2 pairs. 2 to check." in view.shown
    assert "1. Production : Standard\n:warning: billing workflow not validated" in view.shown
    assert ":warning: subset isn't on your list\n:warning: billing workflow isn't on your list" in view.shown

    world.ana.choose(view, "lists.which", "workflows")
    workflows = changed(world, world.ana, view)
    assert "1. Standard\n:hourglass_flowing_sand: not validated yet" in workflows.shown
    assert "0 validated." in workflows.shown


@pytest.mark.parametrize("way", ["command", "form"])
def test_the_lists_are_reached_by_command_and_from_the_forms(world: World, way: str) -> None:
    """A form below stays as it was typed."""
    reach(world, K.ASSOCIATE_WORKFLOWS)
    record(world, (Pair("Production", "Standard"),), ())
    if way == "command":
        world.ana.command("/eco", "lists Production")
    else:
        world.click(world.ana, "Add pairs", K.ASSOCIATE_WORKFLOWS)
        world.ana.wait_view("Pairs")
        world.ana.fill({"pairs": "Test : Reseller"})
        world.ana.click(world.ana.view, "See the list")

    assert ["1. Production : Standard"] == rows(world.ana.wait_view(TITLE))
    if way == "form":
        world.ana.close()
        assert "Test : Reseller" == world.ana.wait_view("Pairs").values["pairs"]


def test_who_lost_the_right_changes_nothing_and_who_may_not_see_is_told_whom_to_ask(world: World) -> None:
    """Checked again when the form is saved; a guest sees nothing of it."""
    reach(world, K.ASSOCIATE_CUSTOMERS, collaborators=["ben"])
    record(world, (), some_customers(1))
    opened(world, world.ben)
    pressed(world, world.ben, "Edit", near="1. ")
    owner = Caller(world.workspace, Actor(world.ana.id))
    world.app.enrollments.edit(owner, world.enrollment().id, edited(world.enrollment(), collaborators=()))

    world.fill(world.ben, "Edit end customer", email="stolen@one.example")

    (said,) = world.ben.view.errors.values()
    assert "may change this enrollment. Ask ana." in said
    assert some_customers(1) == world.enrollment().customers
    guest = add(world, GUEST, world.channel.name)
    assert f"Ask <@{world.ana.id}>." in told(world, guest, press_in_menu(guest, world.card(), TITLE))


def test_the_longest_names_stay_within_slacks_limits(world: World) -> None:
    """Letters that take several characters when they are escaped, in every row and in each form."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), tuple(Customer(f"{n:02}" + "<&>" * 66, f"{'&' * 200}{n}@x.example", "7" * 20) for n in range(12)))

    view = opened(world, world.ana)
    assert 10 == len(rows(view))
    pressed(world, world.ana, "Next (2 of 2)")
    pressed(world, world.ana, "Edit", near="12. ")
    pressed(world, world.ana, "Back to the list")
    pressed(world, world.ana, "Check data")


def test_an_empty_list_says_that_it_is_empty(world: World) -> None:
    """Nobody has recorded a pair yet; the other lists are in the menu."""
    reach(world, K.ASSOCIATE_WORKFLOWS)

    view = opened(world, world.ana, "pairs")

    assert "*Production*: this list has no pairs yet." in view.shown
    assert [] == rows(view)
