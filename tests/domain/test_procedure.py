"""The table of the procedure, held against the vendor's document that it comes from."""

from datetime import timedelta

import pytest

from bot.domain.procedure import (
    PROCEDURE,
    SPECS,
    WAITS,
    Form,
    ListKey,
    StepKey,
    TicketKey,
    WaitKey,
    behind,
    dependents,
    prerequisites,
)

# key, title, optional, after, collects, ticket, its list, wait, whose turn, what is confirmed
ROWS = [
    ("sign_up", "Sign up with Spot", False, (), Form.SPOT_ORG_ID, None, None, None, "", None),
    (
        "connect_account", "Connect the management account", False, ("sign_up",), Form.AWS_DETAILS, None, None,
        "data_generation", "AWS and Spot", "Cost Analysis and the dashboard are there",
    ),
    (
        "full_eco", "Full Eco: strategy call and ramp-up", True, ("connect_account",), Form.CALL_DATE, None, None,
        "full_eco", "Spot", "ramp-up is done, coverage rises",
    ),
    (
        "enable_subsets", "Enable the Subsets feature", False, ("connect_account",), Form.TICKET_NUMBER,
        "enable_subsets", None, "nudge", "Spot support", "Subsets is enabled",
    ),
    ("create_subsets", "Create subsets", False, ("enable_subsets",), Form.SUBSET_NAMES, None, None, None, "", None),
    (
        "create_workflows", "Create billing workflows", False, ("enable_subsets",), Form.WORKFLOW_NAMES, None, None,
        None, "", None,
    ),
    (
        "validate_workflows", "Validate billing workflows", False, ("create_subsets", "create_workflows"),
        Form.VALIDATED_WORKFLOWS, None, None, None, "", None,
    ),
    (
        "associate_workflows", "Associate billing workflows", True, ("validate_workflows",), Form.TICKET_NUMBER,
        "associate_workflows", ListKey.PAIRS, "associate_workflows", "Spot support", "charges show in the Subsets List",
    ),
    (
        "associate_customers", "Associate end customers", True, ("create_subsets",), Form.TICKET_NUMBER,
        "associate_customers", ListKey.CUSTOMERS, "nudge", "Spot support",
        "support confirmed; users created and access given",
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
NEIGHBOURS = {
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
        (s.key, s.title, s.optional, s.after, s.form, s.ticket, s.carries, s.wait, s.turn, s.confirm) for s in PROCEDURE
    ]


@pytest.mark.parametrize(("name", "earliest", "latest", "promised"), WINDOWS, ids=[row[0] for row in WINDOWS])
def test_waits_have_the_documented_figures(
    name: str, earliest: timedelta | None, latest: timedelta, promised: bool
) -> None:
    """48 hours, four to six weeks, about four days; where nothing is documented, a nudge without a promise."""
    window = WAITS[WaitKey(name)]

    assert (earliest, latest, promised) == (window.earliest, window.latest, window.promised)


def test_there_are_no_other_waits_tickets_or_steps() -> None:
    """Every name is used: what no step asks for is not in the procedure."""
    assert set(WaitKey) == {spec.wait for spec in PROCEDURE if spec.wait} == set(WAITS)
    assert set(TicketKey) == {spec.ticket for spec in PROCEDURE if spec.ticket}
    assert set(ListKey) == {spec.carries for spec in PROCEDURE if spec.carries}
    assert set(Form) == {spec.form for spec in PROCEDURE}
    assert set(StepKey) == set(SPECS)


def test_a_wait_says_whose_turn_it_is_and_what_ends_it() -> None:
    """A step with a wait names both; one without a wait ends with the act and names neither."""
    assert [] == [s.key for s in PROCEDURE if not (bool(s.wait) == bool(s.turn) == bool(s.confirm))]


def test_every_step_says_what_to_do_and_where() -> None:
    """Each step has a sentence and at least one link over HTTPS."""
    assert [] == [s.key for s in PROCEDURE if not (s.act.endswith(".") and s.links)]
    assert [] == [url for s in PROCEDURE for _, url in s.links if not url.startswith("https://")]


@pytest.mark.parametrize("key", StepKey)
def test_what_a_step_needs_holds_up_and_leaves_behind(key: StepKey) -> None:
    """Full Eco runs beside the others, optional steps hold nothing up, associating customers needs subsets only."""
    needs, needed_by, over = ({StepKey(name) for name in names.split()} for names in NEIGHBOURS[key])

    assert needs == set(prerequisites(key))
    assert needed_by == set(dependents(key))
    assert over == set(behind(key))


@pytest.mark.parametrize("key", StepKey)
def test_neighbours_are_told_in_the_order_of_the_procedure(key: StepKey) -> None:
    """A list of steps in a sentence reads from first to last."""
    order = list(SPECS)

    for found in (prerequisites(key), dependents(key), behind(key)):
        assert sorted(found, key=order.index) == list(found)
