"""Rows of cells, as they were read from a pasted text or from a file, with the line where each stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line that is not empty.

    Attributes:
        number: its line in the text or file, from 1, as the program that made it counts.
        cells: their texts, without outer spaces; numbers as the digits that they stand for.
        line: the whole line of a free text, whose fields colons may separate as well; "" in other files.
    """

    number: int
    cells: tuple[str, ...]
    line: str = ""

    @property
    def text(self) -> str:
        """The row in one line, as a sentence can quote it."""
        return self.line or " : ".join(self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of a text or file, a header row included.

    Attributes:
        source: the name of the file as people know it, with its sheet where several have rows; "" for pasted text.
    """

    source: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A row under its header: key of a column -> its text; empty cells and unknown columns are left out."""

    number: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line: its number, its text as it was given, and a sentence."""

    number: int
    line: str
    sentence: str
