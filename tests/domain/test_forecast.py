"""The forecast of the days between which an enrollment may be finished."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain import lifecycle, transitions
from bot.domain.enrollment import Enrollment, Policy, State
from bot.domain.forecast import FEWEST, Durations, Forecast, Spread, Taken, finish_days, forecast, spread
from bot.domain.lifecycle import Position
from bot.domain.procedure import USUAL
from bot.domain.schedule import parse_waits
from tests.domain.building import (
    DAY,
    KEYS,
    NOW,
    ORG,
    OWNER,
    POLICY,
    WEEK,
    acted,
    completed,
    finished,
    opened,
    reach,
    started,
)
from tests.support.steps import StepKey

FULL, CONNECT, ENABLE = StepKey.FULL_ECO, StepKey.CONNECT_ACCOUNT, StepKey.ENABLE_SUBSETS
PAIRS, CUSTOMERS, VALIDATE = StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS, StepKey.VALIDATE_WORKFLOWS


def march(day: int, month: int = 3) -> date:
    """A day of 2026, in March unless another month is named."""
    return date(2026, month, day)


def required_done() -> Enrollment:
    """An enrollment of which only optional steps are left, all of them open."""
    return finished(opened(VALIDATE), VALIDATE)


# how the enrollment stands on Wednesday, March 4, at 10:00 UTC -> the first and the last day
FORECASTS: dict[str, tuple[Callable[[], Enrollment], tuple[date, date]]] = {
    # 48 hours at most, then a nudge of two working days; the rest is done at once.
    "nothing has been done": (started, (march(6), march(10))),
    "the account waits for its data": (lambda: acted(opened(CONNECT), CONNECT), (march(6), march(10))),
    "the first ticket can be sent": (lambda: opened(ENABLE), (march(6), march(6))),
    "the first ticket was sent": (lambda: acted(opened(ENABLE), ENABLE), (march(6), march(6))),
    "only acts are left": (lambda: opened(VALIDATE), (march(4), march(4))),
    "only optional steps are left": (required_done, (march(4), march(4))),
    "ramp-up runs": (lambda: acted(opened(FULL), FULL), (march(1, 4), march(15, 4))),
    "ramp-up begins with a call next week": (
        lambda: acted(opened(FULL), FULL, call_date="2026-03-11"), (march(8, 4), march(22, 4)),
    ),
    "an optional ticket was sent": (lambda: acted(required_done(), PAIRS), (march(4), march(8))),
    "an optional ticket without a promise was sent": (lambda: acted(required_done(), CUSTOMERS), (march(6), march(6))),
    "an optional step was skipped": (lambda: reach(FULL, State.SKIPPED)[0], (march(6), march(6))),
}  # fmt: skip


@pytest.mark.parametrize(("build", "days"), FORECASTS.values(), ids=FORECASTS)
def test_the_finish_follows_from_the_windows(build: Callable[[], Enrollment], days: tuple[date, date]) -> None:
    """Waits end within their windows, people act at once, optional steps that nobody has touched do not count."""
    assert days == finish_days(build(), NOW, POLICY)


# how long after the call that began ramp-up, the only step that is left -> the first and the last day
LATER = {
    "before the earliest end": (3 * WEEK, (march(1, 4), march(15, 4))),
    "between its ends": (5 * WEEK, (march(8, 4), march(15, 4))),
    "after the latest end": (7 * WEEK, (march(22, 4), march(22, 4))),
}


@pytest.mark.parametrize(("later", "days"), LATER.values(), ids=LATER)
def test_no_day_of_the_past_is_forecast(later: timedelta, days: tuple[date, date]) -> None:
    """A window that has ended may end today, and so may one that could have ended."""
    enrollment = acted(required_done(), FULL)

    assert days == finish_days(enrollment, NOW + later, POLICY)


def test_a_nudge_that_passed_may_be_answered_today() -> None:
    """After support was expected to answer, what follows is counted from today."""
    enrollment = acted(opened(ENABLE), ENABLE)

    assert (march(14), march(14)) == finish_days(enrollment, NOW + 10 * DAY, POLICY)


def test_waits_that_have_not_begun_count_after_those_before_them() -> None:
    """A longer window of an early step moves the end of all that needs it."""
    policy = Policy(parse_waits("data_generation=1w..2w,nudge=1d"))

    # Connected between March 11 and 18; the ticket is answered a working day later.
    assert (march(12), march(19)) == finish_days(started(policy=policy), NOW, policy)


def test_an_optional_wait_that_runs_counts_beside_the_others() -> None:
    """The enrollment is finished when the longest of its ways is."""
    enrollment = acted(acted(opened(FULL), FULL), ENABLE)

    assert (march(1, 4), march(15, 4)) == finish_days(enrollment, NOW, POLICY)


def test_a_reopened_step_counts_again() -> None:
    """A step that must be done once more holds the enrollment up by its wait."""
    enrollment = transitions.reopen(required_done(), ENABLE, OWNER, NOW, POLICY).enrollment

    assert (march(6), march(6)) == finish_days(enrollment, NOW, POLICY)


def test_the_days_are_the_owners() -> None:
    """The evening in London is the next day in Auckland."""
    late = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)

    def days(zone: str) -> object:
        return finish_days(replace(opened(VALIDATE), owner_zone=zone), late, POLICY)

    assert (march(4), march(4)) == days("Europe/London")
    assert (march(5), march(5)) == days("Pacific/Auckland")


def test_what_is_over_has_no_forecast() -> None:
    """Neither a completed nor a cancelled enrollment will be finished."""
    cancelled = lifecycle.cancel(started(), "not now", OWNER, NOW, POLICY).enrollment

    assert [None, None] == [finish_days(each, NOW, POLICY) for each in (completed(), cancelled)]


def test_a_team_in_the_middle_has_a_forecast_from_there() -> None:
    """What was done before the start is over, and the wait runs since the day that was told."""
    at = Position(CONNECT, waiting=True, since=date(2026, 3, 3))

    # Until March 5 at the latest; a ticket sent then is asked about on Monday, March 9 (two working days).
    assert (march(6), march(9)) == finish_days(started(at, spot_org_id=ORG), NOW, POLICY)


def taken(act: tuple[int, int], wait: tuple[int, int]) -> Taken:
    """Durations in days, of eight enrollments: the median and the 90th percentile of the act and of the wait."""
    return Taken(*(Spread(timedelta(days=days), timedelta(days=most), 8) for days, most in (act, wait)))


#: Every act took a day or two, every wait three to five days.
PAST: Durations = dict.fromkeys([(USUAL.key, key) for key in KEYS], taken((1, 2), (3, 5)))

# how the enrollment stands on Wednesday, March 4 -> the first and the last day, by what past enrollments took
BY_PAST: dict[str, tuple[Callable[[], Enrollment], tuple[date, date]]] = {
    "only acts are left": (lambda: opened(VALIDATE), (march(5), march(6))),
    # The act, an answer that nobody promised, and two more acts after it.
    "the first ticket can be sent": (lambda: opened(ENABLE), (march(10), march(15))),
    "support has a ticket without a promise": (lambda: acted(opened(CUSTOMERS), CUSTOMERS), (march(7), march(9))),
    # A wait with a window ends within it, whatever it took before.
    "the account waits for its data": (lambda: acted(opened(FULL), FULL), (march(1, 4), march(15, 4))),
}  # fmt: skip


@pytest.mark.parametrize(("build", "days"), BY_PAST.values(), ids=BY_PAST)
def test_what_has_no_window_takes_what_it_took(build: Callable[[], Enrollment], days: tuple[date, date]) -> None:
    """The median at best, the 90th percentile at worst, from the opening of a step or from its act."""
    assert days == finish_days(build(), NOW, POLICY, PAST)


def test_a_step_counts_from_its_last_opening() -> None:
    """Reopened after a week, a step has its days before it again; one that overstays them may end today."""
    reopened = transitions.reopen(required_done(), VALIDATE, OWNER, NOW + WEEK, POLICY).enrollment

    assert (march(12), march(13)) == finish_days(reopened, NOW + WEEK, POLICY, PAST)
    assert (march(18), march(18)) == finish_days(reopened, NOW + 2 * WEEK, POLICY, PAST)


def test_a_planned_day_is_no_matter_of_experience() -> None:
    """A call that is planned begins its window on that day, however long others took to hold theirs."""
    planned = transitions.complete_act(opened(FULL), FULL, OWNER, NOW, POLICY, {"call_date": "2026-03-11"}).enrollment

    made = forecast(planned, NOW, POLICY, PAST)

    assert made is not None
    step = made.step(FULL)
    assert step is not None
    assert (march(8, 4), march(22, 4)) == (step.first.date(), step.last.date())


def test_a_forecast_says_what_it_follows_from() -> None:
    """Windows, completed enrollments, both, or neither: then people act at once. Steps that are over are not in it."""
    windows, both = (forecast(started(), NOW, POLICY, past) for past in ({}, PAST))
    acts, past = (forecast(opened(VALIDATE), NOW, POLICY, past) for past in ({}, PAST))

    assert None not in (windows, both, acts, past)
    assert [(True, 0), (True, 8), (False, 0), (False, 8)] == [
        (made.by_window, made.past) for made in (windows, both, acts, past)
    ]
    assert [VALIDATE] == [step.key for step in acts.steps]
    assert not acts.only_optional


def test_an_enrollment_with_only_optional_steps_left_may_end_now() -> None:
    """It waits for no step, so its forecast follows from no window and no completed enrollment."""
    made = forecast(required_done(), NOW, POLICY, PAST)

    assert Forecast((), march(4), march(4), NOW, by_window=False, past=0, only_optional=True) == made


def test_few_enrollments_say_nothing() -> None:
    """From five on: the middle one, and the one that nine of ten do not exceed."""
    spans = [timedelta(days=days) for days in (9, 1, 3, 2, 30, 4, 5, 6, 7, 8)]

    assert spread(spans[: FEWEST - 1]) is None
    assert Spread(timedelta(days=3), timedelta(days=30), 5) == spread(spans[:5])
    assert Spread(timedelta(days=5.5), timedelta(days=9), 10) == spread(spans)
