"""The forms for pairs and customers: what they offer, what they refuse by line, what they ask twice."""

from __future__ import annotations

import pytest

from bot.domain.enrollment import Customer, Pair, State
from bot.localslack import View
from tests.support.bot_world import ORG, World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, reach

PAIRS, CUSTOMERS = StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS
QUOTES = 'Put a name with a colon in double quotes: "Prod: EU" : Standard'


def pairs_form(world: World, typed: str | None = None) -> View:
    """The pairs form on the card's button; with `typed`, as it is after submitting that."""
    if world.ana.view is None:
        world.click(world.ana, "Add pairs", PAIRS)
    form = world.ana.wait_view("Pairs")
    if typed is not None:
        world.fill(world.ana, "Pairs", **{"Subset : billing workflow": typed})
        form = world.ana.view
    return form


def customers_form(world: World, typed: str | None = None) -> View:
    """The same for customers."""
    if world.ana.view is None:
        world.click(world.ana, "Add customers", CUSTOMERS)
    form = world.ana.wait_view("End customers")
    if typed is not None:
        world.fill(world.ana, "End customers", **{"Subset : console email : Spot org ID": typed})
        form = world.ana.view
    return form


def test_the_pairs_form_offers_the_names_that_are_known(world: World) -> None:
    """The recorded subsets and billing workflows stand above the one field."""
    reach(world, PAIRS)

    form = pairs_form(world)

    assert "*Subsets:* Production, Test\n*Billing workflows:* Standard, Reseller" in form.shown
    assert ["Subset : billing workflow", "Or upload a file"] == list(form.labels.values())
    assert QUOTES in form.shown


def test_names_that_were_never_created_are_a_warning_to_confirm(world: World) -> None:
    """Both kinds are named; what was typed stays; submitting again takes it."""
    reach(world, PAIRS)

    form = pairs_form(world, "Nowhere : Standard\nTest : Nothing")

    assert "“Nowhere” isn't on your list of subsets." in form.shown
    assert "“Nothing” isn't on your list of billing workflows." in form.shown
    assert "Nowhere : Standard\nTest : Nothing" == form.values["pairs"]
    assert () == world.enrollment().pairs
    accepted(world.ana.submit())
    assert (Pair("Nowhere", "Standard"), Pair("Test", "Nothing")) == world.enrollment().pairs


@pytest.mark.parametrize(
    ("typed", "pair"),
    [
        ("Production : Standard", ("Production", "Standard")),
        ("Production:Standard", ("Production", "Standard")),
        ("  Production  :  Standard  ", ("Production", "Standard")),
        ("Prod:EU : Standard", ("Prod:EU", "Standard")),
        ('"Prod : EU" : Standard', ("Prod : EU", "Standard")),
        ("“Prod : EU” : Standard", ("Prod : EU", "Standard")),
        ('Production : "Mar:gin"', ("Production", "Mar:gin")),
        ("<!channel> & co : <b>", ("<!channel> & co", "<b>")),
        ("Zürich 🚀 : Größe", ("Zürich 🚀", "Größe")),
        ("Workflow\tSubset name\nStandard\tProduction", ("Production", "Standard")),
        ("- Production : Standard,", ("Production", "Standard")),
    ],
)
def test_a_pair_is_read_as_people_write_it(world: World, typed: str, pair: tuple[str, str]) -> None:
    """With or without spaces at the colon; names with a colon in quotes, or next to a colon with spaces."""
    reach(world, PAIRS)

    form = pairs_form(world, typed)
    if form is not None:  # the names are unknown: confirmed
        accepted(world.ana.submit())

    assert (Pair(*pair),) == world.enrollment().pairs


def test_every_faulty_line_is_named_and_nothing_is_lost(world: World) -> None:
    """Duplicates, contradictions, empty sides and missing colons, each with its line, in the preview of the others."""
    reach(world, PAIRS)
    typed = "\n".join(
        [
            "Production : Standard",
            "",
            "Production : Standard",
            "Production : Reseller",
            " : Standard",
            "no colon",
            "a : b : c",
            "Test : ",
        ]
    )

    pairs_form(world, typed)

    faults = [
        "Line 3: repeats line 1.",
        "Line 4: “Production” has “Standard” on line 1 already. A subset has one billing workflow.",
        "Line 5: the subset is empty.",
        "Line 6: “no colon” has no “:”. Write it as subset : billing workflow.",
        f"Line 7: “a : b : c” has more than one “:”. {QUOTES}",
        "Line 8: the billing workflow is empty.",
    ]
    assert "\n".join(f"• {fault}" for fault in faults) in world.ana.view.shown
    assert "Production : Standard" in world.ana.view.shown
    world.ana.click(world.ana.view, "Fix and upload again")
    assert typed == world.ana.wait_view("Pairs").values["pairs"]


def test_lines_of_which_none_can_be_read_are_named_in_the_form(world: World) -> None:
    """There is nothing to preview."""
    reach(world, PAIRS)

    form = pairs_form(world, "no colon\n : Standard")

    said = "Line 1: “no colon” has no “:”. Write it as subset : billing workflow.\nLine 2: the subset is empty."
    assert said == form.errors["pairs"]
    assert "no colon\n : Standard" == form.values["pairs"]


