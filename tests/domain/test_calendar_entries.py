"""Calendar entries: windows, target dates and agreed days, which keep their name when they move."""

from datetime import date

from bot.domain import corrections, transitions
from bot.domain.calendar_entries import Entry, entries_of
from bot.domain.enrollment import Enrollment
from tests.domain.building import DAY, NOW, OWNER, POLICY, WEEK, acted, completed, finished, opened, started
from tests.support.steps import StepKey

CONNECT, FULL, ENABLE = StepKey.CONNECT_ACCOUNT, StepKey.FULL_ECO, StepKey.ENABLE_SUBSETS


def planned(day: str) -> Enrollment:
    """An enrollment whose strategy call is planned for a day."""
    return transitions.complete_act(opened(FULL), FULL, OWNER, NOW, POLICY, {"call_date": day}).enrollment


def by_kind(enrollment: Enrollment) -> dict[str, Entry]:
    """The entries by the first part of their name."""
    return {entry.uid.partition(".")[0]: entry for entry in entries_of(enrollment)}


def test_a_wait_is_an_entry_of_its_window() -> None:
    """From when it may be over, else from the act, until its end; with the question that follows."""
    data, ramp_up = by_kind(acted(opened(CONNECT), CONNECT))["window"], by_kind(acted(opened(FULL), FULL))["window"]

    assert (NOW, NOW + 2 * DAY) == (data.begins, data.ends)
    assert (NOW + 4 * WEEK, NOW + 6 * WEEK) == (ramp_up.begins, ramp_up.ends)
    assert "Acme: waiting for AWS and Spot (Connect the management account)" == data.words
    assert "Are Cost Analysis and the dashboard there?" == data.asks


def test_target_dates_and_the_planned_call_are_days() -> None:
    """They last one day. A step that is over has no target any more."""
    targeted = planned("2026-03-20").with_step(ENABLE, target=date(2026, 3, 12))
    found = by_kind(targeted)

    assert (date(2026, 3, 12), date(2026, 3, 13)) == (found["target"].begins, found["target"].ends)
    assert ("Acme: strategy call with Spot", date(2026, 3, 20)) == (found["day"].words, found["day"].begins)
    assert () == entries_of(completed().with_step(ENABLE, target=date(2026, 3, 12)))


def test_an_entry_that_moves_keeps_its_name() -> None:
    """A call on another day, held at last, then corrected: one entry that has moved."""
    first, later = planned("2026-03-20"), planned("2026-03-25")
    held = transitions.complete_act(first, FULL, OWNER, NOW + 20 * DAY, POLICY, {"call_date": "2026-03-24"}).enrollment
    corrected = corrections.correct(
        held, FULL, OWNER, NOW + 21 * DAY, POLICY, values={"call_date": "2026-03-23"}
    ).enrollment

    calls = [by_kind(each)["day"] for each in (first, later, held, corrected)]

    assert 1 == len({call.uid for call in calls})
    assert [20, 25, 24, 23] == [call.begins.day for call in calls]
    windows = [by_kind(each)["window"] for each in (held, corrected)]
    assert 1 == len({window.uid for window in windows})
    assert windows[0].ends > windows[1].ends  # type: ignore[operator]


def test_a_day_from_before_a_reopening_is_no_plan() -> None:
    """The step has to be planned anew; nothing else has a date at the start."""
    done = transitions.confirm(acted(opened(FULL), FULL), FULL, OWNER, NOW + 5 * WEEK, POLICY).enrollment
    reopened = transitions.reopen(done, FULL, OWNER, NOW + 6 * WEEK, POLICY).enrollment

    assert () == entries_of(reopened)
    assert () == entries_of(started())


def test_a_day_that_was_planned_before_the_step_was_locked_is_no_plan() -> None:
    """The step before it was reopened, and done again only after that day; a later day is still the plan."""
    for day, entries in (("2026-03-20", 0), ("2026-03-25", 1)):
        locked = transitions.reopen(planned(day), CONNECT, OWNER, NOW + DAY, POLICY).enrollment
        again = finished(locked, CONNECT, now=NOW + 20 * DAY)

        assert entries == len(entries_of(again))
