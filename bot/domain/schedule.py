"""Spans of time as people write them, working days, and the hours in which reminders may be posted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.durations import parse_window
from bot.domain.errors import InvalidInput
from bot.domain.procedure import known_waits
from bot.domain.step_spec import WaitKey, Window
from bot.language.spoken import local_day

#: The days of the week as settings name them; Monday is 0.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MON_TO_FRI = frozenset(range(5))
_MORNING, _EVENING = time(9), time(17)
#: A day further away than this needs its year. Slack leaves the year out up to here, too.
_HALF_A_YEAR = timedelta(days=183)


class Clock(Protocol):
    """A source of the current time."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""


def day_words(day: date | str, beside: date | None = None) -> str:
    """Write a day as people say it: `Sat, Dec 5`; with its year where it is over six months away from `beside`.

    A day that somebody typed stays that day for every reader, so no time zone is involved.
    """
    when = date.fromisoformat(day) if isinstance(day, str) else day
    far = beside is not None and abs(when - beside) > _HALF_A_YEAR
    return local_day(when, weekday=True, year=far) or f"{when:%a, %b} {when.day}{f', {when.year}' if far else ''}"


def month_day(day: date, beside: date) -> str:
    """A day without its weekday, where there is little room: `Dec 3`; with its year where it is far away."""
    far = abs(day - beside) > _HALF_A_YEAR
    return local_day(day, weekday=False, year=far) or f"{day:%b} {day.day}{f', {day.year}' if far else ''}"


def parse_waits(text: str) -> Mapping[WaitKey, Window]:
    """Read ECO_WAITS (`full_eco=4w..6w,nudge=2d`): the windows that take the place of the documented ones.

    Raises:
        InvalidInput: an unknown wait, a span that cannot be read, or a range that ends before it begins.
    """
    known = known_waits()
    waits, faults = dict[WaitKey, Window](), []
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (part.strip() for part in item.partition("="))
        if name not in known:
            faults.append(f"There is no wait “{name}”. The waits are {', '.join(known)}.")
            continue
        try:
            earliest, latest = parse_window(value)
            waits[name] = replace(known[name], earliest=earliest, latest=latest)
        except InvalidInput as fault:
            faults.append(f"{name}: {fault}")
    if faults:
        raise InvalidInput(" ".join(faults))
    return MappingProxyType(waits)


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

    def morning(self, at: datetime, zone: tzinfo) -> datetime:
        """The start of reminder hours on the day of `at` in the given zone (UTC); 9:00 where they never end."""
        return datetime.combine(at.astimezone(zone).date(), self.start or _MORNING, zone).astimezone(UTC)

    def next_morning(self, at: datetime, zone: tzinfo) -> datetime:
        """The first morning of a working day, `at` or later (UTC)."""
        day = at if self.morning(at, zone) >= at else at + timedelta(days=1)
        while day.astimezone(zone).weekday() not in self.working_days:
            day += timedelta(days=1)
        return self.morning(day, zone)

    def add_working_days(self, at: datetime, count: int, zone: tzinfo) -> datetime:
        """The same time of day, `count` working days later, in the given zone (UTC)."""
        local = at.astimezone(zone)
        day = local.date()
        while count > 0:
            day += timedelta(days=1)
            count -= day.weekday() in self.working_days
        return datetime.combine(day, local.timetz().replace(tzinfo=None), zone).astimezone(UTC)

    def add_business_hours(self, at: datetime, span: timedelta, zone: tzinfo) -> datetime:
        """The instant at which so much of the working hours has passed, in the given zone (UTC)."""
        opens, closes = (self.start or _MORNING), (self.end or _EVENING)
        day, left = at.astimezone(zone).date(), span
        while True:
            begin, end = (datetime.combine(day, when, zone).astimezone(UTC) for when in (opens, closes))
            begin = max(begin, at)
            if day.weekday() in self.working_days and begin < end:
                if left <= end - begin:
                    return begin + left
                left -= end - begin
            day += timedelta(days=1)


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
        raise InvalidInput(
            f"“{text.strip()}” is not a time for reminders. Write for example “mon-fri 09:00-17:00”, or “always”."
        ) from None
    return ReminderHours(days, start, end)


def _parse_days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        begin = DAYS.index(first)
        count = (DAYS.index(last) - begin) % 7 if dash else 0  # sun-thu wraps around the week
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
