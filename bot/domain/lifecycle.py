"""Transitions of an enrollment as a whole: start (also in the middle), cancel, resume, change its lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.domain.consequences import NOT_SNOOZED, begin_wait, settle
from bot.domain.days import check_happened, earlier_day
from bot.domain.enrollment import Change, Customer, Enrollment, Event, EventKind, Pair, Policy, State, Status
from bot.domain.errors import InvalidForm, InvalidInput, NothingToDo, StepConflict
from bot.domain.list_changes import ListChanges, compare, new_names
from bot.domain.list_entries import KINDS, NAMED
from bot.domain.reminders import replan
from bot.domain.retold import Phrase
from bot.domain.schedule import start_of
from bot.domain.sent_lines import sent_before
from bot.domain.sentences import Words, sentence
from bot.domain.step_order import completed_before
from bot.domain.step_spec import StepKey, specs


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a team that starts in the middle of the procedure.

    Attributes:
        key: the step they are at. waiting: its act is done and its wait runs. since: the day it came to that;
            None means today.
    """

    key: StepKey
    waiting: bool = False
    since: date | None = None


def require_live(enrollment: Enrollment) -> None:
    """Raise `StepConflict` if the enrollment was cancelled."""
    if enrollment.status is Status.CANCELLED:
        raise StepConflict(sentence("This enrollment was cancelled. Resume it first."))


def require_step(enrollment: Enrollment, key: StepKey) -> None:
    """Raise `StepConflict` if the enrollment was moved to a procedure without that step."""
    if key not in specs(enrollment.procedure):
        words = "“{title}” isn't part of this enrollment any more: it was moved to another procedure."
        raise StepConflict(sentence(words, title=Phrase(enrollment.spec(key).title)))


def start(enrollment: Enrollment, position: Position | None, policy: Policy) -> Change:
    """Start an enrollment at the team's position, as the person and at the moment that the enrollment names.

    A step whose value the start form collected (`Field.at_start`) is over already. Nobody is named as the one who did
    what was done before the enrollment came to the bot.

    Raises:
        InvalidForm: the position needs a value that is missing, or its date lies in the future or too far back.
    """
    by, now = enrollment.started_by, enrollment.started_at
    asked = [(key, step) for key, (step, field) in enrollment.procedure.shared.items() if field.at_start]
    over = {step for key, step in asked if enrollment.value(key)}
    if position is not None:
        over.update(completed_before(enrollment.procedure, position.key))
        _check_position(enrollment, position, over, now)
    after = enrollment
    for key in over:
        after = after.with_step(key, state=State.DONE, since=now, finished_at=now)
    if position is not None and position.key not in over:
        after = _placed(after, position, now, policy)
    details: dict[str, object] = {"at": position.key, "waiting": position.waiting} if position is not None else {}
    if over:
        details["before"] = [spec.title for spec in enrollment.procedure.steps if spec.key in over]
    if listed := {name: len(getattr(enrollment, name)) for name in KINDS if getattr(enrollment, name)}:
        details["lists"] = listed
    return settle(enrollment, after, (Event(EventKind.STARTED, None, details),), by, now, policy)


def _check_position(enrollment: Enrollment, position: Position, over: set[StepKey], now: datetime) -> None:
    faults = dict[str, str]()
    for key, (step, field) in enrollment.procedure.shared.items():
        if field.at_start is not None and step in over and enrollment.value(key) is None:
            faults[key] = Words(field.at_start.missing)
    if position.since:
        try:
            check_happened(position.since, now, enrollment.zone)
        except InvalidInput as fault:
            faults["since"] = fault.message
    if position.waiting and enrollment.spec(position.key).wait is None:
        faults["position"] = sentence("“{title}” has no wait.", title=Phrase(enrollment.spec(position.key).title))
    if faults:
        raise InvalidForm(faults)


def _placed(enrollment: Enrollment, position: Position, now: datetime, policy: Policy) -> Enrollment:
    since = start_of(position.since, now, enrollment.zone) if position.since else now
    if not position.waiting:
        return enrollment.with_step(position.key, state=State.OPEN, since=since)
    on = earlier_day(position.since, now, enrollment.zone)
    return sent_before(begin_wait(enrollment, position.key, since, on, None, policy), position.key)


