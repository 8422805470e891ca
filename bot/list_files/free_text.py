"""Free text with one entry a line: bullets, numbering and trailing commas are removed, and tabs tell columns apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.domain.inputs import clean_words
from bot.domain.lists import BULLET, NUMBERING, without_trailing_marks
from bot.list_files.delimited import cells_of, delimiter_of, split_cells
from bot.list_files.list_limits import require_columns, require_lines
from bot.list_files.table import Row

#: A colon that stands at a tab separates the fields, and the tab only aligns them.
_COLON = r"[:\uff1a]"
_ALIGNED = re.compile(rf"\t\s{{0,9}}{_COLON}\s|{_COLON}\s*\t|^[^:\uff1a]*\t\s{{0,9}}{_COLON}[^:\uff1a]*$")
#: A spreadsheet puts no spaces around its tabs.
_TAB = re.compile(r"(?<! )\t|\t(?! )")
#: A cell that begins with a quote and does not end on its line.
_OPEN = re.compile(r'(?:^|\t)"(?:[^"]++|"")*+$')
#: Lines of a cell.
_CELL_LINES = 20


def read_lines(text: str, what: str) -> tuple[Row, ...]:
    """The rows of a text, with the numbers of their lines.

    Args:
        what: the text, as the subject of a sentence.

    Raises:
        InvalidInput: it has too many lines or columns.
    """
    lines = [(number, line) for number, line in _cells_joined(text.splitlines()) if clean_words(line)]
    require_lines(what, len(lines))
    lines = [(number, line) for number, line in _unmarked(lines) if line.strip()]
    delimiter = delimiter_of([line for _, line in lines if not _is_tabbed(line)])
    rows = []
    for number, line in lines:
        if _is_tabbed(line):
            values = split_cells(line, "\t")
        else:
            values = split_cells(line, delimiter) if delimiter and delimiter != "\t" else [line]
        cells = cells_of(values)
        require_columns(what, number, len(cells))
        rows.append(Row(number, cells, clean_words(line)))
    return tuple(rows)


def is_tabbed(row: Row) -> bool:
    """Whether tabs separate the cells of a row, as in text that was copied from a spreadsheet."""
    return len(row.cells) > 1 and _is_tabbed(row.line)


def _is_tabbed(line: str) -> bool:
    if "\t" not in line or not _TAB.search(line):
        return False
    return not ((":" in line or "\uff1a" in line) and _ALIGNED.search(line))


def _cells_joined(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; those of one cell that was copied from a spreadsheet are joined."""
    at = 0
    while at < len(lines):
        line, taken = lines[at], 1
        if "\t" in line or (at + 1 < len(lines) and "\t" in lines[at + 1]):
            longer = line
            for more in range(1, min(_CELL_LINES, len(lines) - at)):
                if not _OPEN.search(longer):
                    break
                longer = f"{longer}\n{lines[at + more]}"
                if "\t" in longer and not _OPEN.search(longer):
                    line, taken = longer, more + 1
        yield at + 1, line
        at += taken


def _unmarked(lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines without what makes a list of them. Numbering counts where every line has it, or all but the first."""
    numbered = [bool(NUMBERING.match(clean_words(line))) for _, line in lines]
    is_numbered = all(numbered) or (len(lines) > 2 and all(numbered[1:]))
    for number, line in lines:
        text = BULLET.sub("", line, count=1)
        if is_numbered:
            text = NUMBERING.sub("", text, count=1)
        yield number, text if _is_tabbed(text) else without_trailing_marks(clean_words(text))
