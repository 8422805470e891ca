"""Transitions of the steps of an enrollment: pure functions from one value to the next.

Each takes the enrollment, who acts and `now` (UTC), and returns a `Change`, or raises a `DomainError` whose
message says who was faster or what is missing. None of them looks at permissions: `access.py` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime

from bot.domain import customer_users, sent_lines
from bot.domain.consequences import NOT_SNOOZED, begin_wait, ends_of, opened_again, settle, wait_for_ticket
from bot.domain.days import ON, check_happened, day_at, day_field, earlier_day, planned_day, target_passed
from bot.domain.enrollment import (
    FINISHED,
    Change,
    Details,
    Enrollment,
    Event,
    EventKind,
    Policy,
    State,
    Step,
)
from bot.domain.errors import InvalidInput, NothingToDo, StepConflict
from bot.domain.lifecycle import require_live
from bot.domain.procedure import TICKET_NUMBER
from bot.domain.retold import Awaited, DayWords, Phrase
from bot.domain.schedule import day_words, start_of
from bot.domain.sentences import Row, sentence
from bot.domain.step_order import dependents, prerequisites
from bot.domain.step_spec import StepKey, StepSpec
from bot.domain.tickets import is_follow_up, missing_for_ticket, sendable_states
from bot.domain.value_types import NOTHING, TYPES


def complete_act(
    enrollment: Enrollment,
    key: StepKey,
    by: str,
    now: datetime,
    policy: Policy,
    values: Mapping[str, object] = NOTHING,
    on: date | None = None,
    source: str = "",
) -> Change:
    """Finish the act of an open step: its wait starts, or it is done and unlocks others.

    A step whose values are not complete yet keeps them and stays open, and so does one that is planned for a day to
    come. A follow-up ticket makes a step wait again that waits already or is done.

    Args:
        values: field key -> value, for the fields that the step collects; others are ignored.
        on: the day of the act; None means today. A field that starts the wait has the day itself.
        source: the name of the file that the values come from.

    Raises:
        StepConflict: the step is not open. InvalidInput: a value is missing or cannot be right.
        NothingToDo: nothing would change.
    """
    spec, zone = enrollment.spec(key), enrollment.zone
    require_state(enrollment, key, now, *sendable_states(enrollment, key))
    if spec.ticket and (missing := missing_for_ticket(enrollment, key)):
        raise InvalidInput(missing, field=TICKET_NUMBER.key)
    after, details = enrollment, dict[str, object]({"file": source} if source else {})
    if is_follow_up(enrollment, key):  # the recorded number is that of the ticket before it
        after = after.with_values(key, {TICKET_NUMBER.key: None})
    for field in spec.collects:
        type_ = TYPES[field.type]
        after = type_.store(after, key, field, values.get(field.key), now)
        details |= type_.details(after, key, field)
    dated = day_field(enrollment.spec(key))
    if dated is not None:
        value = after.step(key).values.get(dated.key)
        on = date.fromisoformat(value) if value else None
        if on is not None and on > day_at(now, zone):
            return _planned(enrollment, after, key, details, by, now, policy)
    on = earlier_day(on, now, zone)
    if on is not None:
        check_happened(on, now, zone, dated.key if dated else ON)
        details |= {} if dated else {"on": on.isoformat()}
    if not _is_complete(after, spec):
        return settle(enrollment, after, (Event(EventKind.VALIDATED_SOME, key, details),), by, now, policy)
    return _acted(enrollment, after, key, details, by, now, policy, on)


def record_sent(enrollment: Enrollment, key: StepKey, by: str, now: datetime, policy: Policy, number: str) -> Change:
    """Finish the act of an open step whose ticket is with support already, whatever the ticket would lack by now.

    Raises:
        StepConflict: the step is not open.
    """
    require_state(enrollment, key, now, *sendable_states(enrollment, key))
    after, details = enrollment.with_values(key, {TICKET_NUMBER.key: number}), dict[str, object]()
    for field in enrollment.spec(key).collects:
        details |= TYPES[field.type].details(after, key, field)
    return _acted(enrollment, after, key, details, by, now, policy, None)


def _acted(
    enrollment: Enrollment,
    after: Enrollment,
    key: StepKey,
    details: dict[str, object],
    by: str,
    now: datetime,
    policy: Policy,
    on: date | None,
) -> Change:
    """Start the wait of a step whose act is done, or finish the step; `after` has what the act collected."""
    spec = enrollment.spec(key)
    lines = sent_lines.lines_to_send(enrollment, spec.list_in_ticket)
    if lines.follow_up:
        details["follow_up"] = {name: len(getattr(lines, name)) for name in ("added", "changed", "removed")}
    if after.step(key).state in FINISHED:
        after = opened_again(after, key, now)
    at = start_of(on, now, enrollment.zone) if on else now
    after = withdraw_incomplete(after, now)
    # Files that arrived before this wait are told again: the report may have been made anew, too.
    if key == enrollment.procedure.watched_step:
        after = replace(after, first_file_at=None)
    if spec.wait is None:
        after = after.with_step(key, acted_at=at, acted_on=on, acted_by=by)
        after = _finished(after, key, by, now, at=at, on=on)
        return settle(enrollment, after, (Event(EventKind.STEP_DONE, key, details),), by, now, policy)
    after = sent_lines.with_ticket(begin_wait(after, key, at, on, by, policy), key, lines)
    return settle(
        enrollment, after, (Event(EventKind.WAIT_STARTED, key, details | ends_of(after, key)),), by, now, policy
    )


def _planned(
    before: Enrollment, after: Enrollment, key: StepKey, details: Details, by: str, now: datetime, policy: Policy
) -> Change:
    if planned_day(before, key) == planned_day(after, key):
        raise NothingToDo(sentence("This is planned for that day already. Come back when it has happened."))
    after = after.with_step(key, **NOT_SNOOZED)
    return settle(before, after, (Event(EventKind.PLANNED, key, details),), by, now, policy)


def confirm(
    enrollment: Enrollment,
    key: StepKey,
    by: str,
    now: datetime,
    policy: Policy,
    on: date | None = None,
    tickets: Collection[int] | None = None,
    users: bool | None = None,
) -> Change:
    """Confirm the end of a wait (early or after the window): the step is done.

    Of a list, what was sent is confirmed. The step waits on for tickets that are not, and opens where lines are in no
    ticket yet.

    Args:
        on: the day since which it is there; None means today.
        tickets: the numbers of the list's tickets that are confirmed; None for all.
        users: of end customers, whether the users of all are created; the step waits on where they are not.

    Raises:
        StepConflict: the step does not wait. InvalidInput: the day lies before the act, or in the future.
    """
    step = require_state(enrollment, key, now, State.WAITING, State.DUE)
    zone, details, listed = enrollment.zone, dict[str, object](), enrollment.spec(key).list_in_ticket
    on = earlier_day(on, now, zone)
    if on is not None:
        check_happened(on, now, zone)
        details["on"] = on.isoformat()
        acted = step.acted_on or (day_at(step.acted_at, zone) if step.acted_at else on)
        if on < acted:
            words = "The wait began on {day}. Choose that day or a later one."
            raise InvalidInput(sentence(words, day=DayWords(day_words(acted))), ON)
    after = sent_lines.confirmed(enrollment, key, now, tickets)
    if waits := sent_lines.pending(after, listed):
        if after.list_tickets == enrollment.list_tickets:
            raise StepConflict(
                sentence("Somebody has confirmed this ticket, or sent a newer one in its place. Open this form again.")
            )
        after = wait_for_ticket(after, key, waits[-1], policy)
    elif sent_lines.unsent(after, listed):
        after = opened_again(after, key, now)
    elif users is False:
        details["users"] = customer_users.created(after)
    else:
        after = customer_users.all_marked(after) if users else after
        after = _finished(after, key, by, now, at=start_of(on, now, zone) if on else now, on=on)
    if after.step(key).state is not State.DONE and listed is not None:
        details |= {
            name: getattr(sent_lines.counts(after, listed), name) for name in ("confirmed", "listed", "changes")
        }
    return settle(enrollment, after, (Event(EventKind.CONFIRMED, key, details),), by, now, policy)


def skip(enrollment: Enrollment, key: StepKey, reason: str, by: str, now: datetime, policy: Policy) -> Change:
    """Leave out an optional step, with a reason.

    Raises:
        StepConflict: it is not optional, or not open, waiting or due.
    """
    if not enrollment.spec(key).optional:
        raise StepConflict(sentence("This step can't be skipped: it isn't optional."))
    require_state(enrollment, key, now, State.OPEN, State.WAITING, State.DUE)
    after = _finished(enrollment, key, by, now, State.SKIPPED).with_step(key, reason=reason)
    return settle(enrollment, after, (Event(EventKind.SKIPPED, key, {"reason": reason}),), by, now, policy)


def locks_again(enrollment: Enrollment, key: StepKey) -> tuple[StepKey, ...]:
    """The steps that reopening `key` locks again: those that need it and that nobody has acted on yet."""
    return tuple(k for k in dependents(enrollment.procedure, key) if enrollment.step(k).state is State.OPEN)


def reopen(enrollment: Enrollment, key: StepKey, by: str, now: datetime, policy: Policy) -> Change:
    """Open a done or skipped step again.

    Open steps that need it are locked again; what was acted on (waiting, done, skipped) keeps its state,
    because a ticket that was sent stays sent. Lines of a list stay sent, too, and nobody has confirmed them any more.

    Raises:
        StepConflict: it is neither done nor skipped.
    """
    require_state(enrollment, key, now, State.DONE, State.SKIPPED)
    locked = locks_again(enrollment, key)
    after = enrollment
    for later in locked:
        after = after.with_step(later, state=State.LOCKED, since=now, **NOT_SNOOZED)
    after = opened_again(sent_lines.unconfirmed(after, key), key, now)
    if target_passed(after.step(key), now, after.zone):
        after = after.with_step(key, target=None)  # it was for the first time
    details = {"locked": [enrollment.spec(k).title for k in locked]}
    return settle(enrollment, after, (Event(EventKind.REOPENED, key, details),), by, now, policy)


def require_state(enrollment: Enrollment, key: StepKey, now: datetime, *allowed: State) -> Step:
    """The step, if it is in one of the allowed states and the enrollment was not cancelled.

    Raises:
        StepConflict: says in which state it is, and by whom.
    """
    step = enrollment.step(key)
    require_live(enrollment)
    state = step.state_at(now)
    if state in allowed:
        return step
    who = [user for user in (step.finished_by, step.acted_by) if user is not None]
    raise StepConflict(_why_not(enrollment, step, state), ids=who)


def _why_not(enrollment: Enrollment, step: Step, state: State) -> str:
    spec = enrollment.spec(step.key)
    marked = "{person} already marked this sent." if spec.ticket else "{person} already marked this done."
    before, finished, acted = sentence("This was already done before this bot."), step.finished_by, step.acted_by
    match state:
        case State.DONE if finished:
            return sentence("{person} already confirmed this." if spec.wait else marked, person=f"<@{finished}>")
        case State.DONE:
            return before
        case State.SKIPPED:
            return sentence("{person} skipped this." if finished else "This was skipped.", person=f"<@{finished}>")
        case State.WAITING | State.DUE:
            who = sentence(marked, person=f"<@{acted}>") if acted else before
            return Row([who, sentence("It's waiting for {party}.", party=Awaited(spec.waiting_on))])
        case State.LOCKED:
            needed = prerequisites(enrollment.procedure, step.key)
            unfinished = [k for k in needed if enrollment.step(k).state not in FINISHED]
            direct = [k for k in unfinished if k in spec.requires]
            titles = [Phrase(enrollment.spec(k).title) for k in direct or unfinished]
            return sentence("Finish this first: {steps}.", steps=titles)
        case _:
            return sentence("Nobody has marked this sent yet." if spec.ticket else "Nobody has marked this done yet.")


def _is_complete(enrollment: Enrollment, spec: StepSpec) -> bool:
    """Whether the values that a step has collected finish its act."""
    return all(TYPES[field.type].is_complete(enrollment, field) for field in spec.collects)


def withdraw_incomplete(enrollment: Enrollment, now: datetime) -> Enrollment:
    """Take back done steps that are not complete any more, because an entry was added that nobody has validated."""
    for spec in enrollment.procedure.steps:
        if enrollment.step(spec.key).state is State.DONE and not _is_complete(enrollment, spec):
            unfinished = {"state": State.LOCKED, "since": now}
            unfinished |= dict.fromkeys(("finished_at", "finished_on", "finished_by"))
            enrollment = enrollment.with_step(spec.key, **unfinished)
    return enrollment


def _finished(
    enrollment: Enrollment,
    key: StepKey,
    by: str,
    now: datetime,
    state: State = State.DONE,
    at: datetime | None = None,
    on: date | None = None,
) -> Enrollment:
    finished = {"finished_at": at or now, "finished_on": on, "finished_by": by}
    return enrollment.with_step(key, state=state, since=now, **finished, **NOT_SNOOZED)
