"""What may be a mistake: the sentences that a person confirms."""

from dataclasses import replace

import pytest

from bot.domain.enrollment import Pair, Status
from bot.domain.procedure import ORGANIZATION
from bot.domain.value_types import TYPES
from bot.domain.warnings import replaced_pairs, shared_value, unknown_warning
from tests.domain.building import ORG, blank

# names that are used -> the warning, where only “A” is recorded
WARNINGS = {
    "known": (["A"], []),
    "one, used twice": (["A", "B", "B"], ["“B” isn't on your list of subsets."]),
    "in the order of use": (["Z", "C"], ["“Z”, “C” aren't on your list of subsets."]),
    "five": (list("BCDEF"), ["“B”, “C”, “D”, “E”, “F” aren't on your list of subsets."]),
    "seven": (list("BCDEFGH"), ["“B”, “C”, “D”, “E”, “F” and 2 more aren't on your list of subsets."]),
    "a long one": (["x" * 99], [f"“{'x' * 59}…” isn't on your list of subsets."]),
}


@pytest.mark.parametrize(("used", "expected"), WARNINGS.values(), ids=WARNINGS)
def test_unknown_names_are_named_up_to_five(used: list[str], expected: list[str]) -> None:
    """One warning for all of them; the rest is counted."""
    assert expected == unknown_warning("subset", used, ["A"])


def test_no_name_is_unknown_where_none_was_recorded() -> None:
    """As after a start in the middle of the procedure."""
    assert [] == unknown_warning("subset", ["A"], [])


def test_replaced_pairs_are_named_with_what_they_are_now() -> None:
    """A pair that stays as it is replaces nothing."""
    kept = [Pair("A", "1"), Pair("B", "2"), Pair("C", "3")]
    added = [Pair("A", "9"), Pair("B", "2"), Pair("C", "8"), Pair("D", "4")]

    assert ["This replaces the billing workflow of “A” (now “1”), “C” (now “3”)."] == replaced_pairs(kept, added)
    assert [] == replaced_pairs(kept, [Pair("D", "4")])


def test_an_organization_of_another_enrollment_is_named() -> None:
    """A completed one counts; neither the enrollment itself nor a cancelled one does."""
    mine = blank(id=1, spot_org_id=ORG)
    other = replace(mine, id=2, account_name="Beta")
    third = replace(mine, id=4, account_name="Gamma", status=Status.COMPLETED)
    cancelled = replace(mine, id=3, status=Status.CANCELLED)

    expected = (
        f"Spot organization {ORG} already belongs to “Beta”, “Gamma”. "
        "Spot asks for one management account in each organization."
    )
    assert [expected] == shared_value(
        mine, TYPES[ORGANIZATION.type].shared_warning, ORG, [mine, other, cancelled, third]
    )
