"""Costs of accounts as a small table in a window, and as a CSV file."""

from __future__ import annotations

from decimal import Decimal

from bot.domain.aws.costs import MonthlyCosts, month_words
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import format_account_id, shorten
from bot.presentation import csv_table, texts
from bot.presentation.csv_table import Table

#: Rows of the table in a window, and characters of an account's name in it.
_ROWS, _NAME = 25, 28


def table(costs: MonthlyCosts) -> str:
    """The accounts with the highest amounts, what the others come to, and the sum: one table in even letters."""
    shown, rest = costs.rows[:_ROWS], costs.rows[_ROWS:]
    lines = [(format_account_id(r.account_id), shorten(r.name, _NAME), _amount(r.amount), r.unit) for r in shown]
    for unit in sorted({row.unit for row in rest}):
        amounts = [row.amount for row in rest if row.unit == unit]
        lines.append(("", texts.plural(len(amounts), "other account"), _amount(sum(amounts, Decimal(0))), unit))
    lines += [("", "Total", _amount(amount), unit) for unit, amount in sorted(costs.totals.items())]
    names, wide = (max(len(line[at]) for line in lines) for at in (1, 2))
    return "\n".join(f"{number:14}  {name:{names}}  {amount:>{wide}} {unit}" for number, name, amount, unit in lines)


def as_file(costs: MonthlyCosts) -> bytes:
    """The CSV file with every account, and amounts as Cost Explorer gives them."""
    columns = ("Month", "Account ID", "Account name", "Unblended cost", "Currency")
    month = f"{costs.month:%Y-%m}"
    return csv_table.as_csv(
        Table(columns, [(month, row.account_id, row.name, row.amount, row.unit) for row in costs.rows])
    )


def comment(enrollment: Enrollment, costs: MonthlyCosts, name: str) -> str:
    """What stands beside the file."""
    return texts.say("costs/file", enrollment=enrollment, costs=costs, month=month_words(costs.month), name=name)


def _amount(amount: Decimal) -> str:
    return f"{amount:,.2f}"
