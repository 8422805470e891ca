"""Snoozing: somebody moves the next reminder of a step to a later day, with a note for the others."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.domain.consequences import settle
from bot.domain.days import day_at
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, Policy, State
from bot.domain.errors import InvalidInput
from bot.domain.reminders import snoozed_reminder
from bot.domain.retold import DayWords
from bot.domain.schedule import day_words
from bot.domain.sentences import sentence
from bot.domain.step_spec import StepKey
from bot.domain.transitions import require_state

#: The form's name of the day until which a reminder is put off.
UNTIL = "until"
#: Three months, which is how far ahead that day may lie.
_FURTHEST = timedelta(days=92)


def offered_days(now: datetime, enrollment: Enrollment) -> list[tuple[str, date]]:
    """The days that are offered, with their words; each day once."""
    today = day_at(now, enrollment.zone)
    days = {"Tomorrow": 1, "In 2 days": 2, "Next Monday": 7 - today.weekday()}
    found = {today + timedelta(days=ahead): words for words, ahead in reversed(days.items())}
    return [(words, day) for day, words in sorted(found.items())]


def still_waiting(
    enrollment: Enrollment, key: StepKey, until: date, by: str, now: datetime, policy: Policy, note: str | None = None
) -> Change:
    """Put off the next reminder of a waiting step until a day; its window stays.

    Raises:
        StepConflict: the step does not wait. InvalidInput: the day is not one to come, or too far ahead.
    """
    require_state(enrollment, key, now, State.WAITING, State.DUE)
    return _snooze(enrollment, key, until, EventKind.STILL_WAITING, by, now, policy, note)


def remind_later(
    enrollment: Enrollment, key: StepKey, until: date, by: str, now: datetime, policy: Policy, note: str | None = None
) -> Change:
    """Put off the next reminder of an open step until a day.

    Raises:
        StepConflict: the step is not open. InvalidInput: the day is not one to come, or too far ahead.
    """
    require_state(enrollment, key, now, State.OPEN)
    return _snooze(enrollment, key, until, EventKind.POSTPONED, by, now, policy, note)


def _snooze(
    enrollment: Enrollment,
    key: StepKey,
    until: date,
    kind: EventKind,
    by: str,
    now: datetime,
    policy: Policy,
    note: str | None,
) -> Change:
    today = day_at(now, enrollment.zone)
    if until <= today:
        words = "{day} isn't in the future. Choose a day after today."
        raise InvalidInput(sentence(words, day=DayWords(day_words(until))), UNTIL)
    if until - today > _FURTHEST:
        words = "{day} is more than three months ahead. Choose an earlier day."
        raise InvalidInput(sentence(words, day=DayWords(day_words(until, today))), UNTIL)
    reminder = snoozed_reminder(enrollment, enrollment.step(key), until, policy)
    until = day_at(reminder.due_at, enrollment.zone)  # a working day
    snoozed = {"snoozed_by": by, "snoozed_at": now, "snoozed_until": until, "snooze_note": note}
    after = enrollment.with_step(key, reminder=reminder, reminders=reminder.number, **snoozed)
    details = {"until": until.isoformat(), "note": note}
    return settle(enrollment, after, (Event(kind, key, details),), by, now, policy)
