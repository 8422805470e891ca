"""Waits in business hours, and waits that begin by themselves."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.schedule import ReminderHours, parse_hours

LONDON, TOKYO = ZoneInfo("Europe/London"), ZoneInfo("Asia/Tokyo")


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "hours", "ends"),
    [
        ("2026-11-23 10:00", 2, "2026-11-23 12:00"),  # Monday
        ("2026-11-23 10:00", 7, "2026-11-23 17:00"),  # to the end of the day
        ("2026-11-23 10:00", 8, "2026-11-24 10:00"),
        ("2026-11-23 10:00", 24, "2026-11-26 10:00"),  # three days of eight hours
        ("2026-11-27 16:00", 24, "2026-12-02 16:00"),  # Friday: over the weekend
        ("2026-11-28 12:00", 1, "2026-11-30 10:00"),  # Saturday counts from Monday's morning
        ("2026-11-23 06:00", 1, "2026-11-23 10:00"),  # before the morning
        ("2026-11-23 20:00", 1, "2026-11-24 10:00"),  # after the evening
    ],
)
def test_business_hours_pass_on_working_days_only(begins: str, hours: int, ends: str) -> None:
    """Monday to Friday, 9:00 to 17:00, unless the operator says otherwise."""
    assert at(ends) == ReminderHours().add_business_hours(at(begins), timedelta(hours=hours), LONDON)


def test_they_are_the_owners_hours() -> None:
    """In Tokyo a Monday's business hours begin at midnight UTC."""
    assert at("2026-11-23 01:00") == ReminderHours().add_business_hours(
        at("2026-11-22 18:00"), timedelta(hours=1), TOKYO
    )


def test_they_follow_the_setting() -> None:
    """Reminder hours of the operator; 9:00 to 17:00 on weekdays where reminders come at any time."""
    long_day, always = parse_hours("sun-thu 08:00-20:00"), parse_hours("always")

    assert at("2026-11-22 10:00") == long_day.add_business_hours(at("2026-11-21 12:00"), timedelta(hours=2), UTC)
    assert at("2026-11-23 11:00") == always.add_business_hours(at("2026-11-21 12:00"), timedelta(hours=2), UTC)


def test_a_change_of_the_clock_makes_no_hour() -> None:
    """Clocks go back at night: the working day after it has eight hours."""
    before = at("2026-10-23 16:00")  # Friday, 17:00 in London
    assert at("2026-10-26 10:00") == ReminderHours().add_business_hours(before, timedelta(hours=1), LONDON)