def others(owner: str, people: Sequence[str]) -> tuple[str, ...]:
    """The chosen people without repetitions and without the owner."""
    return tuple(user for user in dict.fromkeys(people) if user != owner)


def set_zone(enrollment: Enrollment, zone: str, now: datetime, policy: Policy) -> Change:
    """Change the owner's time zone, by which reminders are planned; no event tells of it."""
    after = replace(enrollment, owner_zone=zone)
    return Change(replan(enrollment, after, now, policy), (), enrollment.owner, now)


def cancel(enrollment: Enrollment, reason: str, by: str, now: datetime, policy: Policy) -> Change:
    """Cancel an enrollment: its reminders end.

    Raises:
        StepConflict: it was cancelled already.
    """
    if enrollment.status is Status.CANCELLED:
        raise StepConflict(sentence("This enrollment is cancelled already."))
    after = replace(enrollment, status=Status.CANCELLED, ended_at=now)
    event = Event(EventKind.CANCELLED, None, {"reason": reason})
    return Change(replan(enrollment, after, now, policy), (event,), by, now)


def resume(enrollment: Enrollment, by: str, now: datetime, policy: Policy) -> Change:
    """Resume a cancelled enrollment where it was left.

    Raises:
        StepConflict: it is not cancelled.
    """
    if enrollment.status is not Status.CANCELLED:
        words = "This enrollment is {status}, not cancelled."
        raise StepConflict(sentence(words, status=Words(enrollment.status.value)))
    complete = enrollment.finished == len(enrollment.steps)
    status, ended_at = (Status.COMPLETED, now) if complete else (Status.ACTIVE, None)
    steps = tuple(replace(step, **NOT_SNOOZED) for step in enrollment.steps)  # reminders begin anew
    after = replace(enrollment, status=status, ended_at=ended_at, steps=steps)
    return settle(enrollment, after, (Event(EventKind.RESUMED),), by, now, policy)


def change_pairs(
    enrollment: Enrollment, add: Sequence[Pair], remove: frozenset[Pair], by: str, now: datetime, policy: Policy
) -> Change:
    """Add and remove associations; a subset that is paired anew loses its former billing workflow.

    Raises:
        NothingToDo: nothing would change. StepConflict: the enrollment was cancelled.
    """
    return change_list(enrollment, "pairs", compare("pairs", enrollment.pairs, add, remove=remove), by, now, policy)


def change_customers(
    enrollment: Enrollment, add: Sequence[Customer], remove: frozenset[Customer], by: str, now: datetime, policy: Policy
) -> Change:
    """Add and remove end customers; raises like `change_pairs`."""
    changes = compare("customers", enrollment.customers, add, remove=remove)
    return change_list(enrollment, "customers", changes, by, now, policy)


def change_list(
    enrollment: Enrollment,
    list_name: str,
    changes: ListChanges,
    by: str,
    now: datetime,
    policy: Policy,
    source: str = "",
    after: Enrollment | None = None,
) -> Change:
    """Change a list; raises like `change_pairs`.

    Args:
        source: the entries' file. after: the enrollment with the changed list, where names come to other lists, too.
    """
    require_live(enrollment)
    after = after or enrollment.with_list(list_name, changes.after)
    if after == enrollment:
        raise NothingToDo(sentence("Nothing was added or removed."))
    details = changes.details(list_name, source) | {"list": KINDS[list_name].title.lower()}
    names = {name: new_names(enrollment, after, name) for name in NAMED if name != list_name}
    details |= {"names": {name: each for name, each in names.items() if each}} if any(names.values()) else {}
    reopened = [new.key for old, new in zip(enrollment.steps, after.steps, strict=True) if old.state is not new.state]
    details |= {"reopened": reopened} if reopened else {}
    return settle(enrollment, after, (Event(KINDS[list_name].event, None, details),), by, now, policy)
