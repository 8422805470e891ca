"""Reminder hours and working days, in the owner's zone and over changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInput
from bot.domain.schedule import ReminderHours, parse_hours, start_of
from tests.domain.building import ALWAYS, NOW, WEEKDAYS

ZONES = ("UTC", "America/Sao_Paulo", "Europe/London", "Asia/Kolkata", "America/New_York", "Pacific/Apia", "Asia/Tehran")
SETTINGS = (
    "mon-fri 09:00-17:00",
    "sun-thu 10:00-18:00",
    "mon,wed 08:30-12:00",
    "sat 00:00-24:00",
    "mon-sun 01:00-03:30",
)

instants = st.datetimes(datetime(2009, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - it asks so
zones = st.sampled_from(ZONES).map(ZoneInfo)
hours = st.sampled_from(SETTINGS).map(parse_hours)

# what is written -> the days, of which Monday is 0, and the hours
READ = {
    "the default": ("mon-fri 09:00-17:00", {0, 1, 2, 3, 4}, time(9), time(17)),
    "a week that wraps": ("sun-thu 10:00-18:00", {6, 0, 1, 2, 3}, time(10), time(18)),
    "single days": ("mon,wed 08:30-12:00", {0, 2}, time(8, 30), time(12)),
    "days and ranges": ("mon-tue,thu-fri,sun 8:00-9:05", {0, 1, 3, 4, 6}, time(8), time(9, 5)),
    "spaces and capitals": ("  Mon - Fri   9:00 - 17:00 ", {0, 1, 2, 3, 4}, time(9), time(17)),
    "until midnight": ("sat 00:00-24:00", {5}, time(0), time(23, 59, 59)),
    "one day as a range": ("tue-tue 09:00-10:00", {1}, time(9), time(10)),
}


@pytest.mark.parametrize(("text", "days", "start", "end"), READ.values(), ids=READ)
def test_hours_are_read_as_people_write_them(text: str, days: set[int], start: time, end: time) -> None:
    """Days with commas and ranges, also over the end of the week, and one span of the day."""
    assert ReminderHours(frozenset(days), start, end) == parse_hours(text)


@pytest.mark.parametrize("text", ["always", " ALWAYS "])
def test_always_means_any_time(text: str) -> None:
    """Every instant is open, and Monday to Friday are the working days."""
    read = parse_hours(text)

    sunday = datetime(2026, 3, 8, 3, 0, tzinfo=UTC)
    assert (True, sunday) == (read.always, read.next_open(sunday, ZoneInfo("Asia/Kolkata")))
    assert frozenset(range(5)) == read.working_days


BAD = (
    "", "never", "09:00-17:00", "mon-fri", "mon-fri 09:00", "mon-fri 17:00-09:00", "mon-fri 09:00-09:00",
    "mon-fri 25:00-26:00", "mon-fri 09:60-17:00", "mon-fri 09:00-24:01", "funday 09:00-17:00", "mon- 09:00-17:00",
    "-fri 09:00-17:00", "mon,,tue 09:00-17:00", ", 09:00-17:00", "mon-wed-fri 09:00-17:00", "mon-fri 9-17",
    "mon-fri 09:00-17:00 UTC", "monday 09:00-17:00",
)  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_hours_that_cannot_be_read_say_what_they_should_look_like(text: str) -> None:
    """The sentence quotes what was written."""
    with pytest.raises(InvalidInput) as fault:
        parse_hours(text)

    assert f"“{text}” is not a time for reminders. Write for example “mon-fri 09:00-17:00”, or “always”." == str(
        fault.value
    )


# hours, zone, at, the next instant at which a reminder may be posted (both UTC)
OPENINGS = {
    "within the hours": ("mon-fri 09:00-17:00", "UTC", "2026-03-04T10:00", "2026-03-04T10:00"),
    "at the opening": ("mon-fri 09:00-17:00", "UTC", "2026-03-04T09:00", "2026-03-04T09:00"),
    "before the opening": ("mon-fri 09:00-17:00", "UTC", "2026-03-04T08:59:59", "2026-03-04T09:00"),
    "at the closing": ("mon-fri 09:00-17:00", "UTC", "2026-03-04T17:00", "2026-03-05T09:00"),
    "on a Friday evening": ("mon-fri 09:00-17:00", "UTC", "2026-03-06T17:00", "2026-03-09T09:00"),
    "where weeks end on Thursday": ("sun-thu 10:00-18:00", "Asia/Riyadh", "2026-03-06T09:00", "2026-03-08T07:00"),
    "a week on": ("mon 09:00-10:00", "UTC", "2026-03-09T10:00", "2026-03-16T09:00"),
    "the owner's day is another": ("mon-fri 09:00-17:00", "Pacific/Auckland", "2026-03-08T20:30", "2026-03-08T20:30"),
    "half an hour off": ("mon,wed 08:30-12:00", "Asia/Kolkata", "2026-03-04T02:00", "2026-03-04T03:00"),
    "London in winter": ("mon-fri 09:00-17:00", "Europe/London", "2026-03-27T18:00", "2026-03-30T08:00"),
    "London in summer": ("mon-fri 09:00-17:00", "Europe/London", "2026-10-23T18:00", "2026-10-26T09:00"),
    "an hour that is left out": ("mon-sun 01:15-01:45", "Europe/London", "2026-03-29T00:00", "2026-03-29T01:15"),
    "an hour that comes twice": ("mon-sun 01:30-03:00", "Europe/London", "2026-10-25T00:00", "2026-10-25T00:30"),
    "a midnight that is left out": ("sun 00:00-04:00", "America/Sao_Paulo", "2018-11-04T02:30", "2018-11-04T03:00"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "zone", "at", "expected"), OPENINGS.values(), ids=OPENINGS)
def test_the_next_opening_is_found(text: str, zone: str, at: str, expected: str) -> None:
    """The first instant, this one or later, at which the owner may be reminded."""
    moment, opening = (datetime.fromisoformat(value).replace(tzinfo=UTC) for value in (at, expected))

    assert opening == parse_hours(text).next_open(moment, ZoneInfo(zone))


@given(instants, zones, hours)
def test_an_opening_is_never_early_never_closed_and_never_over_a_week_away(
    at: datetime, zone: ZoneInfo, setting: ReminderHours
) -> None:
    """Whatever the instant, the zone and the hours: not before, within the hours, and it is its own next opening."""
    found = setting.next_open(at, zone)

    assert at <= found <= at + timedelta(days=8)
    assert found == setting.next_open(found, zone)
    assert found.astimezone(zone).weekday() in setting.days


# zone, at, how many working days, the same time of day then (both UTC)
WORKING_DAYS = {
    "midweek": ("UTC", "2026-03-04T10:00", 1, "2026-03-05T10:00"),
    "over the weekend": ("UTC", "2026-03-06T10:00", 2, "2026-03-10T10:00"),
    "from a Sunday": ("UTC", "2026-03-08T10:00", 1, "2026-03-09T10:00"),
    "none": ("UTC", "2026-03-08T10:00", 0, "2026-03-08T10:00"),
    "a week of them": ("UTC", "2026-03-04T10:00", 5, "2026-03-11T10:00"),
    "the clock goes forward": ("Europe/London", "2026-03-27T10:00", 1, "2026-03-30T09:00"),
    "the clock goes back": ("America/New_York", "2026-10-30T14:00", 1, "2026-11-02T15:00"),
    "Saturday in UTC, Friday for the owner": ("America/Sao_Paulo", "2026-03-07T01:00", 1, "2026-03-10T01:00"),
}


@pytest.mark.parametrize(("zone", "at", "count", "expected"), WORKING_DAYS.values(), ids=WORKING_DAYS)
def test_working_days_keep_the_time_of_day(zone: str, at: str, count: int, expected: str) -> None:
    """Weekends do not count, and the owner's clock shows the same time."""
    moment, then = (datetime.fromisoformat(value).replace(tzinfo=UTC) for value in (at, expected))

    assert then == WEEKDAYS.add_working_days(moment, count, ZoneInfo(zone))


