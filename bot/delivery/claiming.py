"""What lanes send next, with everything it is rendered from as it is at that moment: one look, one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery import channel_leases, outbox
from bot.delivery.channel_leases import Lane
from bot.delivery.outbox import MessageKind, OutboxRow
from bot.delivery.reminder_delivery import Known, Reminding, due_items, known_of
from bot.domain.enrollment import Enrollment, Event
from bot.domain.errors import UnknownEnrollment
from bot.presentation.notifications import Due
from bot.repository import audit
from bot.repository.database import Connection

#: Those that stand in the card's thread.
_IN_THREAD = frozenset({MessageKind.THREAD, MessageKind.REMINDER, MessageKind.FILE})
#: How long a channel is left alone whose next row somebody changes just now.
_BUSY = timedelta(seconds=0.5)
#: How many rows of a lane one transaction looks at for one with a reason.
_PASSES = 4
#: Those that are rendered from their own row, or from several enrollments.
_ALONE = frozenset({MessageKind.EMAIL, MessageKind.CATCH_UP})


@dataclass(frozen=True, slots=True)
class Task:
    """One row of the outbox to be sent.

    Attributes:
        taken_at: when all this was so.
        enrollment: what it is about; None where it is about several, or about none.
        items: the steps that a reminder or a catch-up speaks of. told: the event of a thread line, and who acted.
        problem: why none of this could be found; raised when the row is sent, so that it holds up no other.
    """

    row: OutboxRow
    taken_at: datetime
    enrollment: Enrollment | None = None
    items: tuple[Due, ...] = ()
    told: tuple[Event, str] | None = None
    problem: Exception | None = None

    @property
    def thread_ts(self) -> str | None:
        """The card under which it stands; None where it stands under none, or no card is there."""
        return self.row.card_ts if self.row.kind in _IN_THREAD else None

    @property
    def about(self) -> Enrollment:
        """The enrollment of a row that has one."""
        assert self.enrollment is not None, f"{self.row.key} belongs to no enrollment"
        return self.enrollment


def pick(connection: Connection, reminding: Reminding, held: Sequence[Lane], now: datetime) -> list[tuple[Lane, Task]]:
    """The next row of each lane that has one, noted as being posted; rows without a reason are settled on the way.

    The lanes must be held in this transaction: just claimed, or just settled. Those with nothing to send are given
    back, and so are those with so many rows without a reason that the transaction would take long. One whose row
    somebody changes just now is left alone for a moment, and so is one whose row somebody may be posting elsewhere.
    """
    picked: list[tuple[Lane, Task]] = []
    busy: list[Lane] = []
    left = held
    for _ in range(_PASSES):
        if not left:
            break
        heads = channel_leases.heads(connection, left, now)
        known = known_of(connection, [row for row in heads.values() if row is not None and row.kind not in _ALONE])
        elsewhere = _still_tried(connection, heads.values(), now)
        left, asked = [], [lane for lane in left if lane.channel in heads]
        for lane in asked:
            row = None if lane.channel in elsewhere else heads[lane.channel]
            task = None if row is None else _ready(connection, reminding, lane, row, known, now)
            if row is None:
                busy.append(lane)
            elif task is None:
                left.append(lane)  # its next row may have a reason
            else:
                picked.append((lane, task))
    channel_leases.begin(connection, [task.row for _, task in picked], now)
    channel_leases.put_off(connection, busy, now, _BUSY)
    kept = {lane.channel for lane in (*busy, *(lane for lane, _ in picked))}
    channel_leases.release(connection, [lane for lane in held if lane.channel not in kept])
    return picked


def _still_tried(connection: Connection, heads: Iterable[OutboxRow | None], now: datetime) -> set[str]:
    """The channels whose first row moved there while it was being posted in another one, and that may go on yet."""
    moved = [row for row in heads if row is not None and row.posting and row.left_behind]
    if not moved:
        return set()
    served = channel_leases.held(
        connection, moved[0].workspace, sorted({c for row in moved for c in row.left_behind}), now
    )
    return {row.channel for row in moved if row.left_behind & served}


def _ready(
    connection: Connection, reminding: Reminding, lane: Lane, row: OutboxRow, known: Known, now: datetime
) -> Task | None:
    """A row with what it is rendered from; None where it is not to be sent now."""
    try:
        if row.kind is MessageKind.REMINDER:
            ready = reminding.ready(connection, lane, row, known, now)
            if ready is None:
                return None
            row, items = ready
            return Task(row, now, None if row.kind is MessageKind.CATCH_UP else items[0].enrollment, items)
        if row.kind is MessageKind.CATCH_UP:
            return Task(row, now, items=due_items(connection, row))
        if row.enrollment_id is None or row.kind in _ALONE:
            return Task(row, now)
        enrollment = known.enrollment(row)
        if enrollment is None:
            raise UnknownEnrollment
        told = None
        if row.kind is MessageKind.THREAD:
            event, by, _ = audit.event(connection, enrollment.id, outbox.line_number(row))
            told = (event, by)
        return Task(row, now, enrollment, told=told)
    except (UnknownEnrollment, LookupError, ValueError) as problem:
        return Task(row, now, problem=problem)
