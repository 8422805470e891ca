"""Reads the rows of a table as entries of a list, by its header row or, without one, in the order of the form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from bot.domain.errors import InvalidInput
from bot.domain.list_columns import COLUMNS, USERS, USERS_NAMES, parse_yes_no
from bot.domain.lists import entry_reader, has_colon, split_line
from bot.language.spoken import ENGLISH, speaking
from bot.list_files.cell_values import read_cell
from bot.list_files.free_text import is_tabbed
from bot.list_files.headers import Header, find_header
from bot.list_files.table import LineFault, Row, Table

#: Characters of a header with colons.
_LONGEST_HEADER = 200


@dataclass(frozen=True, slots=True)
class EntriesRead:
    """What a table holds of a list: (line number, name, `Pair` or `Customer`), and the lines that are wrong.

    Attributes:
        users: Spot organization ID -> whether its users are created, where a column says so.
    """

    entries: tuple[tuple[int, Any], ...]
    faults: tuple[LineFault, ...]
    users: Mapping[str, bool] = field(default_factory=dict)


@speaking(ENGLISH)  # a preview is stored with its faults
def read_entries(table: Table, list_name: str, own_org_id: str | None, known: Iterable[Any] = ()) -> EntriesRead:
    """The entries of a table.

    Args:
        list_name: subsets, workflows, pairs or customers.
        own_org_id: the enrollment's own organization, which no end customer can have.
        known: entries that are faults because they are recorded already.
    """
    columns = COLUMNS[list_name]
    header = _header(table, list_name)
    missing = [key for key in columns if header and key not in header.places]
    if header and missing:
        sentence = f"the header has no column for the {' and the '.join(missing)}. Add it, or remove the header."
        return EntriesRead((), (LineFault(header.row.number, header.row.text, sentence),))
    rows = table.rows[header.index + 1 :] if header else table.rows
    shape = _Shape(list_name, header, rows)
    read = entry_reader(list_name, own_org_id, known)
    entries, faults, users = [], [], dict[str, bool]()
    for row in rows:
        try:
            fields = shape.fields(row)
            if header and not any(fields):
                continue  # other columns may have something on the line
            has_users, entry = shape.has_users(row), read(row.number, fields)
            entries.append((row.number, entry))
            if has_users is not None:
                users[entry.spot_org_id] = has_users
        except InvalidInput as fault:
            faults.append(LineFault(row.number, row.text, str(fault)))
    return EntriesRead(tuple(entries), tuple(faults), users)


def _header(table: Table, list_name: str) -> Header | None:
    """The header row, if there is one."""
    columns, rows = COLUMNS[list_name], table.rows
    least = min(2, len(columns))
    optional = {USERS: USERS_NAMES} if list_name == "customers" else {}
    found = find_header(table, {**columns, **optional}, least)
    if found is not None:
        # A name in quotes is an entry, and so are lines above what only looks like a header.
        is_entry = least == 1 and (found.index > 0 or '"' in found.row.line)
        above = any(row.line and has_colon(row.line) for row in rows[: found.index])
        return None if is_entry or above else found
    if least > 1 and rows and 0 < len(rows[0].line) <= _LONGEST_HEADER and '"' not in rows[0].line:
        # The label of the form's field, copied with the lines.
        cells = tuple(cell.strip() for cell in rows[0].line.replace("\uff1a", ":").split(":"))
        copied = find_header(Table("", (Row(rows[0].number, cells),)), columns, len(columns))
        return replace(copied, has_colons=True) if copied and len(cells) == len(columns) else None
    return None


class _Shape:
    """How the fields of a table's rows are told apart; one choice for all rows, so that none is read by accident."""

    def __init__(self, list_name: str, header: Header | None, rows: Sequence[Row]) -> None:
        self._list = list_name
        self._count = len(COLUMNS[list_name])
        self._places = [header.places[key] for key in COLUMNS[list_name]] if header else None
        self._users = header.places.get(USERS) if header else None
        self._has_colons = header is not None and header.has_colons
        self._is_single = header is not None and len(header.row.cells) == 1
        # Without a header the list begins with the first column that is used.
        self._skipped = min((sum(1 for _ in takewhile(lambda cell: not cell, row.cells)) for row in rows), default=0)
        free = [row for row in rows if row.line and not is_tabbed(row)]
        by_cells = sum(len(row.cells) >= self._count for row in free)
        self._cells_first = self._count > 1 and by_cells > sum(1 for _ in _with_colons(free, list_name))

    def has_users(self, row: Row) -> bool | None:
        """Whether a row says that the users of its customer are created; None where it says nothing."""
        if self._users is None or self._users >= len(row.cells):
            return None
        return parse_yes_no(read_cell(row.cells[self._users]))

    def fields(self, row: Row) -> Sequence[str]:
        """The fields of a row, in the order of the form; raises `InvalidInput` if they cannot be told apart."""
        cells = row.cells
        is_free = bool(row.line) and not is_tabbed(row)
        if self._places is not None:
            if is_free and (self._has_colons or self._is_single or len(cells) == 1):
                parts = split_line(row.line, self._list)
                return [parts[place] for place in self._places] if self._has_colons else parts
            return [read_cell(cells[place]) if place < len(cells) else "" for place in self._places]
        if not is_free:
            filled = cells[self._skipped :]
            if len(filled) == 1 and self._count > 1 and has_colon(filled[0]):
                return split_line(read_cell(filled[0]), self._list)
            padded = [*filled, *[""] * self._count]
            return [read_cell(cell) for cell in padded[: self._count]]
        if len(cells) >= self._count > 1 and (self._cells_first or not has_colon(row.line)):
            return [read_cell(cell) for cell in cells[: self._count]]
        return split_line(row.line, self._list)


def _with_colons(rows: Sequence[Row], list_name: str) -> Iterator[Row]:
    for row in rows:
        try:
            split_line(row.line, list_name)
        except InvalidInput:
            continue
        yield row
