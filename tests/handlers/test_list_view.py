"""**See the lists**: pages with search, editing, removal and new names, as people use them."""

from __future__ import annotations

import pytest

from bot.domain.access import Actor
from bot.domain.enrollment import Customer, Pair
from bot.localslack import Person, View
from bot.use_cases import Caller
from handlers.list_page import PER_PAGE
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


def chosen_field(view: View) -> str:
    """The field with the checkboxes."""
    return next(block["block_id"] for block in view.blocks if block.get("label", {}).get("text") == "Choose to remove")


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
    assert "5000 end customers." in view.shown
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


def test_an_entry_is_edited_with_faults_at_its_fields(world: World) -> None:
    """What was typed stays; an unknown name is confirmed; the list is shown again."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), some_customers(3))
    opened(world, world.ana)

    form = pressed(world, world.ana, "Edit", near="2. ")
    assert ("Edit end customer", "Test") == (form.title, form.values["subset"])
    world.fill(world.ana, "Edit end customer", email="nobody", spot_org_id="o-a1b2c3d4e5")
    assert "“nobody” is not an email address." in world.ana.view.errors["email"]
    assert "looks like an AWS Organizations ID" in world.ana.view.errors["spot_org_id"]
    world.fill(world.ana, "Edit end customer", subset="Elsewhere", email="it@one.example", spot_org_id="700000000009")
    assert "“Elsewhere” isn't on your list of subsets." in world.ana.view.shown
    world.ana.submit()

    view = world.ana.wait_view(TITLE)
    assert "Saved." in view.shown
    assert Customer("Elsewhere", "it@one.example", "700000000009") == world.enrollment().customers[1]


def test_two_people_who_edit_an_entry_do_not_undo_each_others_fields(world_on: World) -> None:
    """A field that was left alone keeps what the other has typed; the same field asks, with who was faster."""
    world = world_on
    reach(world, K.ASSOCIATE_CUSTOMERS, collaborators=["ben"])
    record(world, (), some_customers(2))
    for person in (world.ana, world.ben):
        opened(world, person)
        pressed(world, person, "Edit", near="1. ")
    world.fill(world.ana, "Edit end customer", email="ana@one.example", subset="Test")

    world.fill(world.ben, "Edit end customer", spot_org_id="700000000009", subset="Other")

    asked = world.ben.view.shown
    assert f"<@{world.ana.id}> changed the subset to “Test” since you opened this form." in asked
    assert Customer("Test", "ana@one.example", "700000000000") == world.enrollment().customers[0]
    world.ben.submit()
    assert Customer("Other", "ana@one.example", "700000000009") == world.enrollment().customers[0]


def test_chosen_entries_are_removed_after_a_question(world: World) -> None:
    """Several of a page; without any the list says so; the way back changes nothing."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), some_customers(4))
    opened(world, world.ana)
    assert "Choose at least one end customer first." in pressed(world, world.ana, "Remove chosen…").shown

    view = world.ana.view
    world.ana.fill({chosen_field(view): options(view)[1:3]})
    form = pressed(world, world.ana, "Remove chosen…")
    assert "Remove 2 end customers of" in form.shown
    assert ("Remove end customers", "Remove 2") == (form.title, form.submit)
    pressed(world, world.ana, "Back to the list")
    assert 4 == len(world.enrollment().customers)

    view = world.ana.view
    world.ana.fill({chosen_field(view): options(view)[1:3]})
    pressed(world, world.ana, "Remove chosen…")
    world.ana.submit()

    assert "Removed 2 end customers." in world.ana.wait_view(TITLE).shown
    assert (some_customers(4)[0], some_customers(4)[3]) == world.enrollment().customers
    world.deliver()
    assert "changed the end customers: 0 added, 2 removed, 2 in all." in world.thread()[-1].text


def options(view: View) -> list[str]:
    """The values of the checkboxes."""
    (block,) = (block for block in view.blocks if block["block_id"] == chosen_field(view))
    return [option["value"] for option in block["element"]["options"]]


def test_all_that_match_a_search_are_removed_with_their_count(world: World) -> None:
    """If others match by then, the new count is asked for."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), some_customers(30))
    view = opened(world, world.ana)
    world.ana.fill({"words.customers": "test"})
    changed(world, world.ana, view)
    assert "Remove 15" == pressed(world, world.ana, "Remove all 15 found…").submit
    record(world, (), (Customer("Test", "new@customer.example", "700000000099"),))

    world.ana.submit()
    asked = world.ana.view
    assert "Somebody has changed the list since you opened this form." in asked.shown
    assert ("Remove 16", 31) == (asked.submit, len(world.enrollment().customers))
    world.ana.submit()

    assert {"Production"} == {each.subset for each in world.enrollment().customers}


def test_names_are_changed_after_their_step_and_carried_over(world_on: World) -> None:
    """Added, renamed in pairs and customers, and removed with a question where they are used."""
    world = world_on
    reach(world, K.ASSOCIATE_WORKFLOWS)
    record(world, (Pair("Production", "Standard"),), some_customers(1))
    opened(world, world.ana, "subsets")

    pressed(world, world.ana, "Edit", near="1. ")
    world.fill(world.ana, "Edit subset", name="Prod EU")
    after = world.enrollment()
    assert (("Prod EU", "Test"), "Prod EU", "Prod EU") == (
        after.subsets,
        after.pairs[0].subset,
        after.customers[0].subset,
    )

    undone = Caller(world.workspace, Actor(world.ana.id))
    world.app.enrollments.undo(undone, after.id, world.app.enrollments.undoable(undone, after.id).number)
    assert ("Production", "Production") == (world.enrollment().subsets[0], world.enrollment().pairs[0].subset)
    pressed(world, world.ana, "Edit", near="1. ")
    world.fill(world.ana, "Edit subset", name="Prod EU")

    pressed(world, world.ana, "Add subsets")
    world.fill(world.ana, "Add subsets", names="Dev\nTest")
    assert "Line 2: “Test” is already on the list." == world.ana.view.errors["names"]
    world.fill(world.ana, "Add subsets", names="Dev")
    assert ("Prod EU", "Test", "Dev") == world.enrollment().subsets

    view = world.ana.wait_view(TITLE)
    world.ana.fill({chosen_field(view): options(view)[:1]})
    pressed(world, world.ana, "Remove chosen…")
    world.ana.submit()
    assert "This name is used by 1 pair and 1 end customer, where it stays." in world.ana.view.shown
    assert "Remove 1 anyway" == world.ana.view.submit
    world.ana.submit()
    assert ("Test", "Dev") == world.enrollment().subsets
    assert "Prod EU" == world.enrollment().pairs[0].subset


def test_a_repeated_delivery_removes_nothing_twice(world: World) -> None:
    """Slack may send a form again."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), some_customers(3))
    view = opened(world, world.ana)
    world.ana.fill({chosen_field(view): options(view)[:1]})
    pressed(world, world.ana, "Remove chosen…")
    delivery = world.ana.submit()
    after = world.enrollment()

    world.slack.redeliver(delivery)

    assert (some_customers(3)[1:], after) == (after.customers, world.enrollment())


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
