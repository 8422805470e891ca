"""Spans of time as people write them, working days, and the hours in which reminders may be posted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.errors import InvalidInput
from bot.domain.procedure import WAITS
from bot.domain.step_spec import WaitKey, Window

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONG = {"sec": "s", "second": "s", "min": "m", "minute": "m", "hour": "h", "hr": "h", "day": "d", "week": "w"}
_DURATION = re.compile(r"(\d{1,9})\s*([a-z]+)", re.ASCII)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MON_TO_FRI = frozenset(range(5))
_LONGEST = timedelta(weeks=104)


class Clock(Protocol):
    """A source of the current time."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""


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
        raise InvalidInput(f"“{text.strip()}” is not a span of time. Write for example 12h, 3d, 1w or 1w 2d.")
    if total > _LONGEST:
        raise InvalidInput(f"“{text.strip()}” is longer than two years. Give a shorter span.")
    return total


def format_duration(span: timedelta) -> str:
    """Write a span in its largest whole units: `2 days`, `36 hours`, `1 week 3 days`."""
    seconds = int(span.total_seconds())
    parts = []
    for size, word in ((604800, "week"), (86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {word}{'s' if count != 1 else ''}")
    return " ".join(parts[:2]) or "0 seconds"


def parse_waits(text: str) -> Mapping[WaitKey, Window]:
    """Read ECO_WAITS (`full_eco=4w..6w,nudge=2d`) over the documented windows.

    Raises:
        InvalidInput: an unknown wait, a span that cannot be read, or a range that ends before it begins.
    """
    waits, faults = dict(WAITS), []
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (part.strip() for part in item.partition("="))
        if name not in WAITS:
            faults.append(f"“{name}” is not a wait; the waits are {', '.join(WAITS)}.")
            continue
        try:
            waits[name] = _parse_window(value, WAITS[name])
        except InvalidInput as fault:
            faults.append(f"{name}: {fault}")
    if faults:
        raise InvalidInput(" ".join(faults))
    return MappingProxyType(waits)


def _parse_window(text: str, documented: Window) -> Window:
    first, dots, last = text.partition("..")
    latest = parse_duration(last if dots else first)
    earliest = parse_duration(first) if dots else None
    if earliest is not None and earliest > latest:
        raise InvalidInput(f"{text} ends before it begins.")
    return replace(documented, latest=latest, earliest=earliest)


@dataclass(frozen=True, slots=True)
class ReminderHours:
    """When reminders may be posted: on `days` (Monday is 0) from `start` up to `end`, in somebody's time zone.

    `start` and `end` of None mean at any time.
    """

    days: frozenset[int] = _MON_TO_FRI
    start: time | None = time(9)
    end: time | None = time(17)

    @property
    def always(self) -> bool:
        return self.start is None or self.end is None

    @property
    def working_days(self) -> frozenset[int]:
        """The days that count as working days; Monday to Friday where reminders may come at any time."""
        return _MON_TO_FRI if self.always else self.days

    def next_open(self, at: datetime, zone: tzinfo) -> datetime:
        """The first instant, `at` or later, at which a reminder may be posted (UTC)."""
        if self.start is None or self.end is None:
            return at
        local = at.astimezone(zone)
        for ahead in range(9):
            day = local.date() + timedelta(days=ahead)
            opens = datetime.combine(day, self.start, zone).astimezone(UTC)
            closes = datetime.combine(day, self.end, zone).astimezone(UTC)
            if day.weekday() in self.days and at < closes:
                return max(at, opens)
        raise AssertionError("reminder hours without a day are refused when they are read")

    def add_working_days(self, at: datetime, count: int, zone: tzinfo) -> datetime:
        """The same time of day, `count` working days later, in the given zone (UTC)."""
        local = at.astimezone(zone)
        day = local.date()
        while count > 0:
            day += timedelta(days=1)
            count -= day.weekday() in self.working_days
        return datetime.combine(day, local.timetz().replace(tzinfo=None), zone).astimezone(UTC)


def parse_hours(text: str) -> ReminderHours:
    """Read ECO_REMINDER_HOURS: `always`, or days and hours such as `mon-fri 09:00-17:00`.

    Raises:
        InvalidInput: says what it should look like.
    """
    cleaned = text.strip().lower()
    if cleaned == "always":
        return ReminderHours(frozenset(range(7)), None, None)
    match = re.fullmatch(r"([a-z,\- ]+?)\s+(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)", cleaned)
    try:
        if match is None:
            raise ValueError(cleaned)
        start = time(int(match[2]), int(match[3]))
        # 24:00 is how people write "until midnight", which `time` cannot hold.
        end = time(23, 59, 59) if match[4] == "24" and match[5] == "00" else time(int(match[4]), int(match[5]))
        days = _parse_days(match[1])
        if start >= end:
            raise ValueError(cleaned)
    except ValueError:
        raise InvalidInput(f"“{text.strip()}” should look like “mon-fri 09:00-17:00” or “always”.") from None
    return ReminderHours(days, start, end)


def _parse_days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        begin = _DAYS.index(first)
        count = (_DAYS.index(last) - begin) % 7 if dash else 0  # sun-thu wraps around the week
        days.update((begin + ahead) % 7 for ahead in range(count + 1))
    return frozenset(days)


def start_of(day: date, now: datetime, zone: tzinfo) -> datetime:
    """The instant that a date stands for: now where it is today, else the day's start in `zone` (UTC)."""
    if day == now.astimezone(zone).date():
        return now
    return datetime.combine(day, time(), zone).astimezone(UTC)


def zone_named(name: str) -> ZoneInfo:
    """The time zone of that IANA name; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
