"""Lengths of time as people write them: `48h`, `1w 3d`, and `4w..6w` for one between two lengths."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.domain.errors import InvalidInput
from bot.language.spoken import ngettext

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONG = {"sec": "s", "second": "s", "min": "m", "minute": "m", "hour": "h", "hr": "h", "day": "d", "week": "w"}
_DURATION = re.compile(r"(\d{1,9})\s*([a-z]+)", re.ASCII)
_LONGEST = timedelta(weeks=104)


def parse_duration(text: str) -> timedelta:
    """Read `48h`, `4d`, `2 weeks`, `1w 3d`; units s m h d w.

    Raises:
        InvalidInput: not a span of time, zero, or longer than two years.
    """
    cleaned = text.strip().lower()
    total = timedelta()
    position = 0
    for match in _DURATION.finditer(cleaned):
        unit = match[2] if match[2] in _UNITS else _LONG.get(match[2].removesuffix("s"))
        if unit is None or cleaned[position : match.start()].strip(" ,"):
            break
        total = min(total + timedelta(**{_UNITS[unit]: min(int(match[1]), 10**8)}), 2 * _LONGEST)
        position = match.end()
    if not cleaned or cleaned[position:].strip() or not total:
        raise InvalidInput(f"“{text.strip()}” is not a length of time. Write for example 12h, 3d, 1w or 1w 2d.")
    if total > _LONGEST:
        raise InvalidInput(f"“{text.strip()}” is longer than two years. Enter a shorter time.")
    return total


def format_duration(span: timedelta) -> str:
    """Write a span in its largest whole units: `2 days`, `36 hours`, `1 week 3 days`."""
    seconds = int(span.total_seconds())
    parts = []
    for size, word in ((604800, "week"), (86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {ngettext(word, f'{word}s', count)}")
    return " ".join(parts[:2]) or f"0 {ngettext('second', 'seconds', 0)}"


def parse_window(text: str) -> tuple[timedelta | None, timedelta]:
    """Read `4w..6w` as the earliest and the latest end of a wait; `48h` has no earliest one.

    Raises:
        InvalidInput: not lengths of time, or the first is longer than the second.
    """
    first, dots, last = text.partition("..")
    latest = parse_duration(last if dots else first)
    earliest = parse_duration(first) if dots else None
    if earliest is not None and earliest > latest:
        raise InvalidInput(f"{text} ends before it begins. Put the shorter time first.")
    return earliest, latest
