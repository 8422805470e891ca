"""Reminders by direct message, for people who do not want to be mentioned in channels: gathered, each said once.

A row is written in the transaction that stores that the channel's message was sent, so that a killed process neither
forgets nor repeats it. It is rendered from what is still open when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection

from bot.delivery import outbox
from bot.delivery.outbox import OutboxRow
from bot.domain.enrollment import Enrollment, Reminder, ReminderKind, State, Status
from bot.domain.schedule import ReminderHours, zone_named
from bot.domain.step_spec import StepKey
from bot.presentation.notifications import Due
from bot.repository import enrollment_reader

#: What a row of these is about, in its payload.
ABOUT = "reminders"
#: How long the first message of a day waits for other reminders.
_GATHER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class DirectReminder:
    """A reminder for one person; `zone` is theirs, and `daily` says that one message a day is enough for them."""

    user: str
    zone: str
    daily: bool
    enrollment_id: int
    step: StepKey
    reminder: Reminder
    since: datetime | None

    def as_item(self, now: datetime) -> list[Any]:
        """What the row keeps of it."""
        reminder, since = self.reminder, self.since.isoformat() if self.since else ""
        return [self.enrollment_id, self.step, reminder.number, reminder.kind.value, reminder.repeat, since, str(now)]


def owe(
    connection: Connection, said: OutboxRow, reminders: Sequence[DirectReminder], hours: ReminderHours, now: datetime
) -> None:
    """Add what a sent message with reminders does not mention people for to their direct messages."""
    # In one order, as another process may be adding to the same people's messages.
    for user in sorted({each.user for each in reminders}):
        mine = [each for each in reminders if each.user == user]
        places = _days(user, mine[0].zone, hours, now) if mine[0].daily else _beside(said, user, now)
        payload = {"about": ABOUT, "to": [user]}
        outbox.gather(connection, said.workspace, user, places, payload, [each.as_item(now) for each in mine])


def _beside(said: OutboxRow, user: str, now: datetime) -> Iterator[tuple[str, datetime]]:
    """One direct message beside each message in a channel."""
    for number in count(1):
        yield f"direct:{said.id}:{number}:{user}", now


def _days(user: str, zone_name: str, hours: ReminderHours, now: datetime) -> Iterator[tuple[str, datetime]]:
    """One direct message a day, in the person's reminder hours: the first is soon, the others are in the morning."""
    zone = zone_named(zone_name)
    at = hours.next_open(now + _GATHER, zone)
    while True:
        day = at.astimezone(zone).date()
        yield f"daily:{user}:{day.isoformat()}", at
        at = hours.next_morning(datetime.combine(day + timedelta(days=1), time(), zone), zone)


def still_asked(connection: Connection, row: OutboxRow) -> list[Due]:
    """What the reminders of a row still ask: steps that are as they were, and whose reminder nobody has put off."""
    items = row.payload["items"]
    enrollments = enrollment_reader.load_each(connection, row.workspace, sorted({item[0] for item in items}))
    found: dict[tuple[int, StepKey], Due] = {}
    for number, key, counted, kind, repeat, since, said_at in items:
        enrollment = enrollments.get(number)
        if isinstance(enrollment, Enrollment) and _is_open(enrollment, key, since, datetime.fromisoformat(said_at)):
            reminder = Reminder(counted, ReminderKind(kind), repeat, row.owed_at)
            found[number, key] = Due(enrollment, key, reminder)
    return list(found.values())


def _is_open(enrollment: Enrollment, key: StepKey, since: str, said_at: datetime) -> bool:
    step = enrollment.step(key)
    if enrollment.status is not Status.ACTIVE or step.state not in (State.OPEN, State.WAITING):
        return False
    same = (step.since.isoformat() if step.since else "") == since
    return same and (step.snoozed_at is None or step.snoozed_at <= said_at)
