"""Correcting a waiting step and taking it back; the days of acts; plans."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain import corrections, lifecycle, snoozing, transitions
from bot.domain.days import planned_day, usual_end, working_morning
from bot.domain.enrollment import Enrollment, EventKind, ReminderKind, State
from bot.domain.errors import InvalidInput, NothingToDo
from bot.domain.schedule import day_words, parse_hours
from tests.domain.building import (
    DAY,
    MATE,
    NOW,
    OWNER,
    POLICY,
    WAITING,
    WEEK,
    act,
    acted,
    finished,
    opened,
    reach,
)
from tests.support.steps import StepKey

ENABLE, FULL, CONNECT = StepKey.ENABLE_SUBSETS, StepKey.FULL_ECO, StepKey.CONNECT_ACCOUNT
TODAY = NOW.date()  # a Wednesday


def on(enrollment: Enrollment, key: StepKey, day: date, **given: object) -> Enrollment:
    """The enrollment after the act of a step on a day."""
    values = {"ticket_number": "4711"} | given
    return transitions.complete_act(enrollment, key, OWNER, NOW, POLICY, values, day).enrollment


def correct(enrollment: Enrollment, key: StepKey, day: date | None = None, **values: object) -> Enrollment:
    """The enrollment after a correction."""
    return corrections.correct(enrollment, key, MATE, NOW, POLICY, values, day).enrollment


# zone, day that was chosen, when that is
DAYS = {
    "today is this moment": ("UTC", TODAY, NOW, None),
    "yesterday is its beginning": ("UTC", TODAY - DAY, NOW - timedelta(hours=34), TODAY - DAY),
    "the owner's day counts": ("Pacific/Auckland", TODAY, NOW, None),
    "in the owner's zone": (
        "America/New_York",
        date(2026, 3, 2),
        datetime(2026, 3, 2, 5, tzinfo=UTC),
        date(2026, 3, 2),
    ),
}


@pytest.mark.parametrize(("zone", "day", "at", "kept"), DAYS.values(), ids=DAYS)
def test_an_act_happened_on_its_day(zone: str, day: date, at: datetime, kept: date | None) -> None:
    """The window runs from it; only a day that is not today is kept and told as a day."""
    change = transitions.complete_act(
        opened(ENABLE, owner_zone=zone), ENABLE, OWNER, NOW, POLICY, {"ticket_number": "1"}, day
    )

    step = change.enrollment.step(ENABLE)
    assert (at, at, kept, State.WAITING) == (step.acted_at, step.window_start, step.acted_on, step.state)
    assert (kept.isoformat() if kept else None) == change.events[0].details.get("on")


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (TODAY + DAY, r"Thu, Mar 5 is in the future\. Choose today or an earlier day\."),
        (TODAY - timedelta(days=400), r"Jan 28, 2025 is more than a year ago\. Check the date\."),
    ],
)
def test_a_day_on_which_nothing_can_have_happened_is_refused(day: date, sentence: str) -> None:
    """For acts, confirmations and corrections alike, at the field of the day."""
    waiting = acted(opened(ENABLE), ENABLE)
    for attempt in (
        lambda: on(opened(ENABLE), ENABLE, day),
        lambda: transitions.confirm(waiting, ENABLE, OWNER, NOW, POLICY, day),
        lambda: correct(waiting, ENABLE, day),
    ):
        with pytest.raises(InvalidInput, match=sentence) as fault:
            attempt()
        assert "on" == fault.value.field


def test_a_window_that_ended_before_it_was_recorded_is_due_at_once() -> None:
    """And asked about at the next opportunity."""
    step = on(opened(ENABLE), ENABLE, TODAY - WEEK).step(ENABLE)

    assert State.DUE is step.state_at(NOW)
    assert step.reminder is not None
    assert (ReminderKind.LATEST, NOW) == (step.reminder.kind, step.reminder.due_at)


def test_a_wait_cannot_end_before_it_began() -> None:
    """The sentence names the day of the act."""
    waiting = on(opened(ENABLE), ENABLE, TODAY - DAY)

    with pytest.raises(InvalidInput, match=r"The wait began on Tue, Mar 3\. Choose that day or a later one\."):
        transitions.confirm(waiting, ENABLE, OWNER, NOW, POLICY, TODAY - 2 * DAY)
    done = transitions.confirm(waiting, ENABLE, OWNER, NOW, POLICY, TODAY - DAY).enrollment.step(ENABLE)
    assert (TODAY - DAY, State.DONE) == (done.finished_on, done.state)


def test_a_plan_is_no_act() -> None:
    """The step stays open and asks on the working day after; the plan survives cancelling and resuming."""
    change = act(opened(FULL), FULL, call_date="2026-03-13")  # a Friday

    step = change.enrollment.step(FULL)
    assert (State.OPEN, None, EventKind.PLANNED) == (step.state, step.acted_at, change.events[0].kind)
    assert date(2026, 3, 13) == planned_day(change.enrollment, FULL)
    assert step.reminder is not None
    monday = datetime(2026, 3, 16, 9, tzinfo=UTC)
    assert (ReminderKind.OPEN, monday) == (step.reminder.kind, step.reminder.due_at)
    with pytest.raises(NothingToDo, match="planned for that day already"):
        act(change.enrollment, FULL, call_date="2026-03-13")
    cancelled = lifecycle.cancel(change.enrollment, "no", OWNER, NOW, POLICY).enrollment
    resumed = lifecycle.resume(cancelled, OWNER, NOW, POLICY).enrollment.step(FULL).reminder
    assert resumed is not None
    assert monday == resumed.due_at


def test_a_correction_names_what_was_and_what_is() -> None:
    """In words, for the audit and the thread; the person who acted stays."""
    change = corrections.correct(
        acted(opened(ENABLE), ENABLE), ENABLE, MATE, NOW, POLICY, {"ticket_number": "4712"}, TODAY - 5 * DAY
    )

    told = [["ticket number", "4711", "4712"], ["day", "Wed, Mar 4", "Fri, Feb 27"]]
    assert told == change.events[0].details["changed"]
    step = change.enrollment.step(ENABLE)
    assert (OWNER, TODAY - 5 * DAY, datetime(2026, 3, 3, tzinfo=UTC)) == (step.acted_by, step.acted_on, step.latest)


def test_a_corrected_number_leaves_window_and_reminder_alone() -> None:
    """Also a reminder that was put off."""
    waiting = snoozing.still_waiting(acted(opened(ENABLE), ENABLE), ENABLE, TODAY + WEEK, OWNER, NOW, POLICY).enrollment

    after = correct(waiting, ENABLE, TODAY, ticket_number="4712")

    assert waiting.step(ENABLE).reminder == after.step(ENABLE).reminder
    assert OWNER == after.step(ENABLE).snoozed_by
    assert None is correct(waiting, ENABLE, TODAY - DAY).step(ENABLE).snoozed_by


def test_a_corrected_call_moves_its_window_or_is_planned_again() -> None:
    """What the field holds is the day of the act."""
    waiting = acted(opened(FULL), FULL, call_date="2026-03-02")

    past, ahead = correct(waiting, FULL, call_date="2026-02-23"), correct(waiting, FULL, call_date="2026-03-13")

    start = datetime(2026, 2, 23, tzinfo=UTC)
    assert (start, start + 4 * WEEK) == (past.step(FULL).window_start, past.step(FULL).earliest)
    assert (State.OPEN, date(2026, 3, 13)) == (ahead.step(FULL).state, planned_day(ahead, FULL))
    with pytest.raises(NothingToDo):
        correct(waiting, FULL, call_date=None)


@pytest.mark.parametrize("key", WAITING)
@pytest.mark.parametrize("state", [State.WAITING, State.DUE])
def test_what_is_taken_back_is_open_again(key: StepKey, state: State) -> None:
    """With what it had collected, and with the reminder of an open step."""
    enrollment, now = reach(key, state)

    after = corrections.take_back(enrollment, key, MATE, now, POLICY).enrollment

    step, before = after.step(key), enrollment.step(key)
    assert (State.OPEN, now, before.values) == (step.state, step.since, step.values)
    assert (None, None, None, None) == (step.acted_at, step.acted_by, step.acted_on, step.latest)
    assert step.reminder is not None
    assert (ReminderKind.OPEN, before.reminders + 1) == (step.reminder.kind, step.reminder.number)
    assert planned_day(after, key) is None


def test_what_is_taken_back_behind_a_reopened_step_is_locked() -> None:
    """It waits for the step before it like any other."""
    waiting = acted(finished(opened(CONNECT), CONNECT), ENABLE)
    reopened = transitions.reopen(waiting, CONNECT, OWNER, NOW, POLICY).enrollment

    assert State.LOCKED is corrections.take_back(reopened, ENABLE, MATE, NOW, POLICY).enrollment.step(ENABLE).state


def test_the_usual_end_is_the_earliest_that_somebody_promised() -> None:
    """Of a range its beginning; none where nobody promised anything, or when it has passed."""
    both = acted(acted(opened(FULL), FULL), ENABLE)

    assert (NOW + 4 * WEEK, None, None) == (
        usual_end(both, FULL, NOW),
        usual_end(both, ENABLE, NOW),
        usual_end(both, FULL, NOW + 4 * WEEK),
    )


@pytest.mark.parametrize(
    ("day", "words"), [(4, ["Tomorrow", "In 2 days", "Next Monday"]), (7, ["Tomorrow", "In 2 days"])]
)
def test_each_offered_day_is_there_once(day: int, words: list[str]) -> None:
    """On a Saturday, next Monday is in two days."""
    offered = snoozing.offered_days(datetime(2026, 3, day, 10, tzinfo=UTC), opened(ENABLE))

    assert words == [name for name, _ in offered]
    assert len(words) == len({at for _, at in offered})


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        (TODAY, r"Wed, Mar 4 isn't in the future\. Choose a day after today\."),
        (TODAY + timedelta(days=93), r"Fri, Jun 5 is more than three months ahead\. Choose an earlier day\."),
    ],
)
def test_a_reminder_is_put_off_to_a_day_within_three_months(until: date, sentence: str) -> None:
    """Any other day is refused at its field."""
    with pytest.raises(InvalidInput, match=sentence) as fault:
        snoozing.remind_later(opened(ENABLE), ENABLE, until, OWNER, NOW, POLICY)
    assert "until" == fault.value.field


def test_the_morning_is_one_of_the_operators_hours() -> None:
    """On a working day; at nine where reminders may come at any time."""
    sunday, zone = date(2026, 3, 8), opened(ENABLE).zone

    hours = ("mon-fri 08:30-17:00", "sun-thu 10:00-18:00", "always")
    found = [working_morning(sunday, parse_hours(text), zone) for text in hours]
    assert ["03-09 08:30", "03-08 10:00", "03-09 09:00"] == [f"{at:%m-%d %H:%M}" for at in found]
    assert "Sun, Mar 8" == day_words(sunday)
