"""Reminders at the moment of sending: drops those without a reason, merges overdue ones into a catch-up message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.delivery import channel_leases, outbox
from bot.delivery.channel_leases import ChannelLease
from bot.delivery.outbox import OutboxRow
from bot.domain.aws.preflight import DeliveredFiles
from bot.domain.aws_events import CONNECT
from bot.domain.enrollment import Enrollment, Reminder, Status
from bot.domain.schedule import ReminderHours
from bot.domain.step_spec import StepKey
from bot.presentation.notifications import Due, Seen
from bot.repository import check_results, enrollment_reader
from bot.repository.database import Connection

#: A reminder that is this late shows that no process was there to post it: two of them become a catch-up message.
OVERDUE = timedelta(minutes=15)
#: The most reminders that one message stands for.
MOST_MERGED = 500


@dataclass(frozen=True, slots=True)
class RenderContext:
    """What the rows of one transaction are rendered from.

    Attributes:
        enrollments: by ID; an exception for one that cannot be read.
        files: enrollment ID -> what the last look for delivered files saw.
    """

    enrollments: Mapping[int | None, Enrollment | Exception]
    files: Mapping[int, check_results.StoredResult]

    def enrollment(self, row: OutboxRow) -> Enrollment | None:
        """The enrollment of a row; None if the row has none, or the enrollment was deleted.

        Raises:
            LookupError, ValueError: the stored enrollment cannot be read.
        """
        found = self.enrollments.get(row.enrollment_id)
        if isinstance(found, Exception):
            raise found
        return found


def load_context(connection: Connection, rows: Iterable[OutboxRow]) -> RenderContext:
    """Load the enrollments of rows of one workspace, and what was seen of their files, with one query each."""
    about = [row for row in rows if row.enrollment_id is not None]
    if not about:
        return RenderContext({}, {})
    ids = sorted({row.enrollment_id or 0 for row in about})
    enrollments = enrollment_reader.load_each(connection, about[0].workspace, ids)
    waiting = {row.enrollment_id or 0 for row in about if row.payload.get("step") == CONNECT}
    kind = check_results.CheckKind.DELIVERED_FILES
    return RenderContext(enrollments, check_results.last_of_each(connection, sorted(waiting), kind))


def merge_if_overdue(
    connection: Connection,
    hours: ReminderHours,
    lease: ChannelLease,
    row: OutboxRow,
    context: RenderContext,
    now: datetime,
) -> tuple[OutboxRow, tuple[Due, ...]] | None:
    """The row to send for a due reminder, and the steps that it names: itself, a catch-up, or None for now.

    A reminder without a reason is dropped; one outside the reminder hours is postponed to their start.
    """
    due = _due_now(connection, hours, row, context, now)
    if due is None:
        return None
    if row.posting or now - row.owed_at < OVERDUE:
        return row, (due,)
    overdue = [(row, due)]
    others = [
        other
        for other in channel_leases.due_reminders(connection, lease, now, MOST_MERGED)
        if other.id != row.id and not other.posting and now - other.owed_at >= OVERDUE
    ]
    context = load_context(connection, others)
    for other in others:
        try:
            another = _due_now(connection, hours, other, context, now)
        except (LookupError, ValueError):
            continue  # it fails by itself when its turn comes
        if another is not None:
            overdue.append((other, another))
    if len(overdue) < 2:
        return row, (due,)
    overdue.sort(key=lambda pair: (pair[0].due_at, pair[0].id))
    key = f"catchup:{lease.channel}:{row.key.partition(':')[2]}"
    merged = outbox.merge(connection, [reminder for reminder, _ in overdue], key, now)
    return merged, tuple(item for _, item in overdue)


def _due_now(
    connection: Connection, hours: ReminderHours, row: OutboxRow, context: RenderContext, now: datetime
) -> Due | None:
    due = _reason(row, context)
    if due is None:
        outbox.drop(connection, row, "its reason went away")
        return None
    opens = hours.next_open(now, due.enrollment.zone)
    if opens > now:
        outbox.postpone(connection, row, opens, "outside the reminder hours")
        return None
    return due


def due_items(connection: Connection, row: OutboxRow) -> tuple[Due, ...]:
    """The steps that a catch-up names, as they are now, without those whose reason went away."""
    rows = outbox.by_ids(connection, row.payload["rows"])
    context = load_context(connection, rows)
    reasons = (_reason(merged, context) for merged in rows)
    return tuple(due for due in reasons if due is not None)


def readable_items(connection: Connection, rows: Sequence[OutboxRow]) -> dict[int, Due]:
    """ID of the row -> what each reminder is about; without those that cannot be read or have no reason any more."""
    context = load_context(connection, rows)
    found = {}
    for row in rows:
        try:
            due = _reason(row, context)
        except (LookupError, ValueError):
            continue  # it fails by itself when its turn comes
        if due is not None:
            found[row.id] = due
    return found


def still_due(connection: Connection, items: Sequence[Due]) -> tuple[Due, ...]:
    """The reminders that nobody has answered since they were claimed, with their enrollments as they are now."""
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


def _reason(row: OutboxRow, context: RenderContext) -> Due | None:
    """The step and the reminder that a row is about; None if that was answered or replaced."""
    enrollment = context.enrollment(row)
    if enrollment is None:
        return None
    key = row.payload["step"]
    planned = _planned(enrollment, key)
    if planned is None or planned.number != row.payload["number"]:
        return None
    return Due(enrollment, key, planned, _seen(enrollment, key, context))


def _seen(enrollment: Enrollment, key: StepKey, context: RenderContext) -> Seen | None:
    """What the last look saw of the files that the step waits for; None if none was made since this wait began."""
    kept = context.files.get(enrollment.id) if key == CONNECT else None
    began = enrollment.step(key).acted_at
    if kept is None or began is None or kept.at < began:
        return None
    return Seen(kept.at, DeliveredFiles.from_json(kept.found))
