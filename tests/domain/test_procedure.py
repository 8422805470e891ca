"""The table of the procedure, held against the vendor's document that it comes from."""

from datetime import timedelta

import pytest

from bot.domain.actions import ADD
from bot.domain.list_entries import KINDS
from bot.domain.lists import LINES
from bot.domain.procedure import BUILT_IN, TICKET_NUMBER, USUAL
from bot.domain.step_order import completed_before, dependents, prerequisites
from bot.domain.value_types import TYPES, Names
from bot.presentation.texts import TEMPLATES
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE, SHARED, SPECS, WAITS

# key, title, optional, after, collects, ticket, its list, wait, whose turn, what is confirmed
ROWS = [
    ("sign_up", "Sign up with Spot", False, (), ("spot_org_id",), None, None, None, "", None),
    (
        "connect_account", "Connect the management account", False, ("sign_up",),
        ("role_arn", "bucket", "spot_external_id"), None, None, "data_generation",
        "AWS and Spot", "Are Cost Analysis and the dashboard there?",
    ),
    (
        "full_eco", "Full Eco: strategy call and ramp-up", True, ("connect_account",),
        ("call_date", "full_role_arn"), None, None, "full_eco", "Spot",
        "Is the ramp-up finished, and is coverage rising?",
    ),
    (
        "enable_subsets", "Enable the Subsets feature", False, ("connect_account",), ("ticket_number",),
        "enable_subsets", None, "nudge", "Spot support", "Is the Subsets feature enabled?",
    ),
    ("create_subsets", "Create subsets", False, ("enable_subsets",), ("names",), None, None, None, "", None),
    (
        "create_workflows", "Create billing workflows", False, ("enable_subsets",), ("names",), None, None,
        None, "", None,
    ),
    (
        "validate_workflows", "Validate billing workflows", False, ("create_subsets", "create_workflows"),
        ("validated",), None, None, None, "", None,
    ),
    (
        "associate_workflows", "Associate billing workflows", True, ("validate_workflows",), ("ticket_number",),
        "associate_workflows", "pairs", "associate_workflows", "Spot support",
        "Do the charges show in your Subsets List?",
    ),
    (
        "associate_customers", "Associate end customers", True, ("create_subsets",), ("ticket_number",),
        "associate_customers", "customers", "nudge", "Spot support",
        "Has support confirmed, and have you created the users and given them access?",
    ),
]  # fmt: skip

# wait, earliest, latest, promised
WINDOWS = [
    ("data_generation", None, timedelta(hours=48), True),
    ("full_eco", timedelta(days=28), timedelta(days=42), True),
    ("associate_workflows", None, timedelta(days=4), True),
    ("nudge", None, timedelta(days=2), False),
]

# step, every step that it needs, every step that needs it, the steps behind a team that stands at it
NEIGHBORS = {
    "sign_up": ("", "connect_account full_eco enable_subsets create_subsets create_workflows validate_workflows "
                    "associate_workflows associate_customers", ""),
    "connect_account": ("sign_up", "full_eco enable_subsets create_subsets create_workflows validate_workflows "
                                   "associate_workflows associate_customers", "sign_up"),
    "full_eco": ("sign_up connect_account", "", "sign_up connect_account"),
    "enable_subsets": (
        "sign_up connect_account",
        "create_subsets create_workflows validate_workflows associate_workflows associate_customers",
        "sign_up connect_account",
    ),
    "create_subsets": (
        "sign_up connect_account enable_subsets",
        "validate_workflows associate_workflows associate_customers",
        "sign_up connect_account enable_subsets",
    ),
    "create_workflows": (
        "sign_up connect_account enable_subsets",
        "validate_workflows associate_workflows",
        "sign_up connect_account enable_subsets create_subsets",
    ),
    "validate_workflows": (
        "sign_up connect_account enable_subsets create_subsets create_workflows",
        "associate_workflows",
        "sign_up connect_account enable_subsets create_subsets create_workflows",
    ),
    "associate_workflows": (
        "sign_up connect_account enable_subsets create_subsets create_workflows validate_workflows",
        "",
        "sign_up connect_account enable_subsets create_subsets create_workflows validate_workflows",
    ),
    "associate_customers": (
        "sign_up connect_account enable_subsets create_subsets",
        "",
        "sign_up connect_account enable_subsets create_subsets create_workflows validate_workflows",
    ),
}  # fmt: skip


