"""What finishing the act of a step collects, and what it cannot do without."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain import transitions
from bot.domain.enrollment import BillingWorkflow, EventKind, State
from bot.domain.errors import InvalidInput, NothingToDo
from bot.domain.tickets import missing_for_ticket
from tests.domain.building import KEYS, MATE, NOW, OPTIONAL, ORG, OWNER, POLICY, act, acted, blank, opened, started
from tests.support.steps import StepKey

ARN = f"arn:aws:iam::{blank().account_id}:role/SpotByNetApp_Finops_ReadOnly"


def test_signing_up_collects_the_organization() -> None:
    """The ID that is typed at the step is kept and told."""
    change = act(started(), StepKey.SIGN_UP)

    assert ORG == change.enrollment.value("spot_org_id")
    assert {"spot_org_id": ORG} == change.events[0].details


def test_signing_up_needs_the_organization_only_where_it_is_unknown() -> None:
    """Without an ID the field says so; one that is known already is enough."""
    with pytest.raises(InvalidInput, match=r"The Spot organization ID is needed to finish this step.") as fault:
        act(started(), StepKey.SIGN_UP, spot_org_id=None)
    assert "spot_org_id" == fault.value.field

    edited = started().with_shared({"spot_org_id": ORG})
    assert State.DONE is acted(edited, StepKey.SIGN_UP, spot_org_id=None).step(StepKey.SIGN_UP).state


def test_what_aws_checks_need_is_optional_and_kept() -> None:
    """Role and bucket may be given; leaving them empty later loses nothing."""
    before = opened(StepKey.CONNECT_ACCOUNT)
    given = acted(before, StepKey.CONNECT_ACCOUNT, role_arn=ARN, bucket="acme-cur")
    empty = acted(before.with_shared({"role_arn": ARN, "bucket": "acme-cur"}), StepKey.CONNECT_ACCOUNT)

    for after in (given, empty):
        assert {"role_arn": ARN, "bucket": "acme-cur"} == after.step(StepKey.CONNECT_ACCOUNT).values
    assert State.WAITING is acted(before, StepKey.CONNECT_ACCOUNT).step(StepKey.CONNECT_ACCOUNT).state


@pytest.mark.parametrize("key", [StepKey.ENABLE_SUBSETS, StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS])
def test_a_sent_ticket_has_a_number(key: StepKey) -> None:
    """Support's number is kept with the step and told; without one the field says that it is needed."""
    change = act(opened(key), key, ticket_number="#4711")

    assert {"ticket_number": "#4711"} == change.enrollment.step(key).values
    assert "#4711" == change.events[0].details["ticket_number"]
    with pytest.raises(InvalidInput, match=r"The ticket number is needed to finish this step.") as fault:
        act(opened(key), key, ticket_number=None)
    assert "ticket_number" == fault.value.field


NO_ORG = "The ticket needs the Spot organization ID. Press Edit and enter it first."
NO_PAIRS = "Add at least one pair first."
NO_CUSTOMERS = "Add at least one end customer first."

# step, what is missing, the sentence
TICKETS = [
    ("enable_subsets", "spot_org_id", NO_ORG),
    ("associate_workflows", "spot_org_id", NO_ORG),
    ("associate_workflows", "pairs", NO_PAIRS),
    ("associate_customers", "customers", NO_CUSTOMERS),
]


@pytest.mark.parametrize(("name", "lacking", "sentence"), TICKETS)
def test_a_ticket_cannot_have_been_sent_without_what_it_says(name: str, lacking: str, sentence: str) -> None:
    """Marking it sent is refused in the words that the ticket itself is refused with."""
    key = StepKey(name)
    full = opened(key)
    enrollment = full.with_shared({lacking: None}) if lacking == "spot_org_id" else full.with_list(lacking, ())

    with pytest.raises(InvalidInput) as fault:
        act(enrollment, key)

    assert (sentence, "ticket_number") == (str(fault.value), fault.value.field)
    assert sentence == missing_for_ticket(enrollment, key)


@pytest.mark.parametrize("key", KEYS)
def test_a_complete_ticket_lacks_nothing(key: StepKey) -> None:
    """Where everything is there, and where a step has no ticket, nothing is missing."""
    assert None is missing_for_ticket(opened(key), key)


def test_customers_need_no_organization_of_our_own() -> None:
    """The end customers' ticket names theirs, not ours."""
    assert None is missing_for_ticket(
        opened(StepKey.ASSOCIATE_CUSTOMERS).with_shared({"spot_org_id": None}), StepKey.ASSOCIATE_CUSTOMERS
    )


