"""What people can do to the steps of an enrollment: pure functions from one value to the next.

Each takes the enrollment, who acts and `now` (UTC), and returns a `Change`, or raises a `DomainError` whose
message says who was faster or what is missing. None of them looks at permissions: `access.py` does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.consequences import settle
from bot.domain.enrollment import (
    FINISHED,
    BillingWorkflow,
    Change,
    Enrollment,
    Event,
    EventKind,
    Policy,
    State,
    Status,
    Step,
)
from bot.domain.errors import InvalidInput, NothingToDo, StepConflict
from bot.domain.procedure import SPECS, Form, StepKey, dependents, prerequisites
from bot.domain.reminders import snoozed_reminder
from bot.domain.schedule import format_duration, start_of
from bot.domain.tickets import missing_for_ticket

#: A strategy call further away than this is a typing mistake.
_CALL_RANGE = timedelta(days=366)


def act_done(  # noqa: PLR0913  # one parameter for each thing that an act can collect
    enrollment: Enrollment,
    key: StepKey,
    by: str,
    now: datetime,
    policy: Policy,
    *,
    spot_org_id: str | None = None,
    role_arn: str | None = None,
    bucket: str | None = None,
    call_date: date | None = None,
    ticket_number: str | None = None,
    names: tuple[str, ...] = (),
) -> Change:
    """Finish the act of an open step: its wait starts, or it is done and unlocks others.

    Only the value that the step's form collects is looked at. `names` is the whole list as it shall be.

    Raises:
        StepConflict: the step is not open. InvalidInput: what the step collects is missing.
    """
    step = require_state(enrollment, key, now, State.OPEN)
    spec = SPECS[key]
    after, details = enrollment, dict[str, object]()
    start = now
    match spec.form:
        case Form.SPOT_ORG_ID:
            value = spot_org_id or enrollment.spot_org_id
            if value is None:
                raise InvalidInput("The Spot organization ID is needed to finish this step.", field="spot_org_id")
            after = replace(after, spot_org_id=value)
            details["spot_org_id"] = value
        case Form.AWS_DETAILS:
            # What landed before this wait began is told anew: the report may have been made anew, too.
            after = replace(after, role_arn=role_arn or after.role_arn, bucket=bucket or after.bucket, landed_at=None)
        case Form.CALL_DATE if call_date is not None:
            start = start_of(call_date, now, enrollment.zone)
            if abs(start - now) > _CALL_RANGE:
                raise InvalidInput(f"{call_date} is more than a year away. Check the date.", field="call_date")
            after = after.with_step(key, call_date=call_date.isoformat())
            details["call_date"] = call_date.isoformat()
        case Form.CALL_DATE:  # the window runs from now: a date of before the reopening would contradict it
            after = after.with_step(key, call_date=None)
        case Form.TICKET_NUMBER:
            _check_ticket(after, key)
            after = after.with_step(key, ticket_number=ticket_number)
            details["ticket_number"] = ticket_number
        case Form.SUBSET_NAMES:
            after = replace(after, subsets=_some(names))
            details["count"] = len(names)
        case Form.WORKFLOW_NAMES:
            known = {workflow.name: workflow for workflow in after.workflows}
            workflows = tuple(known.get(name, BillingWorkflow(name)) for name in _some(names))
            after = _validate_again(replace(after, workflows=workflows), now)
            details["count"] = len(names)
        case Form.VALIDATED_WORKFLOWS:
            raise AssertionError("validate_workflows finishes this step: it must know what was validated")
        case _:
            pass
    after = after.with_step(key, acted_at=now, acted_by=by)
    if spec.wait is None:
        return _finish(enrollment, after, step, by, now, policy, Event(EventKind.STEP_DONE, key, details))
    earliest, latest = policy.window_for(key, start, enrollment.zone)
    after = after.with_step(key, state=State.WAITING, since=now, window_start=start, earliest=earliest, latest=latest)
    details |= {"earliest": earliest.isoformat() if earliest else None, "latest": latest.isoformat()}
    return settle(enrollment, after, (Event(EventKind.WAIT_STARTED, key, details),), by, now, policy)


def validate_workflows(
    enrollment: Enrollment, validated: frozenset[str], by: str, now: datetime, policy: Policy
) -> Change:
    """Record which billing workflows are right; the step is done when all of them are.

    Raises:
        StepConflict: the step is not open. NothingToDo: nothing new was validated.
    """
    key = StepKey.VALIDATE_WORKFLOWS
    step = require_state(enrollment, key, now, State.OPEN)
    workflows = tuple(replace(w, validated=w.validated or w.name in validated) for w in enrollment.workflows)
    after = replace(enrollment, workflows=workflows)
    total, count = len(workflows), sum(w.validated for w in workflows)
    details = {"validated": count, "count": total}
    if count == total:
        after = after.with_step(key, acted_at=now, acted_by=by)
        return _finish(enrollment, after, step, by, now, policy, Event(EventKind.STEP_DONE, key, details))
    if workflows == enrollment.workflows:
        raise NothingToDo("Choose at least one billing workflow that you have validated.")
    return settle(enrollment, after, (Event(EventKind.VALIDATED_SOME, key, details),), by, now, policy)


def confirm(enrollment: Enrollment, key: StepKey, by: str, now: datetime, policy: Policy) -> Change:
    """Say that what a step waits for is there (early or after the window): the step is done.

    Raises:
        StepConflict: the step does not wait.
    """
    step = require_state(enrollment, key, now, State.WAITING, State.DUE)
    return _finish(enrollment, enrollment, step, by, now, policy, Event(EventKind.CONFIRMED, key))


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
    step = require_state(enrollment, key, now, State.OPEN, State.WAITING, State.DUE)
    after = enrollment.with_step(key, reason=reason)
    event = Event(EventKind.SKIPPED, key, {"reason": reason})
    return _finish(enrollment, after, step, by, now, policy, event, State.SKIPPED)


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
    blank = Step(key, State.OPEN, since=now, ticket_number=step.ticket_number, call_date=step.call_date)
    after = replace(
        after,
        steps=tuple(replace(blank, reminders=s.reminders) if s.key == key else s for s in after.steps),
    )
    if not after.is_unlocked(key):
        after = after.with_step(key, state=State.LOCKED)
    details = {"locked": [SPECS[k].title for k in locked]}
    return settle(enrollment, after, (Event(EventKind.REOPENED, key, details),), by, now, policy)


def require_state(enrollment: Enrollment, key: StepKey, now: datetime, *allowed: State) -> Step:
    """The step, if it is in one of the allowed states and the enrollment was not cancelled.

    Raises:
        StepConflict: says in which state it is, and by whom.
    """
    step, title = enrollment.step(key), SPECS[key].title
    if enrollment.status is Status.CANCELLED:
        raise StepConflict("This enrollment was cancelled. Resume it first.")
    state = step.state_at(now)
    if state in allowed:
        return step
    match state:
        case State.DONE:
            who = f" by <@{step.finished_by}>" if step.finished_by else ""
            raise StepConflict(f"“{title}” is already done{who}.")
        case State.SKIPPED:
            raise StepConflict(f"“{title}” was skipped by <@{step.finished_by}>.")
        case State.WAITING | State.DUE:
            who = f" <@{step.acted_by}> has acted already;" if step.acted_by else ""
            raise StepConflict(f"“{title}”:{who} it is {state} now.")
        case State.LOCKED:
            unfinished = [k for k in prerequisites(key) if enrollment.step(k).state not in FINISHED]
            direct = [k for k in unfinished if k in SPECS[key].after]
            missing = [SPECS[k].title for k in direct or unfinished]
            raise StepConflict(f"“{title}” is locked until these are done: {', '.join(missing)}.")
        case _:
            raise StepConflict(f"“{title}” is open: nothing has been done for it yet, so this does not apply.")


def _check_ticket(enrollment: Enrollment, key: StepKey) -> None:
    """A ticket that carries a list, or the organization ID, cannot have been sent without it."""
    missing = missing_for_ticket(enrollment, key)
    if missing:
        raise InvalidInput(missing, field="ticket_number")


def _some(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise InvalidInput("Enter at least one name.", field="names")
    return names


def _validate_again(enrollment: Enrollment, now: datetime) -> Enrollment:
    """A billing workflow that came in after the validation was done takes that validation back."""
    step = enrollment.step(StepKey.VALIDATE_WORKFLOWS)
    if step.state is not State.DONE or all(w.validated for w in enrollment.workflows):
        return enrollment
    return enrollment.with_step(step.key, state=State.LOCKED, since=now, finished_at=None, finished_by=None)


def _finish(
    before: Enrollment,
    after: Enrollment,
    step: Step,
    by: str,
    now: datetime,
    policy: Policy,
    event: Event,
    state: State = State.DONE,
) -> Change:
    after = after.with_step(step.key, state=state, since=now, finished_at=now, finished_by=by)
    return settle(before, after, (event,), by, now, policy)
