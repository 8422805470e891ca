"""Lists as CSV files that are uploaded again without a change, and the faulty lines of a preview as one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.domain.enrollment import Enrollment
from bot.domain.list_changes import KINDS
from bot.presentation.csv_table import Table, as_csv

#: What a spreadsheet would make another number of: it rounds long ones, and takes zeros away from the beginning.
_FRAGILE = re.compile(r"[0-9]{11,}|0[0-9]+")


def stored(enrollment: Enrollment, list_name: str) -> bytes:
    """A list of an enrollment, with a header row; what a spreadsheet would change has an apostrophe before it."""
    kind = KINDS[list_name]
    rows = [[_kept(cell) for cell in kind.cells(entry)] for entry in getattr(enrollment, list_name)]
    return as_csv(Table(kind.columns, rows))


def faulty(faults: Iterable[Sequence[object]]) -> bytes:
    """The lines that cannot be read: number, text, and what is wrong with each."""
    return as_csv(Table(("Line", "Text", "What is wrong"), [tuple(fault) for fault in faults]))


def _kept(cell: str) -> str:
    """A cell as a spreadsheet keeps it; one apostrophe at the beginning is taken away when it is read."""
    return f"'{cell}" if _FRAGILE.fullmatch(cell) or cell.startswith("'") else cell
