"""Details of a step: who is to act on it, by when it should be done, what blocks it, and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.consequences import NOT_BLOCKED, settle
from bot.domain.days import day_at
from bot.domain.enrollment import Change, Details, Enrollment, Event, EventKind, Policy, State, Step
from bot.domain.errors import InvalidForm, NothingToDo
from bot.domain.reminders import with_new_target
from bot.domain.retold import DayWords
from bot.domain.schedule import day_words
from bot.domain.sentences import sentence
from bot.domain.shown_values import FormValue, Shown, quoted
from bot.domain.step_spec import StepKey
from bot.domain.transitions import require_state
from bot.language.spoken import gettext

#: The names of the fields in forms.
ASSIGNEE, TARGET, BLOCKED_BY, BLOCKED_WHY, NOTE = "assignee", "target", "blocked_by", "blocked_why", "note"
#: Those that keep their last value, each of which the audit has as `<step>.<name>`.
STORED = (ASSIGNEE, TARGET, BLOCKED_BY, BLOCKED_WHY)
#: How far ahead a target date may lie.
_FURTHEST = timedelta(days=731)


class Blocker(StrEnum):
    """The party without which a blocked step cannot go on; `words` complete "blocked by"."""

    words: str

    def __new__(cls, value: str, words: str) -> Blocker:
        party = str.__new__(cls, value)
        party._value_, party.words = value, words
        return party

    US = "us", "us"
    AWS = "aws", "AWS"
    SPOT = "spot", "Spot"
    SUPPORT = "support", "Spot support"
    CUSTOMER = "customer", "the end customer"


def blocker_words(party: str) -> str:
    """The party that blocks a step, after "blocked by"."""
    return gettext(next(each.words for each in Blocker if each == party))


def change_details(
    enrollment: Enrollment,
    key: StepKey,
    given: Mapping[str, str | None],
    by: str,
    now: datetime,
    policy: Policy,
    shown: Shown | None = None,
) -> Change:
    """Change the details of a step that is not over; a note is added to those before.

    Args:
        given: the form by its fields, a date as ISO text; what was left as it was `shown` keeps its value.

    Raises:
        StepConflict: the step is locked or over. InvalidForm: a value is missing or cannot be right.
        NothingToDo: the form says what is recorded already.
    """
    step = require_state(enrollment, key, now, State.OPEN, State.WAITING, State.DUE)
    wanted = dict(shown.merge(given, detail_values(enrollment, key))) if shown else dict(given)
    if wanted[ASSIGNEE] == enrollment.owner != step.assignee:
        wanted[ASSIGNEE] = None  # the owner acts where nobody else is to
    target = date.fromisoformat(str(wanted[TARGET])) if wanted[TARGET] else None
    party, why = _block(step, wanted)
    faults = _target_faults(step, target, day_at(now, enrollment.zone)) | _block_faults(party, why)
    if faults:
        raise InvalidForm(faults)
    after, events = enrollment.with_step(key, assignee=wanted[ASSIGNEE], target=target), list[Event]()
    if wanted[ASSIGNEE] != step.assignee:
        events.append(Event(EventKind.ASSIGNED, key, {"to": wanted[ASSIGNEE], "from": step.assignee}))
    if target != step.target:
        events.append(Event(EventKind.TARGET_SET, key, _target_details(enrollment, after, key, now, policy)))
    if party is None and step.blocked_by is not None:
        after = after.with_step(key, **NOT_BLOCKED)
        events.append(Event(EventKind.UNBLOCKED, key, {"by": step.blocked_by}))
    elif (party, why) != (step.blocked_by, step.blocked_why):
        since = step.blocked_at if party == step.blocked_by else now
        after = after.with_step(key, blocked_by=party, blocked_why=why, blocked_at=since)
        events.append(Event(EventKind.BLOCKED, key, {"by": party, "why": why}))
    if note := wanted[NOTE]:
        after = after.with_step(key, note=note, noted_by=by, noted_at=now)
        events.append(Event(EventKind.NOTED, key, {"note": note}))
    if not events:
        raise NothingToDo(sentence("Nothing was changed."))
    return settle(enrollment, after, tuple(events), by, now, policy)


def _target_details(before: Enrollment, after: Enrollment, key: StepKey, now: datetime, policy: Policy) -> Details:
    """The details of the event: the day, the one before, and whether the next reminder comes on it."""
    was, step = before.step(key), after.step(key)
    planned = with_new_target(after, step, now, policy)
    days = {"target": step.target, "was": was.target}
    told = {name: day.isoformat() if day else None for name, day in days.items()}
    return {**told, "moved": step.target is not None and planned != was.reminder}


def detail_values(enrollment: Enrollment, key: StepKey) -> dict[str, FormValue]:
    """What the form of a step's details shows of recorded values, by field."""
    step = enrollment.step(key)
    day = step.target.isoformat() if step.target else None
    values: tuple[tuple[str, str, str | None, Callable[[Any], str]], ...] = (
        (ASSIGNEE, "assignee", step.assignee, lambda user: f"<@{user}>"),
        (TARGET, "target date", day, day_words),
        (BLOCKED_BY, "party that blocks this", step.blocked_by, blocker_words),
        (BLOCKED_WHY, "reason of the block", step.blocked_why, quoted),
    )
    return {name: FormValue(noun, value, f"{key}.{name}", words) for name, noun, value, words in values}


def _block(step: Step, wanted: Mapping[str, object]) -> tuple[str | None, str | None]:
    """Who blocks the step, and why; the reason goes with the party if only the party was taken away."""
    party, why = (str(wanted[name]) if wanted[name] else None for name in (BLOCKED_BY, BLOCKED_WHY))
    return party, None if party is None and why == step.blocked_why else why


def _block_faults(party: str | None, why: str | None) -> dict[str, str]:
    if party is not None and why is None:
        return {BLOCKED_WHY: sentence("Say why the step is blocked.")}
    if party is None and why is not None:
        return {BLOCKED_BY: sentence("Choose who blocks the step.")}
    return {}


def _target_faults(step: Step, target: date | None, today: date) -> dict[str, str]:
    if target is None or target == step.target:
        return {}
    day = DayWords(day_words(target, today))
    if target < today:
        return {TARGET: sentence("{day} is in the past. Choose today or a later day.", day=day)}
    if target - today > _FURTHEST:
        return {TARGET: sentence("{day} is more than two years ahead. Choose an earlier day.", day=day)}
    return {}
