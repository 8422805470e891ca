"""Text files with delimiters (CSV, TSV): their encoding, their delimiter, their rows."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from bot.domain.errors import InvalidInput
from bot.domain.inputs import clean_words
from bot.domain.list_columns import is_column_name
from bot.domain.lists import straight, unquoted
from bot.list_files.file_kinds import quoted
from bot.list_files.list_limits import MOST_LINES, require_columns, require_lines
from bot.list_files.table import Row, Table

#: In this order where several are as likely: a name holds a comma more often than a tab.
DELIMITERS = "\t;,|"
#: No text holds it, so a row under it has one cell.
_NONE = "\x1f"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: Lines that are looked at for the delimiter, and characters of each.
_SAMPLE, _SAMPLED = 100, 2_000
#: The share of lines that have a delimiter equally often.
_SHARE = 0.6
#: Excel writes its delimiter on a line of its own.
_SEP = re.compile(r"sep=([,;|\t])")


def decode(name: str, data: bytes) -> str:
    """The text of a file: by its byte order mark, else UTF-8, else Windows-1252.

    Raises:
        InvalidInput: it is none of these, or no text.
    """
    mark, encoding = next(((mark, of) for mark, of in _MARKS if data.startswith(mark)), (b"", ""))
    for attempt in [encoding] if encoding else ["utf-8", "cp1252"]:
        try:
            text = data[len(mark) :].decode(attempt)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise InvalidInput(f"{quoted(name)} is not a text file. Save the list as .xlsx or “CSV UTF-8”.")
        return text
    raise InvalidInput(f"I can't read the letters in {quoted(name)}. Save the file as “CSV UTF-8” or .xlsx.")


def read_delimited(name: str, text: str) -> Table:
    """The rows of a CSV or TSV file. A row is counted as spreadsheets count it: a line end in quotes ends none.

    Raises:
        InvalidInput: it has too many lines or columns.
    """
    plain = re.sub(r"\r\n?", "\n", text)
    lines = plain.split("\n")
    named = _SEP.fullmatch(lines[0].strip(" "))
    delimiter = named[1] if named else delimiter_of(lines)
    rows: list[Row] = []
    count = 0
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter or _NONE)
    try:
        for number, values in enumerate(reader, 1):
            if (named and number == 1) or not (cells := cells_of(values)):
                continue
            count += 1
            if count <= MOST_LINES + 1:
                require_columns(quoted(name), number, len(cells))
                rows.append(Row(number, cells))
    except csv.Error:
        raise InvalidInput(
            f'{quoted(name)} has a quote (") near line {reader.line_num:,} that is never closed. Close or remove it.'
        ) from None
    require_lines(quoted(name), count)
    return Table(name, tuple(rows))


def cells_of(values: Iterable[str]) -> tuple[str, ...]:
    """Cleaned cells without the empty ones at the end; () where all are empty."""
    cells = [clean_words(value) for value in values]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def delimiter_of(lines: Sequence[str]) -> str | None:
    """The delimiter that most lines have equally often, outside quotes; None for lines without one."""
    sample = [line[:_SAMPLED] for line in lines[: 2 * _SAMPLE] if line.strip()][:_SAMPLE]
    if sample and is_column_name(sample[0].strip(' "')):
        return None  # the header of a list with one column, whose names may hold anything
    best, best_share = None, 0.0
    for delimiter in DELIMITERS:
        counts = Counter(len(split_cells(line, delimiter)) for line in sample)
        del counts[1]
        if counts:
            share = counts.most_common(1)[0][1] / len(sample)
            if share >= _SHARE and share > best_share:
                best, best_share = delimiter, share
    return best


def split_cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line; quotes count where they enclose a whole cell, elsewhere they are letters."""
    plain = straight(line)
    if '"' not in plain:
        return line.split(delimiter)
    sign = re.escape(delimiter)
    cell = re.compile(rf'[ ]*("(?:[^"]++|"")*+")[ ]*(?={sign}|$)|[^{sign}]*')
    cells, at = [], 0
    while at <= len(line):
        found = cell.match(plain, at)
        assert found is not None, "an empty cell matches anywhere"
        cells.append(unquoted(line[found.start(1) : found.end(1)]) if found[1] else line[at : found.end()])
        at = found.end() + 1
    return cells