def test_the_procedure_is_the_documented_one() -> None:
    """Nine steps in the order of the document, each with its wait, ticket, confirmation and prerequisites."""
    assert ROWS == [
        (
            s.key, s.title, s.optional, s.requires, tuple(field.key for field in s.collects),
            s.ticket, s.list_in_ticket, s.wait, s.waiting_on, s.confirm,
        )
        for s in PROCEDURE
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "earliest", "latest", "promised"), WINDOWS, ids=[row[0] for row in WINDOWS])
def test_waits_have_the_documented_figures(
    name: str, earliest: timedelta | None, latest: timedelta, promised: bool
) -> None:
    """48 hours, four to six weeks, about four days; where nothing is documented, a nudge without a promise."""
    window = WAITS[name]

    assert (earliest, latest, promised) == (window.earliest, window.latest, window.promised)


def test_there_are_no_other_waits_tickets_or_lists() -> None:
    """Every name is used: what no step asks for is not in the procedure; every ticket has its text and no other."""
    assert set(WAITS) == {spec.wait for spec in PROCEDURE if spec.wait}
    assert {file.name.removesuffix(".txt.j2") for file in (TEMPLATES / "tickets").iterdir()} == {
        ticket for each in BUILT_IN for spec in each.steps for ticket in (spec.ticket, spec.extra_ticket) if ticket
    } | {f"{spec.ticket}_follow_up" for spec in PROCEDURE if spec.list_in_ticket}
    in_tickets = {spec.list_in_ticket for spec in PROCEDURE if spec.list_in_ticket}
    besides = {spec.extra_list for spec in PROCEDURE if spec.extra_list}
    assert in_tickets == set(LINES)
    assert in_tickets | besides == set(ADD)
    assert in_tickets | besides == {kind.name for kind in KINDS.values() if not kind.has_names}
    assert list(SPECS) == list(StepKey), "tests/support/steps.py names the steps for tests"


def test_every_field_has_a_type_and_a_key_of_its_own() -> None:
    """Its type is in the registry, shared keys are unique, a list type names its list, a ticket collects its number."""
    fields = [(spec, field) for spec in PROCEDURE for field in spec.collects]
    shared = [field.key for _, field in fields if field.shared]

    assert [] == [field.key for _, field in fields if field.type not in TYPES]
    assert len(shared) == len(set(shared)) == len(SHARED)
    assert [] == [s.key for s in PROCEDURE if len({field.key for field in s.collects}) != len(s.collects)]
    assert [] == [f.key for _, f in fields if isinstance(TYPES[f.type], Names) != (f.list_name is not None)]
    assert [] == [s.key for s in PROCEDURE if bool(s.ticket) != any(f is TICKET_NUMBER for f in s.collects)]
    assert [] == [key for s in PROCEDURE for key in s.ticket_needs if key not in SHARED]
    assert 1 == len([s for s in PROCEDURE if s.checks])


def test_a_wait_says_whose_turn_it_is_and_what_ends_it() -> None:
    """A step with a wait names both; one without a wait ends with the act and names neither."""
    assert [] == [
        s.key for s in PROCEDURE if not (bool(s.wait) == bool(s.waiting_on) == bool(s.confirm) == bool(s.acted))
    ]


def test_every_step_says_what_to_do_and_where() -> None:
    """Each step has a sentence and at least one link over HTTPS."""
    assert [] == [s.key for s in PROCEDURE if not (s.instruction.endswith(".") and s.links)]
    assert [] == [url for s in PROCEDURE for _, url in s.links if not url.startswith("https://")]


@pytest.mark.parametrize("key", StepKey)
def test_what_a_step_needs_holds_up_and_leaves_behind(key: StepKey) -> None:
    """Full Eco runs beside the others, optional steps hold nothing up, associating customers needs subsets only."""
    needs, needed_by, over = ({StepKey(name) for name in names.split()} for names in NEIGHBORS[key])

    assert needs == set(prerequisites(USUAL, key))
    assert needed_by == set(dependents(USUAL, key))
    assert over == set(completed_before(USUAL, key))


@pytest.mark.parametrize("key", StepKey)
def test_neighbors_are_told_in_the_order_of_the_procedure(key: StepKey) -> None:
    """A list of steps in a sentence reads from first to last."""
    order = list(SPECS)

    for found in (
        prerequisites(USUAL, key),
        dependents(USUAL, key),
        completed_before(USUAL, key),
    ):
        assert sorted(found, key=order.index) == list(found)
