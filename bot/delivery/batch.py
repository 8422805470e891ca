"""A round of the delivery: what became of the rows that were sent, and what goes next, in one transaction.

Rows that end together are written down together. That costs one commit for all of them, and the database does for
many rows at once what it would do for each. Where it fails, everything is done once more, one by one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.delivery import channel_leases, delivery_results
from bot.delivery.channel_leases import Lane
from bot.delivery.claiming import Task, pick
from bot.delivery.delivery_results import LeaseLost, Settlement
from bot.delivery.email_sender import Emailing, EmailSettlement
from bot.delivery.outbox import MessageKind, RowState
from bot.delivery.reminder_delivery import Reminding
from bot.delivery.slack_sender import Count, Poster
from bot.domain.schedule import Clock
from bot.repository import enrollment_reader
from bot.repository.database import TRANSIENT_ERRORS, Connection, Database

log = logging.getLogger(__name__)

#: How often a transaction looks for other lanes; what is left then is for the next one, so that none takes long.
_CLAIMS = 2
#: How long a channel is left alone whose next row cannot be read, and one whose next row somebody holds for long.
_UNREADABLE = timedelta(minutes=5)
_HELD_UP = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Ended:
    """A row that was sent, or was not; its lane is held still.

    Attributes:
        next_at: from when on the lane's next message may be taken up, if this one was sent.
    """

    lane: Lane
    task: Task
    settlement: Settlement
    next_at: datetime


@dataclass(slots=True)
class Begun:
    """What comes of a round.

    Attributes:
        tasks: what is to be sent now, with its lane; each is noted as being posted.
        kept: what could not be written down yet: somebody changes its enrollment, or the database does not answer.
        more: whether there may be more to do at once.
        next_due: when there will be more to do, if all that can be sent now is being sent.
    """

    tasks: list[tuple[Lane, Task]] = field(default_factory=list)
    kept: list[Ended] = field(default_factory=list)
    more: bool = False
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rounds:
    """Makes rounds; it calls nobody but the database."""

    database: Database
    poster: Poster
    emailing: Emailing
    reminding: Reminding
    clock: Clock
    count: Count

    def take(self, workspace: str, ended: Sequence[Ended], room: int) -> Begun:
        """Write down what became of rows, and begin up to `room` others: of the same lanes, then of free ones."""
        try:
            with self.database.write() as connection:
                now = self.clock.now()
                held, kept = self._write_down(connection, ended, now)
                begun = self._begin(connection, workspace, held, room, now)
                begun.kept = kept
        except Exception as error:  # noqa: BLE001  # said below, by whatever it was that failed
            log.info("a round failed, it is made once more, one by one: %s", error)
            return self._one_by_one(workspace, ended, room)
        self._count([one for one in ended if one not in kept])
        return begun

    def _begin(self, connection: Connection, workspace: str, held: Sequence[Lane], room: int, now: datetime) -> Begun:
        # What was kept from earlier rounds occupies no room until it is written down.
        begun = Begun(pick(connection, self.reminding, held[:room], now))
        channel_leases.release(connection, held[room:])
        for _ in range(_CLAIMS):
            free = room - len(begun.tasks)
            if not free:
                return begun
            claimed = channel_leases.claim(connection, workspace, now, free)
            if not claimed:
                begun.next_due = channel_leases.next_due(connection, workspace, now)
                return begun
            begun.tasks += pick(connection, self.reminding, claimed, now)
        begun.more = True
        return begun

    def _one_by_one(self, workspace: str, ended: Sequence[Ended], room: int) -> Begun:
        """Every row and every lane in a transaction of its own: what fails takes no other along."""
        begun = Begun(more=bool(room))
        for one in ended:
            try:
                with self.database.write() as connection:
                    held, kept = self._write_down(connection, [one], self.clock.now())
                    channel_leases.release(connection, held)
                begun.kept += kept
            except LeaseLost:
                log.warning("another process took over %s", one.lane.channel)
            except TRANSIENT_ERRORS as error:  # no connection, or somebody holds a lock for too long
                log.warning("what became of %s cannot be written down yet: %s", one.task.row.key, error)
                begun.kept.append(one)
            except Exception:  # the row is found by its mark when the lease ends
                log.exception("what became of %s cannot be written down", one.task.row.key)
            else:
                self._count([one] if held else [])
        for _ in range(room):
            alone = self._begin_alone(workspace)
            if alone is None:
                begun.more = False
                break
            begun.tasks += alone.tasks
            if alone.next_due is not None:
                return Begun(begun.tasks, begun.kept, next_due=alone.next_due)
        return begun

    def _begin_alone(self, workspace: str) -> Begun | None:
        """What comes of claiming one lane; None where none can be claimed at all."""
        claimed: list[Lane] = []
        try:
            with self.database.write() as connection:
                now = self.clock.now()
                claimed = channel_leases.claim(connection, workspace, now, 1)
                if not claimed:
                    return Begun(next_due=channel_leases.next_due(connection, workspace, now))
                return Begun(pick(connection, self.reminding, claimed, now))
        except Exception as error:  # what was begun before must be sent, whatever becomes of this one
            if not claimed:
                log.exception("no channel can be claimed")
                return None
            log.exception("what %s has to send cannot be read, it is left alone for a while", claimed[0].channel)
            pause = _HELD_UP if isinstance(error, TRANSIENT_ERRORS) else _UNREADABLE
        try:
            with self.database.write() as connection:
                channel_leases.put_off(connection, claimed, self.clock.now(), pause)
        except Exception:  # then it is tried again sooner
            log.exception("%s cannot be left alone", claimed[0].channel)
            return None
        return Begun()

    def _write_down(
        self, connection: Connection, ended: Sequence[Ended], now: datetime
    ) -> tuple[list[Lane], list[Ended]]:
        """The lanes of what was written down, held for another while; and what has to wait.

        Enrollments are locked before rows are touched: a person's change does the same. Whoever changes one just now
        is not waited for, because others would wait with us.
        """
        concerned = sorted({number for one in ended for number in _concerned(one)})
        versions = enrollment_reader.versions(connection, concerned, lock=True)
        kept = [one for one in ended if not versions.keys() >= _concerned(one)]
        channel_leases.renew(connection, [one.lane for one in kept], now)
        free = [one for one in ended if one not in kept] if kept else ended
        if self._record_emails(connection, free, now):
            versions = enrollment_reader.versions(connection, concerned)
        sent = [one for one in free if one.settlement.state is RowState.SENT]
        self.reminding.advance(connection, [due for one in sent for due in one.task.items], versions, now)
        done = [(one.lane, one.task.row, self._settlement(connection, one, versions, now)) for one in free]
        held = delivery_results.settle(connection, done, now)
        for lane, _, settlement in done:
            if settlement.closed is not None:
                self.poster.owe_closed(connection, lane, settlement.closed, now)
        return held, kept

    def _record_emails(self, connection: Connection, ended: Sequence[Ended], now: datetime) -> bool:
        """Whether any enrollment may have changed by it."""
        emails = [(one.task.row, one.settlement) for one in ended if isinstance(one.settlement, EmailSettlement)]
        for row, settlement in emails:
            self.emailing.record(connection, row, settlement, now)
        return bool(emails)

    def _settlement(self, connection: Connection, one: Ended, versions: dict[int, int], now: datetime) -> Settlement:
        task, row, settlement = one.task, one.task.row, one.settlement
        if settlement.state is not RowState.SENT:
            return settlement
        if not row.is_edit:
            settlement = replace(settlement, next_at=one.next_at)
        if row.kind is MessageKind.CARD:
            version = versions.get(task.about.id)
            settlement = self.poster.card_settlement(connection, task, settlement, version, now)
        return settlement

    def _count(self, ended: Sequence[Ended]) -> None:
        for one in ended:
            if one.settlement.begun:
                self.count(one.task.row.kind.value, _outcome(one.settlement))


def _outcome(settlement: Settlement) -> str:
    """As the metrics call it."""
    if settlement.closed is not None:
        return "closed"
    unknown = settlement.posting and settlement.state is RowState.FAILED
    return "unknown" if unknown else settlement.state.value


def _concerned(one: Ended) -> set[int]:
    """The enrollments that are read or changed when a row is written down."""
    row = one.task.row
    return {due.enrollment.id for due in one.task.items} | ({row.enrollment_id} if row.enrollment_id else set())
