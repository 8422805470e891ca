"""Changes from the pages of **See the lists**: an entry is edited, some are removed, names are added and renamed."""

from __future__ import annotations

from bot.domain.access import Actor
from bot.domain.enrollment import Customer, Pair
from bot.domain.list_entries import entry_key
from bot.localslack import View
from bot.use_cases import Caller
from tests.handlers.test_list_view import TITLE, changed, opened, pressed, some_customers
from tests.handlers.test_tickets import record
from tests.support.bot_world import World
from tests.support.steps import StepKey as K
from tests.support.walkthrough import reach


def chosen_field(view: View) -> str:
    """The field with the checkboxes."""
    labels = ("Choose what to remove", "Choose what to mark or remove")
    return next(block["block_id"] for block in view.blocks if block.get("label", {}).get("text") in labels)


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
    assert "Somebody has changed this line or removed it." in pressed(world, world.ana, "Edit", near="1. ").shown
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


def test_an_entry_in_the_place_of_a_removed_one_is_left_alone(world_on: World) -> None:
    """While Ben's form is open, Ana removes his pair and adds another: the one in its place now is none of his."""
    world = world_on
    reach(world, K.ASSOCIATE_WORKFLOWS, collaborators=["ben"])
    record(world, (Pair("Production", "Standard"), Pair("Test", "Standard")), ())
    opened(world, world.ben, "pairs")
    pressed(world, world.ben, "Edit", near="1. ")
    ana, gone = Caller(world.workspace, Actor(world.ana.id)), frozenset({Pair("Production", "Standard")})
    world.app.enrollments.change_pairs(ana, world.enrollment().id, (), gone)
    record(world, (Pair("Third", "Standard"),), ())

    world.fill(world.ben, "Edit pair", workflow="Reseller")

    said = "Somebody has removed this pair from the list since you opened this form."
    assert {"subset": said} == world.ben.view.errors
    assert (Pair("Test", "Standard"), Pair("Third", "Standard")) == world.enrollment().pairs


def test_an_entry_is_followed_through_what_others_change(world_on: World) -> None:
    """Ana renames the subset of Ben's pair, edits the pair and adds another: what he types is about his pair."""
    world = world_on
    reach(world, K.ASSOCIATE_WORKFLOWS, collaborators=["ben"])
    record(world, (Pair("Test", "Standard"), Pair("Production", "Standard")), ())
    opened(world, world.ben, "pairs")
    pressed(world, world.ben, "Edit", near="2. ")
    ana, use, number = Caller(world.workspace, Actor(world.ana.id)), world.app.enrollments, world.enrollment().id
    use.change_entry(ana, number, "subsets", entry_key("Production"), {"name": "Prod"})
    use.change_pairs(ana, number, (), frozenset({Pair("Test", "Standard")}))
    record(world, (Pair("Test", "Standard"), Pair("Third", "Standard")), ())

    world.fill(world.ben, "Edit pair", workflow="Reseller")

    world.ben.wait_view(TITLE)
    after = (Pair("Prod", "Reseller"), Pair("Test", "Standard"), Pair("Third", "Standard"))
    assert after == world.enrollment().pairs


def test_a_pair_that_is_replaced_in_a_list_is_the_same_pair(world: World) -> None:
    """Ana gives two subsets other billing workflows at once: Ben's form says so for his."""
    reach(world, K.ASSOCIATE_WORKFLOWS, collaborators=["ben"])
    record(world, (Pair("Test", "Standard"), Pair("Production", "Standard")), ())
    opened(world, world.ben, "pairs")
    pressed(world, world.ben, "Edit", near="2. ")
    record(world, (Pair("Test", "Reseller"), Pair("Production", "Reseller"), Pair("Third", "Standard")), ())

    world.fill(world.ben, "Edit pair", workflow="Gold")

    said = f"<@{world.ana.id}> changed the billing workflow to “Reseller” since you opened this form."
    assert said in world.ben.view.shown
    world.ben.submit()
    world.ben.wait_view(TITLE)
    after = (Pair("Test", "Reseller"), Pair("Production", "Gold"), Pair("Third", "Standard"))
    assert after == world.enrollment().pairs


def test_names_with_a_fault_among_them_are_shown_before_they_are_added(world: World) -> None:
    """The good ones are saved from the preview; a few without a fault are added at once."""
    reach(world, K.ASSOCIATE_WORKFLOWS)
    opened(world, world.ana, "subsets")
    pressed(world, world.ana, "Add subsets")
    world.fill(world.ana, "Add subsets", names=f"Third\n{'x' * 201}")

    preview = world.ana.wait_view("Preview")
    assert "1 new, 0 changed, 0 unchanged, 1 with errors." in preview.shown
    assert "can have 200 characters at most. This has 201." in preview.shown
    assert ("Production", "Test") == world.enrollment().subsets
    world.ana.submit()
    assert ("Production", "Test", "Third") == world.enrollment().subsets
