"""Consequences of changes and of time: waits begin, steps unlock, enrollments complete, reminders are planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from bot.domain.days import target_passed
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, ListTicket, Policy, State, Status, Step
from bot.domain.procedure import TICKET_NUMBER
from bot.domain.reminders import replan
from bot.domain.sent_lines import changed_lists, is_settled, unsent
from bot.domain.step_spec import StepKey

#: The fields of a step whose reminder nobody has put off.
NOT_SNOOZED: Mapping[str, Any] = MappingProxyType(
    dict.fromkeys(("snoozed_by", "snoozed_at", "snoozed_until", "snooze_note"))
)
#: The fields of a step that nothing blocks.
NOT_BLOCKED: Mapping[str, Any] = MappingProxyType(dict.fromkeys(("blocked_by", "blocked_why", "blocked_at")))
#: What a step that is opened again keeps. The reminder stays for now: in another state it gets the next one, with the
#: next number.
_KEPT = ("reminder", "reminders", "values", "assignee", "target", "note", "noted_by", "noted_at")
#: Events by which somebody acts on a step that stays in its state.
_ACTED = frozenset({EventKind.PLANNED, EventKind.VALIDATED_SOME})


def unlock(enrollment: Enrollment, now: datetime) -> Enrollment:
    """Open every locked step that has all its prerequisites done or skipped."""
    for spec in enrollment.procedure.steps:
        if enrollment.step(spec.key).state is State.LOCKED and enrollment.is_unlocked(spec.key):
            enrollment = enrollment.with_step(spec.key, state=State.OPEN, since=now)
    return enrollment


def opened_again(enrollment: Enrollment, key: StepKey, now: datetime) -> Enrollment:
    """The enrollment with a step as nobody had acted on it; what it had collected stays for the next time.

    Its assignee, target date and note stay, too.
    """
    step = enrollment.step(key)
    state = State.OPEN if enrollment.is_unlocked(key) else State.LOCKED
    kept = {name: getattr(step, name) for name in _KEPT}
    blank = Step(key, state, since=now, **kept)
    # While the account is being connected again, what the watch found about it does not count.
    watched = key == enrollment.procedure.watched_step
    unwatched: dict[str, Any] = {"aws_broken_at": None, "aws_broken": None} if watched else {}
    return replace(enrollment, steps=tuple(blank if s.key == key else s for s in enrollment.steps), **unwatched)


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


def wait_for_ticket(enrollment: Enrollment, key: StepKey, ticket: ListTicket, policy: Policy) -> Enrollment:
    """The enrollment whose step waits for that ticket of its list, as it was sent."""
    step = enrollment.step(key)
    if (step.acted_at, step.values.get(TICKET_NUMBER.key)) == (ticket.at, ticket.ticket):
        return enrollment
    after = enrollment.with_values(key, {TICKET_NUMBER.key: ticket.ticket})
    return begin_wait(after, key, ticket.at, ticket.on, ticket.by, policy)


def window_from(enrollment: Enrollment, key: StepKey, start: datetime, policy: Policy) -> dict[str, datetime | None]:
    """The window of a step's wait that begins at `start`, as fields of the step."""
    earliest, latest = policy.window_for(enrollment.procedure, enrollment.spec(key), start, enrollment.zone)
    return {"window_start": start, "earliest": earliest, "latest": latest}


def next_change(enrollment: Enrollment, now: datetime) -> datetime | None:
    """The next end of a window or target date, at which the enrollment looks different although nobody acts."""
    if enrollment.status is not Status.ACTIVE:
        return None
    waiting = (step for step in enrollment.steps if step.state is State.WAITING)
    ends = [end for step in waiting for end in (step.earliest, step.latest)]
    ends += [day for step in enrollment.steps for day in _target_days(step, enrollment.zone)]
    return min((end for end in ends if end is not None and end > now), default=None)


def _target_days(step: Step, zone: tzinfo) -> list[datetime]:
    """The beginning of a step's target date, and its end."""
    if step.target is None or step.state not in (State.OPEN, State.WAITING):
        return []
    return [datetime.combine(step.target + timedelta(days=days), time(), zone).astimezone(UTC) for days in (0, 1)]


