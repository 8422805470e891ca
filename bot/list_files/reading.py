"""Reads a pasted text or a file into rows; a file is refused by its size and its content before it is taken apart."""

from __future__ import annotations

from bot.domain.errors import InvalidInput
from bot.list_files.delimited import decode, read_delimited
from bot.list_files.file_kinds import is_zip, quoted, require_supported
from bot.list_files.free_text import read_lines
from bot.list_files.list_limits import MOST_BYTES, MOST_LINES
from bot.list_files.table import Table

__all__ = ["MOST_BYTES", "MOST_LINES", "read_file", "read_pasted"]


def read_pasted(text: str) -> Table:
    """The rows of a pasted text, one entry a line.

    Raises:
        InvalidInput: it has more than `MOST_LINES` lines or `MOST_BYTES` characters.
    """
    if len(text) > MOST_BYTES:
        raise InvalidInput(f"This text has {len(text):,} characters, and {MOST_BYTES:,} is the limit. Shorten it.")
    return Table("", read_lines(text, "This list"))


def read_file(name: str, data: bytes) -> Table:
    """The rows of a file; its content decides what it is, and its name is a hint.

    Raises:
        InvalidInput: the file cannot be read as a whole; the sentence says why and what to do.
    """
    if not data:
        raise InvalidInput(f"{quoted(name)} is empty.")
    if len(data) > MOST_BYTES:
        raise InvalidInput(
            f"{quoted(name)} has {len(data) / 1_000_000:,.1f} MB, and {MOST_BYTES / 1_000_000:.0f} MB is the limit. "
            "Keep the columns of the list only, or split the file."
        )
    require_supported(name, data)
    if is_zip(data):
        # openpyxl takes a while to import, and most processes never see a workbook.
        from bot.list_files.workbook_files import read_workbook  # noqa: PLC0415  # see above

        return read_workbook(name, data)
    text = decode(name, data)
    if name.lower().endswith((".csv", ".tsv", ".tab", ".xls", ".xlsx")):
        return read_delimited(name, text)
    return Table(name, read_lines(text, quoted(name)))
