"""Reads the first visible sheet of an XLSX workbook that has rows; links, macros and formulas are never followed."""

from __future__ import annotations

import io
import math
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import repeat, zip_longest
from types import SimpleNamespace
from typing import Any

from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import WorkSheetParser

from bot.domain.errors import InvalidInput
from bot.list_files.delimited import cells_of
from bot.list_files.file_kinds import quoted
from bot.list_files.list_limits import require_columns, require_lines
from bot.list_files.table import Row, Table
from bot.list_files.workbook_archive import has_formulas, require_harmless

#: Empty rows one after the other that end a sheet: a format goes down to the last row of many.
_MOST_EMPTY = 5_000
#: Cells of all rows together.
_MOST_CELLS = 150_000
#: A spreadsheet keeps 15 digits of a number.
_DIGITS = 15
_EXACT = 10**_DIGITS
#: A format that shows a number with zeros at the beginning, maybe in groups.
_ZEROS = re.compile(r'[0\\\- "]{6,}')

# What openpyxl does not support is of no use here.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")


def read_workbook(name: str, data: bytes) -> Table:
    """The rows of a workbook's list.

    Raises:
        InvalidInput: it is damaged, protected, too large, or has no rows.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            require_harmless(name, archive)
            formulas = has_formulas(archive)
        book = _Book(data, data_only=True)
        return _first_list(name, book, _Book(data, data_only=False) if formulas else None)
    except InvalidInput:
        raise
    except Exception as fault:
        # A damaged or hostile file makes a library raise anything at all.
        raise InvalidInput(
            f"{quoted(name)} is damaged, or is not an Excel workbook. Open it, save it as .xlsx again, and upload that."
        ) from fault


class _Book(ExcelReader):
    """A workbook whose sheets are read row by row.

    openpyxl's own sheets read all rows to find out how many there are, where a workbook does not say so.
    """

    def __init__(self, data: bytes, *, data_only: bool) -> None:
        super().__init__(io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False)
        #: (title, whether it is visible, path) of each sheet.
        self.sheets: list[tuple[str, bool, str]] = []
        self.has_formats = True
        self.read()

    def read(self) -> None:
        """Read what rows need; properties, themes and names of a workbook are left alone."""
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        try:
            apply_stylesheet(self.archive, self.wb)
        except (TypeError, ValueError):
            # Some programs write styles that openpyxl does not take: without them, numbers are plain numbers.
            self.has_formats = False
        self.read_worksheets()

    def read_worksheets(self) -> None:
        for sheet, relation in self.parser.find_sheets():
            if relation.target in self.valid_files and "chartsheet" not in relation.Type:
                self.sheets.append((sheet.name, sheet.state == "visible", relation.target))

    def rows(self, path: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """The rows that are written in a sheet: their numbers, and their cells as openpyxl describes them."""
        book: Any = self.wb  # the stubs leave out what openpyxl's own sheets use
        with self.archive.open(path) as source:
            yield from WorkSheetParser(
                source,
                self.shared_strings,
                data_only=self.data_only,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            ).parse()

    def number_format(self, cell: Mapping[str, Any]) -> str:
        """The format of a cell; "" where it is not known."""
        if not self.has_formats or not cell["style_id"]:
            return ""
        sheet: Any = SimpleNamespace(parent=self.wb)
        return str(ReadOnlyCell(sheet, **cell).number_format)


def _first_list(name: str, book: _Book, written: _Book | None) -> Table:
    found: tuple[str, tuple[Row, ...]] | None = None
    for title, is_visible, path in book.sheets:
        if not is_visible:
            continue
        if found is None:
            rows = tuple(_rows(name, path, book, written))
            found = (title, rows) if rows else None
        elif any(True for _ in _rows(name, path, book, None)):
            return Table(f"{name}, sheet “{found[0]}”", found[1])
    if found is None:
        raise InvalidInput(f"{quoted(name)} has no rows. Put the list into a visible sheet.")
    return Table(name, found[1])


def _rows(name: str, path: str, book: _Book, written: _Book | None) -> Iterator[Row]:
    """The rows that are not empty, until many empty ones follow each other."""
    what = quoted(name)
    formulas = written.rows(path) if written else repeat((0, []))
    last = lines = empty = seen = 0
    for (at, cells), (_, unread) in zip(book.rows(path), formulas, strict=False):
        number = last = max(at, last + 1)
        seen += len(cells)
        values = _values(book, cells, unread)
        require_columns(what, number, len(values))
        if seen > _MOST_CELLS:
            raise InvalidInput(
                f"{what} has more than {_MOST_CELLS:,} cells. Keep the rows and columns of the list only."
            )
        if values:
            lines, empty = lines + 1, 0
            require_lines(what, lines, more=True)
            yield Row(number, values)
        else:
            empty += 1
            if empty > _MOST_EMPTY:
                return


def _values(book: _Book, cells: Sequence[Mapping[str, Any]], unread: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The texts of a row's cells, each in its column. One far to the right is as good as too many."""
    texts: dict[int, str] = {}
    nothing: Mapping[str, Any] = {}
    for cell, formula in zip_longest(cells, unread, fillvalue=nothing):
        if text := _text(book, cell) if cell.get("value") is not None else _formula(cell, formula.get("value")):
            texts[cell["column"]] = text
    return cells_of(texts.get(column, "") for column in range(1, max(texts, default=0) + 1))


def _formula(cell: Mapping[str, Any], written: Any) -> str:
    """The text of a formula that has no value; "" for an empty cell and for a formula whose value is empty."""
    text = getattr(written, "text", written)
    return text if cell.get("data_type") == "n" and isinstance(text, str) and text.startswith("=") else ""


def _text(book: _Book, cell: Mapping[str, Any]) -> str:
    """The value of a cell as a person sees it, numbers as the digits that they stand for."""
    value = cell["value"]
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, book.number_format(cell))
    if isinstance(value, datetime):
        return value.date().isoformat() if value == datetime.combine(value.date(), value.min.time()) else str(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: int | float, shown_as: str) -> str:
    """The digits of a number. One that has lost its last digits is given in the short form, which no field takes."""
    if not math.isfinite(value) or value != int(value):
        return str(value)
    digits = str(int(value))
    if abs(value) >= _EXACT and (not isinstance(value, int) or len(digits.rstrip("0")) <= _DIGITS):
        return f"{value:.14E}"
    zeros = shown_as.count("0")
    return digits.zfill(zeros) if value >= 0 and _ZEROS.fullmatch(shown_as) else digits
