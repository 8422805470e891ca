"""The windows of the waits: when they begin, when they end, and what moves them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain import snoozing, transitions
from bot.domain.consequences import next_change
from bot.domain.enrollment import Policy, State
from bot.domain.errors import InvalidInput, StepConflict
from bot.domain.schedule import parse_hours, parse_waits
from tests.domain.building import DAY, HOUR, NOW, OWNER, POLICY, WAITING, WEEK, acted, opened, reach
from tests.support.steps import StepKey

SECOND = timedelta(seconds=1)


def utc(text: str) -> datetime:
    """The instant that an ISO text without an offset means in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# step, when its act is done, earliest and latest end of its window
WINDOWS = {
    "up to 48 hours, over a weekend too": ("connect_account", "2026-03-06T16:00", None, "2026-03-08T16:00"),
    "four to six weeks": ("full_eco", "2026-03-04T10:00", "2026-04-01T10:00", "2026-04-15T10:00"),
    "about four days, over a weekend too": ("associate_workflows", "2026-03-05T09:30", None, "2026-03-09T09:30"),
    "two working days": ("enable_subsets", "2026-03-04T10:00", None, "2026-03-06T10:00"),
    "two working days from a Thursday": ("enable_subsets", "2026-03-05T10:00", None, "2026-03-09T10:00"),
    "two working days from a Friday": ("associate_customers", "2026-03-06T23:00", None, "2026-03-10T23:00"),
    "two working days from a Saturday": ("associate_customers", "2026-03-07T12:00", None, "2026-03-10T12:00"),
    "two working days from a Sunday": ("enable_subsets", "2026-03-08T12:00", None, "2026-03-10T12:00"),
}


@pytest.mark.parametrize(("key", "at", "earliest", "latest"), WINDOWS.values(), ids=WINDOWS)
def test_a_window_runs_from_the_act(key: str, at: str, earliest: str | None, latest: str) -> None:
    """Promised waits count every hour; where nothing is promised, working days count."""
    step = acted(opened(StepKey(key), NOW), StepKey(key), utc(at)).step(StepKey(key))

    assert (utc(at), utc(earliest) if earliest else None, utc(latest)) == (
        step.window_start,
        step.earliest,
        step.latest,
    )


# zone, hours, when the ticket was sent, when the bot asks
NUDGES = {
    "the owner's Friday evening is UTC's Saturday": (
        "America/Los_Angeles",
        None,
        "2026-03-07T02:00",
        "2026-03-11T01:00",
    ),
    "the owner's Monday morning is UTC's Sunday": ("Pacific/Auckland", None, "2026-03-08T20:00", "2026-03-10T20:00"),
    "Sunday to Thursday": ("Asia/Riyadh", "sun-thu 09:00-17:00", "2026-03-05T08:00", "2026-03-09T08:00"),
    "reminders at any time": ("UTC", "always", "2026-03-06T22:00", "2026-03-10T22:00"),
    "the clock goes forward meanwhile": ("Europe/London", None, "2026-03-27T12:00", "2026-03-31T11:00"),
}


@pytest.mark.parametrize(("zone", "hours", "at", "latest"), NUDGES.values(), ids=NUDGES)
def test_working_days_are_those_of_the_owner(zone: str, hours: str | None, at: str, latest: str) -> None:
    """Which day it is, and which days are worked, is asked in the owner's zone and the operator's hours."""
    policy = Policy(POLICY.waits, parse_hours(hours)) if hours else POLICY
    enrollment = opened(StepKey.ENABLE_SUBSETS, policy=policy, owner_zone=zone)

    assert utc(latest) == acted(enrollment, StepKey.ENABLE_SUBSETS, utc(at), policy).step(StepKey.ENABLE_SUBSETS).latest


# ECO_WAITS, step, earliest and latest after Wednesday 10:00
OVERRIDES = {
    "one figure": ("full_eco=5w", "full_eco", None, 5 * WEEK),
    "a range": ("data_generation=1h..36h", "connect_account", HOUR, 36 * HOUR),
    "another wait": ("full_eco=5w", "connect_account", None, 48 * HOUR),
    "a nudge of one working day": ("nudge=1d", "enable_subsets", None, DAY),
    "a nudge of days and hours": ("nudge=1d 3h", "enable_subsets", None, DAY + 3 * HOUR),
    "a nudge over the weekend": ("nudge=3d", "enable_subsets", None, 5 * DAY),
    "a nudge of seconds": ("nudge=20s", "enable_subsets", None, 20 * SECOND),
    "a nudge has no earliest end": ("nudge=1d..2d", "enable_subsets", None, 2 * DAY),
}


@pytest.mark.parametrize(("text", "key", "earliest", "latest"), OVERRIDES.values(), ids=OVERRIDES)
def test_the_operator_can_set_other_figures(text: str, key: str, earliest: timedelta | None, latest: timedelta) -> None:
    """ECO_WAITS replaces the figures it names and leaves the others."""
    step = acted(opened(StepKey(key)), StepKey(key), policy=Policy(parse_waits(text))).step(StepKey(key))

    assert (NOW + earliest if earliest else None, NOW + latest) == (step.earliest, step.latest)


@pytest.mark.parametrize("key", WAITING)
def test_a_step_is_due_at_the_very_instant_at_which_its_window_ends(key: StepKey) -> None:
    """One second before it waits, at the instant itself it is due, without anybody acting."""
    enrollment, latest = reach(key, State.DUE)
    step = enrollment.step(key)

    assert [State.WAITING, State.DUE, State.DUE] == [
        step.state_at(latest + late) for late in (-SECOND, 0 * SECOND, WEEK)
    ]


