"""What a lane sends next, with everything it is rendered from as it is at that moment: one look, one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.enrollment import Enrollment, Event
from bot.domain.errors import UnknownEnrollment
from bot.messaging.reminding import Reminding, due_items
from bot.messaging.speech import Due
from bot.storage import audit, lanes, outbox, records
from bot.storage.database import Connection
from bot.storage.lanes import Lane
from bot.storage.outbox import Kind, Owed

#: Longer than any single call of Slack takes.
_SLOWEST = timedelta(seconds=15)
#: Those that stand in the card's thread.
_IN_THREAD = frozenset({Kind.THREAD, Kind.REMINDER, Kind.FILE})


@dataclass(frozen=True, slots=True)
class Task:
    """One row of the outbox to be sent.

    Attributes:
        enrollment: what it is about; None where it is about several, or about none.
        items: the steps that a reminder or a catch-up speaks of. told: the event of a thread line, and who acted.
        thread_ts: the card under which it stands; None where no card is there.
        good_until: no post may begin later: the lease could end while it is on its way, and somebody else send it too.
        problem: why none of this could be found; raised when the row is sent, so that it holds up no other.
    """

    row: Owed
    enrollment: Enrollment | None = None
    items: tuple[Due, ...] = ()
    told: tuple[Event, str] | None = None
    thread_ts: str | None = None
    good_until: datetime | None = None
    problem: Exception | None = None

    @property
    def about(self) -> Enrollment:
        """The enrollment of a row that has one."""
        assert self.enrollment is not None, f"{self.row.key} belongs to no enrollment"
        return self.enrollment


def pick(connection: Connection, reminding: Reminding, lane: Lane, now: datetime) -> Task | None:
    """The next row of the lane, noted as being posted; rows without a reason are settled on the way.

    The lane must be held in this transaction: just claimed, or just settled.
    """
    while rows := lanes.due_rows(connection, lane, now):
        row = rows[0]
        items: tuple[Due, ...] = ()
        if row.kind is Kind.REMINDER:
            ready = reminding.ready(connection, lane, row, now)
            if ready is None:
                continue
            row, items = ready
        lanes.begin(connection, row, now)
        return replace(_gathered(connection, row, items), good_until=now + lanes.LEASE - _SLOWEST)
    return None


def _gathered(connection: Connection, row: Owed, items: tuple[Due, ...]) -> Task:
    try:
        if row.kind is Kind.CATCH_UP:
            return Task(row, items=items or due_items(connection, row))
        if row.enrollment_id is None or row.kind is Kind.EMAIL:  # an email's text is fixed in its row
            return Task(row)
        enrollment = items[0].enrollment if items else records.load(connection, row.workspace, row.enrollment_id)
        card = outbox.card_of(connection, row.workspace, enrollment.id) if row.kind in _IN_THREAD else None
        told = None
        if row.kind is Kind.THREAD:
            event, by, _ = audit.event(connection, enrollment.id, outbox.line_number(row))
            told = (event, by)
        return Task(row, enrollment, items, told, card.ts if card else None)
    except (UnknownEnrollment, LookupError, ValueError) as problem:
        return Task(row, problem=problem)
