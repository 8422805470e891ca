"""Reminders at the moment of sending: is the reason still there, is it the hour, do several become one message?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.enrollment import Enrollment, Policy, Reminder, Status
from bot.domain.errors import UnknownEnrollment
from bot.domain.looking import CONNECT
from bot.domain.preflight import Landing
from bot.domain.procedure import StepKey
from bot.domain.reminders import following_reminder
from bot.messaging.speech import Due, Seen
from bot.storage import lanes, outbox, owing, records, reports
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

    def ready(
        self, connection: Connection, lane: Lane, row: Owed, now: datetime
    ) -> tuple[Owed, tuple[Due, ...]] | None:
        """What to send for a due reminder, and of which steps it speaks: itself, a catch-up, or nothing for now.

        A reminder without a reason is dropped, one outside the reminder hours is put off to their beginning.
        """
        due = self._to_be_sent(connection, row, now)
        if due is None:
            return None
        if row.posting or now - row.owed_at < OVERDUE:
            return row, (due,)
        overdue = [(row, due)]
        for other in lanes.due_rows(connection, lane, now, _MOST, Kind.REMINDER):
            if other.id == row.id or other.posting or now - other.owed_at < OVERDUE:
                continue
            another = self._to_be_sent(connection, other, now)
            if another is not None:
                overdue.append((other, another))
        if len(overdue) < 2:
            return row, (due,)
        overdue.sort(key=lambda pair: (pair[0].due_at, pair[0].id))
        key = f"catchup:{lane.channel}:{row.key.partition(':')[2]}"
        merged = outbox.merge(connection, [reminder for reminder, _ in overdue], key, now)
        return merged, tuple(item for _, item in overdue)

    def advance(self, connection: Connection, sent: Sequence[Due], now: datetime) -> None:
        """After a reminder (or a catch-up) was sent: owe the reminder that follows each one."""
        for due in sorted(sent, key=lambda due: due.enrollment.id):  # locks are taken in one order everywhere
            enrollment = due.enrollment
            if records.lock_version(connection, enrollment.id) != enrollment.version:
                enrollment = records.load(connection, enrollment.workspace, enrollment.id)
                if _planned(enrollment, due.key) != due.reminder:
                    continue  # answered while the message was on its way
            following = following_reminder(enrollment, enrollment.step(due.key), now, self._policy)
            if following is not None:
                records.plan_reminder(connection, enrollment, due.key, following)
                owing.owe_reminder(connection, enrollment, due.key, following)

    def _to_be_sent(self, connection: Connection, row: Owed, now: datetime) -> Due | None:
        due = _reason(connection, row)
        if due is None:
            outbox.drop(connection, row, "its reason went away")
            return None
        opens = self._policy.hours.next_open(now, due.enrollment.zone)
        if opens > now:
            outbox.put_off(connection, row, opens)
            return None
        return due


def due_items(connection: Connection, row: Owed) -> tuple[Due, ...]:
    """The steps that a catch-up speaks of, as they are now; those without a reason are left out."""
    reasons = (_reason(connection, merged) for merged in outbox.by_ids(connection, row.payload["rows"]))
    return tuple(due for due in reasons if due is not None)


def still_due(connection: Connection, items: Sequence[Due]) -> tuple[Due, ...]:
    """Those whose reason is still there; what changed since they were taken up is as it is now."""
    versions = records.versions(connection, [due.enrollment.id for due in items])
    found = []
    for due in items:
        enrollment = due.enrollment
        if versions.get(enrollment.id) != enrollment.version:
            enrollment = records.load(connection, enrollment.workspace, enrollment.id)
        if _planned(enrollment, due.key) == due.reminder:
            found.append(replace(due, enrollment=enrollment))
    return tuple(found)


def _planned(enrollment: Enrollment, key: StepKey) -> Reminder | None:
    return enrollment.step(key).reminder if enrollment.status is Status.ACTIVE else None


def _reason(connection: Connection, row: Owed) -> Due | None:
    """The step and the reminder that a row is about; None where that is answered or replaced."""
    if row.enrollment_id is None:
        return None
    try:
        enrollment = records.load(connection, row.workspace, row.enrollment_id)
    except UnknownEnrollment:
        return None
    key = StepKey(row.payload["step"])
    planned = _planned(enrollment, key)
    if planned is None or planned.number != row.payload["number"]:
        return None
    return Due(enrollment, key, planned, _seen(connection, enrollment, key))


def _seen(connection: Connection, enrollment: Enrollment, key: StepKey) -> Seen | None:
    """What was seen of the files that the step waits for, since this wait began."""
    if key is not CONNECT:
        return None
    kept = reports.last(connection, enrollment.id, reports.Kind.LANDING)
    began = enrollment.step(key).acted_at
    if kept is None or began is None or kept.at < began:
        return None
    return Seen(kept.at, Landing.from_json(kept.found))
