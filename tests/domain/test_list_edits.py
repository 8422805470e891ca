"""Changes of single entries of lists: names are carried over, places are kept, contradictions are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.domain import list_edits
from bot.domain.enrollment import BillingWorkflow, Customer, Enrollment, EventKind, Pair, State, Status
from bot.domain.errors import DomainError, InvalidInput, NothingToDo, StepConflict
from bot.domain.list_entries import entry_key
from bot.presentation import texts
from tests.domain.building import NOW, ORG, OWNER, POLICY, finished, opened
from tests.support.steps import StepKey as K

VALIDATED = finished(opened(K.VALIDATE_WORKFLOWS), K.VALIDATE_WORKFLOWS)
CUSTOMER = Customer("Prod", "a@x.example", "700001")


def listed(*pairs: Pair, customers: tuple[Customer, ...] = ()) -> Enrollment:
    """An enrollment with subsets Prod and Test, billing workflows Standard and Reseller, and these lists."""
    return replace(VALIDATED, pairs=pairs, customers=customers)


def edited(before: Enrollment, list_name: str, place: int, **given: str) -> Enrollment:
    """The enrollment after one entry was edited."""
    return list_edits.change_entry(before, list_name, place, given, OWNER, NOW, POLICY).enrollment


def test_a_subset_that_is_renamed_is_renamed_in_pairs_and_customers() -> None:
    """At its place in each list, and the thread says how many they were."""
    before = listed(Pair("Test", "Standard"), Pair("Prod", "Reseller"), customers=(CUSTOMER,))

    change = list_edits.change_entry(before, "subsets", 0, {"name": "Production"}, OWNER, NOW, POLICY)

    after = change.enrollment
    assert ("Production", "Test") == after.subsets
    assert (Pair("Test", "Standard"), Pair("Production", "Reseller")) == after.pairs
    assert ("Production",) == tuple(each.subset for each in after.customers)
    said = texts.thread_line(after, change.events[0], OWNER)
    assert said.endswith("renamed “Prod” to “Production” on the list of subsets, also in 1 pair and 1 end customer.")


def test_a_billing_workflow_that_is_renamed_stays_validated() -> None:
    """It is the same one."""
    after = edited(listed(Pair("Prod", "Standard")), "workflows", 0, name="Gold")

    assert (BillingWorkflow("Gold", True), BillingWorkflow("Reseller", True)) == after.workflows
    assert (Pair("Prod", "Gold"),) == after.pairs
    assert State.DONE is after.step(K.VALIDATE_WORKFLOWS).state


def test_a_name_that_pairs_have_already_is_joined_with_it() -> None:
    """As where the pairs were right and the recorded name was not; with another billing workflow it is refused."""
    same = listed(Pair("Prod", "Standard"), Pair("Production", "Standard"))
    other = listed(Pair("Prod", "Standard"), Pair("Production", "Reseller"))

    assert (Pair("Production", "Standard"),) == edited(same, "subsets", 0, name="Production").pairs
    with pytest.raises(InvalidInput, match="Your pairs have “Production” with another billing workflow already"):
        edited(other, "subsets", 0, name="Production")


#: The list, the place and the typed values -> the field and the beginning of the refusal.
REFUSED: dict[str, tuple[str, int, Mapping[str, str], str, str]] = {
    "a subset that is paired": (
        "pairs", 0, {"subset": "Test", "workflow": "Standard"}, "subset", "“Test” has “Reseller” on the list already.",
    ),
    "an entry that is there": (
        "pairs", 0, {"subset": "Test", "workflow": "Reseller"}, "workflow", "The list has this pair already.",
    ),
    "one's own organization": (
        "customers", 0, {"subset": "Prod", "email": "a@x.example", "spot_org_id": ORG}, "spot_org_id",
        f"{ORG} is your own Spot organization.",
    ),
    "a name that is there": ("subsets", 0, {"name": "Test"}, "name", "The list has this subset already."),
    "a workflow that is there": ("workflows", 0, {"name": "Reseller"}, "name", "The list has this billing workflow"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "place", "given", "field", "said"), REFUSED.values(), ids=REFUSED)
def test_a_contradiction_is_refused_at_its_field(
    name: str, place: int, given: Mapping[str, str], field: str, said: str
) -> None:
    """As the forms of the lists refuse it."""
    before = listed(Pair("Prod", "Standard"), Pair("Test", "Reseller"), customers=(CUSTOMER,))

    with pytest.raises(InvalidInput) as refused:
        edited(before, name, place, **given)

    assert (field, True) == (refused.value.field, str(refused.value).startswith(said))


def test_an_entry_is_found_by_what_it_says() -> None:
    """Others may have come and gone before it; another one in its place is not the same."""
    key = entry_key("Test")

    assert 1 == list_edits.find(VALIDATED, "subsets", key)
    assert 0 == list_edits.find(replace(VALIDATED, subsets=("Test",)), "subsets", key)
    for others in (("Prod", "New"), ("Prod", "New", "Other")):
        with pytest.raises(StepConflict, match="Somebody has removed this subset"):
            list_edits.find(replace(VALIDATED, subsets=others), "subsets", key)


def test_removed_names_stay_in_pairs_and_the_last_one_of_a_done_step_stays() -> None:
    """A done step keeps at least one name; before it, all may go."""
    before = listed(Pair("Prod", "Standard"))

    after = list_edits.remove_entries(before, "subsets", frozenset({"Prod"}), OWNER, NOW, POLICY).enrollment
    assert (("Test",), before.pairs) == (after.subsets, after.pairs)
    assert "This name is used by 1 pair, where it stays." == list_edits.used_names(before, "subsets", ["Prod"])
    with pytest.raises(
        InvalidInput, match=r"^“Create subsets” is done, so keep at least one subset, or reopen the step\.$"
    ):
        list_edits.remove_entries(after, "subsets", frozenset({"Test"}), OWNER, NOW, POLICY)

    early = replace(opened(K.CREATE_SUBSETS), subsets=("Prod",))
    assert (
        ()
        == list_edits.remove_entries(early, "subsets", frozenset(early.subsets), OWNER, NOW, POLICY).enrollment.subsets
    )


def test_the_event_of_a_removal_names_the_first_three_names() -> None:
    """The thread counts the others; pairs are counted only."""
    before = replace(listed(Pair("A", "Standard")), subsets=("A", "B", "C", "D", "E"))

    names = list_edits.remove_entries(before, "subsets", frozenset("ABCD"), OWNER, NOW, POLICY)
    pairs = list_edits.remove_entries(before, "pairs", frozenset(before.pairs), OWNER, NOW, POLICY)

    assert (OWNER, NOW) == (names.by, names.at)
    first = {"removed": ["A", "B", "C"]}
    assert {"added": 0, "removed": 4, "count": 1, "list": "subsets", "first": first} == names.events[0].details
    assert {"added": 0, "removed": 1, "count": 0, "list": "pairs"} == pairs.events[0].details
    said = texts.thread_line(names.enrollment, names.events[0], OWNER)
    assert said.endswith("changed the subsets: 0 added, 4 removed, 1 in all. Removed: A; B; C and 1 more.")


def test_the_event_of_an_edit_or_an_addition_counts_only_what_happened() -> None:
    """A pair that was edited is one that was changed; of added names the first three are named."""
    before = listed(Pair("Prod", "Standard"))

    typed = {"subset": "Prod", "workflow": "Reseller"}
    pair = list_edits.change_entry(before, "pairs", 0, typed, OWNER, NOW, POLICY)
    names = list_edits.add_names(before, "subsets", list("ABCD"), OWNER, NOW, POLICY)

    assert [(OWNER, NOW)] * 2 == [(change.by, change.at) for change in (pair, names)]
    assert {"added": 0, "removed": 0, "count": 1, "list": "pairs", "changed": 1} == pair.events[0].details
    first = {"added": ["A", "B", "C"]}
    assert {"added": 4, "removed": 0, "count": 6, "list": "subsets", "first": first} == names.events[0].details


def test_a_billing_workflow_that_is_added_takes_its_validation_back() -> None:
    """As when it is added by its step's form; a subset changes no step."""
    more = list_edits.add_names(VALIDATED, "workflows", ["Gold"], OWNER, NOW, POLICY)

    assert State.OPEN is more.enrollment.step(K.VALIDATE_WORKFLOWS).state
    assert BillingWorkflow("Gold") == more.enrollment.workflows[-1]
    assert [EventKind.NAMES_CHANGED] == [event.kind for event in more.events]
    assert "changed the billing workflows: 1 added, 0 removed, 3 in all. Added: Gold." in texts.thread_line(
        more.enrollment, more.events[0], OWNER
    )
    assert (
        State.DONE
        is list_edits.add_names(VALIDATED, "subsets", ["Dev"], OWNER, NOW, POLICY)
        .enrollment.step(K.VALIDATE_WORKFLOWS)
        .state
    )


def test_what_changes_nothing_and_what_is_cancelled_is_refused() -> None:
    """With a sentence each."""
    cancelled = replace(VALIDATED, status=Status.CANCELLED)

    with pytest.raises(NothingToDo, match=r"^Nothing was changed\.$"):
        edited(VALIDATED, "subsets", 0, name="Prod")
    with pytest.raises(NothingToDo, match=r"^Somebody has removed these already\.$"):
        list_edits.remove_entries(VALIDATED, "pairs", frozenset({Pair("X", "Y")}), OWNER, NOW, POLICY)
    with pytest.raises(InvalidInput, match=r"^“Test” is already on the list\.$"):
        list_edits.add_names(VALIDATED, "subsets", ["Test"], OWNER, NOW, POLICY)
    for change in (
        lambda: edited(cancelled, "subsets", 0, name="Other"),
        lambda: list_edits.remove_entries(cancelled, "subsets", frozenset({"Prod"}), OWNER, NOW, POLICY),
        lambda: list_edits.add_names(cancelled, "subsets", ["Dev"], OWNER, NOW, POLICY),
    ):
        with pytest.raises(DomainError, match="was cancelled"):
            change()