def test_the_card_changes_by_itself_at_both_ends_of_a_window() -> None:
    """The next change is the earliest end, then the latest, then none; of several waits, the first."""
    enrollment = acted(opened(StepKey.FULL_ECO), StepKey.FULL_ECO)
    both = acted(enrollment, StepKey.ENABLE_SUBSETS)

    moments = [NOW, NOW + 4 * WEEK, NOW + 6 * WEEK]
    assert [NOW + 4 * WEEK, NOW + 6 * WEEK, None] == [next_change(enrollment, moment) for moment in moments]
    assert NOW + 2 * DAY == next_change(both, NOW)
    assert None is next_change(opened(StepKey.FULL_ECO), NOW)


def test_still_waiting_moves_the_reminder_and_not_the_window() -> None:
    """The next question comes later; the promise of the source stays what it was, and so does the state."""
    enrollment, now = reach(StepKey.FULL_ECO, State.DUE)
    before = enrollment.step(StepKey.FULL_ECO)

    change = snoozing.still_waiting(enrollment, StepKey.FULL_ECO, date(2026, 4, 17), OWNER, now, POLICY, "said Friday")

    step = change.enrollment.step(StepKey.FULL_ECO)
    said = {"snoozed_by": OWNER, "snoozed_at": now, "snoozed_until": date(2026, 4, 17), "snooze_note": "said Friday"}
    assert step == replace(before, reminder=step.reminder, reminders=step.reminders, **said)
    assert step.reminder is not None
    assert utc("2026-04-17T09:00") == step.reminder.due_at
    assert {"until": "2026-04-17", "note": "said Friday"} == change.events[0].details
    assert State.DUE is step.state_at(now)


# date of the call, when it is entered, start of the window
CALLS = {
    "today means now": ("UTC", date(2026, 3, 4), "2026-03-04T10:00"),
    "a past day means its beginning": ("UTC", date(2026, 3, 2), "2026-03-02T00:00"),
    "the owner's today": ("Pacific/Auckland", date(2026, 3, 4), "2026-03-04T10:00"),
    "the owner's midnight": ("America/New_York", date(2026, 3, 3), "2026-03-03T05:00"),
    "no date means now": ("UTC", None, "2026-03-04T10:00"),
}


@pytest.mark.parametrize(("zone", "day", "start"), CALLS.values(), ids=CALLS)
def test_the_date_of_the_call_moves_the_window(zone: str, day: date | None, start: str) -> None:
    """Ramp-up runs from the strategy call, whenever somebody enters it."""
    enrollment = opened(StepKey.FULL_ECO, owner_zone=zone)

    step = acted(enrollment, StepKey.FULL_ECO, call_date=day and day.isoformat()).step(StepKey.FULL_ECO)

    assert (utc(start), utc(start) + 4 * WEEK, utc(start) + 6 * WEEK) == (step.window_start, step.earliest, step.latest)
    assert (day.isoformat() if day else None, utc(start)) == (step.values.get("call_date"), step.acted_at)


def test_a_call_of_long_ago_makes_the_step_due_at_once() -> None:
    """Who enters a call of ten weeks ago is asked at once whether ramp-up is done."""
    step = acted(opened(StepKey.FULL_ECO), StepKey.FULL_ECO, call_date="2025-12-22").step(StepKey.FULL_ECO)

    assert State.DUE is step.state_at(NOW)
    assert step.reminder is not None
    assert NOW == step.reminder.due_at


@pytest.mark.parametrize("day", [date(2025, 3, 1), date(2027, 3, 8), date(1926, 3, 4), date(9999, 12, 31)])
def test_a_call_more_than_a_year_away_is_a_typing_mistake(day: date) -> None:
    """The sentence names the date and belongs to its field."""
    with pytest.raises(
        InvalidInput, match=f"{day:%b} {day.day}, {day.year} is more than a year away. Check the date."
    ) as fault:
        acted(opened(StepKey.FULL_ECO), StepKey.FULL_ECO, call_date=day and day.isoformat())

    assert "call_date" == fault.value.field


def test_a_date_from_before_the_reopening_does_not_stay() -> None:
    """Entering the act anew without a date counts from now, so no other date is kept beside the window."""
    once = acted(opened(StepKey.FULL_ECO), StepKey.FULL_ECO, call_date="2026-02-02")
    done = transitions.confirm(once, StepKey.FULL_ECO, OWNER, NOW, POLICY).enrollment
    again = transitions.reopen(done, StepKey.FULL_ECO, OWNER, NOW, POLICY).enrollment

    step = acted(again, StepKey.FULL_ECO, NOW + DAY).step(StepKey.FULL_ECO)

    assert "2026-02-02" == again.step(StepKey.FULL_ECO).values["call_date"]
    assert (None, NOW + DAY) == (step.values.get("call_date"), step.window_start)


def test_still_waiting_is_no_answer_where_nothing_waits() -> None:
    """An open step is put off by another button."""
    with pytest.raises(StepConflict, match="Nobody has marked this done yet"):
        snoozing.still_waiting(opened(StepKey.FULL_ECO), StepKey.FULL_ECO, date(2026, 3, 6), OWNER, NOW, POLICY)
