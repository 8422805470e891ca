"""When the demo begins, and where its time machine jumps to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.demo import sandbox_command
from bot.demo.demo_workspace import ECO_WORKSPACE, PORTFOLIO
from bot.demo.sandbox_command import _clock_on_monday
from bot.demo.time_jumps import monday_morning
from bot.localslack import LocalSlack, TimeMachine

ZONE = ECO_WORKSPACE.people[0].tz


@pytest.mark.parametrize("day", range(7))
def test_the_demo_begins_on_the_monday_of_this_week(day: int) -> None:
    """At 9:30 where the first person lives, whatever today is."""
    now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC) + timedelta(days=day)

    begins = monday_morning(now, ZONE).astimezone(ZoneInfo(ZONE))

    assert (date(2026, 11, 23), 9, 30) == (begins.date(), begins.hour, begins.minute)


def test_the_week_is_that_of_the_first_person() -> None:
    """On Monday at one in the night in London it is still Sunday in São Paulo."""
    begins = monday_morning(datetime(2026, 11, 23, 1, 0, tzinfo=UTC), ZONE)

    assert datetime(2026, 11, 16, 12, 30, tzinfo=UTC) == begins


def test_the_demos_clock_starts_there_and_goes_on() -> None:
    """It follows real time from Monday at 9:30."""
    clock = _clock_on_monday()

    local = clock.now().astimezone(ZoneInfo(ZONE))
    assert (0, 9, 30) == (local.weekday(), local.hour, local.minute)
    assert not clock.is_frozen


def test_the_tour_begins_on_monday_in_channels_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its story is the only one: nothing is said in #eco-portfolio."""
    seen: list[tuple[int, int]] = []

    class Told:
        def __init__(self, slack: LocalSlack, clock: TimeMachine, _next_due: Any) -> None:
            local = clock.now().astimezone(ZoneInfo(ZONE))
            seen.append((local.weekday(), len(slack.channel(PORTFOLIO).messages)))

        def play(self) -> bool:
            return True

    monkeypatch.setattr(sandbox_command, "Tour", Told)

    assert 0 == sandbox_command.play(tmp_path / "tour.db", socket_mode=False)
    assert [(0, 0)] == seen
