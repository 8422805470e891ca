"""Sends what is owed: one thread makes the rounds through the database, others call Slack meanwhile.

A channel has one message on its way at a time, in order and at its pace, so that a slow channel holds up no other. The
database is never held while Slack is called. What a crash leaves behind is found by its `posting` mark.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.delivery import channel_leases
from bot.delivery.batch import Ended, Rounds
from bot.delivery.channel_leases import Lane
from bot.delivery.claiming import Task
from bot.delivery.delivery_results import GIVEN_BACK, Settlement
from bot.delivery.email_sender import Emailing
from bot.delivery.outbox import MessageKind, RowState
from bot.delivery.prefetch import PATIENCE, AtHand
from bot.delivery.reminder_delivery import Reminding
from bot.delivery.retry_policy import settlement_after
from bot.delivery.slack_sender import Poster
from bot.domain.enrollment import Policy
from bot.domain.schedule import Clock
from bot.domain.ticket_emails import Mailer
from bot.repository.database import Database
from bot.shutdown import ends
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway
from bot.slack.slack_errors import TokenRejected

log = logging.getLogger(__name__)

#: Slack takes about one message a second into a channel.
PACE = timedelta(seconds=1)
#: More than a round takes: what its channel's pace holds back is taken up by that much sooner, and posted in time.
AHEAD = timedelta(milliseconds=50)
#: Seconds that what has ended waits for what is on its way, so that both are written down together.
_MOMENT = 0.05
#: Seconds until what could not be written down is tried again, the first time and at the most.
_AGAIN, _AT_LAST = 0.1, 5.0
#: A stop waits for such pauses, and for no longer ones.
_TO_THE_END = 1.0


def _nobody_counts(_kind: str, _outcome: str) -> None:
    """Where no metrics are kept."""


def _nobody_waits() -> None:
    """Where nothing else is done beside the delivery."""


def _say_if_failed(future: Future[None]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        # Nothing is lost: the rows are owed still and the next tick tries again.
        log.error("delivery failed", exc_info=error)


@dataclass
class Delivery:
    """The sender of one process.

    Attributes:
        mailer: sends what is owed as an email; None where that is off.
        count: told the kind and the outcome of every row, for the metrics.
        later: asked to call `wake` after a span of real time; the clock does that.
        ahead: how long before its pace lets it go a message is taken up. sleep: waits for the rest of that, in seconds.
        workers: how many channels are served side by side; 0 serves them one after the other in the caller's thread.
        give_way: called before each round; returns when nobody waits for something more urgent.
        stopped: why nothing is sent any more (the workspace refuses the token), or None.
    """

    database: Database
    gateway: Gateway
    directory: Directory
    clock: Clock
    policy: Policy
    workspace: str
    pace: timedelta = PACE
    ahead: timedelta = timedelta()
    sleep: Callable[[float], None] = time.sleep
    workers: int = 8
    mailer: Mailer | None = None
    count: Callable[[str, str], None] = _nobody_counts
    later: Callable[[timedelta], None] | None = None
    give_way: Callable[[], None] = _nobody_waits
    stopped: str | None = None
    _mutex: threading.Condition = field(default_factory=threading.Condition, init=False)
    _pause: float = field(default=_AGAIN, init=False)
    _ended: list[Ended] = field(default_factory=list, init=False)
    _on_their_way: int = field(default=0, init=False)
    _asked: bool = field(default=False, init=False)
    _woken: bool = field(default=False, init=False)
    _going: bool = field(default=False, init=False)
    _closing: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        emailing = Emailing(self.database, self.mailer, self.clock, self.policy)
        self._poster = Poster(self.database, self.gateway, self.directory, emailing, self.clock, self._count)
        reminding = Reminding(self.policy)
        self._rounds = Rounds(self.database, self._poster, emailing, reminding, self.clock, self._count)
        self._at_hand = AtHand(self.workers)
        self._posting = ThreadPoolExecutor(max(1, self.workers), thread_name_prefix="delivery")
        # One email is on its way at a time, and none waits: nobody could tell after a crash whether it went.
        self._mailing = ThreadPoolExecutor(1, thread_name_prefix="delivery-emails")
        self._rounding = ThreadPoolExecutor(1, thread_name_prefix="delivery-rounds")

    def _count(self, kind: str, outcome: str) -> None:
        self.count(kind, outcome)  # whoever is told may be set later

    def wake(self) -> None:
        """Look for what is due, now, without waiting for it; called after every commit and by every tick."""
        if self.workers and not self._closing:
            with self._mutex:
                self._woken = True
                self._go()

    def run_once(self) -> int:
        """Serve every channel that has something due, in this thread; give how many rows were dealt with."""
        dealt = 0
        ended: list[Ended] = []
        while True:
            self.give_way()
            begun = self._rounds.take(self.workspace, ended, 0 if self._halted else 1)
            if not begun.tasks and not begun.more:
                return dealt
            ended = begun.kept + [self._sent(lane, task) for lane, task in begun.tasks]
            dealt += len(begun.tasks)

    def next_due(self) -> datetime | None:
        """When there will be something to do; None where nothing is owed."""
        with self.database.read() as connection:
            return channel_leases.next_due(connection, self.workspace, self.clock.now())

    def stop(self, timeout: float) -> bool:
        """Begin nothing new, wait for what is being sent to be written down, and say whether that has been done."""
        self._closing = True

        def end() -> None:
            with self._mutex:  # what a thread has begun is sent, what was at hand is given back
                self._woken = True  # nobody goes on waiting for a better moment
                if self._ended or self._on_their_way:
                    self._go()
                self._mutex.notify_all()
                self._mutex.wait_for(lambda: not self._going and not self._on_their_way)
            for pool in (self._posting, self._mailing, self._rounding):
                pool.shutdown()

        return ends(end, timeout) and not self._ended

    @property
    def _halted(self) -> bool:
        return self._closing or self.stopped is not None

    def _go(self) -> bool:
        """Have a round made, with the mutex held; says whether anybody is there to make it."""
        self._asked = True
        if self._is_time():
            self._mutex.notify_all()
        if not self._going:
            try:
                self._rounding.submit(self._make_rounds).add_done_callback(_say_if_failed)
            except RuntimeError:  # the interpreter ends
                return False
            self._going = True
        return True

    def _make_rounds(self) -> None:
        """Rounds until nobody has asked for another."""
        while True:
            with self._mutex:
                if not self._asked:
                    self._end_rounds()
                    return
            try:
                self._make_round()
            except BaseException:
                with self._mutex:
                    self._end_rounds()
                raise

    def _end_rounds(self) -> None:
        self._going = False
        self._mutex.notify_all()
        if self._asked:  # while a round failed
            self._go()

    def _is_time(self) -> bool:
        return self._woken or not self._on_their_way

    def _make_round(self) -> None:
        self.give_way()
        with self._mutex:
            self._mutex.wait_for(self._is_time, _MOMENT)
            self._woken = self._asked = False
            self._take_back()
            ended, self._ended = self._ended, []
            room = 0 if self._halted else self._at_hand.room(self.clock.now())
        if not ended and not room:
            self._look_again(None)
            return
        try:
            begun = self._rounds.take(self.workspace, ended, room)
        except BaseException:
            self._keep(ended)
            raise
        self._hand_out(begun.tasks)
        if begun.more:
            self.wake()
        self._look_again(begun.next_due)
        self._try_again(begun.kept)

    def _take_back(self) -> None:
        """What waits at hand for too long, or for nobody, is given back with the next round; with the mutex held."""
        now = self.clock.now()
        back = self._at_hand.take_back(now, everything=self._halted)
        self._on_their_way -= len(back)
        self._ended += [Ended(lane, task, GIVEN_BACK, now) for lane, task in back]

    def _hand_out(self, tasks: list[tuple[Lane, Task]]) -> None:
        for lane, task in tasks:
            with self._mutex:
                self._on_their_way += 1
                if task.row.kind is not MessageKind.EMAIL:
                    self._at_hand.put(lane, task)
            if task.row.kind is MessageKind.EMAIL:
                self._mailing.submit(self._carry_out, lane, task).add_done_callback(_say_if_failed)
            else:
                self._posting.submit(self._post).add_done_callback(_say_if_failed)

    def _look_again(self, next_due: datetime | None) -> None:
        """Have another round made when something falls due, or when something has waited at hand for too long."""
        delays = [PATIENCE] if self._at_hand.anything_waits else []
        if next_due is not None:
            delays.append(max(next_due - self.clock.now(), timedelta()))
        if delays and self.later is not None and not self._halted:
            self.later(min(delays))

    def _keep(self, ended: list[Ended]) -> None:
        """Write something down with the next round, as long as its lane is held."""
        with self._mutex:
            self._ended += ended

    def _try_again(self, kept: list[Ended]) -> None:
        """Have another round made for what could not be written down; sooner or later, by how often that was so."""
        if not kept:
            self._pause = _AGAIN
            return
        self._keep(kept)
        if self._closing and self._pause > _TO_THE_END:
            return  # `stop` says so, and the next process looks
        with self._mutex:
            self._asked = True
            self._mutex.wait_for(lambda: self._woken, self._pause)
        self._pause = min(2 * self._pause, _AT_LAST)

    def _post(self) -> None:
        with self._mutex:
            begun = self._at_hand.begin(self.clock.now())
        if begun is not None:  # else it was given back
            self._carry_out(*begun)

    def _carry_out(self, lane: Lane, task: Task) -> None:
        ended: list[Ended] = []
        try:
            ended = [self._sent(lane, task)]
        finally:
            with self._mutex:
                self._at_hand.end(lane, self.clock.now())
                self._on_their_way -= 1
                self._ended += ended
                somebody = self._go()
            if not somebody:
                self._make_rounds()

    def _sent(self, lane: Lane, task: Task) -> Ended:
        if self._halted or not self._poster.has_time(task):  # nobody had begun it
            return Ended(lane, task, GIVEN_BACK, self.clock.now())
        if lane.next_at is not None and not task.row.is_edit:
            early = lane.next_at + self.ahead - self.clock.now()
            if timedelta() < early <= self.ahead:  # no more than that: the clock may have jumped back
                self.sleep(early.total_seconds())
        settlement = self._send(lane, task)
        return Ended(lane, task, settlement, self.clock.now() + self.pace - self.ahead)

    def _send(self, lane: Lane, task: Task) -> Settlement:
        try:
            return self._poster.send(task)
        except TokenRejected as fault:
            self.stopped = f"Slack refuses the token: {fault.code}"
            log.exception("delivery stops")
            return Settlement(RowState.OWED, task.row.due_at, task.row.posting, error=str(fault))
        except Exception as error:  # noqa: BLE001  # whatever went wrong with one row must not hold up the others
            return settlement_after(error, task.row, lane, self.database, self.clock.now())
