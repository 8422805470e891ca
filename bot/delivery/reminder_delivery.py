"""Reminders at the moment of sending: says those of a channel together, drops those without a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.delivery import outbox
from bot.delivery.channel_leases import ChannelLease
from bot.delivery.outbox import OutboxRow
from bot.domain.aws.preflight import DeliveredFiles
from bot.domain.contacts import Absence
from bot.domain.enrollment import Enrollment, Event, Policy, Reminder, Status
from bot.domain.reminders import is_daily
from bot.domain.step_spec import StepKey
from bot.presentation.notifications import Due, Seen
from bot.repository import check_results, enrollment_reader
from bot.repository.database import Connection

#: How long a reminder waits for others of its channel.
_GATHER = timedelta(minutes=1)
#: A message that is this late shows that no process could post it, and says so.
OVERDUE = timedelta(minutes=15)
#: The most reminders that one message stands for.
MOST_MERGED = 3000


@dataclass(frozen=True, slots=True)
class RenderContext:
    """What the rows of one transaction are rendered from.

    Attributes:
        enrollments: by ID; an exception for one that cannot be read.
        files: enrollment ID -> what the last look for delivered files saw.
        zones: channel ID -> its time zone, where that is needed.
        reminders: channel ID -> its due reminders, where one is to be said.
        absences: of everybody who is away.
        events: (enrollment ID, number) -> the event of a thread line and who caused it, or why it cannot be read.
    """

    enrollments: Mapping[int | None, Enrollment | Exception]
    files: Mapping[int, check_results.StoredResult]
    zones: Mapping[str, ZoneInfo] = field(default_factory=dict)
    reminders: Mapping[str, Sequence[OutboxRow]] = field(default_factory=dict)
    absences: Mapping[str, Absence] = field(default_factory=dict)
    events: Mapping[tuple[int, int], tuple[Event, str] | ValueError] = field(default_factory=dict)

    def enrollment(self, row: OutboxRow) -> Enrollment | None:
        """The enrollment of a row; None if the row has none, or the enrollment was deleted.

        Raises:
            LookupError, ValueError: the stored enrollment cannot be read.
        """
        found = self.enrollments.get(row.enrollment_id)
        if isinstance(found, Exception):
            raise found
        return found

    def told(self, row: OutboxRow) -> tuple[Event, str]:
        """The event that a thread line tells, and who caused it.

        Raises:
            LookupError: there is none. ValueError: it cannot be read.
        """
        found = self.events.get(outbox.event_of(row))
        if found is None:
            raise LookupError(f"there is no event for {row.key}")
        if isinstance(found, ValueError):
            raise found
        return found


def load_context(connection: Connection, rows: Iterable[OutboxRow]) -> RenderContext:
    """Load the enrollments of rows of one workspace, and what was seen of their files, with one query each."""
    about = [row for row in rows if row.enrollment_id is not None]
    if not about:
        return RenderContext({}, {})
    ids = sorted({row.enrollment_id or 0 for row in about})
    enrollments = enrollment_reader.load_each(connection, about[0].workspace, ids)
    waiting = {row.enrollment_id or 0 for row in about if row.payload.get("step") == _watched(enrollments, row)}
    kind = check_results.CheckKind.DELIVERED_FILES
    return RenderContext(enrollments, check_results.last_of_each(connection, sorted(waiting), kind))


def _watched(enrollments: Mapping[int | None, Enrollment | Exception], row: OutboxRow) -> StepKey | None:
    """The step of a row's enrollment whose files the bot looks for."""
    found = enrollments.get(row.enrollment_id)
    return found.procedure.watched_step if isinstance(found, Enrollment) else None


