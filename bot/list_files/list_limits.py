"""Limits of a list that is read: its bytes, its lines, its columns."""

from __future__ import annotations

from bot.domain.errors import InvalidInput

#: Bytes of a file, and characters of a pasted text.
MOST_BYTES = 2_000_000
#: Lines that are not empty, beside a header.
MOST_LINES = 5_000
MOST_COLUMNS = 100


def require_lines(what: str, count: int, *, more: bool = False) -> None:
    """Raise `InvalidInput` if there are too many lines.

    Args:
        what: the file or text, as the subject of a sentence.
        more: whether `count` is only the number of those that were looked at.
    """
    if count > MOST_LINES + 1:
        lines = f"more than {MOST_LINES:,}" if more else f"{count:,}"
        raise InvalidInput(f"{what} has {lines} lines, and {MOST_LINES:,} is the limit. Split it.")


def require_columns(what: str, number: int, count: int) -> None:
    """Raise `InvalidInput` if a line has too many columns; `number` is that of the line."""
    if count > MOST_COLUMNS:
        raise InvalidInput(
            f"{what} has {count:,} columns on line {number}, and {MOST_COLUMNS} is the limit. "
            "Keep the columns of the list only."
        )
