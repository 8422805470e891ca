"""Says what a cell of a spreadsheet stands for: text that was protected from being a formula, a formula, an error."""

from __future__ import annotations

import re

from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten

#: What bot/presentation/csv_table.py writes: one apostrophe more before what a spreadsheet would carry out.
_PROTECTED = re.compile(r"'(?='*[=+\-@])")
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)")


def given_text(cell: str) -> str:
    """The text of a cell without the apostrophe that protects it."""
    return _PROTECTED.sub("", cell, count=1) if cell.startswith("'") else cell


def read_cell(cell: str) -> str:
    """The same for a cell that must have a value.

    Raises:
        InvalidInput: it holds a formula without a value, or an error.
    """
    if cell.startswith("="):
        raise InvalidInput(
            f"“{shorten(cell)}” is a formula without a value. Put its value into the cell (paste values only)."
        )
    if _ERROR.fullmatch(cell):
        raise InvalidInput(f"“{cell}” is an error of the spreadsheet. Correct the cell.")
    return given_text(cell)
