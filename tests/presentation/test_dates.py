"""Dates as the bot writes them: one format for days that were typed, for instants in Slack, and for plain text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.schedule import day_words
from bot.presentation import texts

NOVEMBER = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2026-12-05", "Sat, Dec 5"),
        ("2027-01-05", "Tue, Jan 5"),
        ("2027-05-25", "Tue, May 25"),
        ("2027-05-26", "Wed, May 26, 2027"),
        ("2026-05-23", "Sat, May 23, 2026"),
    ],
)
def test_a_typed_day_is_said_with_its_weekday_and_with_its_year_only_where_it_is_far_away(
    typed: str, words: str
) -> None:
    """Up to six months away nobody needs the year; beyond, leaving it out would mislead."""
    assert day_words(typed, NOVEMBER) == words


def test_without_a_day_to_compare_it_with_a_day_has_no_year() -> None:
    """The bare form, for lines that are read when they are written."""
    assert day_words("2026-12-05") == "Sat, Dec 5"


def test_an_instant_is_shown_in_the_zone_of_the_reader_and_falls_back_to_the_same_format() -> None:
    """Slack writes it; where it cannot, the fallback reads alike and says which zone it means."""
    at = datetime(2026, 11, 30, 1, 2, tzinfo=ZoneInfo("Europe/Berlin"))
    stamp = int(at.timestamp())
    assert texts.moment(at) == f"<!date^{stamp}^{{date_short_pretty}} at {{time}}|Mon, Nov 30, 00:02 UTC>"
    assert texts.day(at.isoformat()) == f"<!date^{stamp}^{{date_short_pretty}}|Mon, Nov 30>"


def test_text_that_leaves_slack_has_the_day_of_the_owner() -> None:
    """Spot support reads the day on which it happened where it happened."""
    assert texts.plain_day(datetime(2026, 12, 4, 23, 30, tzinfo=UTC), ZoneInfo("Asia/Tokyo")) == "Dec 5"
