"""Finds the header row of a table: a row whose cells are names of columns, in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.list_columns import column_key
from bot.list_files.table import Row, Table

#: A header may stand under a title.
_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Header:
    """A header row: where it stands among the rows, and key of a column -> its place in a row.

    Attributes:
        has_colons: whether colons separate its names, and so the fields of the lines below.
    """

    index: int
    row: Row
    places: Mapping[str, int]
    has_colons: bool = False


def find_header(table: Table, columns: Mapping[str, Sequence[str]], least: int) -> Header | None:
    """The first of the upper rows with the names of at least `least` columns; None if there is none.

    Rows above it are titles, so they may not have as many cells as the list has columns.

    Args:
        columns: key of a column -> the names that people give it, the most telling one first.
    """
    known = {key: [column_key(name) for name in names] for key, names in columns.items()}
    for index, row in enumerate(table.rows[:_DEEPEST]):
        places = _places(row, known)
        if len(places) >= least:
            return Header(index, row, places)
        if sum(map(bool, row.cells)) >= max(2, least):
            return None
    return None


def _places(row: Row, known: Mapping[str, Sequence[str]]) -> dict[str, int]:
    cells = [column_key(cell) for cell in row.cells]
    found = {key: next((name for name in names if name in cells), None) for key, names in known.items()}
    return {key: cells.index(name) for key, name in found.items() if name}
