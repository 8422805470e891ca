"""Forecast: when each step that is left, and the whole enrollment, may end; from windows and from past enrollments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from types import MappingProxyType

from bot.domain.days import planned_day
from bot.domain.enrollment import FINISHED, Enrollment, Policy, State, Status, Step
from bot.domain.schedule import start_of
from bot.domain.step_spec import StepKey, StepSpec

#: So many completed enrollments must have said how long something takes before it is believed.
FEWEST = 5

#: The first and the last instant at which something may end.
_Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took in `count` completed enrollments: the median, and the 90th percentile."""

    median: timedelta
    most: timedelta
    count: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step took in completed enrollments, None where too few tell.

    Attributes:
        act: from its last opening to its act. wait: from the act to the confirmation.
    """

    act: Spread | None = None
    wait: Spread | None = None


#: What the steps of a workspace's completed enrollments took.
Durations = Mapping[tuple[str, StepKey], Taken]
NO_DURATIONS: Durations = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class StepForecast:
    """When a step may end.

    Attributes:
        begins: the earliest instant from which it can be worked on, or waits.
        first, last: between these it ends.
        by_window: a window counts in it. past: of how many completed enrollments, 0 for none.
    """

    key: StepKey
    begins: datetime
    first: datetime
    last: datetime
    by_window: bool = False
    past: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """When an enrollment may be finished, and each step that it waits for.

    Attributes:
        first, last: the days; made_at: the time of the forecast; all in its owner's zone.
        by_window: a window counts in it. past: of how many completed enrollments, 0 for none.
        only_optional: nothing but optional steps is left, on which nobody has acted.
    """

    steps: tuple[StepForecast, ...]
    first: date
    last: date
    made_at: datetime
    by_window: bool
    past: int
    only_optional: bool

    def step(self, key: StepKey) -> StepForecast | None:
        """The forecast of a step; None if the enrollment does not wait for it."""
        return next((step for step in self.steps if step.key == key), None)


def spread(spans: Sequence[timedelta]) -> Spread | None:
    """Median and 90th percentile (nearest rank) of what something took; None for fewer than `FEWEST`."""
    if len(spans) < FEWEST:
        return None
    rank = -(-len(spans) * 9 // 10)
    middle = timedelta(seconds=median(span.total_seconds() for span in spans))
    return Spread(middle, sorted(spans)[rank - 1], len(spans))


def finish_days(
    enrollment: Enrollment, now: datetime, policy: Policy, durations: Durations = NO_DURATIONS
) -> tuple[date, date] | None:
    """The first and the last day on which the enrollment may be finished; None if it is completed or cancelled."""
    made = forecast(enrollment, now, policy, durations)
    return (made.first, made.last) if made else None


def forecast(
    enrollment: Enrollment, now: datetime, policy: Policy, durations: Durations = NO_DURATIONS
) -> Forecast | None:
    """When the steps of an enrollment, and all of it, may end; None if it is completed or cancelled.

    Waits end within their windows. What has no window takes what it took in completed enrollments: the median at
    best, the 90th percentile at worst. Where too few tell, people act at once, and a wait without a promise ends when
    the bot asks about it. Optional steps on which nobody has acted do not count unless they are planned for a day.
    """
    if enrollment.status is not Status.ACTIVE:
        return None
    ends: dict[StepKey, _Span] = {}
    made = []
    for spec in enrollment.procedure.steps:  # a step stands after all that it requires
        step = enrollment.step(spec.key)
        before = [ends[key] for key in spec.requires]
        begins = max((now, *(s for s, _ in before))), max((now, *(e for _, e in before)))
        ends[spec.key] = begins
        planned = planned_day(enrollment, spec.key)
        if not _counts(spec, step) and planned is None:
            continue
        taken = durations.get((enrollment.procedure.key, spec.key), Taken())
        if planned is not None:
            start = start_of(planned, now, enrollment.zone)
            begins, taken = (max(begins[0], start), max(begins[1], start)), Taken(wait=taken.wait)
        made.append(_step(enrollment, spec, step, begins, now, policy, taken))
        ends[spec.key] = made[-1].first, made[-1].last
    first, last = max((now, *(each.first for each in made))), max((now, *(each.last for each in made)))
    zone = enrollment.zone
    return Forecast(
        tuple(made),
        first.astimezone(zone).date(),
        last.astimezone(zone).date(),
        now.astimezone(zone),
        by_window=any(each.by_window for each in made),
        past=max((each.past for each in made), default=0),
        only_optional=only_optional_left(enrollment),
    )


def only_optional_left(enrollment: Enrollment) -> bool:
    """Whether nothing but optional steps is left, on which nobody has acted."""
    left = (step for step in enrollment.steps if step.state not in FINISHED)
    return all(enrollment.spec(step.key).optional and step.state is not State.WAITING for step in left)


def _counts(spec: StepSpec, step: Step) -> bool:
    """Whether the enrollment waits for this step: a finished or an optional untouched one does not hold it up."""
    return step.state not in FINISHED and (step.state is State.WAITING or not spec.optional)


def _step(
    enrollment: Enrollment,
    spec: StepSpec,
    step: Step,
    begins: _Span,
    now: datetime,
    policy: Policy,
    taken: Taken,
) -> StepForecast:
    """The forecast of a step that can begin within a span: its act, then its wait."""
    if step.state is State.WAITING:
        return _running(enrollment, spec, step, now, policy, taken)
    acted, past = begins, 0
    if taken.act is not None:
        acted, past = _from_opening(step, begins, now, taken.act), taken.act.count
    if spec.wait is None:
        return StepForecast(spec.key, begins[0], *acted, past=past)
    promised = policy.window_of(enrollment.procedure, spec).promised
    if not promised and taken.wait is not None:
        ends = acted[0] + taken.wait.median, acted[1] + taken.wait.most
        return StepForecast(spec.key, begins[0], *ends, past=max(past, taken.wait.count))
    earliest, asked = policy.window_for(enrollment.procedure, spec, acted[0], enrollment.zone)
    _, latest = policy.window_for(enrollment.procedure, spec, acted[1], enrollment.zone)
    first = earliest or (acted[0] if promised else asked)
    return StepForecast(spec.key, begins[0], first, latest, by_window=True, past=past)


def _from_opening(step: Step, begins: _Span, now: datetime, act: Spread) -> _Span:
    """When an act may be done: an open step has been worked on since its last opening."""
    if step.state is State.OPEN and step.since is not None:
        begins = step.since, step.since
    return max(now, begins[0] + act.median), max(now, begins[1] + act.most)


def _running(
    enrollment: Enrollment, spec: StepSpec, step: Step, now: datetime, policy: Policy, taken: Taken
) -> StepForecast:
    """The forecast of a step whose wait runs; nothing ends in the past."""
    promised = spec.wait is not None and enrollment.procedure.waits[spec.wait].promised
    acted = step.acted_at or step.window_start or now
    if not promised and taken.wait is not None:
        first, last = acted + taken.wait.median, acted + taken.wait.most
        return StepForecast(spec.key, acted, max(now, first), max(now, last), past=taken.wait.count)
    latest = step.latest or now
    first = step.earliest or (now if promised else latest)
    return StepForecast(spec.key, acted, max(now, first), max(now, latest), by_window=True)
