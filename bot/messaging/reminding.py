"""Reminders at the moment of sending: is the reason still there, is it the hour, do several become one message?"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.enrollment import Enrollment, Policy, Reminder, Status
from bot.domain.errors import UnknownEnrollment
from bot.domain.looking import CONNECT
from bot.domain.preflight import Landing
from bot.domain.procedure import StepKey
from bot.domain.reminders import following_reminder
from bot.messaging.speech import Due, Seen
from bot.storage import lanes, outbox, records, reports
from bot.storage.database import Connection
from bot.storage.lanes import Lane
from bot.storage.outbox import Kind, Owed

#: A reminder that is this late shows that nobody was there to post it: two of them become one catch-up message.
OVERDUE = timedelta(minutes=15)
#: How many overdue reminders of a channel one catch-up message speaks for at most.
_MOST = 500


class Reminding:
    """Decides about due reminders inside a transaction, and plans the ones that follow."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def ready(self, connection: Connection, lane: Lane, row: Owed, now: datetime) -> Owed | None:
        """What to send for a due reminder: itself, a catch-up in its place, or nothing for now.

        A reminder without a reason is dropped, one outside the reminder hours is put off to their beginning.
        """
        if not self._may_be_sent(connection, row, now):
            return None
        if row.posting or now - row.owed_at < OVERDUE:
            return row
        others = lanes.due_rows(connection, lane, now, _MOST, Kind.REMINDER)
        overdue = [
            other
            for other in others
            if other.id == row.id
            or (not other.posting and now - other.owed_at >= OVERDUE and self._may_be_sent(connection, other, now))
        ]
        if len(overdue) < 2:
            return row
        return outbox.merge(connection, overdue, f"catchup:{lane.channel}:{row.key.partition(':')[2]}", now)

    def advance(self, connection: Connection, row: Owed, now: datetime) -> None:
        """After a reminder (or a catch-up) was sent: owe the reminder that follows each one."""
        for sent in sorted(_reminders(connection, row), key=lambda reminder: reminder.enrollment_id or 0):
            found = _reason(connection, sent, lock=True)
            if found is None:
                continue  # answered while the message was on its way
            enrollment, key, said = found
            following = following_reminder(enrollment, enrollment.step(key), now, self._policy)
            if following is not None:
                records.plan_reminder(connection, enrollment, key, following)
                outbox.replace_reminder(connection, enrollment, key, said, following)

    def _may_be_sent(self, connection: Connection, row: Owed, now: datetime) -> bool:
        found = _reason(connection, row)
        if found is None:
            outbox.drop(connection, row, "its reason went away")
            return False
        enrollment, _, _ = found
        opens = self._policy.hours.next_open(now, enrollment.zone)
        if opens > now:
            outbox.put_off(connection, row, opens)
            return False
        return True


def due_items(connection: Connection, row: Owed) -> list[Due]:
    """The steps that a reminder or a catch-up speaks of, as they are now; those without a reason are left out."""
    reasons = (_reason(connection, sent) for sent in _reminders(connection, row))
    return [Due(*found, _seen(connection, *found[:2])) for found in reasons if found is not None]


def _seen(connection: Connection, enrollment: Enrollment, key: StepKey) -> Seen | None:
    """What was seen of the files that the step waits for, since this wait began."""
    if key is not CONNECT:
        return None
    kept = reports.last(connection, enrollment.id, reports.Kind.LANDING)
    began = enrollment.step(key).acted_at
    if kept is None or began is None or kept.at < began:
        return None
    return Seen(kept.at, Landing.from_json(kept.found))


def _reminders(connection: Connection, row: Owed) -> list[Owed]:
    if row.kind is Kind.CATCH_UP:
        return outbox.by_ids(connection, row.payload["rows"])
    return [row] if row.kind is Kind.REMINDER else []


def _reason(connection: Connection, row: Owed, *, lock: bool = False) -> tuple[Enrollment, StepKey, Reminder] | None:
    """The enrollment, the step and the reminder that a row is about; None where that is answered or replaced."""
    if row.enrollment_id is None:
        return None
    try:
        enrollment = records.load(connection, row.workspace, row.enrollment_id, lock=lock)
    except UnknownEnrollment:
        return None
    key = StepKey(row.payload["step"])
    planned = enrollment.step(key).reminder
    if enrollment.status is not Status.ACTIVE or planned is None or planned.number != row.payload["number"]:
        return None
    return enrollment, key, planned
