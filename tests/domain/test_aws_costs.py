"""Costs of a month by account: the months that can be asked for, sums, and what is kept of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aws.calls import Call
from bot.domain.aws.cost_problems import NOT_ENABLED, why_not
from bot.domain.aws.costs import AccountCost, MonthlyCosts, by_subset, month_words, months, next_month, sorted_rows
from bot.domain.aws.facts import Identity, Reason, Unseen

OURS = Identity("123456789012", "arn:aws:iam::123456789012:user/eco")
AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=10)
UNITS, IDS = st.sampled_from(["USD", "EUR"]), st.from_regex(r"[0-9]{12}", fullmatch=True)
ROWS = st.lists(st.builds(AccountCost, IDS, st.text(), AMOUNTS, UNITS))


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_thirteen_months_can_be_asked_for(today: date) -> None:
    """The last whole one first, the running one at the end, none twice."""
    offered = months(today)

    assert today.replace(day=1) == offered[-1] == next_month(offered[0])
    assert 13 == len(set(offered))
    assert list(offered[:-1]) == sorted(offered[:-1], reverse=True)
    assert all(next_month(later) == earlier for earlier, later in pairwise(offered[:-1]))


def test_a_month_is_said_as_people_say_it() -> None:
    """December ends with the next year's January."""
    assert ("December 2026", date(2027, 1, 1)) == (month_words(date(2026, 12, 1)), next_month(date(2026, 12, 1)))


@given(ROWS)
def test_what_is_kept_is_what_was_read(rows: list[AccountCost]) -> None:
    """No digit of an amount is lost on the way to the file; sums are exact, for each currency."""
    costs = MonthlyCosts(date(2026, 10, 1), sorted_rows(rows), complete=False, estimated=True)

    again = MonthlyCosts.from_json(costs.to_json())

    assert costs == again
    assert sum((row.amount for row in rows), Decimal(0)) == sum(again.totals.values(), Decimal(0))
    assert [row.amount for row in costs.rows] == sorted((row.amount for row in rows), reverse=True)


@given(ROWS, st.dictionaries(IDS, st.sampled_from(["Shop", "Data"])))
def test_subsets_come_to_what_their_accounts_come_to(rows: list[AccountCost], subset_of: dict[str, str]) -> None:
    """Each currency for itself; accounts in no subset are counted, too, at the end."""
    subset_of |= {row.account_id: "Shop" for row in rows[::2]}
    costs = MonthlyCosts(date(2026, 10, 1), sorted_rows(rows))

    grouped = by_subset(costs, subset_of)

    assert len(rows) == sum(each.accounts for each in grouped)
    assert dict(costs.totals) == {
        unit: sum((each.amount for each in grouped if each.unit == unit), Decimal(0)) for unit in costs.totals
    }
    assert [bool(each.subset) for each in grouped] == sorted((bool(each.subset) for each in grouped), reverse=True)
    assert len(grouped) == len({(each.subset, each.unit) for each in grouped})


@pytest.mark.parametrize(
    ("unseen", "says"),
    [
        (Unseen(Reason.DENIED, Call.COSTS, NOT_ENABLED), "Cost Explorer is not switched on in this account."),
        (Unseen(Reason.UNEXPECTED, Call.COSTS, "DataUnavailableException"), "has no data for this month"),
        (Unseen(Reason.UNEXPECTED, Call.COSTS, "BillExpirationException"), "has no data for this month"),
        (Unseen(Reason.DENIED, Call.COSTS, "AccessDeniedException"), "allow ce:GetCostAndUsage. "),
        (Unseen(Reason.THROTTLED, Call.COSTS, "LimitExceededException"), "AWS is too busy for ce:GetCostAndUsage"),
        (Unseen(Reason.TIMED_OUT, Call.COSTS), "ce:GetCostAndUsage did not answer in time"),
    ],
)
def test_why_there_are_no_costs_is_said_with_what_to_do(unseen: Unseen, says: str) -> None:
    """In sentences; a role that cannot be entered is told as in a check."""
    said = why_not(OURS, unseen, OURS.account_id, "EcoReader")

    assert says in said
    assert said[0].isupper()
    assert said.endswith(".")


def test_credentials_of_another_account_are_told() -> None:
    """Its costs would be somebody else's."""
    said = why_not(OURS, Unseen(Reason.SKIPPED), "210987654321", None)

    assert "account 1234-5678-9012" in said
    assert "account 2109-8765-4321 was expected" in said


def test_credentials_that_do_not_work_are_told_instead_of_the_costs() -> None:
    """As the check tells them."""
    said = why_not(Unseen(Reason.NO_CREDENTIALS, Call.IDENTITY), Unseen(Reason.SKIPPED), OURS.account_id, None)

    assert said.startswith("Cost Explorer: the bot has no AWS credentials. Ask whoever runs the bot")
