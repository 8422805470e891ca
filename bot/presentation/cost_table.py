"""Costs of accounts as a small table in a window, by subset where accounts are listed, and as a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bot.domain.aws.costs import MonthlyCosts, by_subset, month_words
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import format_account_id, shorten
from bot.presentation import csv_table, texts
from bot.presentation.csv_table import Table

#: Rows of the table in a window, and characters of a name in it.
_ROWS, _NAME = 25, 28


def table(enrollment: Enrollment, costs: MonthlyCosts) -> str:
    """The highest amounts, what the others come to, and the sum: by subset where accounts are listed."""
    subset_of = subsets_of(enrollment)
    if subset_of:
        every = [
            (each.subset or "(in no subset)", texts.plural(each.accounts, "account"), each.amount, each.unit)
            for each in by_subset(costs, subset_of)
        ]
    else:
        every = [(format_account_id(row.account_id), row.name, row.amount, row.unit) for row in costs.rows]
    shown, rest = every[:_ROWS], every[_ROWS:]
    for unit in sorted({unit for *_, unit in rest}):
        amounts = [amount for *_, amount, its_unit in rest if its_unit == unit]
        shown.append(("", f"{len(amounts):,} more", sum(amounts, Decimal(0)), unit))
    shown += [("", "Total", amount, unit) for unit, amount in sorted(costs.totals.items())]
    lines = [
        (shorten(name, _NAME), shorten(words, _NAME), f"{amount:,.2f}", unit) for name, words, amount, unit in shown
    ]
    first, second, third = (max(len(line[at]) for line in lines) for at in range(3))
    return "\n".join(f"{a:{first}}  {b:{second}}  {amount:>{third}} {unit}" for a, b, amount, unit in lines)


def subsets_of(enrollment: Enrollment) -> Mapping[str, str]:
    """Account ID -> its subset as it is listed; the names of several, where an account is in more than one."""
    listed: dict[str, list[str]] = {}
    for entry in enrollment.subset_accounts:
        listed.setdefault(entry.account_id, []).append(entry.subset)
    return {account: " + ".join(subsets) for account, subsets in listed.items()}


def as_file(enrollment: Enrollment, costs: MonthlyCosts) -> bytes:
    """The CSV file with every account, its subset, and its amount as Cost Explorer gives it."""
    columns = ("Month", "Subset", "Account ID", "Account name", "Unblended cost", "Currency")
    month, subset_of = f"{costs.month:%Y-%m}", subsets_of(enrollment)
    return csv_table.as_csv(
        Table(
            columns,
            [
                (month, subset_of.get(row.account_id, ""), row.account_id, row.name, row.amount, row.unit)
                for row in costs.rows
            ],
        )
    )


def comment(enrollment: Enrollment, costs: MonthlyCosts, name: str) -> str:
    """What stands beside the file."""
    return texts.say("costs/file", enrollment=enrollment, costs=costs, month=month_words(costs.month), name=name)