def settle(
    before: Enrollment, after: Enrollment, events: tuple[Event, ...], by: str, now: datetime, policy: Policy
) -> Change:
    """Complete a change: `after` with all its consequences, and one more event where that completes it."""
    after, events = _with_tickets_behind(before, after, events, by, now)
    after, unblocked = _without_blocks(before, after, events)
    events = (*events, *unblocked)
    after, begun = _with_waits_that_follow(unlock(after, now), now, policy)
    events = (*events, *begun)
    complete = after.finished == len(after.steps)
    if complete and after.status is Status.ACTIVE:
        after = replace(after, status=Status.COMPLETED, ended_at=now)
        events = (*events, Event(EventKind.COMPLETED))
    elif not complete and after.status is Status.COMPLETED:
        after = replace(after, status=Status.ACTIVE, ended_at=None)
    return Change(replan(before, after, now, policy), events, by, now)


def _with_waits_that_follow(after: Enrollment, now: datetime, policy: Policy) -> tuple[Enrollment, tuple[Event, ...]]:
    """Begin the wait of each step that is open and for which nobody has to act, with an event for it."""
    begun = list[Event]()
    for spec in after.procedure.steps:
        if spec.follows and after.step(spec.key).state is State.OPEN:
            after = begin_wait(after, spec.key, now, None, None, policy)
            begun.append(Event(EventKind.WAIT_STARTED, spec.key, {"follows": True, **ends_of(after, spec.key)}))
    return after, tuple(begun)


def ends_of(enrollment: Enrollment, key: StepKey) -> dict[str, object]:
    """The ends of a step's window, for the details of an event."""
    step = enrollment.step(key)
    ends = {"earliest": step.earliest, "latest": step.latest}
    return {name: at.isoformat() if at else None for name, at in ends.items()}


def _with_tickets_behind(
    before: Enrollment, after: Enrollment, events: tuple[Event, ...], by: str, now: datetime
) -> tuple[Enrollment, tuple[Event, ...]]:
    """Open each done step whose list has changed since its tickets, and finish it if nothing differs any more.

    The first event tells how many lines the tickets lack.
    """
    told = []
    for list_name, key in changed_lists(before, after):
        count, becomes = unsent(after, list_name).count, ""
        state = after.step(key).state
        if state is State.DONE and count:
            becomes, after = State.OPEN.value, opened_again(after, key, now)
            if target_passed(after.step(key), now, after.zone):
                after = after.with_step(key, target=None)
        elif state is State.OPEN and unsent(before, list_name) and is_settled(after, list_name):
            becomes, after = State.DONE.value, _finished(after, key, by, now)
        if becomes or count:
            told.append({"step": key, "lines": count, "becomes": becomes})
    done = _with_all_users(before, after) if before.with_users != after.with_users else None
    if done is not None:
        told, after = [{"step": done, "lines": 0, "becomes": "finished"}], _finished(after, done, by, now)
    if told:
        first, *others = events
        events = (replace(first, details={**first.details, "unsent": told}), *others)
    return after, events


def _with_all_users(before: Enrollment, after: Enrollment) -> StepKey | None:
    """The waiting step of the end customers, if the users of the last one are created and support has confirmed all."""
    key, were, are = after.procedure.step_with("customers"), frozenset(before.with_users), frozenset(after.with_users)
    if key is None:
        return None
    organizations = {customer.spot_org_id for customer in after.customers}
    is_last = organizations <= are and not organizations <= were
    return key if is_last and after.step(key).state is State.WAITING and is_settled(after, "customers") else None


def _finished(enrollment: Enrollment, key: StepKey, by: str, now: datetime) -> Enrollment:
    finished = {"state": State.DONE, "since": now, "finished_at": now, "finished_by": by}
    return enrollment.with_step(key, **finished, **NOT_SNOOZED)


def _without_blocks(before: Enrollment, after: Enrollment, events: tuple[Event, ...]) -> tuple[Enrollment, list[Event]]:
    """Clear the block of each step on which somebody has acted, with an event for it."""
    acted = {event.step for event in events if event.kind in _ACTED}
    cleared = []
    for old, new in zip(before.steps, after.steps, strict=True):
        moved = (old.state, old.since) != (new.state, new.since)
        if old.blocked_by is not None and (moved or old.key in acted):
            after = after.with_step(old.key, **NOT_BLOCKED)
            cleared.append(Event(EventKind.UNBLOCKED, old.key, {"by": old.blocked_by}))
    return after, cleared
