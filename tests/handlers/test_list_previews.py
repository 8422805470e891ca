"""Previews of pasted lists: what they say, what their buttons do, and when one is too old to be saved."""

from __future__ import annotations

from bot.domain.enrollment import Customer, Pair
from bot.localslack import View
from tests.handlers.test_tickets import record
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, reach

PAIRS, CUSTOMERS = StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS
MIXED = "Production : Reseller\nno colon <b>\nTest : Standard\nTest : "


def previewed(world: World, typed: str, **fields: object) -> View:
    """The preview of lines that Ana pastes into the pairs form."""
    world.click(world.ana, "Add pairs", PAIRS)
    world.fill(world.ana, "Pairs", pairs=typed, **fields)
    return world.ana.wait_view("Preview")


def test_a_list_with_faults_is_previewed_and_its_good_lines_are_saved(world_on: World) -> None:
    """Counts, the faulty lines, what is new; nothing is stored before Save the good ones."""
    world = world_on
    reach(world, PAIRS)

    form = previewed(world, MIXED)

    assert "2 new, 0 changed, 0 unchanged, 2 with errors. The list has 2 after that." in form.shown
    assert "Line 2: “no colon <b>” has no “:”. Write it as subset : billing workflow." in form.shown
    assert "Line 4: the billing workflow is empty." in form.shown
    assert "Save the good ones" == form.submit
    assert () == world.enrollment().pairs
    accepted(world.ana.submit())
    assert (Pair("Production", "Reseller"), Pair("Test", "Standard")) == world.enrollment().pairs
    world.deliver()
    said = "changed the subset : billing workflow pairs: 2 added, 0 removed, 2 in all."
    assert f"{said} Added: Production : Reseller; Test : Standard." in world.thread()[-1].text


def test_fix_and_upload_again_gives_back_what_was_typed(world: World) -> None:
    """All of the form: the lines, the mode and what was chosen to be removed."""
    reach(world, PAIRS)
    record(world, (Pair("Production", "Standard"), Pair("Test", "Standard")), ())

    world.ana.click(previewed(world, MIXED, mode="replace", remove=["Test : Standard"]), "Fix and upload again")

    form = world.ana.wait_view("Pairs")
    assert (MIXED, "replace", ["Test : Standard"]) == (
        form.values["pairs"],
        form.values["mode"],
        [option["text"]["text"] for option in chosen(form, "remove")],
    )


def chosen(form: View, field: str) -> list[dict[str, dict[str, str]]]:
    """The options that a menu of a form begins with."""
    (element,) = (block["element"] for block in form.blocks if block["block_id"] == field)
    return list(element["initial_options"])


def test_all_faults_come_as_a_file_to_the_person_alone(world: World) -> None:
    """With line, text and what is wrong; text that looks like a formula is none."""
    reach(world, PAIRS)
    form = previewed(world, "Production : Standard\n=HYPERLINK(1)\nTest : ")

    world.ana.click(form, "Send me the 2 errors")
    world.deliver()

    (file,) = (file for message in world.ana.direct_messages for file in message.files)
    assert file.text.splitlines()[0].endswith("Line,Text,What is wrong")
    assert "2,'=HYPERLINK(1)," in file.text
    assert "3,Test :,the billing workflow is empty." in file.text
    assert [] == [file for message in world.thread() for file in message.files]


def test_replacing_a_list_asks_first_and_names_what_goes(world: World) -> None:
    """Merging is the default; a short list that replaces is previewed, too."""
    reach(world, PAIRS)
    record(world, (Pair("Production", "Standard"), Pair("Test", "Standard")), ())

    form = previewed(world, "Production : Reseller", mode="replace")

    assert "0 new, 1 changed, 1 removed, 0 unchanged. The list has 1 after that." in form.shown
    assert "Production : Standard → Production : Reseller" in form.shown
    assert "*Removed*\n• Test : Standard" in form.shown
    accepted(world.ana.submit())
    assert (Pair("Production", "Reseller"),) == world.enrollment().pairs
    world.deliver()
    said = "0 added, 1 changed, 1 removed, 1 in all. Changed: Production : Reseller. Removed: Test : Standard."
    assert said in world.thread()[-1].text


