"""Days and numbers as people write them in another language than English."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel.dates import format_skeleton
from babel.numbers import format_decimal


@lru_cache(maxsize=1000)
def local_day(day: date, language: str, *, weekday: bool, year: bool) -> str:
    """A day with its month in short: in German `Mo., 30. Nov`, `30. Nov`, `Di., 5. Jan. 2027`.

    The point behind a month that is shortened is left out at the end, where a sentence may have its own.
    """
    wanted = f"{'y' if year else ''}MMM{'E' if weekday else ''}d"
    return format_skeleton(wanted, day, locale=language).rstrip(".")


def local_number(number: int, language: str) -> str:
    """A whole number: in German `1.998`."""
    return format_decimal(number, locale=language)
