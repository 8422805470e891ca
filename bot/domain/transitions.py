"""Transitions of the steps of an enrollment: pure functions from one value to the next.

Each takes the enrollment, who acts and `now` (UTC), and returns a `Change`, or raises a `DomainError` whose
message says who was faster or what is missing. None of them looks at permissions: `access.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.consequences import begin_wait, settle
from bot.domain.enrollment import FINISHED, Change, Enrollment, Event, EventKind, Policy, State, Step
from bot.domain.errors import InvalidInput, StepConflict
from bot.domain.lifecycle import require_live
from bot.domain.procedure import PROCEDURE, SPECS, TICKET_NUMBER, dependents, prerequisites
from bot.domain.reminders import snoozed_reminder
from bot.domain.schedule import format_duration, start_of
from bot.domain.step_spec import StepKey, StepSpec
from bot.domain.tickets import missing_for_ticket
from bot.domain.value_types import NOTHING, TYPES


def complete_act(
    enrollment: Enrollment, key: StepKey, by: str, now: datetime, policy: Policy, values: Mapping[str, object] = NOTHING
) -> Change:
    """Finish the act of an open step: its wait starts, or it is done and unlocks others.

    A step whose values are not complete yet keeps them and stays open.

    Args:
        values: field key -> value, for the fields that the step collects; others are ignored.

    Raises:
        StepConflict: the step is not open. InvalidInput: a value is missing or cannot be right.
        NothingToDo: nothing would change.
    """
    require_state(enrollment, key, now, State.OPEN)
    spec = SPECS[key]
    if spec.ticket and (missing := missing_for_ticket(enrollment, key)):
        raise InvalidInput(missing, field=TICKET_NUMBER.key)
    after, details, start = enrollment, dict[str, object](), now
    for field in spec.collects:
        type_ = TYPES[field.type]
        after = type_.store(after, key, field, values.get(field.key), now)
        details |= type_.details(after, key, field)
        if field.starts_wait and (day := after.step(key).values.get(field.key)):
            start = start_of(date.fromisoformat(day), now, enrollment.zone)
    if not _is_complete(after, spec):
        return settle(enrollment, after, (Event(EventKind.VALIDATED_SOME, key, details),), by, now, policy)
    after = _withdraw_incomplete(after, now)
    if spec.checks:  # files that arrived before this wait are told again: the report may have been made anew, too
        after = replace(after, first_file_at=None)
    if spec.wait is None:
        after = _finished(after.with_step(key, acted_at=now, acted_by=by), key, by, now)
        return settle(enrollment, after, (Event(EventKind.STEP_DONE, key, details),), by, now, policy)
    after = begin_wait(after, key, now, start, by, policy)
    step = after.step(key)
    ends = {"earliest": step.earliest, "latest": step.latest}
    details |= {name: at.isoformat() if at else None for name, at in ends.items()}
    return settle(enrollment, after, (Event(EventKind.WAIT_STARTED, key, details),), by, now, policy)


def confirm(enrollment: Enrollment, key: StepKey, by: str, now: datetime, policy: Policy) -> Change:
    """Confirm the end of a wait (early or after the window): the step is done.

    Raises:
        StepConflict: the step does not wait.
    """
    require_state(enrollment, key, now, State.WAITING, State.DUE)
    after = _finished(enrollment, key, by, now)
    return settle(enrollment, after, (Event(EventKind.CONFIRMED, key),), by, now, policy)


def still_waiting(
    enrollment: Enrollment, key: StepKey, span: timedelta, by: str, now: datetime, policy: Policy
) -> Change:
    """Put off the next reminder of a waiting step by `span`; its window stays.

    Raises:
        StepConflict: the step does not wait.
    """
    step = require_state(enrollment, key, now, State.WAITING, State.DUE)
    reminder = snoozed_reminder(enrollment, step, now, span, policy)
    after = enrollment.with_step(key, reminder=reminder, reminders=reminder.number)
    details = {"span": format_duration(span), "until": reminder.due_at.isoformat()}
    return settle(enrollment, after, (Event(EventKind.STILL_WAITING, key, details),), by, now, policy)


def skip(enrollment: Enrollment, key: StepKey, reason: str, by: str, now: datetime, policy: Policy) -> Change:
    """Leave out an optional step, with a reason.

    Raises:
        StepConflict: it is not optional, or not open, waiting or due.
    """
    if not SPECS[key].optional:
        raise StepConflict(f"“{SPECS[key].title}” is not optional, so it cannot be skipped.")
    require_state(enrollment, key, now, State.OPEN, State.WAITING, State.DUE)
    after = _finished(enrollment, key, by, now, State.SKIPPED).with_step(key, reason=reason)
    return settle(enrollment, after, (Event(EventKind.SKIPPED, key, {"reason": reason}),), by, now, policy)


def locks_again(enrollment: Enrollment, key: StepKey) -> tuple[StepKey, ...]:
    """The steps that reopening `key` locks again: those that need it and that nobody has acted on yet."""
    return tuple(k for k in dependents(key) if enrollment.step(k).state is State.OPEN)


def reopen(enrollment: Enrollment, key: StepKey, by: str, now: datetime, policy: Policy) -> Change:
    """Open a done or skipped step again.

    Open steps that need it are locked again; what was acted on (waiting, done, skipped) keeps its state,
    because a ticket that was sent stays sent.

    Raises:
        StepConflict: it is neither done nor skipped.
    """
    step = require_state(enrollment, key, now, State.DONE, State.SKIPPED)
    locked = locks_again(enrollment, key)
    after = enrollment
    for later in locked:
        after = after.with_step(later, state=State.LOCKED, since=now)
    state = State.OPEN if after.is_unlocked(key) else State.LOCKED
    blank = Step(key, state, since=now, reminders=step.reminders, values=step.values)
    after = replace(after, steps=tuple(blank if s.key == key else s for s in after.steps))
    details = {"locked": [SPECS[k].title for k in locked]}
    return settle(enrollment, after, (Event(EventKind.REOPENED, key, details),), by, now, policy)


def require_state(enrollment: Enrollment, key: StepKey, now: datetime, *allowed: State) -> Step:
    """The step, if it is in one of the allowed states and the enrollment was not cancelled.

    Raises:
        StepConflict: says in which state it is, and by whom.
    """
    step, title = enrollment.step(key), SPECS[key].title
    require_live(enrollment)
    state = step.state_at(now)
    if state in allowed:
        return step
    match state:
        case State.DONE | State.SKIPPED:
            who = f" by <@{step.finished_by}>" if step.finished_by else ""
            raise StepConflict(f"“{title}” {'is already done' if state is State.DONE else 'was skipped'}{who}.")
        case State.WAITING | State.DUE:
            who = f" <@{step.acted_by}> has acted already;" if step.acted_by else ""
            raise StepConflict(f"“{title}”:{who} it is {state} now.")
        case State.LOCKED:
            unfinished = [k for k in prerequisites(key) if enrollment.step(k).state not in FINISHED]
            direct = [k for k in unfinished if k in SPECS[key].requires]
            missing = [SPECS[k].title for k in direct or unfinished]
            raise StepConflict(f"“{title}” is locked until these are done: {', '.join(missing)}.")
        case _:
            raise StepConflict(f"“{title}” is open: nothing has been done for it yet, so this does not apply.")


def _is_complete(enrollment: Enrollment, spec: StepSpec) -> bool:
    """Whether the values that a step has collected finish its act."""
    return all(TYPES[field.type].is_complete(enrollment, field) for field in spec.collects)


def _withdraw_incomplete(enrollment: Enrollment, now: datetime) -> Enrollment:
    """Take back done steps that are not complete any more, because an entry was added that nobody has validated."""
    for spec in PROCEDURE:
        if enrollment.step(spec.key).state is State.DONE and not _is_complete(enrollment, spec):
            unfinished = {"state": State.LOCKED, "since": now, "finished_at": None, "finished_by": None}
            enrollment = enrollment.with_step(spec.key, **unfinished)
    return enrollment


def _finished(enrollment: Enrollment, key: StepKey, by: str, now: datetime, state: State = State.DONE) -> Enrollment:
    return enrollment.with_step(key, state=state, since=now, finished_at=now, finished_by=by)
