"""The dispatcher of one process: a thread that works through the outbox, and threads that call Slack.

    database <--claim, settle--> dispatcher thread --messages--> worker threads (Slack), email thread (Amazon SES)
                                        ^--------results----------'

No transaction is open while Slack is called. A channel has one message on its way at a time, so a slow channel delays
no other. After a crash, messages that may have been sent are found by their `posting` mark.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.delivery import channel_leases
from bot.delivery.batch import Batch, Batches, Result
from bot.delivery.claiming import OutboundMessage
from bot.delivery.delivery_results import Settlement
from bot.delivery.outbox import OutboxRow
from bot.delivery.retry_policy import settlement_for_error
from bot.delivery.slack_sender import SlackSender
from bot.delivery.webhook_sender import nothing_sent
from bot.domain.schedule import Clock
from bot.language.spoken import ENGLISH, speaking
from bot.repository.outbox_columns import MessageKind, RowState
from bot.slack.slack_errors import TokenRejected
from bot.telemetry.log_context import about

log = logging.getLogger(__name__)

#: Slack takes about one message a second into a channel.
PACE = timedelta(seconds=1)
#: Seconds that a result waits for the results of other calls, so that one transaction stores them together.
_GATHER = 0.05
#: Seconds until results that could not be stored are tried again: the first time, and at the most.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
#: A stop waits for such pauses, and for no longer ones.
_LAST_PAUSE = 1.0


@dataclass
class Dispatcher:
    """Sends the messages of the outbox.

    Attributes:
        workspace: whose messages are sent.
        pace: the least time between two new messages in a channel.
        workers: how many channels are served side by side; 0 sends only in `run_once`.
        language: of messages where nobody has chosen one.
        stopped: why nothing is sent any more (Slack refuses the token), or None.
        webhooks: sends an event to another program. completions: completes a custom step of a workflow.
    """

    batches: Batches
    sender: SlackSender
    clock: Clock
    workspace: str
    pace: timedelta = PACE
    workers: int = 8
    stopped: str | None = None
    webhooks: Callable[[OutboxRow], Settlement] = nothing_sent
    completions: Callable[[OutboxRow], Settlement] | None = None
    language: str = ENGLISH
    _events: queue.SimpleQueue[Result | None] = field(default_factory=queue.SimpleQueue, init=False)
    _messages: queue.SimpleQueue[OutboundMessage | None] = field(default_factory=queue.SimpleQueue, init=False)
    _emails: queue.SimpleQueue[OutboundMessage | None] = field(default_factory=queue.SimpleQueue, init=False)
    _webhooks: queue.SimpleQueue[OutboundMessage | None] = field(default_factory=queue.SimpleQueue, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _start: threading.Lock = field(default_factory=threading.Lock, init=False)
    _closing: bool = field(default=False, init=False)
    _all_stored: bool = field(default=False, init=False)

    def wake(self) -> None:
        """Look for due messages now, without waiting for them; called after each commit and by the clock."""
        if not self.workers or self._closing:
            return
        with self._start:
            if self._thread is None:
                self._start_threads()
        self._events.put(None)

    def run_once(self) -> int:
        """Send what is due, in this thread, one message after the other; return how many were dealt with."""
        dealt = 0
        results: list[Result] = []
        while True:
            batch = self._settle_and_claim(results, 0 if self._halted else 1)
            if not batch.messages and not batch.more:
                return dealt
            results = batch.unsettled + [self.send(message) for message in batch.messages]
            dealt += len(batch.messages)

    def send(self, message: OutboundMessage) -> Result:
        """Send one claimed message; it never raises: a failure is part of the result."""
        row = message.row
        told = about(enrollment=row.enrollment_id, workspace=row.workspace, trace=row.payload.get("trace"))
        with told, speaking(row.language or self.language):
            return self._send(message)

    def _send(self, message: OutboundMessage) -> Result:
        row = message.row
        try:
            send = {MessageKind.WEBHOOK: self.webhooks, MessageKind.COMPLETION: self.completions}.get(row.kind)
            settlement = send(row) if send is not None else self.sender.send(message)
        except TokenRejected as fault:
            self.stopped = f"Slack refuses the token: {fault.code}"
            log.exception("delivery stops")
            settlement = Settlement(RowState.OWED, row.due_at, row.posting, error=str(fault))
        except Exception as error:  # noqa: BLE001  # one message's failure must not stop the others
            with speaking(ENGLISH):  # its sentence is logged and stored
                settlement = settlement_for_error(error, row, message.lease.failures, self.clock.now())
        return Result(message, settlement, self.clock.now() + self.pace)

    def next_due(self) -> datetime | None:
        """When the next message falls due; None if none will."""
        with self.batches.database.read() as connection:
            return channel_leases.next_due(connection, self.workspace, self.clock.now())

    def problems(self) -> list[str]:
        """Why nothing is sent, one sentence each; empty if all is well."""
        if self.stopped is not None:
            return [f"Nothing is sent: {self.stopped}."]
        if self._thread is not None and not self._thread.is_alive() and not self._closing:
            return ["Nothing is sent: the dispatcher's thread has ended."]
        return []

    def stop(self, timeout: float) -> bool:
        """Claim nothing new, wait for calls that are under way, and return whether all their results are stored."""
        self._closing = True
        if self._thread is None:
            return True
        self._events.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive() and self._all_stored

    def _settle_and_claim(self, results: Sequence[Result], room: int) -> Batch:
        with about(workspace=self.workspace):
            return self.batches.settle_and_claim(self.workspace, results, room)

    @property
    def _halted(self) -> bool:
        return self._closing or self.stopped is not None

    def _start_threads(self) -> None:
        for number in range(self.workers):
            self._run_in_thread(f"delivery-{number}", self._work, self._messages)
        # Threads of their own, so that a slow mail service or receiver delays no message.
        self._run_in_thread("delivery-emails", self._work, self._emails)
        self._run_in_thread("delivery-webhooks", self._work, self._webhooks)
        self._thread = self._run_in_thread("delivery", self._dispatch)

    def _run_in_thread(self, name: str, target: Callable[..., None], *args: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=args, name=name, daemon=True)
        thread.start()
        return thread

    def _work(self, messages: queue.SimpleQueue[OutboundMessage | None]) -> None:
        while (message := messages.get()) is not None:
            self._events.put(self.send(message))

    def _dispatch(self) -> None:
        """Store results and claim messages until the process stops."""
        results: list[Result] = []
        # By lease: a card that moves meanwhile is claimed again, under the lease of its new channel.
        in_flight: dict[str, OutboundMessage] = {}
        own = {MessageKind.EMAIL: self._emails, MessageKind.WEBHOOK: self._webhooks}
        pause, wait = _FIRST_PAUSE, None
        while True:
            for result in self._next_results(len(in_flight), wait):
                del in_flight[result.message.lease.token]
                results.append(result)
            busy = sum(message.row.kind not in own for message in in_flight.values())
            idle = 0 if self._halted else self.workers - busy
            try:
                batch = self._settle_and_claim(results, idle)
            except Exception:  # results are kept, and messages stay in the outbox
                log.exception("delivery failed")
                batch = Batch(unsettled=results)
            results = batch.unsettled
            for message in batch.messages:
                in_flight[message.lease.token] = message
                own.get(message.row.kind, self._messages).put(message)
            if self._closing and not in_flight and (not results or pause > _LAST_PAUSE):
                break
            wait = self._seconds_until(batch, pause if results else None)
            pause = min(2 * pause, _LONGEST_PAUSE) if results else _FIRST_PAUSE
        self._all_stored = not results
        for messages in (*([self._messages] * self.workers), *own.values()):
            messages.put(None)

    def _seconds_until(self, batch: Batch, pause: float | None) -> float | None:
        """How long to wait for a result or a wake-up; None without end."""
        waits = [] if pause is None else [pause]
        if batch.more:
            waits.append(0.0)
        if batch.next_due is not None and not self._halted:
            waits.append(max(0.0, (batch.next_due - self.clock.now()).total_seconds()))
        return min(waits, default=None)

    def _next_results(self, in_flight: int, wait: float | None) -> list[Result]:
        """Wait for results; return those that arrive close together, or none after a wake-up or `wait` seconds."""
        results: list[Result] = []
        end = None if wait is None else time.monotonic() + wait
        while True:
            try:
                event = self._events.get(timeout=None if end is None else max(0.0, end - time.monotonic()))
            except queue.Empty:
                return results
            if event is None:  # the batch that follows answers further wake-ups, too
                at_hand = [self._events.get() for _ in range(self._events.qsize())]
                return results + [result for result in at_hand if result is not None]
            if not results:
                end = time.monotonic() + _GATHER
            results.append(event)
            if len(results) >= in_flight:
                return results
