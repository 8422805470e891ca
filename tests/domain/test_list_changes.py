"""What saving entries changes in a list: new, changed, removed and unchanged ones, each in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import lifecycle
from bot.domain.enrollment import BillingWorkflow, Customer, Pair
from bot.domain.list_changes import compare, lines_changed, unknown_names, with_names
from tests.domain.building import MATE, NOW, POLICY, opened
from tests.support.steps import StepKey

A, B, C = Pair("A", "1"), Pair("B", "1"), Pair("C", "1")
ADA, BOB = Customer("A", "ada@a.example", "700001"), Customer("B", "bob@b.example", "700002")
OTHER = Customer("A", "eve@a.example", "700001")

#: list, recorded, given, replace, removed -> the list after it, and how many are new, changed, removed, unchanged
CASES: dict[str, tuple[str, Any, Any, bool, Any, Any, tuple[int, int, int, int]]] = {
    "new": ("pairs", (A,), (B,), False, (), (A, B), (1, 0, 0, 0)),
    "unchanged": ("pairs", (A, B), (B,), False, (), (A, B), (0, 0, 0, 1)),
    "changed in its place": ("pairs", (A, B), (Pair("A", "2"),), False, (), (Pair("A", "2"), B), (0, 1, 0, 0)),
    "replaced list": ("pairs", (A, B), (B, C), True, (), (B, C), (1, 0, 1, 1)),
    "another order is no change": ("pairs", (A, B), (B, A), True, (), (A, B), (0, 0, 0, 2)),
    "removed": ("pairs", (A, B), (), False, (A,), (B,), (0, 0, 1, 0)),
    "given and removed stays": ("pairs", (A, B), (A,), False, (A,), (A, B), (0, 0, 0, 1)),
    "another email": ("customers", (ADA, BOB), (OTHER,), False, (), (OTHER, BOB), (0, 1, 0, 0)),
    "a second email": ("customers", (ADA,), (ADA, OTHER), False, (), (ADA, OTHER), (1, 0, 0, 1)),
    "another organization": (
        "customers",
        (ADA,),
        (replace(ADA, spot_org_id="700009"),),
        False,
        (),
        (ADA, replace(ADA, spot_org_id="700009")),
        (1, 0, 0, 0),
    ),
    "names": ("subsets", ("A", "B"), ("B", "C"), True, (), ("B", "C"), (1, 0, 1, 1)),
    "a validated billing workflow": (
        "workflows",
        (BillingWorkflow("A", validated=True),),
        ("A", "B"),
        False,
        (),
        (BillingWorkflow("A", validated=True), BillingWorkflow("B")),
        (1, 0, 0, 1),
    ),
}


@pytest.mark.parametrize(
    ("name", "recorded", "given", "replaces", "remove", "after", "counts"), CASES.values(), ids=CASES
)
def test_entries_are_new_changed_removed_or_unchanged(
    name: str, recorded: Any, given: Any, replaces: bool, remove: Any, after: Any, counts: tuple[int, int, int, int]
) -> None:
    """What is on the list keeps its place; a change takes the place of what it changes."""
    changes = compare(name, recorded, given, replace=replaces, remove=frozenset(remove))

    assert after == changes.after
    assert counts == (len(changes.new), len(changes.changed), len(changes.removed), changes.unchanged)


PAIRS = st.lists(st.builds(Pair, st.sampled_from("ABCDE"), st.sampled_from("123")), unique_by=lambda pair: pair.subset)


@given(PAIRS, PAIRS, st.booleans())
def test_saving_the_same_again_changes_nothing(recorded: list[Pair], given: list[Pair], replaces: bool) -> None:
    """Once saved, all entries are unchanged; a replaced list holds what was given, and a merged one all of it."""
    after = compare("pairs", recorded, given, replace=replaces).after

    again = compare("pairs", after, given, replace=replaces)

    assert (after, False, len(given)) == (again.after, bool(again), again.unchanged)
    assert set(given) <= set(after)
    assert not replaces or len(after) == len(given)


def test_names_that_were_never_recorded_are_found_in_pairs_and_customers() -> None:
    """Each once, by their list; where no name was recorded at all, none is missing."""
    enrollment = replace(opened(StepKey.SIGN_UP), subsets=("A",), workflows=(BillingWorkflow("1"),))

    found = unknown_names(enrollment, "pairs", [A, Pair("B", "2"), Pair("C", "2")])

    assert {"subsets": ("B", "C"), "workflows": ("2",)} == found
    assert {"subsets": ("B",)} == unknown_names(enrollment, "customers", [ADA, BOB])
    assert {} == unknown_names(opened(StepKey.SIGN_UP), "pairs", [A])
    assert {} == unknown_names(enrollment, "subsets", ["B"])


def test_a_change_can_add_the_names_that_it_uses() -> None:
    """They come to their lists in the same change, and its event names them."""
    enrollment = replace(opened(StepKey.SIGN_UP), subsets=("A",), workflows=(BillingWorkflow("1", validated=True),))
    given = [Pair("B", "2")]
    changes, names = compare("pairs", (), given), unknown_names(enrollment, "pairs", given)

    grown = with_names(enrollment.with_list("pairs", changes.after), names)
    change = lifecycle.change_list(enrollment, "pairs", changes, MATE, NOW, POLICY, "pairs.csv", grown)

    after, details = change.enrollment, change.events[0].details
    assert (("A", "B"), ("1", "2")) == (after.subsets, after.names_in("workflows"))
    assert BillingWorkflow("1", validated=True) == after.workflows[0]
    assert ("pairs.csv", {"subsets": ["B"], "workflows": ["2"]}) == (details["file"], details["names"])


def test_the_audit_has_the_lines_as_people_type_them() -> None:
    """Names with a colon are in quotes; a billing workflow says that it is validated."""
    gone, came = lines_changed((ADA,), (replace(ADA, subset="A: EU"),))
    assert (["A : ada@a.example : 700001"], ['"A: EU" : ada@a.example : 700001']) == (gone, came)

    gone, came = lines_changed((BillingWorkflow("X"),), (BillingWorkflow("X", validated=True),))
    assert (["X"], ["X (validated)"]) == (gone, came)


def test_an_event_spells_out_the_first_entries_without_addresses() -> None:
    """The thread is read by everybody in the channel."""
    given = [Customer(f"Customer {n}", f"ops{n}@c.example", f"70000{n}") for n in range(5)]
    changes = compare("customers", (ADA,), given, remove=frozenset((ADA,)))

    details = changes.details("customers", "customers.csv")

    first = {"added": ["Customer 0", "Customer 1", "Customer 2"], "removed": ["A"]}
    assert {"added": 5, "removed": 1, "count": 5, "first": first, "file": "customers.csv"} == details


def test_an_event_cuts_long_entries_and_tells_of_no_file_that_is_not_there() -> None:
    """Sixty characters of each entry; pasted lines have no file."""
    changes = compare("pairs", (A,), [Pair("A", "2"), Pair("x" * 99, "1")])

    first = {"added": ["x" * 59 + "…"], "changed": ["A : 2"]}
    assert {"added": 1, "changed": 1, "removed": 0, "count": 2, "first": first} == changes.details("pairs")