@given(instants, st.integers(1, 12), zones, hours)
def test_working_days_go_forward(at: datetime, count: int, zone: ZoneInfo, setting: ReminderHours) -> None:
    """They end on a working day, and one more is always later."""
    there = setting.add_working_days(at, count, zone)

    assert at < there < setting.add_working_days(at, count + 1, zone)
    assert (there + timedelta(hours=1)).astimezone(zone).weekday() in setting.working_days | {
        (day + 1) % 7 for day in setting.working_days
    }


# zone, day, what it means at NOW
DAYS = {
    "today": ("UTC", date(2026, 3, 4), NOW),
    "yesterday": ("UTC", date(2026, 3, 3), datetime(2026, 3, 3, tzinfo=UTC)),
    "yesterday for the owner": ("Asia/Kolkata", date(2026, 3, 3), datetime(2026, 3, 2, 18, 30, tzinfo=UTC)),
    "a day without a midnight": ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),
}


@pytest.mark.parametrize(("zone", "day", "expected"), DAYS.values(), ids=DAYS)
def test_a_date_means_its_beginning_and_today_means_now(zone: str, day: date, expected: datetime) -> None:
    """Dates are read where the owner lives."""
    assert expected == start_of(day, NOW, ZoneInfo(zone))


def test_always_is_open_always() -> None:
    """No instant has to wait."""
    hours = [NOW + timedelta(hours=n) for n in range(200)]
    assert hours == [ALWAYS.next_open(hour, ZoneInfo("UTC")) for hour in hours]