def next_round(
    connection: Connection, policy: Policy, lease: ChannelLease, row: OutboxRow, context: RenderContext, now: datetime
) -> tuple[OutboxRow, tuple[Due, ...]] | None:
    """The reminder message that a channel gets now, and the steps that it names; None if it is not time for one.

    The message speaks for all reminders whose time has come. Those of a window's end, or that somebody asked for, come
    when they are due, the others in the morning; both in reminder hours, in the channel's time zone. The first one
    waits up to a minute for others, and `Policy.gap` lies between two messages. A reminder without a reason is dropped,
    unless it may be in the channel already: then it names no steps.

    Args:
        row: the due reminder of the channel that was found first. context: what it is rendered from.
    """
    due = _reason(row, context)
    if row.posting:
        return row, (due,) if due else ()
    if due is None:
        outbox.drop(connection, row, "its reason went away")
        return None
    items = {row.id: (row, due)} | _others(connection, row, context)
    zone = context.zones.get(row.channel, due.enrollment.zone)
    times = {number: _time_of(*item, policy, zone) for number, item in items.items()}
    planned = _time_of_message(min(times.values()), lease, policy, zone)
    at = policy.hours.next_open(max(planned, now), zone)
    for number, (each, _) in items.items():
        if max(at, times[number]) > now:
            outbox.postpone(connection, each, max(at, times[number]), "it is said together with others")
    ready = [item for number, item in items.items() if max(at, times[number]) <= now]
    if len(ready) < 2:
        return (ready[0][0], (ready[0][1],)) if ready else None
    key = f"round:{lease.channel}:{row.key.partition(':')[2]}"
    merged = outbox.merge(connection, [each for each, _ in ready], key, now, late=now - planned >= OVERDUE)
    return merged, tuple(due for _, due in ready)


def _others(connection: Connection, row: OutboxRow, context: RenderContext) -> dict[int, tuple[OutboxRow, Due]]:
    """ID -> row and step of the channel's other due reminders; those without a reason are dropped."""
    rows = [other for other in context.reminders.get(row.channel, ()) if other.id != row.id and not other.posting]
    found, items = {}, readable_items(connection, rows)
    for other in rows:
        if (due := items.get(other.id)) is not None:
            found[other.id] = (other, due)
        elif other.id in items:
            outbox.drop(connection, other, "its reason went away")
    return found


def _time_of(row: OutboxRow, due: Due, policy: Policy, zone: tzinfo) -> datetime:
    """When a reminder may be said at the earliest."""
    at = policy.hours.next_morning(row.owed_at, zone) if is_daily(due.reminder) else row.owed_at
    return policy.hours.next_open(at, zone)


def _time_of_message(first: datetime, lease: ChannelLease, policy: Policy, zone: tzinfo) -> datetime:
    """When the channel's next reminder message is to go; `first` is when the first of its reminders may be said."""
    at = first + min(_GATHER, policy.gap)
    if lease.reminded_at is not None:
        at = max(at, lease.reminded_at + policy.gap)
    return policy.hours.next_open(at, zone)


def due_items(connection: Connection, row: OutboxRow) -> tuple[Due, ...]:
    """The steps that a round names, as they are now, without those whose reason went away."""
    rows = outbox.by_ids(connection, row.payload["rows"])
    context = load_context(connection, rows)
    reasons = (_reason(merged, context) for merged in rows)
    return tuple(due for due in reasons if due is not None)


def readable_items(connection: Connection, rows: Sequence[OutboxRow]) -> dict[int, Due | None]:
    """ID of the row -> what each reminder asks, None if it was answered or replaced; unreadable ones are left out."""
    context = load_context(connection, rows)
    found = {}
    for row in rows:
        try:
            found[row.id] = _reason(row, context)
        except (LookupError, ValueError):
            continue  # it fails by itself when its turn comes
    return found


def still_due(connection: Connection, items: Sequence[Due], versions: Mapping[int, int]) -> tuple[Due, ...]:
    """The reminders that nobody has answered since they were claimed, with their enrollments as they are now.

    Args:
        versions: enrollment ID -> its version in this transaction.
    """
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
    kept = context.files.get(enrollment.id) if key == enrollment.procedure.watched_step else None
    began = enrollment.step(key).acted_at
    if kept is None or began is None or kept.at < began:
        return None
    return Seen(kept.at, DeliveredFiles.from_json(kept.found))
