"""The moments to which the demo's time machine jumps, and the Monday morning on which the demo begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.app import Application
from bot.domain.enrollment import State
from bot.localslack import PageState

REMINDER, WINDOW_END = "Next reminder", "Next window ends"
_MORNING = time(9, 30)


def monday_morning(now: datetime, zone: str) -> datetime:
    """The Monday of this week at 9:30 in `zone`: inside working hours, with the working week ahead."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return datetime.combine(today - timedelta(days=today.weekday()), _MORNING, ZoneInfo(zone)).astimezone(UTC)


@contextmanager
def jumps_to(page: PageState, app: Application) -> Iterator[None]:
    """Offer jumps to the bot's next reminder and to the next end of a wait."""
    page.moments = {REMINDER: lambda: next_reminder(app), WINDOW_END: lambda: next_window_end(app)}
    page.is_busy = lambda: _is_busy(app)
    try:
        yield
    finally:
        page.moments = dict.fromkeys(page.moments, _never)
        page.is_busy = bool


def next_reminder(app: Application) -> datetime | None:
    """When the next reminder comes if nobody does anything."""
    now = app.enrollments.now()
    reminders = [step.reminder for one in app.enrollments.live(app.workspace.id) for step in one.steps]
    due = [reminder.due_at for reminder in reminders if reminder is not None]
    moments = [at for at in due if at > now]
    # An overdue one was put off to the next working hours, or its channel pauses: the bot knows until when.
    if len(moments) < len(due) and (later := app.next_due()) is not None and later > now:
        moments.append(later)
    return min(moments, default=None)


def next_window_end(app: Application) -> datetime | None:
    """When the next step becomes due."""
    now = app.enrollments.now()
    steps = [step for one in app.enrollments.live(app.workspace.id) for step in one.steps]
    ends = [step.latest for step in steps if step.state is State.WAITING and step.latest is not None]
    return min((at for at in ends if at > now), default=None)


def _is_busy(app: Application) -> bool:
    due = app.next_due()
    return due is not None and due <= app.enrollments.now()


def _never() -> None:
    return None
