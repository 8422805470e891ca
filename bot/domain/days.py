"""Days that people name: when an act was done, for when it is planned, when to ask again.

A day is stored and shown as that day, whatever zone its reader lives in. The owner's zone decides which day is today.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from bot.domain.enrollment import Enrollment, State, Step
from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten
from bot.domain.retold import DayWords
from bot.domain.schedule import ReminderHours, day_words, start_of
from bot.domain.sentences import sentence
from bot.domain.step_spec import Field, StepKey, StepSpec

#: The form's name of the day on which something happened.
ON = "on"
#: How far back such a day may lie.
LONGEST_AGO = timedelta(days=366)


def parse_day(raw: str) -> date:
    """A day as a date picker writes it; raises `InvalidInput` for anything else."""
    try:
        return date.fromisoformat(raw)
    except ValueError:
        words = "“{value}” is not a date. Write for example 2026-11-25."
        raise InvalidInput(sentence(words, value=shorten(raw))) from None


def day_at(now: datetime, zone: tzinfo) -> date:
    """The day of an instant in a zone."""
    return now.astimezone(zone).date()


def earlier_day(day: date | None, now: datetime, zone: tzinfo) -> date | None:
    """The day, unless it is today: that one needs no telling."""
    return None if day is None or day == day_at(now, zone) else day


def check_happened(day: date, now: datetime, zone: tzinfo, field: str = ON) -> None:
    """Raise `InvalidInput` for the field unless something can have happened on that day."""
    if day > day_at(now, zone):
        words = "{day} is in the future. Choose today or an earlier day."
        raise InvalidInput(sentence(words, day=DayWords(day_words(day))), field)
    if now - start_of(day, now, zone) > LONGEST_AGO:
        words = "{day} is more than a year ago. Check the date."
        raise InvalidInput(sentence(words, day=DayWords(day_words(day, now.date()))), field)


def day_field(spec: StepSpec) -> Field | None:
    """The field of a step that holds the day from which its wait is counted; None where that is the act's own day."""
    return next((field for field in spec.collects if field.starts_wait), None)


def planned_day(enrollment: Enrollment, key: StepKey) -> date | None:
    """The day for which the act of an open step is planned; None where there is no plan.

    A day from before a reopening is no plan, so it has to lie behind the day on which the step opened.
    """
    step, field = enrollment.step(key), day_field(enrollment.spec(key))
    value = step.values.get(field.key) if field else None
    if step.state is not State.OPEN or value is None or step.since is None:
        return None
    day = date.fromisoformat(value)
    return day if day > day_at(step.since, enrollment.zone) else None


def working_morning(day: date, hours: ReminderHours, zone: tzinfo) -> datetime:
    """The first reminder hour of a day, or of the next working day where it is none (UTC)."""
    return hours.next_morning(datetime.combine(day, time(), zone), zone)


def usual_end(enrollment: Enrollment, key: StepKey, now: datetime) -> datetime | None:
    """The instant before which a wait is not over as a rule; None where it has passed or nobody promised one."""
    step, wait = enrollment.step(key), enrollment.spec(key).wait
    end = step.earliest or step.latest
    promised = wait is not None and enrollment.procedure.waits[wait].promised
    return end if promised and step.state is State.WAITING and end is not None and now < end else None


def target_reached(step: Step, now: datetime, zone: tzinfo) -> bool:
    """Whether a step should be done by today, or should have been done before."""
    return step.target is not None and day_at(now, zone) >= step.target


def target_passed(step: Step, now: datetime, zone: tzinfo) -> bool:
    """Whether a step should have been done before today."""
    return step.target is not None and day_at(now, zone) > step.target