def test_names_are_recorded_in_the_order_given() -> None:
    """Subsets and billing workflows are whole lists: the new one replaces the old one."""
    before = replace(opened(StepKey.CREATE_SUBSETS), subsets=("Old",))
    change = act(before, StepKey.CREATE_SUBSETS, names=("Zeta", "Alpha"))
    workflows = acted(before, StepKey.CREATE_WORKFLOWS, names=("B", "A")).workflows

    assert (("Zeta", "Alpha"), {"count": 2}) == (change.enrollment.subsets, change.events[0].details)
    assert (BillingWorkflow("B"), BillingWorkflow("A")) == workflows


@pytest.mark.parametrize("key", [StepKey.CREATE_SUBSETS, StepKey.CREATE_WORKFLOWS])
def test_an_empty_list_finishes_nothing(key: StepKey) -> None:
    """At least one name is needed, and the field says so."""
    with pytest.raises(InvalidInput, match=r"Enter at least one name.") as fault:
        act(opened(key), key, names=())

    assert "names" == fault.value.field


def validate(enrollment: Any, *names: str) -> Any:
    """Say which billing workflows are right."""
    return act(enrollment, StepKey.VALIDATE_WORKFLOWS, by=MATE, validated=frozenset(names))


def test_billing_workflows_are_validated_one_by_one() -> None:
    """The step stays open until the last one is right; what was said before is kept."""
    some = validate(opened(StepKey.VALIDATE_WORKFLOWS), "Standard")
    every = validate(some.enrollment, "Reseller")

    assert [(EventKind.VALIDATED_SOME, {"validated": 1, "count": 2})] == [(e.kind, e.details) for e in some.events]
    assert State.OPEN is some.enrollment.step(StepKey.VALIDATE_WORKFLOWS).state
    assert [(EventKind.STEP_DONE, {"validated": 2, "count": 2})] == [(e.kind, e.details) for e in every.events]
    assert State.DONE is every.enrollment.step(StepKey.VALIDATE_WORKFLOWS).state
    assert all(workflow.validated for workflow in every.enrollment.workflows)


@pytest.mark.parametrize("names", [(), ("Unheard of",), ("Standard",)])
def test_validating_nothing_new_is_nothing(names: tuple[str, ...]) -> None:
    """An empty choice, an unknown name, and one that was validated before change nothing."""
    enrollment = validate(opened(StepKey.VALIDATE_WORKFLOWS), "Standard").enrollment

    with pytest.raises(NothingToDo, match=r"Choose at least one billing workflow that you have validated."):
        validate(enrollment, *names)


def test_validation_without_recorded_names_is_done_at_once() -> None:
    """A team that started in the middle has recorded no billing workflow: there is nothing to tick off."""
    enrollment = replace(opened(StepKey.VALIDATE_WORKFLOWS), workflows=())

    assert State.DONE is validate(enrollment).enrollment.step(StepKey.VALIDATE_WORKFLOWS).state


def reworked(*names: str) -> Any:
    """An enrollment whose validation was done, and whose billing workflows were then recorded anew."""
    done = acted(opened(StepKey.VALIDATE_WORKFLOWS), StepKey.VALIDATE_WORKFLOWS)
    again = transitions.reopen(done, StepKey.CREATE_WORKFLOWS, OWNER, NOW, POLICY).enrollment
    return acted(again, StepKey.CREATE_WORKFLOWS, names=names)


def test_a_new_billing_workflow_takes_the_validation_back() -> None:
    """What was validated stays so; the new one must be, and until then nothing may be associated."""
    after = reworked("Reseller", "Standard", "New")

    assert [True, True, False] == [workflow.validated for workflow in after.workflows]
    step = after.step(StepKey.VALIDATE_WORKFLOWS)
    assert (State.OPEN, None, None) == (step.state, step.finished_at, step.finished_by)
    assert State.LOCKED is after.step(StepKey.ASSOCIATE_WORKFLOWS).state


def test_fewer_billing_workflows_stay_validated() -> None:
    """Taking a name away leaves nothing to validate, and the next step is open again."""
    after = reworked("Standard")

    assert (BillingWorkflow("Standard", validated=True),) == after.workflows
    assert State.DONE is after.step(StepKey.VALIDATE_WORKFLOWS).state
    assert State.OPEN is after.step(StepKey.ASSOCIATE_WORKFLOWS).state


@pytest.mark.parametrize("key", sorted({*KEYS} - {*OPTIONAL, StepKey.VALIDATE_WORKFLOWS}))
def test_only_what_the_form_asks_for_is_looked_at(key: StepKey) -> None:
    """A value that belongs to another step's form is left alone."""
    after = acted(opened(key), key, role_arn=ARN, bucket="acme-cur", ticket_number="#4711")

    assert (after.value("role_arn") is None) == (key != StepKey.CONNECT_ACCOUNT)
    assert ("ticket_number" not in after.step(key).values) == (key != StepKey.ENABLE_SUBSETS)
