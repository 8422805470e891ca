"""**Undo**: restores an enrollment as it was before its last change, or says why that cannot be done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.access import Actor, may_change, require_change
from bot.domain.aws_events import BOT
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, Policy, Reminder, Step
from bot.domain.errors import NotAllowed, StepConflict
from bot.domain.retold import Phrase
from bot.domain.sent_lines import pending, tickets_of
from bot.domain.sentences import sentence
from bot.domain.step_spec import StepKey

#: How long a change can be undone.
LONGEST = timedelta(minutes=10)

_NOTHING = sentence("There is nothing to undo: nothing was changed in the last ten minutes.")
_TOO_LATE = sentence("The last change is more than ten minutes old, so it can't be undone any more.")
_NO_CHANGE = sentence("The last entry of the history changed nothing, so there is nothing to undo.")
_CHANGED = sentence("This enrollment has changed since then, so there is nothing to undo.")
_A_CHECK = sentence("The last entry is about AWS. It changed no step, so there is nothing to undo.")
#: Why a change of this kind cannot be undone.
_NOT_UNDOABLE = {
    EventKind.STARTED: sentence("A start can't be undone. Press Cancel enrollment instead."),
    EventKind.MOVED: sentence("A move to another procedure can't be undone. You can move the enrollment back."),
    EventKind.CHECKED: _A_CHECK,
    EventKind.FIRST_FILES_ARRIVED: _A_CHECK,
    EventKind.AWS_BROKE: _A_CHECK,
    EventKind.AWS_HEALED: _A_CHECK,
}


@dataclass(frozen=True, slots=True)
class LastChange:
    """The last change of an enrollment.

    Attributes:
        number, event, by, at: of its first event in the audit.
        version: the one that it led to, or a later one that only updated the card.
        before: the enrollment as it was before it. The numbers of its reminders have no meaning.
        more: the other events of the same change.
    """

    number: int
    event: Event
    by: str
    at: datetime
    version: int
    before: Enrollment
    more: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class SentToSupport:
    """What has gone out, or may have, since a change: the ticket of a step, to or by whom, by email or as a file."""

    step: StepKey
    by: str
    by_email: bool


def undo(enrollment: Enrollment, last: LastChange, by: str, now: datetime, policy: Policy) -> Change:
    """Restore the enrollment as it was before its last change; `require_undoable` says whether that may be done.

    A reminder that was planned before is planned again under the next number; one that would be late by now comes at
    the next opportunity.
    """
    kept = {"id": enrollment.id, "version": enrollment.version, "new_steps": enrollment.new_steps}
    after = replace(last.before, **kept)  # type: ignore[arg-type]  # mypy takes every value for each of the fields
    steps = []
    for was, new in zip(enrollment.steps, after.steps, strict=True):
        reminder = _reminder(enrollment, after, was, new, now, policy)
        count = max(was.reminders, reminder.number if reminder else 0)
        steps.append(replace(new, reminder=reminder, reminders=count))
    after = replace(after, steps=tuple(steps))
    details: dict[str, object] = {
        "number": last.number,
        "kind": last.event.kind.value,
        "step": last.event.step,
        "details": dict(last.event.details),
        "by": last.by,
        "more": len(last.more),
        "now": _said(enrollment, after, now),
    }
    return Change(after, (Event(EventKind.UNDONE, last.event.step, details),), by, now)


def _reminder(
    enrollment: Enrollment, after: Enrollment, was: Step, new: Step, now: datetime, policy: Policy
) -> Reminder | None:
    """The reminder of a step after the undo; as in `reminders.replan`, one that asks the same keeps its number."""
    wanted, planned = new.reminder, was.reminder
    if wanted is None:
        return None
    if planned is not None and replace(planned, number=0) == replace(wanted, number=0):
        # In the hours of whose zone counts then: it may be another one.
        return replace(planned, due_at=policy.hours.next_open(planned.due_at, after.zone))
    due_at = policy.hours.next_open(max(wanted.due_at, now), after.zone)
    asks_the_same = (
        planned is not None
        and was.state is new.state
        and (planned.kind, planned.repeat) == (wanted.kind, wanted.repeat)
        and (due_at <= policy.hours.next_open(now, after.zone) or enrollment.owner_zone != after.owner_zone)
    )
    number = planned.number if planned is not None and asks_the_same else was.reminders + 1
    return replace(wanted, number=number, due_at=due_at)


def _said(enrollment: Enrollment, after: Enrollment, now: datetime) -> dict[str, list[str]]:
    """State -> the titles of the steps that are in it again."""
    said: dict[str, list[str]] = {}
    for was, new in zip(enrollment.steps, after.steps, strict=True):
        if was.state is not new.state:
            said.setdefault(new.state_at(now).value, []).append(enrollment.spec(new.key).title)
    return said


def require_undoable(
    enrollment: Enrollment,
    last: LastChange | None,
    sent: tuple[SentToSupport, ...],
    actor: Actor,
    now: datetime,
    number: int | None = None,
) -> LastChange:
    """The last change, if the actor may undo it now.

    Args:
        sent: what has gone out to support since.
        number: of the change that the person means; None for whichever is the last one.

    Raises:
        NotAllowed: the actor may not change the enrollment. StepConflict: why the change cannot be undone.
    """
    if last is None:
        require_change(enrollment, actor)
        raise StepConflict(_NOTHING)
    if not (may_change(enrollment, actor) or _is_author(last, actor)):
        raise NotAllowed(enrollment.people)
    if last.event.kind is EventKind.UNDONE:
        raise StepConflict(sentence("{person} already undid the last change.", person=f"<@{last.by}>"), ids=[last.by])
    if last.version != enrollment.version or (number is not None and number != last.number):
        raise StepConflict(_CHANGED)
    if reason := _NOT_UNDOABLE.get(last.event.kind, _NO_CHANGE if last.before == enrollment else None):
        raise StepConflict(reason)
    if ticket := _marked_sent(enrollment, last):
        raise StepConflict(
            sentence(
                "The ticket for “{title}” is marked as sent, so Spot support may have it already. "
                "Press Correct to take that back.",
                title=Phrase(enrollment.spec(ticket).title),
            )
        )
    if last.by == BOT:
        raise StepConflict(sentence("I made the last change myself, so there is nothing to undo."))
    if not (actor.is_admin or _is_author(last, actor)):
        words = "{person} made the last change. Only they or an admin can undo it."
        raise StepConflict(sentence(words, person=f"<@{last.by}>"), ids=[last.by])
    if now - last.at > LONGEST:
        raise StepConflict(_TOO_LATE)
    for each in sent:
        raise StepConflict(_went_out(enrollment, each), ids=[each.by])
    return last


def _is_author(last: LastChange, actor: Actor) -> bool:
    """Whether the actor made the change, by a right that they had before it: it may have taken that right away."""
    of_a_step = {step.assignee for step in last.before.steps}
    return actor.user_id == last.by and (may_change(last.before, actor) or actor.user_id in of_a_step)


def _marked_sent(enrollment: Enrollment, last: LastChange) -> StepKey | None:
    """The step whose ticket was marked as sent, or emailed, by the change."""
    for was, new in zip(last.before.steps, enrollment.steps, strict=True):
        known = {ticket.number for ticket in tickets_of(last.before, enrollment.spec(new.key).list_in_ticket or "")}
        is_first = was.acted_at is None and new.acted_at is not None
        is_next = any(each.number not in known for each in pending(enrollment, enrollment.spec(new.key).list_in_ticket))
        if enrollment.spec(new.key).ticket and (is_first or is_next):
            return new.key
    return None


def _went_out(enrollment: Enrollment, sent: SentToSupport) -> str:
    title, person = Phrase(enrollment.spec(sent.step).title), f"<@{sent.by}>"
    if sent.by_email:
        words = "The ticket for “{title}” goes out by email: {person} has sent it, so this can't be undone."
        return sentence(words, title=title, person=person)
    return sentence(
        "Meanwhile {person} got the ticket for “{title}” as a file. Spot support may have it already, "
        "so this can't be undone.",
        title=title,
        person=person,
    )
