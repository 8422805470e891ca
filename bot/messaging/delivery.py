"""Sends what is owed: claims channels, rechecks each row's reason, posts, and writes down what became of it.

One thread works on one channel at a time, in order and at its pace, so that a slow channel holds up no other. The
database is never held while Slack is called. What a crash leaves behind is found by its `posting` mark.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.emails import Mailer
from bot.domain.enrollment import Policy
from bot.domain.schedule import Clock
from bot.messaging.emailing import Emailing, EmailSettlement
from bot.messaging.faults import WorkspaceClosed
from bot.messaging.gateway import Gateway
from bot.messaging.people import People
from bot.messaging.posting import Poster
from bot.messaging.reminding import Reminding
from bot.messaging.tasks import Task, pick
from bot.messaging.verdicts import verdict
from bot.storage import lanes
from bot.storage.database import Connection, Database
from bot.storage.lanes import Lane, LeaseLost, Settlement
from bot.storage.outbox import Kind, RowState

log = logging.getLogger(__name__)

#: Slack takes about one message a second into a channel.
PACE = timedelta(seconds=1)


def _nobody_counts(_kind: str, _outcome: str) -> None:
    """Where no metrics are kept."""


def _nobody_waits() -> None:
    """Where nothing else is done beside the delivery."""


def drain(pool: ThreadPoolExecutor, timeout: float) -> bool:
    """Let a pool finish what it has begun, for up to `timeout` seconds; says whether it has."""
    pool.shutdown(wait=False, cancel_futures=True)
    waiter = threading.Thread(target=pool.shutdown, daemon=True)  # a pool can only be waited for without end
    waiter.start()
    waiter.join(timeout)
    return not waiter.is_alive()


@dataclass
class Delivery:
    """The sender of one process.

    Attributes:
        mailer: sends what is owed as an email; None where that is off.
        count: told the kind and the outcome of every row, for the metrics.
        later: asked to call `wake` after a span of real time; the clock does that.
        workers: how many channels are served side by side; 0 serves them one after the other in the caller's thread.
        give_way: called before each piece of work; returns when nobody waits for something more urgent.
        stopped: why nothing is sent any more (the workspace refuses the token), or None.
    """

    database: Database
    gateway: Gateway
    people: People
    clock: Clock
    policy: Policy
    workspace: str
    pace: timedelta = PACE
    workers: int = 8
    mailer: Mailer | None = None
    count: Callable[[str, str], None] = _nobody_counts
    later: Callable[[timedelta], None] | None = None
    give_way: Callable[[], None] = _nobody_waits
    stopped: str | None = None
    _pool: ThreadPoolExecutor | None = field(default=None, init=False)
    _busy: set[Future[int]] = field(default_factory=set, init=False)
    _mutex: threading.Lock = field(default_factory=threading.Lock, init=False)
    _closing: bool = field(default=False, init=False)
    _again: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._emailing = Emailing(self.database, self.mailer, self.clock, self.policy)
        self._poster = Poster(self.database, self.gateway, self.people, self._emailing, self.clock, self.count)
        self._reminding = Reminding(self.policy)
        if self.workers:
            self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="delivery")

    def wake(self) -> None:
        """Look for what is due, now, without waiting for it; called after every commit and by every tick."""
        if self._pool is None or self._closing:
            return
        with self._mutex:
            if len(self._busy) >= self.workers:
                self._again = True
                return
            future = self._pool.submit(self._work)
            self._busy.add(future)
        future.add_done_callback(self._ended)

    def run_once(self) -> int:
        """Serve every channel that has something due, in this thread; give how many rows were dealt with."""
        dealt = 0
        while (some := self._serve()) is not None:
            dealt += some
        return dealt

    def next_due(self) -> datetime | None:
        """When there will be something to do; None where nothing is owed."""
        with self.database.read() as connection:
            return lanes.next_due(connection, self.workspace, self.clock.now())

    def stop(self, timeout: float) -> bool:
        """Begin nothing new, wait for what is being sent, and say whether that has come to its end."""
        self._closing = True
        return self._pool is None or drain(self._pool, timeout)

    def _work(self) -> int:
        dealt = self.run_once()
        if self.later is not None and not self._halted:
            due = self.next_due()
            if due is not None:
                self.later(max(due - self.clock.now(), timedelta()))
        return dealt

    def _ended(self, future: Future[int]) -> None:
        with self._mutex:
            self._busy.discard(future)
            again, self._again = self._again, False
        if again:
            self.wake()
        if not future.cancelled() and (error := future.exception()) is not None:
            # Nothing is lost: the rows are owed still and the next tick tries again.
            log.error("delivery failed", exc_info=error)

    def _serve(self) -> int | None:
        """Claim a channel and send what it may send now; None where no channel has anything to send.

        One transaction writes down what became of a row and picks the next one.
        """
        dealt = 0
        with self._taking() as (connection, now):
            claimed = [] if self._halted else lanes.claim(connection, self.workspace, now, 1)
            if not claimed:
                return None
            lane = claimed[0]
            task = self._next(connection, lane, now)
        if self.workers:
            self.wake()  # there may be another channel for another worker
        try:
            while task is not None:
                settlement = self._send(lane, task)
                with self._taking() as (connection, now):
                    lane = self._write_down(connection, lane, task, settlement, now)
                    dealt += 1
                    task = self._next(connection, lane, now)
        except LeaseLost:
            log.warning("another process took over %s", lane.channel)
        return dealt

    @contextmanager
    def _taking(self) -> Iterator[tuple[Connection, datetime]]:
        self.give_way()
        with self.database.write() as connection:
            yield connection, self.clock.now()

    @property
    def _halted(self) -> bool:
        return self._closing or self.stopped is not None

    def _next(self, connection: Connection, lane: Lane, now: datetime) -> Task | None:
        """What the lane sends next; where that is nothing, the lane is given back."""
        task = None if self._halted else pick(connection, self._reminding, lane, now)
        if task is None:
            lanes.release(connection, lane)
        return task

    def _send(self, lane: Lane, task: Task) -> Settlement:
        try:
            return self._poster.send(task)
        except WorkspaceClosed as fault:
            self.stopped = f"Slack refuses the token: {fault.code}"
            log.exception("delivery stops")
            return Settlement(RowState.OWED, due_at=task.row.due_at, error=str(fault))
        except Exception as error:  # noqa: BLE001  # whatever went wrong with one row must not hold up the others
            with self.database.read() as connection:
                failures = lanes.failures(connection, lane)
            return verdict(task.row, error, failures, self.clock.now())

    def _write_down(
        self, connection: Connection, lane: Lane, task: Task, settlement: Settlement, now: datetime
    ) -> Lane:
        row, sent = task.row, settlement.state is RowState.SENT
        if sent and not row.is_edit:
            settlement = replace(settlement, next_at=now + self.pace)
        if sent:
            # Before the row is touched: a person's change locks the enrollment first and the outbox second, too.
            self._reminding.advance(connection, task.items, now)
            if row.kind is Kind.CARD:
                settlement = self._poster.card_settlement(connection, task, settlement, now)
        if isinstance(settlement, EmailSettlement):
            self._emailing.record(connection, row, settlement, now)
        lane = lanes.settle(connection, lane, row, settlement, now)
        if settlement.closed is not None:
            self._poster.owe_closed(connection, lane, settlement.closed, now)
        unknown = settlement.posting and settlement.state is RowState.FAILED
        outcome = "sent" if sent else "unknown" if unknown else settlement.state.value
        self.count(row.kind.value, "closed" if settlement.closed else outcome)
        return lane