def test_pairs_are_removed_and_replaced(world: World) -> None:
    """Recorded ones are offered to be removed; pairing a subset anew asks first."""
    reach(world, PAIRS)
    pairs_form(world, "Production : Standard\nTest : Reseller")
    world.deliver()

    form = pairs_form(world)
    assert "Remove (2 on the list)" in form.labels.values()
    accepted(world.fill(world.ana, "Pairs", remove=["Production : Standard"]))
    assert (Pair("Test", "Reseller"),) == world.enrollment().pairs

    form = pairs_form(world, "Test : Standard")
    assert "“Test” (now “Reseller”)" in form.shown
    accepted(world.ana.submit())
    world.deliver()
    assert (Pair("Test", "Standard"),) == world.enrollment().pairs
    assert (
        "changed the subset : billing workflow pairs: 0 added, 1 changed, 0 removed, 1 in all."
        in world.thread()[-1].text
    )


def test_a_recorded_pair_and_an_empty_form_are_told(world: World) -> None:
    """Nothing is written twice, and saving nothing says so."""
    reach(world, PAIRS)
    pairs_form(world, "Production : Standard")

    assert "Nothing was added or removed." == pairs_form(world, "Production : Standard").errors["pairs"]
    assert "Nothing was added or removed." == pairs_form(world, "").errors["pairs"]


def test_a_removal_means_what_was_shown_when_the_form_was_opened(world: World) -> None:
    """Somebody else may have changed the list meanwhile: what they removed is gone, what they left stays."""
    reach(world, PAIRS, collaborators=["ben"])
    pairs_form(world, "Production : Standard\nTest : Reseller\nThird : Standard")
    accepted(world.ana.submit())
    world.deliver()
    pairs_form(world)
    world.ana.fill({"remove": ["Test : Reseller"]})
    world.click(world.ben, "Add pairs", PAIRS)
    accepted(world.fill(world.ben, "Pairs", remove=["Production : Standard"]))

    accepted(world.ana.submit())

    assert (Pair("Third", "Standard"),) == world.enrollment().pairs


def test_customers_are_read_line_by_line(world: World) -> None:
    """Subset, console email and organization ID; Slack's own mail links are taken apart."""
    reach(world, CUSTOMERS)
    form = customers_form(world)
    assert "*Subsets:* Production, Test" in form.shown
    assert "Billing workflows" not in form.shown

    customers_form(
        world,
        "Production : ops@one.example : 700000000001\n"
        "Prod: EU : <mailto:ops@two.example|ops@two.example> : 700 000 000 002\n"
        "Test:it@three.example:700000000003",
    )
    accepted(world.ana.submit())  # "Prod: EU" is unknown

    assert (
        Customer("Production", "ops@one.example", "700000000001"),
        Customer("Prod: EU", "ops@two.example", "700000000002"),
        Customer("Test", "it@three.example", "700000000003"),
    ) == world.enrollment().customers


def test_faulty_customers_are_named_by_line(world: World) -> None:
    """One's own organization, a wrong ID, a wrong address, a repetition."""
    reach(world, CUSTOMERS)
    typed = "\n".join(
        [
            "Test : ops@one.example : 700000000001",
            f"Test : ops@own.example : {ORG}",
            "Test : ops@one.example : o-a1b2c3d4e5",
            "Test : nobody : 700000000002",
            "Test : ops@one.example : 700000000001",
            "Test : ops@one.example",
        ]
    )

    form = customers_form(world, typed)

    for fault in (
        f"Line 2: {ORG} is your own Spot organization. Enter the one of the end customer.",
        "Line 3: “o-a1b2c3d4e5” looks like an AWS Organizations ID.",
        "Line 4: “nobody” is not an email address. Write it like name@example.com.",
        "Line 5: repeats line 1.",
        "Line 6: “Test : ops@one.example” has too few “:”. Write it as subset : console email : Spot org ID.",
    ):
        assert fault in form.shown
    assert "1 new, 0 changed, 0 unchanged, 5 with errors." in form.shown


def test_customers_of_unknown_subsets_are_a_warning_and_can_be_removed(world: World) -> None:
    """As for pairs."""
    reach(world, CUSTOMERS)
    form = customers_form(world, "Elsewhere : ops@one.example : 700000000001")
    assert "“Elsewhere” isn't on your list of subsets." in form.shown
    accepted(world.ana.submit())
    world.deliver()
    assert "1 end customer listed" in world.card().shown

    customers_form(world)
    accepted(world.fill(world.ana, "End customers", remove=["Elsewhere : ops@one.example : 700000000001"]))
    world.deliver()

    assert () == world.enrollment().customers
    assert "changed the end customers: 0 added, 1 removed, 0 in all." in world.thread()[-1].text


def test_subset_names_are_edited_as_a_whole_after_reopening(world: World) -> None:
    """The form begins with what is recorded; a preview names repetitions by their lines, and saves the other lines."""
    reach(world, CUSTOMERS)
    world.click(world.ana, "Reopen", StepKey.CREATE_SUBSETS)
    accepted(world.fill(world.ana, "Reopen"))
    world.deliver()
    world.click(world.ana, "Mark done", StepKey.CREATE_SUBSETS)
    assert "Production\nTest" == world.ana.wait_view("Mark done").values["names"]

    world.fill(world.ana, "Mark done", names="Production\nDev: EU\nProduction")
    shown = world.ana.wait_view("Preview").shown
    assert "Line 3: “Production” is on line 1 already." in shown
    assert "1 new, 0 changed, 1 removed, 1 unchanged, 1 with errors." in shown
    world.ana.click(world.ana.view, "Fix and upload again")
    form = world.ana.wait_view("Mark done")
    assert "Production\nDev: EU\nProduction" == form.values["names"]
    world.fill(world.ana, "Mark done", names="Production\nDev: EU\nDev: EU")
    accepted(world.ana.submit())

    made = world.enrollment()
    assert (("Production", "Dev: EU"), State.DONE) == (made.subsets, made.step(StepKey.CREATE_SUBSETS).state)
