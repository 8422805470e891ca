"""Reads rows under a header into records, for tables whose columns have names of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.errors import InvalidInput
from bot.list_files.cell_values import given_text
from bot.list_files.file_kinds import quoted
from bot.list_files.headers import find_header
from bot.list_files.table import Record, Table


def read_records(table: Table, columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> tuple[Record, ...]:
    """The rows under the header; columns that nobody asked for are ignored.

    Args:
        columns: key of a column -> the names that people give it, the most telling one first.
        required: keys of the columns that have to be there.

    Raises:
        InvalidInput: there is no header, or a required column is missing.
    """
    what = quoted(table.source) if table.source else "This text"
    header = find_header(table, columns, min(2, len(columns)))
    if header is None:
        names = ", ".join(columns[key][0] for key in required)
        raise InvalidInput(f"{what} has no header row. Name the columns in the first row: {names}.")
    missing = [columns[key][0] for key in required if key not in header.places]
    if missing:
        words = "column" if len(missing) == 1 else "columns"
        raise InvalidInput(f"{what} has no {words} {', '.join(missing)}. Add the {words} to the header row.")
    records = []
    for row in table.rows[header.index + 1 :]:
        given = {key: row.cells[place] for key, place in header.places.items() if place < len(row.cells)}
        values = {key: given_text(cell) for key, cell in given.items() if cell}
        if values:
            records.append(Record(row.number, values))
    return tuple(records)
