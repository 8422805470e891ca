"""Sends events of changes to the operator's address, one after the other, for a day; after that they are put aside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery import outbox
from bot.delivery.delivery_results import Settlement
from bot.delivery.outbox import OutboxRow
from bot.domain.errors import UnknownEnrollment
from bot.domain.schedule import Clock
from bot.presentation import change_event
from bot.repository import audit, enrollment_reader
from bot.repository.database import Database
from bot.repository.outbox_columns import RowState
from bot.webhook_client import NotReached, WebhookClient

log = logging.getLogger(__name__)

_LONGEST_PAUSE = timedelta(minutes=5)
#: How long an event is tried; and one that the receiver refuses, so that it holds up the others no longer.
_GIVEN_UP_AFTER, _REFUSED_FOR = timedelta(days=1), timedelta(hours=1)
#: How often it is tried however old it is, which takes some minutes: also after `failed --retry`.
_AT_LEAST = 8
#: Answers that say to come again.
_LATER = frozenset({408, 425, 429})

#: Posts an event: its ID, its body, the time, and the trace that it belongs to, if any; gives the status of the answer,
#: or raises `NotReached`.
PostEvent = Callable[[str, bytes, datetime, str], int]


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Sends single events; a receiver may get one twice, and knows it by its ID.

    Attributes:
        post: hands an event to the receiver.
    """

    database: Database
    post: PostEvent
    clock: Clock

    def send(self, row: OutboxRow) -> Settlement:
        """Send the event of a row."""
        about = outbox.event_of(row)
        assert row.enrollment_id is not None, f"{row.key} belongs to no enrollment"
        try:
            with self.database.read() as connection:
                enrollment = enrollment_reader.load(connection, row.workspace, row.enrollment_id)
                found = audit.numbered(connection, [about])[about]
        except UnknownEnrollment:
            return Settlement(RowState.DROPPED, error="its enrollment is gone")
        if isinstance(found, ValueError):  # of a newer version, whose process sends it
            return self._put_off(row, str(found), _GIVEN_UP_AFTER)
        (event, by), number, now = found, about[1], self.clock.now()
        body = change_event.body(enrollment, number, event, by, row.owed_at)
        try:
            status = self.post(change_event.event_id(enrollment, number), body, now, row.payload.get("trace", ""))
        except NotReached as fault:
            return self._put_off(row, str(fault), _GIVEN_UP_AFTER)
        if 200 <= status < 300:
            return Settlement(RowState.SENT)
        refused = 300 <= status < 500 and status not in _LATER
        return self._put_off(row, f"the receiver answered {status}", _REFUSED_FOR if refused else _GIVEN_UP_AFTER)

    def _put_off(self, row: OutboxRow, reason: str, longest: timedelta) -> Settlement:
        now = self.clock.now()
        if now - row.owed_at >= longest and row.attempts >= _AT_LEAST:
            log.error("%s is put aside: %s", row.key, reason)
            return Settlement(RowState.FAILED, error=reason)
        pause = min(timedelta(seconds=2 ** min(row.attempts, 10)), _LONGEST_PAUSE)
        log.warning("%s is sent again in %s: %s", row.key, pause, reason)
        return Settlement(RowState.OWED, row.due_at, error=reason, paused_until=now + pause)


def of(receiver: tuple[str, bytes, bool] | None, database: Database, clock: Clock) -> Callable[[OutboxRow], Settlement]:
    """A function that sends events to a receiver, or drops them where there is none.

    Args:
        receiver: its address, the key of the signatures, and whether it may be inside of the network.
    """
    return WebhookSender(database, WebhookClient(*receiver).post, clock).send if receiver else nothing_sent


def nothing_sent(row: OutboxRow) -> Settlement:
    """Drop an event that was stored while ECO_WEBHOOK_URL was still set."""
    return Settlement(RowState.DROPPED, error="ECO_WEBHOOK_URL is not set")
