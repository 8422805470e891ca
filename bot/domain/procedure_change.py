"""Moves an enrollment to another procedure or version: what is carried over, what is new, and what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.consequences import NOT_SNOOZED, opened_again, settle
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, Policy, State, Status, Step
from bot.domain.errors import InvalidInput, NothingToDo, StepConflict
from bot.domain.lifecycle import require_live
from bot.domain.new_steps import ADDED_LATER
from bot.domain.retold import Phrase
from bot.domain.sentences import sentence
from bot.domain.step_spec import Field, Procedure, StepKey, specs
from bot.domain.text_types import TextType
from bot.domain.value_types import TYPES

#: The states of a step whose ticket has gone to support.
_SENT = (State.WAITING, State.DONE)


@dataclass(frozen=True, slots=True)
class Move:
    """What changes when an enrollment moves.

    Attributes:
        aligned: the enrollment with the steps of the other procedure, each in the state that it had before.
        change: from `aligned` to the enrollment as it goes on, with the event that tells the rest of this.
        added, removed: titles of steps. renamed: titles, before and after. reopened: titles of done steps that lack a
            value now. kept, lost: the values that steps have collected, by the noun of their field.
    """

    aligned: Enrollment
    change: Change
    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    reopened: tuple[str, ...]
    kept: tuple[str, ...]
    lost: tuple[str, ...]


def move(enrollment: Enrollment, target: Procedure, by: str, now: datetime, policy: Policy) -> Move:
    """Move an enrollment, whose steps are all stored, to another procedure.

    Steps of the same key keep their state, people and wait. A value stays with its step; a shared one follows its key
    into another step. New steps are open or locked by what they require; in a completed enrollment they count as
    skipped. People of a party that the other one lacks stay: they see nothing until it comes back. The audit keeps what
    was said of steps that are gone.

    Raises:
        NothingToDo: it has this procedure. StepConflict: it was cancelled, or the other one lacks a running wait.
    """
    require_live(enrollment)
    if enrollment.procedure_reference == target.reference:
        words = "This enrollment has the procedure {procedure} already."
        raise NothingToDo(sentence(words, procedure=target.reference))
    _require_waits(enrollment, target)
    aligned, values = _aligned(enrollment, target), _carried(enrollment, target)
    lost, kept = _values(enrollment, values)
    after, reopened = _with_values(aligned, values, now)
    if target.watched_step != enrollment.procedure.watched_step:  # what the watch found was about another step
        after = replace(after, first_file_at=None, aws_broken_at=None, aws_broken=None)
    for spec in target.steps:
        if after.step(spec.key).state is State.OPEN and not after.is_unlocked(spec.key):
            after = after.with_step(spec.key, state=State.LOCKED, since=now, **NOT_SNOOZED)
    before, theirs = specs(enrollment.procedure), specs(target)
    added = tuple(spec.title for key, spec in theirs.items() if key not in before)
    removed = tuple(spec.title for key, spec in before.items() if key not in theirs)
    both = [(spec.title, theirs[key].title) for key, spec in before.items() if key in theirs]
    renamed = tuple((old, new) for old, new in both if old != new)
    details: dict[str, object] = {
        "from": enrollment.procedure.title,
        "to": target.title,
        "references": [enrollment.procedure_reference, target.reference],
        "added": list(added),
        "removed": list(removed),
        "reopened": list(reopened),
        "lost": list(lost),
    }
    change = settle(aligned, after, (Event(EventKind.MOVED, None, details),), by, now, policy)
    return Move(aligned, change, added, removed, renamed, reopened, kept, lost)


def is_early(enrollment: Enrollment) -> bool:
    """Whether people can still change their mind about the procedure: no ticket has gone to support."""
    sent = (enrollment.step(spec.key).state in _SENT for spec in enrollment.procedure.steps if spec.ticket)
    return enrollment.status is Status.ACTIVE and not any(sent) and not enrollment.list_tickets


def _require_waits(enrollment: Enrollment, target: Procedure) -> None:
    theirs = specs(target)
    for step in enrollment.steps:
        if step.state is State.WAITING and (step.key not in theirs or theirs[step.key].wait is None):
            words = "“{title}” is waiting, and “{procedure}” has no such wait. Confirm the step first, or take it back."
            title = Phrase(enrollment.spec(step.key).title)
            raise StepConflict(sentence(words, title=title, procedure=Phrase(target.title)))


def _aligned(enrollment: Enrollment, target: Procedure) -> Enrollment:
    stored = {step.key: step for step in enrollment.steps}
    over = enrollment.status is Status.COMPLETED
    same = enrollment.procedure.key == target.key
    steps = []
    for spec in target.steps:
        left_out = over or (same and not spec.for_existing)
        new = Step(spec.key, State.SKIPPED, reason=ADDED_LATER) if left_out else Step(spec.key)
        steps.append(stored.get(spec.key, new))
    # Their rows are all written anew: what lists read of a step can depend on the procedure.
    return replace(
        enrollment,
        procedure_reference=target.reference,
        steps=tuple(steps),
        new_steps=frozenset(spec.key for spec in target.steps),
    )


def _carried(enrollment: Enrollment, target: Procedure) -> dict[StepKey, dict[str, str]]:
    """Step of the other procedure -> the values that it keeps."""
    found: dict[StepKey, dict[str, str]] = {}
    for spec in target.steps:
        values = {field.key: _value(enrollment, spec.key, field) for field in spec.collects}
        found[spec.key] = {key: value for key, value in values.items() if value}
    return found


def _value(enrollment: Enrollment, key: StepKey, field: Field) -> str | None:
    """What was collected under the key of a field: by the same step, else, if it is shared, by any."""
    value, was = None, None
    if key in specs(enrollment.procedure):
        value = enrollment.step(key).values.get(field.key)
        was = next((each for each in enrollment.spec(key).collects if each.key == field.key), None)
    if value is None and field.shared and field.key in enrollment.procedure.shared:
        value, was = enrollment.value(field.key), enrollment.procedure.shared[field.key][1]
    if value is None or was is None or was.type == field.type:
        return value
    found = TYPES[field.type]
    try:  # one organization is a list of one; several are no single one
        return found.parse(value, field, enrollment.account_id) if isinstance(found, TextType) else None
    except InvalidInput:
        return None


def _with_values(
    aligned: Enrollment, values: Mapping[StepKey, Mapping[str, str]], now: datetime
) -> tuple[Enrollment, tuple[str, ...]]:
    """The enrollment with the values that it keeps; the titles of done steps that are open for one they have lost."""
    after, reopened = aligned, []
    for spec in aligned.procedure.steps:
        step, kept = aligned.step(spec.key), values[spec.key]
        after = after.with_step(spec.key, values=kept)
        needed = (field.key for field in spec.collects if not field.optional)
        if step.state is State.DONE and any(key in step.values and key not in kept for key in needed):
            after = opened_again(after, spec.key, now)
            reopened.append(spec.title)
    return after, tuple(reopened)


def _values(
    enrollment: Enrollment, carried: Mapping[StepKey, Mapping[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The nouns of the values that are lost, and of those that are kept."""
    lost, kept = dict[str, None](), dict[str, None]()
    anywhere = {key for values in carried.values() for key in values}
    for spec in enrollment.procedure.steps:
        values = enrollment.step(spec.key).values
        for field in spec.collects:
            if field.key in values:
                stays = field.key in carried.get(spec.key, ()) or (field.shared and field.key in anywhere)
                noun = field.noun if field.shared else f"{field.noun} of “{spec.title}”"
                (kept if stays else lost)[noun] = None
    return tuple(lost), tuple(kept)
