"""Tables as CSV files that a spreadsheet opens as text: no cell can be taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

#: A cell that begins with one of these may be carried out by a spreadsheet. With an apostrophe before it a cell looks
#: like a protected one, and would be read back without it.
_ACTIVE = re.compile(r"'*[=+\-@\t\r\n]")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the names of its columns, and its rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


def as_csv(table: Table) -> bytes:
    """The table as UTF-8 with a byte order mark, without which spreadsheets take the letters for others."""
    return b"\xef\xbb\xbf" + "".join(lines(table.columns, table.rows)).encode()


def lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[str]:
    """The lines of a table, one after the other."""
    room = io.StringIO()
    writer = csv.writer(room)
    for row in (columns, *rows):
        writer.writerow([cell(value) for value in row])
        yield room.getvalue()
        room.seek(0)
        room.truncate()


def cell(value: object) -> str:
    """A value as text: instants in UTC, nothing for None, and an apostrophe before what looks like a formula."""
    if value is None:
        return ""
    if isinstance(value, Decimal):  # an amount, which begins with a minus where it is a credit
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f"'{text}" if _ACTIVE.match(text) else text
