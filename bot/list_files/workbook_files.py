"""Reads the first visible sheet of an XLSX workbook that has rows; links, macros and formulas are never followed."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

import openpyxl

from bot.domain.errors import InvalidInput
from bot.list_files.delimited import cells_of
from bot.list_files.file_kinds import quoted
from bot.list_files.limits import require_columns, require_lines
from bot.list_files.table import Row, Table
from bot.list_files.workbook_archive import has_formulas, require_harmless

#: Empty rows one after the other that end a sheet: a format goes down to the last row of many.
_MOST_EMPTY = 5_000
#: Cells of all rows together.
_MOST_CELLS = 300_000
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
        values = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        written = (
            openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            if formulas
            else None
        )
        return _first_list(name, values, written)
    except InvalidInput:
        raise
    except Exception as fault:
        # A damaged or hostile file makes a library raise anything at all.
        raise InvalidInput(
            f"{quoted(name)} is damaged, or is not an Excel workbook. Open it, save it as .xlsx again, and upload that."
        ) from fault


def _first_list(name: str, values: Any, written: Any) -> Table:
    filled: list[tuple[str, tuple[Row, ...]]] = []
    for index, sheet in enumerate(values.worksheets):
        if sheet.sheet_state != "visible":
            continue
        if filled:
            if any(True for _ in _rows(name, sheet, None)):
                title = filled[0][0]
                return Table(f"{name}, sheet “{title}”", filled[0][1])
            continue
        rows = tuple(_rows(name, sheet, written.worksheets[index] if written else None))
        if rows:
            filled.append((sheet.title, rows))
    if not filled:
        raise InvalidInput(f"{quoted(name)} has no rows. Put the list into a visible sheet.")
    return Table(name, filled[0][1])


def _rows(name: str, sheet: Any, written: Any) -> Iterator[Row]:
    """The rows that are not empty, until many empty ones follow each other."""
    sheet.reset_dimensions()  # many programs write wrong ones
    formulas: Iterator[Sequence[Any]] = iter(())
    if written is not None:
        written.reset_dimensions()
        formulas = written.iter_rows(values_only=True)
    lines = empty = seen = 0
    what = quoted(name)
    for number, row in enumerate(sheet.iter_rows(), 1):
        given = next(formulas, ())
        seen += len(row)
        if seen > _MOST_CELLS:
            require_columns(what, number, len(row))
            raise InvalidInput(f"{what} has more than {_MOST_CELLS:,} cells. Keep the rows and columns of the list only.")
        cells = cells_of(
            _text(cell) if cell.value is not None else _formula(cell, formula)
            for cell, formula in zip_longest(row, given[: len(row)])
        )
        if not cells:
            empty += 1
            if empty > _MOST_EMPTY:
                return
            continue
        empty = 0
        lines += 1
        require_lines(what, lines, more=True)
        require_columns(what, number, len(cells))
        yield Row(number, cells)


def _formula(cell: Any, written: Any) -> str:
    """The text of a formula that has no value; "" for an empty cell and for a formula whose value is empty."""
    text = getattr(written, "text", written)
    return text if cell.data_type == "n" and isinstance(text, str) and text.startswith("=") else ""


def _text(cell: Any) -> str:
    """The value of a cell as a person sees it, numbers as the digits that they stand for."""
    value = cell.value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""))
    if isinstance(value, datetime):
        return value.date().isoformat() if value == datetime.combine(value.date(), value.min.time()) else str(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: float, shown_as: str) -> str:
    """The digits of a number. One that has lost its last digits is given in the short form, which no field takes."""
    if value != value or value in (float("inf"), float("-inf")) or value != int(value):
        return str(value)
    digits = str(int(value))
    if abs(value) >= _EXACT and (isinstance(value, float) or len(digits.rstrip("0")) <= _DIGITS):
        return f"{value:.14E}"
    zeros = shown_as.count("0")
    return digits.zfill(zeros) if value >= 0 and _ZEROS.fullmatch(shown_as) else digits
