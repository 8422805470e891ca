"""Plans the next reminder of a step: at the ends of its window, then after 1, 2 and 4 working days, then weekly.

A step has at most one reminder at a time. Planning the next one replaces it, finishing the step removes it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.days import planned_day, working_morning
from bot.domain.enrollment import Enrollment, Policy, Reminder, ReminderKind, State, Status, Step

#: Working days that a step may sit open before somebody is reminded.
OPEN_WORKING_DAYS = 5
#: Working days between a reminder and the next of the same kind; after these, a week.
REPEAT_WORKING_DAYS = (1, 2, 4)


def first_reminder(enrollment: Enrollment, step: Step, now: datetime, policy: Policy) -> Reminder | None:
    """The first reminder of a step that has just come into its state, or None."""
    if enrollment.status is not Status.ACTIVE:
        return None
    zone = enrollment.zone
    match step.state:
        case State.OPEN:
            due = policy.hours.add_working_days(step.since or now, OPEN_WORKING_DAYS, zone)
            if day := planned_day(enrollment, step.key):
                due = working_morning(day + timedelta(days=1), policy.hours, zone)
            return _planned(step, ReminderKind.OPEN, 0, max(due, now), enrollment, policy)
        case State.WAITING if step.latest is not None:
            if step.earliest is not None and now < step.latest:
                return _planned(step, ReminderKind.EARLIEST, 0, max(step.earliest, now), enrollment, policy)
            return _planned(step, ReminderKind.LATEST, 0, max(step.latest, now), enrollment, policy)
        case _:
            return None


def following_reminder(enrollment: Enrollment, step: Step, now: datetime, policy: Policy) -> Reminder | None:
    """The reminder that follows the one posted at `now`, or None if there is none to follow.

    Before the latest end of a window the latest end is what comes next, whatever was said at its earliest.
    """
    said = step.reminder
    if said is None:
        return None
    if step.state is State.WAITING and step.latest is not None and now < step.latest:
        return _planned(step, ReminderKind.LATEST, 0, step.latest, enrollment, policy)
    kind = ReminderKind.OPEN if said.kind is ReminderKind.OPEN else ReminderKind.LATEST
    repeat = said.repeat + 1
    due = now + timedelta(weeks=1)
    if repeat <= len(REPEAT_WORKING_DAYS):
        due = policy.hours.add_working_days(now, REPEAT_WORKING_DAYS[repeat - 1], enrollment.zone)
    return _planned(step, kind, repeat, due, enrollment, policy)


def snoozed_reminder(enrollment: Enrollment, step: Step, day: date, policy: Policy) -> Reminder:
    """The reminder of a step that was put off until a day: it moves, the window does not."""
    kind = ReminderKind.OPEN if step.state is State.OPEN else ReminderKind.SNOOZED
    return _planned(step, kind, 0, working_morning(day, policy.hours, enrollment.zone), enrollment, policy)


def replan(before: Enrollment, after: Enrollment, now: datetime, policy: Policy) -> Enrollment:
    """Plan anew the reminders of all steps with a changed state, window, plan or time zone."""
    revived = before.status is not after.status
    moved_zone = before.owner_zone != after.owner_zone
    for old, new in zip(before.steps, after.steps, strict=True):
        if old.reminder != new.reminder:
            continue  # the change itself planned one
        same = (old.state, old.since, old.latest) == (new.state, new.since, new.latest)
        same = same and planned_day(before, old.key) == planned_day(after, new.key)
        if same and not revived and not (moved_zone and new.reminder):
            continue
        reminder = first_reminder(after, new, now, policy)
        if moved_zone and same and new.reminder is not None and reminder is not None:
            due = policy.hours.next_open(new.reminder.due_at, after.zone)
            reminder = replace(new.reminder, number=reminder.number, due_at=due)
        after = after.with_step(new.key, reminder=reminder, reminders=reminder.number if reminder else new.reminders)
    return after


def _planned(
    step: Step, kind: ReminderKind, repeat: int, due: datetime, enrollment: Enrollment, policy: Policy
) -> Reminder:
    return Reminder(step.reminders + 1, kind, repeat, policy.hours.next_open(due, enrollment.zone))