def test_more_than_fifty_lines_are_previewed(world: World) -> None:
    """The first new ones are shown, the others counted, within Slack's limits."""
    reach(world, CUSTOMERS)
    lines = "\n".join(f"Production : a{n}@c.example : {700000 + n}" for n in range(60))
    world.click(world.ana, "Add customers", CUSTOMERS)
    world.fill(world.ana, "End customers", customers=lines)

    form = world.ana.wait_view("Preview")

    assert "60 new" in form.shown
    assert "… and 55 more" in form.shown
    accepted(world.ana.submit())
    assert 60 == len(world.enrollment().customers)


def test_of_two_previews_the_older_one_goes_stale(world: World) -> None:
    """It says so and can be previewed again; what it then shows is what is saved."""
    reach(world, PAIRS, collaborators=["ben"])
    previewed(world, MIXED)
    world.click(world.ben, "Add pairs", PAIRS)
    world.fill(world.ben, "Pairs", pairs="Test : Standard\n:")
    world.ben.wait_view("Preview")
    accepted(world.ben.submit())

    world.ana.submit()
    stale = world.ana.wait_view("Preview")
    assert "Somebody changed this list since you got this preview." in stale.shown
    assert not stale.submit
    world.ana.click(stale, "Preview again")

    world.slack.wait_for(lambda: ((view := world.ana.view) and view.submit) or None, what="the new preview")
    assert "1 new, 0 changed, 1 unchanged, 2 with errors." in world.ana.view.shown
    accepted(world.ana.submit())
    assert {Pair("Production", "Reseller"), Pair("Test", "Standard")} == set(world.enrollment().pairs)


def test_names_that_were_never_recorded_are_added_with_one_press(world: World) -> None:
    """In the form: the button adds them to their lists and saves, and no form is submitted twice."""
    reach(world, PAIRS)
    world.click(world.ana, "Add pairs", PAIRS)
    world.fill(world.ana, "Pairs", pairs="Nowhere : Standard\nTest : Nothing")

    assert "Add these names and save" == world.ana.view.submit
    accepted(world.ana.submit())

    made = world.enrollment()
    assert (Pair("Nowhere", "Standard"), Pair("Test", "Nothing")) == made.pairs
    assert ("Nowhere", "Nothing") == (made.subsets[-1], made.workflows[-1].name)
    world.deliver()
    said = (
        "New on your lists: Nowhere; Nothing. *Validate billing workflows* is open again: a billing workflow was added."
    )
    assert said in world.thread()[-1].text


def test_an_assignee_of_the_step_saves_without_adding_names(world: World) -> None:
    """The other lists belong to other steps."""
    reach(world, CUSTOMERS)
    world.app.enrollments.change_details(
        *details_of(world, CUSTOMERS, world.dev.id),
    )
    world.dev.command("/eco", "customers", channel=world.channel.name)
    world.fill(world.dev, "End customers", customers="Nowhere : a@c.example : 700001")

    assert "Save anyway" == world.dev.view.submit
    accepted(world.dev.submit())

    assert (("Production", "Test"), Customer("Nowhere", "a@c.example", "700001")) == (
        world.enrollment().subsets,
        world.enrollment().customers[0],
    )


def details_of(world: World, step: StepKey, assignee: str) -> tuple[object, ...]:
    """What makes somebody the assignee of a step."""
    from bot.domain.access import Actor
    from bot.use_cases import Caller

    given = {"assignee": assignee, "target": None, "blocked_by": None, "blocked_why": None, "note": None}
    return Caller(world.workspace, Actor(world.ana.id)), world.enrollment().id, step, given
