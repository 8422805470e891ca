"""When a channel's weekly digest comes: the setting, the zone of the channel, changes of the clock, names of weeks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest_schedule import DigestTime, channel_zone, digest_key, parse_digest, week_of_key
from bot.domain.errors import InvalidInput

READ = {
    "the default": ("mon 09:00", DigestTime(0, time(9))),
    "another day and time": ("fri 16:30", DigestTime(4, time(16, 30))),
    "spaces and capitals": ("  Sun   8:05 ", DigestTime(6, time(8, 5))),
    "midnight": ("tue 00:00", DigestTime(1, time(0))),
    "off": (" OFF ", None),
}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ)
def test_the_setting_is_a_weekday_and_a_time_or_off(text: str, expected: DigestTime | None) -> None:
    """Read as people write it."""
    assert expected == parse_digest(text)


BAD = ("", "on", "monday 09:00", "mon", "09:00", "mon 9", "mon 24:00", "mon 09:60", "mon-fri 09:00", "mon,tue 09:00",
       "fun 09:00", "mon 09:00 UTC", "mon 09:00:00", "mon \u0660\u0669:\u0660\u0660")  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_another_setting_says_what_it_should_look_like(text: str) -> None:
    """The sentence quotes what was written."""
    with pytest.raises(InvalidInput) as fault:
        parse_digest(text)

    assert f"“{text}” should look like “mon 09:00” or “off”." == str(fault.value)


# setting, zone, at -> week and instant of the next digest (instants in UTC)
NEXT = {
    "in the middle of a week": ("mon 09:00", "UTC", "2026-11-25T10:00", "2026-W49", "2026-11-30T09:00"),
    "a moment before": ("mon 09:00", "UTC", "2026-11-23T08:59:59", "2026-W48", "2026-11-23T09:00"),
    "at the very moment it is the following one": (
        "mon 09:00", "UTC", "2026-11-23T09:00", "2026-W49", "2026-11-30T09:00",
    ),
    "later in the week": ("fri 16:30", "UTC", "2026-11-23T09:00", "2026-W48", "2026-11-27T16:30"),
    "on the last day of a week": ("sun 18:00", "UTC", "2026-11-29T17:00", "2026-W48", "2026-11-29T18:00"),
    "where Monday begins on UTC's Sunday": (
        "mon 09:00", "Pacific/Auckland", "2026-11-22T19:00", "2026-W48", "2026-11-22T20:00",
    ),
    "where Sunday ends on UTC's Monday": (
        "sun 22:00", "America/Los_Angeles", "2026-11-30T05:00", "2026-W48", "2026-11-30T06:00",
    ),
    "London's clock goes forward before it": (
        "mon 09:00", "Europe/London", "2026-03-27T12:00", "2026-W14", "2026-03-30T08:00",
    ),
    "London's clock goes back before it": (
        "mon 09:00", "Europe/London", "2026-10-23T12:00", "2026-W44", "2026-10-26T09:00",
    ),
    "in an hour that is left out": ("sun 01:30", "Europe/London", "2026-03-28T12:00", "2026-W13", "2026-03-29T01:30"),
    "in an hour that comes twice": ("sun 01:30", "Europe/London", "2026-10-24T12:00", "2026-W43", "2026-10-25T00:30"),
    "the year's last week": ("mon 09:00", "UTC", "2026-12-24T12:00", "2026-W53", "2026-12-28T09:00"),
    "a week of two years": ("fri 09:00", "UTC", "2026-12-30T12:00", "2026-W53", "2027-01-01T09:00"),
    "the first week of a year": ("mon 09:00", "UTC", "2027-01-02T12:00", "2027-W01", "2027-01-04T09:00"),
}  # fmt: skip


def utc(text: str) -> datetime:
    """The instant that an ISO text without an offset means in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("setting", "zone", "at", "week", "instant"), NEXT.values(), ids=NEXT)
def test_the_next_digest_is_found(setting: str, zone: str, at: str, week: str, instant: str) -> None:
    """At the same time of day in the channel's zone, whatever its clock does."""
    time_of_week = parse_digest(setting)

    assert time_of_week is not None
    assert (week, utc(instant)) == time_of_week.next(utc(at), ZoneInfo(zone))


@given(
    st.datetimes(datetime(2009, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # it asks so
    st.sampled_from(("UTC", "Europe/London", "Asia/Kolkata", "Pacific/Apia", "America/Sao_Paulo", "Pacific/Auckland")),
    st.builds(DigestTime, st.integers(0, 6), st.times().map(lambda at: at.replace(second=0, microsecond=0))),
)
def test_every_week_has_one_digest(now: datetime, zone: str, setting: DigestTime) -> None:
    """It lies ahead, at the instant that its week names; the one after it comes a week later."""
    week, instant = setting.next(now, ZoneInfo(zone))
    following, later = setting.next(instant, ZoneInfo(zone))

    assert now < instant <= now + timedelta(days=8)
    assert instant == setting.in_week(week, ZoneInfo(zone))
    assert following > week
    assert timedelta(days=6) <= later - instant <= timedelta(days=8)


# (owner, zone) of the channel's enrollments -> the zone of its digest
ZONES = {
    "one owner": ([("ANA", "Europe/London")], "Europe/London"),
    "most owners, not most enrollments": (
        [("ANA", "Europe/London")] * 3 + [("BEN", "Asia/Kolkata"), ("CHI", "Asia/Kolkata")], "Asia/Kolkata",
    ),
    "four zones with an owner each: most enrollments": (
        [("ANA", "Europe/London"), ("BEN", "Asia/Kolkata"), ("CHI", "America/Sao_Paulo"), ("CHI", "America/Sao_Paulo"),
         ("DEV", "Africa/Lagos")], "America/Sao_Paulo",
    ),
    "four zones alike: by name": (
        [("ANA", "Europe/London"), ("BEN", "Asia/Kolkata"), ("CHI", "America/Sao_Paulo"), ("DEV", "Africa/Lagos")],
        "Africa/Lagos",
    ),
    "no zone that is known": ([("ANA", "Mars/Olympus")], "UTC"),
}  # fmt: skip


@pytest.mark.parametrize(("owners", "zone"), ZONES.values(), ids=ZONES)
def test_a_channel_has_the_zone_of_most_owners(owners: list[tuple[str, str]], zone: str) -> None:
    """The same answer in whatever order they are asked about."""
    assert zone == channel_zone(owners).key == channel_zone(reversed(owners)).key


def test_a_digest_has_the_name_of_its_channel_and_week() -> None:
    """From which its week can be read again."""
    key = digest_key("C0ROLLOUT1", "2026-W48")

    assert ("digest:C0ROLLOUT1:2026-W48", "2026-W48") == (key, week_of_key(key))
