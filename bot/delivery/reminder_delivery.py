"""Reminders at the moment of sending: is the reason still there, is it the hour, do several become one message?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.delivery import channel_leases, outbox, outbox_writer
from bot.delivery.channel_leases import Lane
from bot.delivery.outbox import MessageKind, OutboxRow
from bot.domain.aws.preflight import DeliveredFiles
from bot.domain.aws_events import CONNECT
from bot.domain.enrollment import Enrollment, Policy, Reminder, Status
from bot.domain.reminders import following_reminder
from bot.domain.step_spec import StepKey
from bot.presentation.notifications import Due, Seen
from bot.repository import check_results, enrollment_reader, enrollment_writer
from bot.repository.database import Connection

#: A reminder that is this late shows that nobody was there to post it: two of them become one catch-up message.
OVERDUE = timedelta(minutes=15)
#: How many overdue reminders of a channel one catch-up message speaks for at most.
_MOST = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are rendered from, as it is in one transaction.

    Attributes:
        enrollments: by ID, or why what is stored of one cannot be read. landings: what was seen last of their files.
    """

    enrollments: Mapping[int | None, Enrollment | Exception]
    landings: Mapping[int, check_results.StoredResult]

    def enrollment(self, row: OutboxRow) -> Enrollment | None:
        """What a row is about; None where that is nothing, or gone.

        Raises:
            LookupError, ValueError: what is stored of it cannot be read.
        """
        found = self.enrollments.get(row.enrollment_id)
        if isinstance(found, Exception):
            raise found
        return found


def known_of(connection: Connection, rows: Iterable[OutboxRow]) -> Known:
    """What rows (of one workspace) are rendered from; read for all of them together."""
    about = [row for row in rows if row.enrollment_id is not None]
    if not about:
        return Known({}, {})
    enrollments = enrollment_reader.load_each(
        connection, about[0].workspace, sorted({row.enrollment_id or 0 for row in about})
    )
    waiting = {row.enrollment_id or 0 for row in about if row.payload.get("step") == CONNECT}
    return Known(
        enrollments, check_results.last_of_each(connection, sorted(waiting), check_results.CheckKind.DELIVERED_FILES)
    )


class Reminding:
    """Decides about due reminders inside a transaction, and plans the ones that follow."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def ready(
        self, connection: Connection, lane: Lane, row: OutboxRow, known: Known, now: datetime
    ) -> tuple[OutboxRow, tuple[Due, ...]] | None:
        """What to send for a due reminder, and of which steps it speaks: itself, a catch-up, or nothing for now.

        A reminder without a reason is dropped, one outside the reminder hours is put off to their beginning.
        """
        due = self._to_be_sent(connection, row, known, now)
        if due is None:
            return None
        if row.posting or now - row.owed_at < OVERDUE:
            return row, (due,)
        overdue = [(row, due)]
        others = [
            other
            for other in channel_leases.due_rows(connection, lane, now, _MOST, MessageKind.REMINDER)
            if other.id != row.id and not other.posting and now - other.owed_at >= OVERDUE
        ]
        known = known_of(connection, others)
        for other in others:
            try:
                another = self._to_be_sent(connection, other, known, now)
            except (LookupError, ValueError):
                continue  # it fails for itself when its turn comes
            if another is not None:
                overdue.append((other, another))
        if len(overdue) < 2:
            return row, (due,)
        overdue.sort(key=lambda pair: (pair[0].due_at, pair[0].id))
        key = f"catchup:{lane.channel}:{row.key.partition(':')[2]}"
        merged = outbox.merge(connection, [reminder for reminder, _ in overdue], key, now)
        return merged, tuple(item for _, item in overdue)

    def advance(self, connection: Connection, sent: Sequence[Due], versions: Mapping[int, int], now: datetime) -> None:
        """After reminders (or a catch-up) were sent: owe the reminder that follows each one.

        Args:
            versions: enrollment ID -> its version, locked in this transaction.
        """
        planned = []
        for due in sent:
            enrollment = due.enrollment
            if versions.get(enrollment.id) != enrollment.version:
                enrollment = enrollment_reader.load(connection, enrollment.workspace, enrollment.id)
                if _planned(enrollment, due.key) != due.reminder:
                    continue  # answered while the message was on its way
            following = following_reminder(enrollment, enrollment.step(due.key), now, self._policy)
            if following is not None:
                planned.append((enrollment, due.key, following))
        enrollment_writer.plan_reminders(connection, planned)
        outbox_writer.owe_reminders(connection, planned)

    def _to_be_sent(self, connection: Connection, row: OutboxRow, known: Known, now: datetime) -> Due | None:
        due = _reason(row, known)
        if due is None:
            outbox.drop(connection, row, "its reason went away")
            return None
        opens = self._policy.hours.next_open(now, due.enrollment.zone)
        if opens > now:
            outbox.put_off(connection, row, opens)
            return None
        return due


def due_items(connection: Connection, row: OutboxRow) -> tuple[Due, ...]:
    """The steps that a catch-up speaks of, as they are now; those without a reason are left out."""
    rows = outbox.by_ids(connection, row.payload["rows"])
    known = known_of(connection, rows)
    reasons = (_reason(merged, known) for merged in rows)
    return tuple(due for due in reasons if due is not None)


def still_due(connection: Connection, items: Sequence[Due]) -> tuple[Due, ...]:
    """Those whose reason is still there; what changed since they were taken up is as it is now."""
    versions = enrollment_reader.versions(connection, [due.enrollment.id for due in items])
    found = []
    for due in items:
        enrollment = due.enrollment
        if versions.get(enrollment.id) != enrollment.version:
            enrollment = enrollment_reader.load(connection, enrollment.workspace, enrollment.id)
        if _planned(enrollment, due.key) == due.reminder:
            found.append(replace(due, enrollment=enrollment))
    return tuple(found)


def _planned(enrollment: Enrollment, key: StepKey) -> Reminder | None:
    return enrollment.step(key).reminder if enrollment.status is Status.ACTIVE else None


def _reason(row: OutboxRow, known: Known) -> Due | None:
    """The step and the reminder that a row is about; None where that is answered or replaced."""
    enrollment = known.enrollment(row)
    if enrollment is None:
        return None
    key = row.payload["step"]
    planned = _planned(enrollment, key)
    if planned is None or planned.number != row.payload["number"]:
        return None
    return Due(enrollment, key, planned, _seen(enrollment, key, known))


def _seen(enrollment: Enrollment, key: StepKey, known: Known) -> Seen | None:
    """What was seen of the files that the step waits for, since this wait began."""
    kept = known.landings.get(enrollment.id) if key == CONNECT else None
    began = enrollment.step(key).acted_at
    if kept is None or began is None or kept.at < began:
        return None
    return Seen(kept.at, DeliveredFiles.from_json(kept.found))
