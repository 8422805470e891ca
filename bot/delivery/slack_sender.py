"""One owed row to Slack: render it as things are now, look whether it was posted before, post it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.delivery import delivery_results, outbox, outbox_writer
from bot.delivery.channel_leases import LEASE, Lane
from bot.delivery.claiming import Task
from bot.delivery.delivery_results import Settlement
from bot.delivery.email_sender import Emailing
from bot.delivery.outbox import MessageKind, OutboxRow, RowState
from bot.delivery.reminder_delivery import still_due
from bot.domain.enrollment import Enrollment
from bot.domain.schedule import Clock
from bot.presentation import card, notifications, texts
from bot.presentation.card import Message
from bot.repository import enrollment_reader, search
from bot.repository.database import Connection, Database
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway, Posted
from bot.slack.slack_errors import (
    ChannelUnavailable,
    Malformed,
    MessageGone,
    RetryLater,
    SlackFault,
    TokenRejected,
    UnknownOutcome,
)

log = logging.getLogger(__name__)

#: How much earlier than our own note of an attempt a message may be stamped by Slack's clock.
_SKEW = timedelta(minutes=5)
#: Longer than any single call of Slack takes: a post that begins later could outlive the lease.
_SLOWEST = timedelta(seconds=15)
#: What was seen so shortly ago is not looked at again.
_FRESH = timedelta(milliseconds=100)
#: How often a row may find the card above it deleted.
_CARD_ATTEMPTS = 5


#: Told the kind and the outcome of a row, for the metrics.
Count = Callable[[str, str], None]


class Poster:
    """Carries out single rows; it decides nothing about time or order."""

    def __init__(
        self, database: Database, gateway: Gateway, directory: Directory, emailing: Emailing, clock: Clock, count: Count
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._directory = directory
        self._emailing = emailing
        self._count = count
        self._clock = clock

    def send(self, task: Task) -> Settlement:
        """Send one row and say what became of it; `SlackFault` where it could not be sent."""
        if task.problem is not None:
            raise task.problem
        row = task.row
        try:
            return self._send(task)
        except MessageGone:
            gone = row.ts if row.kind is MessageKind.CARD else task.thread_ts
            if row.enrollment_id is None or gone is None or row.attempts >= _CARD_ATTEMPTS:
                raise
            log.info("the card of %s was deleted, it is posted anew", row.key)
            with self._database.write() as connection:
                outbox_writer.post_card_anew(connection, row.workspace, row.enrollment_id, gone, self._clock.now())
            return Settlement(RowState.OWED, row.due_at, error="the card was deleted")

    def _send(self, task: Task) -> Settlement:
        match task.row.kind:
            case MessageKind.CARD:
                return self._card(task)
            case MessageKind.RETIRED:
                return self._retired(task)
            case MessageKind.THREAD:
                return self._thread(task)
            case MessageKind.REMINDER | MessageKind.CATCH_UP:
                return self._reminder(task)
            case MessageKind.FILE:
                return self._file(task)
            case MessageKind.DIRECT:
                return self._direct(task)
            case MessageKind.EMAIL:
                return self._emailing.send(task.row)

    def has_time(self, task: Task) -> bool:
        """Whether a row can be begun: so long after it was taken up somebody else might soon be at it."""
        return self._clock.now() <= task.taken_at + LEASE - _SLOWEST

    def card_settlement(
        self, connection: Connection, task: Task, settlement: Settlement, version: int | None, now: datetime
    ) -> Settlement:
        """A sent card is owed again at once where it shows an old version, else when a window ends.

        Args:
            version: the one that the enrollment has now, locked in this transaction.
        """
        row, enrollment = task.row, task.about
        if version != enrollment.version:
            enrollment = enrollment_reader.load(connection, row.workspace, enrollment.id)
        if enrollment.channel_id != row.channel and settlement.ts is not None:
            # It moved while its card was on its way: what was posted stays behind and says where it went.
            outbox_writer.retire_card(connection, enrollment, row.channel, settlement.ts, now)
            return Settlement(RowState.OWED, now)
        due = now if settlement.version != version else enrollment.next_change(now)
        return replace(settlement, state=RowState.SENT if due is None else RowState.OWED, due_at=due)

    def owe_closed(self, connection: Connection, lane: Lane, reason: str, now: datetime) -> None:
        """Owe the owners of a closed channel a direct message, once for each time it closed."""
        closed_at = delivery_results.closed_since(connection, lane)
        by_owner: dict[str, list[Enrollment]] = {}
        for enrollment in search.live(connection, lane.workspace):
            if enrollment.channel_id == lane.channel:
                by_owner.setdefault(enrollment.owner, []).append(enrollment)
        for owner, concerned in by_owner.items():
            key = f"closed:{lane.channel}:{int(closed_at.timestamp())}:{owner}"
            payload = {
                "channel": lane.channel,
                "reason": reason,
                "names": [enrollment.account_name for enrollment in concerned],
                "to": list(dict.fromkeys(user for enrollment in concerned for user in enrollment.people)),
            }
            outbox.open_lane(connection, lane.workspace, owner)
            outbox.owe(connection, lane.workspace, key, MessageKind.DIRECT, owner, now, payload=payload)

    # ----------------------------------------------------------------------------------------------------------

    def _card(self, task: Task) -> Settlement:
        row, enrollment = task.row, task.about
        message = card.build(enrollment, self._clock.now(), by_email=self._emailing.on)
        if row.ts is None or row.posted_channel is None:
            posted = self._post(task, message, None)
        else:
            posted = self._edit(row, row.posted_channel, row.ts, message)
        return _sent(posted, enrollment.version)

    def _edit(self, row: OutboxRow, channel: str, ts: str, message: Message) -> Posted:
        try:
            return self._gateway.update(channel, ts, message.text, message.blocks, row.key)
        except Malformed:
            log.exception("Slack refuses the blocks of %s, its text is sent alone", row.key)
            return self._gateway.update(channel, ts, message.text, None, row.key)

    def _retired(self, task: Task) -> Settlement:
        row, message = task.row, notifications.retired(task.about)
        channel, ts = row.payload["channel"], row.payload["ts"]
        if ts is None:
            oldest = (datetime.fromisoformat(row.payload["since"]) - _SKEW).timestamp()
            left = self._gateway.find(channel, outbox.card_key(task.about.id), thread_ts=None, oldest=oldest)
            if left is None:
                return Settlement(RowState.DROPPED, error="no card was posted there")
            ts = left.ts
        try:
            posted = self._edit(row, channel, ts, message)
        except MessageGone:
            return Settlement(RowState.DROPPED, error="the old card is gone")
        return _sent(posted)

    def _thread(self, task: Task) -> Settlement:
        assert task.told is not None, f"{task.row.key} tells of no event"
        return _sent(self._post(task, Message(texts.thread_line(task.about, *task.told)), task.thread_ts))

    def _reminder(self, task: Task) -> Settlement:
        row, now = task.row, self._clock.now()
        items = task.items
        if not timedelta() <= now - task.taken_at < _FRESH:
            with self._database.read() as connection:  # somebody may have answered since it was taken up
                items = still_due(connection, items)
        if not items:
            return Settlement(RowState.DROPPED, error="its reason went away")
        whom = tuple(dict.fromkeys(user for due in items for user in self._directory.contacts_for(due.enrollment)))
        by_email = self._emailing.on
        if row.kind is MessageKind.CATCH_UP:
            return _sent(self._post(task, notifications.catch_up(items, now, whom, by_email=by_email), None))
        message = notifications.reminder(items[0], now, whom, by_email=by_email)
        return _sent(self._post(task, message, task.thread_ts, broadcast=True))

    def _file(self, task: Task) -> Settlement:
        row, thread_ts = task.row, task.thread_ts
        name, content, comment = notifications.ticket_file(task.about, row.payload["step"])
        found = self._posted_before(row, row.channel, thread_ts, name)
        if found is not None:
            return _sent(found)
        self._require_time(task)
        self._gateway.upload(row.channel, thread_ts, name, content, comment)
        return Settlement(RowState.SENT)

    def _direct(self, task: Task) -> Settlement:
        payload = task.row.payload
        reachable = self._directory.active([*payload["to"], *sorted(self._directory.admin_users())])
        if not reachable:
            return Settlement(RowState.FAILED, error="nobody who could be told is in Slack any more")
        message = notifications.closed_channel(payload["channel"], payload["reason"], payload["names"])
        return _sent(self._post(task, message, None, channel=self._gateway.open_direct(reachable[0])))

    def _post(
        self,
        task: Task,
        message: Message,
        thread_ts: str | None,
        *,
        broadcast: bool = False,
        channel: str | None = None,
    ) -> Posted:
        row, place = task.row, channel or task.row.channel
        found = self._posted_before(row, place, thread_ts)
        if found is not None:
            return found
        self._require_time(task)
        try:
            return self._gateway.post(
                place, message.text, message.blocks, row.key, thread_ts=thread_ts, broadcast=broadcast
            )
        except Malformed:
            if message.blocks is None:
                raise
            log.exception("Slack refuses the blocks of %s, its text is sent alone", row.key)
            return self._gateway.post(place, message.text, None, row.key, thread_ts=thread_ts, broadcast=broadcast)

    def _require_time(self, task: Task) -> None:
        if not self.has_time(task):
            raise RetryLater("too_late_to_begin")

    def _posted_before(self, row: OutboxRow, place: str, thread_ts: str | None, words: str = "") -> Posted | None:
        """Where the row is already, if a post of it began before whose outcome nobody knows.

        It is found by its key, or by `words` that it contains. Where Slack does not let us look (a scope is missing),
        the row is sent again: a message that comes twice is better than one that never comes. That is counted as
        `unverified`.
        """
        if not row.posting:
            return None
        try:
            found = self._left_behind(row, words) or self._look(row, place, thread_ts, words)
        except (RetryLater, UnknownOutcome, ChannelUnavailable, TokenRejected):
            raise  # the look-up can be made later
        except MessageGone:
            return None  # the thread is gone, and with it whatever stood in it
        except SlackFault as fault:
            log.warning("whether %s was posted cannot be looked up: %s", row.key, fault)
            self._count(row.kind.value, "unverified")
            return None
        if found is not None:
            log.info("%s had been posted already", row.key)
            self._count(row.kind.value, "found")
        return found

    def _left_behind(self, row: OutboxRow, words: str) -> Posted | None:
        """Where the row is in a channel that its enrollment has left since; a closed one is no reason to wait."""
        for channel, thread_ts in row.tried:
            try:
                found = self._look(row, channel, thread_ts, words)
            except (ChannelUnavailable, MessageGone) as fault:
                log.info("%s cannot be looked for in %s: %s", row.key, channel, fault)
            else:
                if found is not None:
                    return found
        return None

    def _look(self, row: OutboxRow, channel: str, thread_ts: str | None, words: str) -> Posted | None:
        oldest = ((row.attempted_at or row.owed_at) - _SKEW).timestamp()
        if words:
            return self._gateway.find_text(channel, words, thread_ts=thread_ts, oldest=oldest)
        return self._gateway.find(channel, row.key, thread_ts=thread_ts, oldest=oldest)


def _sent(posted: Posted, version: int | None = None) -> Settlement:
    return Settlement(RowState.SENT, posted_channel=posted.channel, ts=posted.ts, version=version)
