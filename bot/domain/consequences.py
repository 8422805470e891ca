"""Consequences of changes: waits begin, steps unlock, enrollments complete or go on, reminders are planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.enrollment import Change, Enrollment, Event, EventKind, Policy, State, Status
from bot.domain.procedure import PROCEDURE
from bot.domain.reminders import replan
from bot.domain.step_spec import StepKey


def unlock(enrollment: Enrollment, now: datetime) -> Enrollment:
    """Open every locked step that has all its prerequisites done or skipped."""
    for spec in PROCEDURE:
        if enrollment.step(spec.key).state is State.LOCKED and enrollment.is_unlocked(spec.key):
            enrollment = enrollment.with_step(spec.key, state=State.OPEN, since=now)
    return enrollment


def begin_wait(
    enrollment: Enrollment, key: StepKey, since: datetime, start: datetime, by: str, policy: Policy
) -> Enrollment:
    """The enrollment with a waiting step, whose act was done at `since` and whose window begins at `start`."""
    earliest, latest = policy.window_for(key, start, enrollment.zone)
    window = {"window_start": start, "earliest": earliest, "latest": latest}
    return enrollment.with_step(key, state=State.WAITING, since=since, acted_at=since, acted_by=by, **window)


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
