"""A round of the delivery: what became of the rows that were sent, and what goes next, in one transaction.

Rows that end together are written down together. That costs one commit for all of them, and the database does for
many rows at once what it would do for each.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.schedule import Clock
from bot.messaging.emailing import Emailing, EmailSettlement
from bot.messaging.posting import Count, Poster
from bot.messaging.reminding import Reminding
from bot.messaging.tasks import Task, pick
from bot.storage import lanes, records, settling
from bot.storage.database import Connection, Database
from bot.storage.lanes import Lane
from bot.storage.outbox import Kind, RowState
from bot.storage.settling import LeaseLost, Settlement

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """A row that was sent, or was not, at that moment; its lane is held still."""

    lane: Lane
    task: Task
    settlement: Settlement
    at: datetime


@dataclass(slots=True)
class Begun:
    """What is to be sent now.

    Attributes:
        tasks: by the lane, each noted as being posted.
        next_due: when there will be more to do, if all that can be sent now is being sent; None otherwise, and
            where nothing is owed.
    """

    tasks: list[tuple[Lane, Task]] = field(default_factory=list)
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rounds:
    """Makes rounds, one transaction each; it calls nobody but the database."""

    database: Database
    poster: Poster
    emailing: Emailing
    reminding: Reminding
    clock: Clock
    pace: timedelta
    count: Count

    def take(self, workspace: str, ended: Sequence[Ended], room: int) -> Begun:
        """Write down what became of rows, and begin up to `room` others: of the same lanes, then of free ones.

        Where that fails for several rows, each is written down alone: one that cannot be must not hold up the others.
        """
        try:
            return self._take(workspace, ended, room)
        except Exception as error:  # a row that cannot be written down is no reason to write down no other
            if not ended:
                raise
            if len(ended) == 1:
                _give_up(ended[0], error)
                return self._take(workspace, [], room)
        begun = Begun()
        for one in ended:
            try:
                begun.tasks += self._take(workspace, [one], min(room, 1)).tasks
            except Exception as error:  # noqa: BLE001  # said; the row is found by its mark when the lease ends
                _give_up(one, error)
        begun.next_due = self.clock.now()  # for lanes that nobody holds nothing was looked at
        return begun

    def _take(self, workspace: str, ended: Sequence[Ended], room: int) -> Begun:
        with self.database.write() as connection:
            now = self.clock.now()
            held = self._write_down(connection, ended, now) if ended else []
            begun = Begun()
            if room:
                begun.tasks = pick(connection, self.reminding, held, now)
            else:
                lanes.release(connection, held)
            while (free := room - len(begun.tasks)) > 0:
                claimed = lanes.claim(connection, workspace, now, free)
                if not claimed:
                    begun.next_due = lanes.next_due(connection, workspace, now)
                    break
                begun.tasks += pick(connection, self.reminding, claimed, now)
            return begun

    def _write_down(self, connection: Connection, ended: Sequence[Ended], now: datetime) -> list[Lane]:
        # Enrollments are locked before rows are touched, in one order: a person's change does the same.
        versions = records.versions(connection, sorted(_concerned(ended)), lock=True)
        sent = [one for one in ended if one.settlement.state is RowState.SENT]
        self.reminding.advance(connection, [due for one in sent for due in one.task.items], versions, now)
        done = [(one.lane, one.task.row, self._settlement(connection, one, versions, now)) for one in ended]
        held = settling.settle(connection, done, now)
        for lane, _, settlement in done:
            if settlement.closed is not None:
                self.poster.owe_closed(connection, lane, settlement.closed, now)
        for one in ended:
            self.count(one.task.row.kind.value, _outcome(one.settlement))
        return held

    def _settlement(self, connection: Connection, one: Ended, versions: dict[int, int], now: datetime) -> Settlement:
        task, row, settlement = one.task, one.task.row, one.settlement
        if settlement.state is RowState.SENT:
            if not row.is_edit:
                settlement = replace(settlement, next_at=one.at + self.pace)
            if row.kind is Kind.CARD:
                version = versions.get(task.about.id)
                settlement = self.poster.card_settlement(connection, task, settlement, version, now)
        if isinstance(settlement, EmailSettlement):
            self.emailing.record(connection, row, settlement, now)
        return settlement


def _give_up(one: Ended, error: Exception) -> None:
    if isinstance(error, LeaseLost):
        log.warning("another process took over %s", one.lane.channel)
    else:
        log.error("what became of %s cannot be written down", one.task.row.key, exc_info=error)


def _outcome(settlement: Settlement) -> str:
    """As the metrics call it."""
    if settlement.closed is not None:
        return "closed"
    unknown = settlement.posting and settlement.state is RowState.FAILED
    return "unknown" if unknown else settlement.state.value


def _concerned(ended: Sequence[Ended]) -> set[int]:
    """The enrollments that are read or changed when rows are written down."""
    found = set()
    for one in ended:
        if one.settlement.state is RowState.SENT:
            found |= {due.enrollment.id for due in one.task.items}
        if one.task.row.kind in (Kind.CARD, Kind.EMAIL) and one.task.row.enrollment_id is not None:
            found.add(one.task.row.enrollment_id)
    return found
