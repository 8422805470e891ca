"""Forecast of the days between which an enrollment may be finished, from the windows of its waits."""

from __future__ import annotations

from datetime import date, datetime

from bot.domain.days import planned_day
from bot.domain.enrollment import FINISHED, Enrollment, Policy, State, Status, Step
from bot.domain.procedure import PROCEDURE
from bot.domain.schedule import start_of
from bot.domain.step_spec import StepKey, StepSpec

#: The first and the last instant at which something may end.
_Span = tuple[datetime, datetime]


def finish_days(enrollment: Enrollment, now: datetime, policy: Policy) -> tuple[date, date] | None:
    """The first and the last day on which the enrollment may be finished, in its owner's zone.

    It supposes that people act at once, and that waits end within their windows. Optional steps on which nobody has
    acted do not count unless they are planned for a day. None if the enrollment is completed or cancelled.
    """
    if enrollment.status is not Status.ACTIVE:
        return None
    ends: dict[StepKey, _Span] = {}
    first = last = now
    for spec in PROCEDURE:  # a step stands after all that it requires
        step = enrollment.step(spec.key)
        before = [ends[key] for key in spec.requires]
        ends[spec.key] = begins = max((now, *(s for s, _ in before))), max((now, *(e for _, e in before)))
        planned = planned_day(enrollment, spec.key)
        if not _counts(spec, step) and planned is None:
            continue
        if planned is not None:
            start = start_of(planned, now, enrollment.zone)
            begins = max(begins[0], start), max(begins[1], start)
        ends[spec.key] = early, late = _end(enrollment, spec, step, begins, now, policy)
        first, last = max(first, early), max(last, late)
    return first.astimezone(enrollment.zone).date(), last.astimezone(enrollment.zone).date()


def _counts(spec: StepSpec, step: Step) -> bool:
    """Whether the enrollment waits for this step: a finished or an optional untouched one does not hold it up."""
    return step.state not in FINISHED and (step.state is State.WAITING or not spec.optional)


def _end(enrollment: Enrollment, spec: StepSpec, step: Step, begins: _Span, now: datetime, policy: Policy) -> _Span:
    """When a step may end: a running wait within its window, another step after it could begin.

    A wait without a promise has no earliest end of its own: it ends when the bot asks about it.
    """
    if step.state is State.WAITING:
        earliest, asked, latest = step.earliest, step.latest or now, step.latest or now
        began = now
    elif spec.wait is None:
        return begins
    else:
        began, last_began = begins
        earliest, asked = policy.window_for(spec.key, began, enrollment.zone)
        _, latest = policy.window_for(spec.key, last_began, enrollment.zone)
    promised = spec.wait is not None and policy.waits[spec.wait].promised
    return max(now, earliest or (began if promised else asked)), max(now, latest)
