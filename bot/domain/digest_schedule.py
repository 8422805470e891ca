"""When a channel's weekly digest comes: the setting, the channel's time zone, the instant and the name of its week."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten
from bot.domain.schedule import DAYS, zone_named

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class DigestTime:
    """The weekday (Monday is 0) and the time of day of the digest, in the zone of a channel."""

    weekday: int = 0
    at: time = time(9)

    def next(self, now: datetime, zone: tzinfo) -> tuple[str, datetime]:
        """The first digest after `now`: its week and its instant (UTC)."""
        today = now.astimezone(zone).date()
        week = week_of(today)
        if self.in_week(week, zone) <= now:
            week = week_of(today + _WEEK)
        return week, self.in_week(week, zone)

    def in_week(self, week: str, zone: tzinfo) -> datetime:
        """The instant of the digest of a week such as `2026-W48` (UTC)."""
        day = datetime.strptime(f"{week}-{self.weekday + 1}", "%G-W%V-%u").date()  # noqa: DTZ007  # a day, no instant
        return datetime.combine(day, self.at, zone).astimezone(UTC)


def parse_digest(text: str) -> DigestTime | None:
    """Read ECO_DIGEST: a weekday and a time such as `mon 09:00`; None for `off`.

    Raises:
        InvalidInput: says what it should look like.
    """
    cleaned = text.strip().lower()
    if cleaned == "off":
        return None
    match = re.fullmatch(r"([a-z]{3})\s+([0-9]{1,2}):([0-9]{2})", cleaned)
    try:
        if match is None:
            raise ValueError(cleaned)
        return DigestTime(DAYS.index(match[1]), time(int(match[2]), int(match[3])))
    except ValueError:
        raise InvalidInput(f"“{shorten(text.strip())}” should look like “mon 09:00” or “off”.") from None


def week_of(day: date) -> str:
    """The ISO week of a day: `2026-W48`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def digest_key(channel: str, week: str) -> str:
    """The unique key of the digest of a channel and a week: `digest:C1:2026-W48`."""
    return f"digest:{channel}:{week}"


def week_of_key(key: str) -> str:
    """The week that a digest's key names."""
    return key.rpartition(":")[2]


def channel_zone(owners: Iterable[tuple[str, str]]) -> ZoneInfo:
    """The time zone of most owners; of several with as many, the one with the most enrollments, then by name.

    Args:
        owners: (user ID, name of the zone) of the owner of each active enrollment of the channel; at least one.
    """
    listed = list(owners)

    def rank(zone: str) -> tuple[int, int, str]:
        whose = [user for user, lives_in in listed if lives_in == zone]
        return -len(set(whose)), -len(whose), zone

    return zone_named(min({zone for _, zone in listed}, key=rank))
