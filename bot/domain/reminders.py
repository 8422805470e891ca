"""Plans the next reminder of a step: at the ends of its window, then after 1, 2 and 4 working days, then weekly.

A step has at most one reminder at a time. Planning the next one replaces it, finishing the step removes it. Reminders
of a window's end, of a target date, and those that somebody asked for, are prompt. The
others (repeats, and steps that sit open) come in the morning, where those of a channel are said together.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.days import day_at, planned_day, working_morning
from bot.domain.enrollment import Enrollment, Policy, Reminder, ReminderKind, State, Status, Step

#: Working days that a step may sit open before somebody is reminded.
OPEN_WORKING_DAYS = 5
#: Working days between a reminder and the next of the same kind; after these, a week.
REPEAT_WORKING_DAYS = (1, 2, 4)


def is_daily(reminder: Reminder) -> bool:
    """Whether a reminder belongs into the morning instead of the moment at which it falls due.

    That of a target date is planned for the morning of its owner, whichever morning the channel has.
    """
    if reminder.kind is ReminderKind.TARGET:
        return False
    return reminder.kind is ReminderKind.OPEN or reminder.repeat > 0


def first_reminder(
    enrollment: Enrollment, step: Step, now: datetime, policy: Policy, *, resumed: bool = False
) -> Reminder | None:
    """The first reminder of a step that has just come into its state, or None.

    Args:
        resumed: the enrollment was cancelled until now: the count begins anew, and nothing is said at once.
    """
    regular = _first_of_state(enrollment, step, now, policy, resumed=resumed)
    return _or_target(enrollment, step, regular, now, policy)


def _first_of_state(
    enrollment: Enrollment, step: Step, now: datetime, policy: Policy, *, resumed: bool = False
) -> Reminder | None:
    if enrollment.status is not Status.ACTIVE:
        return None
    zone = enrollment.zone
    match step.state:
        case State.OPEN:
            since = now if resumed else step.since or now
            due = policy.hours.next_morning(policy.hours.add_working_days(since, OPEN_WORKING_DAYS, zone), zone)
            if day := planned_day(enrollment, step.key):
                due = working_morning(day + timedelta(days=1), policy.hours, zone)
            return _planned(step, ReminderKind.OPEN, 0, max(due, now), enrollment, policy)
        case State.WAITING if step.latest is not None:
            if resumed and now >= step.latest:
                return _planned(
                    step, ReminderKind.LATEST, 0, _morning_after(now, 1, enrollment, policy), enrollment, policy
                )
            if step.earliest is not None and now < (step.earliest if resumed else step.latest):
                return _planned(step, ReminderKind.EARLIEST, 0, max(step.earliest, now), enrollment, policy)
            return _planned(step, ReminderKind.LATEST, 0, max(step.latest, now), enrollment, policy)
        case _:
            return None


def following_reminder(enrollment: Enrollment, step: Step, now: datetime, policy: Policy) -> Reminder | None:
    """The reminder that follows the one posted at `now`, or None if there is none to follow.

    Before the latest end of a window the latest end is what comes next, whatever was said at its earliest. Of an
    optional step that sits open there is one reminder only. After that of a target date comes what would have come
    without it.
    """
    said = step.reminder
    if said is None:
        return None
    after_said = _after_target if said.kind is ReminderKind.TARGET else _after_regular
    return _or_target(enrollment, step, after_said(enrollment, step, said, now, policy), now, policy)


def _after_regular(
    enrollment: Enrollment, step: Step, said: Reminder, now: datetime, policy: Policy
) -> Reminder | None:
    if step.state is State.WAITING and step.latest is not None and now < step.latest:
        return _planned(step, ReminderKind.LATEST, 0, step.latest, enrollment, policy)
    if said.kind is ReminderKind.OPEN and enrollment.spec(step.key).optional:
        return None
    return _repeated(enrollment, step, said.repeat + 1, now, policy)


def _after_target(enrollment: Enrollment, step: Step, said: Reminder, now: datetime, policy: Policy) -> Reminder | None:
    """The reminder that would be the next one without the target date."""
    if step.snoozed_until is not None:
        snoozed = snoozed_reminder(enrollment, step, step.snoozed_until, policy)
        if snoozed.due_at > now:
            return snoozed
    if step.state is State.WAITING and step.latest is not None and now < step.latest:
        if step.earliest is not None and now < step.earliest:
            return _planned(step, ReminderKind.EARLIEST, 0, step.earliest, enrollment, policy)
        return _planned(step, ReminderKind.LATEST, 0, step.latest, enrollment, policy)
    if said.repeat or step.state is State.WAITING:
        is_over = step.state is State.OPEN and enrollment.spec(step.key).optional
        return None if is_over else _repeated(enrollment, step, max(said.repeat, 1), now, policy)
    first = _first_of_state(enrollment, step, now, policy)
    tomorrow = policy.hours.next_open(_morning_after(now, 1, enrollment, policy), enrollment.zone)
    return replace(first, due_at=max(first.due_at, tomorrow)) if first is not None else None


def _repeated(enrollment: Enrollment, step: Step, repeat: int, now: datetime, policy: Policy) -> Reminder:
    """The reminder after so many that said the same."""
    kind = ReminderKind.OPEN if step.state is State.OPEN else ReminderKind.LATEST
    if repeat <= len(REPEAT_WORKING_DAYS):
        due = _morning_after(now, REPEAT_WORKING_DAYS[repeat - 1], enrollment, policy)
    else:
        due = policy.hours.morning(now + timedelta(weeks=1), enrollment.zone)
    return _planned(step, kind, repeat, due, enrollment, policy)


def _or_target(
    enrollment: Enrollment,
    step: Step,
    regular: Reminder | None,
    now: datetime,
    policy: Policy,
    *,
    is_new: bool = False,
) -> Reminder | None:
    """The reminder of a step's target date, if its day comes before that of the regular reminder; else that one.

    On the same day the regular one speaks for both.

    Args:
        is_new: somebody has just set the date, perhaps for today; else it was asked about if its morning is over.
    """
    asked = step.state in (State.OPEN, State.WAITING) and enrollment.status is Status.ACTIVE
    if step.target is None or not asked:
        return regular
    zone = enrollment.zone
    due = working_morning(step.target, policy.hours, zone)
    if due <= now and not is_new:
        return regular
    due = policy.hours.next_open(max(due, now), zone)
    if regular is not None and day_at(regular.due_at, zone) <= day_at(due, zone):
        return regular
    repeat = regular.repeat if regular is not None else 1  # an optional step that sits open was asked about already
    return _planned(step, ReminderKind.TARGET, repeat, due, enrollment, policy)


def with_new_target(enrollment: Enrollment, step: Step, now: datetime, policy: Policy) -> Reminder | None:
    """The next reminder of a step whose target date was set, moved or removed just now."""
    planned = step.reminder
    if planned is not None and planned.kind is ReminderKind.TARGET:
        planned = _after_target(enrollment, step, planned, now, policy)
    return _or_target(enrollment, step, planned, now, policy, is_new=True)


def snoozed_reminder(enrollment: Enrollment, step: Step, day: date, policy: Policy) -> Reminder:
    """The reminder of a step that was put off until a day: it moves, the window does not."""
    kind = ReminderKind.OPEN if step.state is State.OPEN else ReminderKind.SNOOZED
    return _planned(step, kind, 0, working_morning(day, policy.hours, enrollment.zone), enrollment, policy)


def replan(before: Enrollment, after: Enrollment, now: datetime, policy: Policy) -> Enrollment:
    """Plan anew the reminders of all steps with a changed state, window, plan, target date or time zone.

    A planned reminder that still asks the same keeps its number, so that it is moved and not said a second time while
    it is on its way.
    """
    revived = before.status is not after.status
    resumed = before.status is Status.CANCELLED
    moved_zone = before.owner_zone != after.owner_zone
    for old, new in zip(before.steps, after.steps, strict=True):
        if old.reminder != new.reminder:
            continue  # the change itself planned one
        same = (old.state, old.since, old.latest) == (new.state, new.since, new.latest)
        same = same and planned_day(before, old.key) == planned_day(after, new.key)
        if same and not revived and not (moved_zone and new.reminder):
            if old.target == new.target:
                continue
            reminder = with_new_target(after, new, now, policy)
        else:
            reminder = first_reminder(after, new, now, policy, resumed=resumed)
        if moved_zone and same and new.reminder is not None and reminder is not None:
            reminder = _in_zone(before, after, new, new.reminder, policy)
        elif new.reminder is not None and reminder is not None and old.state is new.state:
            at_once = reminder.due_at <= policy.hours.next_open(now, after.zone)
            if at_once and (reminder.kind, reminder.repeat) == (new.reminder.kind, new.reminder.repeat):
                reminder = replace(reminder, number=new.reminder.number)
        after = after.with_step(new.key, reminder=reminder, reminders=reminder.number if reminder else new.reminders)
    return after


def _in_zone(before: Enrollment, after: Enrollment, step: Step, planned: Reminder, policy: Policy) -> Reminder:
    """A planned reminder in the enrollment's new time zone: a day that somebody has named is that day there, too."""
    day, due = _named_day(before, step, planned), planned.due_at
    if day is not None:
        due = working_morning(day, policy.hours, after.zone)
    return replace(planned, due_at=policy.hours.next_open(due, after.zone))


def _named_day(enrollment: Enrollment, step: Step, planned: Reminder) -> date | None:
    """The day for which a reminder is planned because somebody named one; None where it follows from a moment."""
    if planned.kind is ReminderKind.TARGET:
        return step.target
    if planned.kind not in (ReminderKind.SNOOZED, ReminderKind.OPEN) or planned.repeat:
        return None
    if step.snoozed_until is not None and step.snoozed_until == day_at(planned.due_at, enrollment.zone):
        return step.snoozed_until
    act = planned_day(enrollment, step.key)
    return act + timedelta(days=1) if act is not None else None


def _morning_after(now: datetime, working_days: int, enrollment: Enrollment, policy: Policy) -> datetime:
    """A later morning: counted from today's date, so that reminders do not come later each time."""
    return policy.hours.morning(policy.hours.add_working_days(now, working_days, enrollment.zone), enrollment.zone)


def _planned(
    step: Step, kind: ReminderKind, repeat: int, due: datetime, enrollment: Enrollment, policy: Policy
) -> Reminder:
    return Reminder(step.reminders + 1, kind, repeat, policy.hours.next_open(due, enrollment.zone))
