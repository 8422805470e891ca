"""Consequences of changes and of time: waits begin, steps unlock, enrollments complete, reminders are planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from bot.domain.enrollment import Change, Enrollment, Event, EventKind, Policy, State, Status
from bot.domain.procedure import PROCEDURE
from bot.domain.reminders import replan
from bot.domain.step_spec import StepKey

#: The fields of a step whose reminder nobody has put off.
NOT_SNOOZED: Mapping[str, Any] = MappingProxyType(
    dict.fromkeys(("snoozed_by", "snoozed_at", "snoozed_until", "snooze_note"))
)


def unlock(enrollment: Enrollment, now: datetime) -> Enrollment:
    """Open every locked step that has all its prerequisites done or skipped."""
    for spec in PROCEDURE:
        if enrollment.step(spec.key).state is State.LOCKED and enrollment.is_unlocked(spec.key):
            enrollment = enrollment.with_step(spec.key, state=State.OPEN, since=now)
    return enrollment


def begin_wait(
    enrollment: Enrollment, key: StepKey, start: datetime, on: date | None, by: str | None, policy: Policy
) -> Enrollment:
    """The enrollment with a waiting step, whose act was done at `start`, from which its window runs.

    Args:
        on: the day of the act, where somebody named one before today.
        by: who did it; None where it was done before the enrollment came to the bot.
    """
    acted = {"acted_at": start, "acted_on": on, "acted_by": by, **window_from(enrollment, key, start, policy)}
    return enrollment.with_step(key, state=State.WAITING, since=start, **acted, **NOT_SNOOZED)


def window_from(enrollment: Enrollment, key: StepKey, start: datetime, policy: Policy) -> dict[str, datetime | None]:
    """The window of a step's wait that begins at `start`, as fields of the step."""
    earliest, latest = policy.window_for(key, start, enrollment.zone)
    return {"window_start": start, "earliest": earliest, "latest": latest}


def next_change(enrollment: Enrollment, now: datetime) -> datetime | None:
    """The next end of a window, at which the enrollment looks different although nobody acts."""
    if enrollment.status is not Status.ACTIVE:
        return None
    waiting = (step for step in enrollment.steps if step.state is State.WAITING)
    ends = (end for step in waiting for end in (step.earliest, step.latest) if end is not None and end > now)
    return min(ends, default=None)


def settle(
    before: Enrollment, after: Enrollment, events: tuple[Event, ...], by: str, now: datetime, policy: Policy
) -> Change:
    """Complete a change: `after` with all its consequences, and one more event where that completes it."""
    after = unlock(after, now)
    complete = after.finished == len(PROCEDURE)
    if complete and after.status is Status.ACTIVE:
        after = replace(after, status=Status.COMPLETED, ended_at=now)
        events = (*events, Event(EventKind.COMPLETED))
    elif not complete and after.status is Status.COMPLETED:
        after = replace(after, status=Status.ACTIVE, ended_at=None)
    return Change(replan(before, after, now, policy), events, by, now)
