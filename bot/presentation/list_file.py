"""Lists as CSV files that are uploaded again without a change, and the faulty lines of a preview as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain import customer_users
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import format_account_id
from bot.domain.list_columns import USERS
from bot.domain.list_entries import KINDS, ORGANIZATION, shown_field
from bot.domain.subset_coverage import SubsetCoverage, rows
from bot.presentation.csv_table import Table, as_csv


def stored(enrollment: Enrollment, list_name: str) -> bytes:
    """A list of an enrollment, with a header row; what a spreadsheet would change has an apostrophe before it."""
    kind = KINDS[list_name]
    lines = [
        [_kept(column, shown_field(entry, field)) for field, column in zip(kind.fields, kind.columns, strict=True)]
        for entry in getattr(enrollment, list_name)
    ]
    if list_name != customer_users.LIST:
        return as_csv(Table(kind.columns, lines))
    created = customer_users.with_users(enrollment)
    marks = ["yes" if customer in created else "no" for customer in enrollment.customers]
    with_marks = [[*row, mark] for row, mark in zip(lines, marks, strict=True)]
    return as_csv(Table((*kind.columns, USERS.capitalize()), with_marks))


def accounts(covered: SubsetCoverage) -> bytes:
    """The accounts of the organization with their subsets; with the column Subset filled in, it can be uploaded."""
    columns = ("AWS account", "Account name", "State", "Subset", "Remark")
    return as_csv(Table(columns, [(format_account_id(number), *rest) for number, *rest in rows(covered)]))


def faulty(faults: Iterable[Sequence[object]]) -> bytes:
    """The lines that cannot be read: number, text, and what is wrong with each."""
    return as_csv(Table(("Line", "Text", "What is wrong"), [tuple(fault) for fault in faults]))


def _kept(column: str, cell: str) -> str:
    """A cell as a spreadsheet keeps it: of a long number it would round the last digits."""
    return f"'{cell}" if column == ORGANIZATION else cell
