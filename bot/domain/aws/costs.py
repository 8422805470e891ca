"""Costs of an organization's accounts in one month, as Cost Explorer gives them: unblended, with credits and taxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

#: The most requests of one question. AWS charges a cent for each, and a page has some thousand accounts.
MOST_REQUESTS = 5
#: The months that can be asked for: the current one, and those before it that Cost Explorer keeps.
MONTHS = 13


@dataclass(frozen=True, slots=True)
class AccountCost:
    """What one account cost: `amount` of `unit`, a currency; its name where Cost Explorer tells it."""

    account_id: str
    name: str
    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class MonthlyCosts:
    """The unblended costs of a month by account.

    Attributes:
        month: its first day. rows: the highest amount first.
        complete: False if there are more accounts than were read. estimated: whether the month's bill may still change.
        requests: how many requests it took.
        problem: why nothing could be read, in sentences; "" if it was.
    """

    month: date
    rows: tuple[AccountCost, ...] = ()
    complete: bool = True
    estimated: bool = False
    requests: int = 0
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """The value as JSON types; without the problem, since only what was read is kept."""
        rows = [[row.account_id, row.name, str(row.amount), row.unit] for row in self.rows]
        return {"month": self.month.isoformat(), "rows": rows, "complete": self.complete, "estimated": self.estimated}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The value from the output of `to_json`."""
        rows = tuple(
            AccountCost(account, name, Decimal(amount), unit) for account, name, amount, unit in values["rows"]
        )
        return cls(date.fromisoformat(values["month"]), rows, values["complete"], values["estimated"])

    @property
    def totals(self) -> Mapping[str, Decimal]:
        """The sum of all rows by currency."""
        sums: dict[str, Decimal] = {}
        for row in self.rows:
            sums[row.unit] = sums.get(row.unit, Decimal(0)) + row.amount
        return sums


@dataclass(frozen=True, slots=True)
class SubsetCost:
    """What the accounts of a subset cost together; the subset is "" for accounts that are in none."""

    subset: str
    accounts: int
    amount: Decimal
    unit: str


def by_subset(costs: MonthlyCosts, subset_of: Mapping[str, str]) -> tuple[SubsetCost, ...]:
    """The costs of each subset by currency, the highest amount first, and at the end those of accounts in none.

    Args:
        subset_of: account ID -> its subset.
    """
    found: dict[tuple[str, str], list[Decimal]] = {}
    for row in costs.rows:
        found.setdefault((subset_of.get(row.account_id, ""), row.unit), []).append(row.amount)
    made = [SubsetCost(name, len(each), sum(each, Decimal(0)), unit) for (name, unit), each in found.items()]
    return tuple(sorted(made, key=lambda each: (not each.subset, -each.amount, each.subset, each.unit)))


def months(today: date) -> tuple[date, ...]:
    """The months that can be asked for, the last whole one first and the current one at the end."""
    running = today.replace(day=1)
    before = [_months_before(running, count) for count in range(1, MONTHS)]
    return (*before, running)


def next_month(month: date) -> date:
    """The first day of the month after it: Cost Explorer's periods end before their last day."""
    return _months_before(month, -1)


def _months_before(month: date, count: int) -> date:
    years, index = divmod(month.year * 12 + month.month - 1 - count, 12)
    return date(years, index + 1, 1)


def month_words(month: date) -> str:
    """A month as people say it: `October 2026`."""
    return f"{month:%B} {month.year}"


def sorted_rows(rows: Sequence[AccountCost]) -> tuple[AccountCost, ...]:
    """The rows, the highest amount first; equal ones by account."""
    return tuple(sorted(rows, key=lambda row: (-row.amount, row.account_id, row.unit)))
