"""Deletes enrollments that have been over for as long as the operator keeps them, two weeks after saying so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery import outbox, outbox_removal, outbox_writer
from bot.domain.aws_events import BOT
from bot.domain.durations import format_duration
from bot.domain.enrollment import Enrollment, Event, EventKind, Status
from bot.domain.errors import UnknownEnrollment
from bot.domain.schedule import Clock
from bot.repository import deletions, ended_enrollments, enrollment_reader
from bot.repository.database import Connection, Database
from bot.repository.outbox_columns import MessageKind

log = logging.getLogger(__name__)

#: How long before its deletion an enrollment's people hear of it, and its owner has its record.
NOTICE = timedelta(days=14)
#: How many enrollments are told of, and deleted, at a time.
_AT_ONCE = 20
#: Does one thing to an enrollment, and returns whether it is done.
Act = Callable[[Connection, Enrollment, datetime], bool]


@dataclass(frozen=True, slots=True)
class Retention:
    """What the operator's ECO_RETENTION asks for.

    Attributes:
        kept: for how long an enrollment that is completed or cancelled is kept.
    """

    database: Database
    clock: Clock
    kept: timedelta
    wake: Callable[[], None]

    def tick(self, workspace: str, stopping: Callable[[], bool] = lambda: False) -> None:
        """Say of which enrollments the end is near, and delete those of which that was said two weeks ago."""
        now = self.clock.now()
        near, over = now - self.kept + NOTICE, now - NOTICE
        steps = ((self._announce, ended_enrollments.untold, near), (self._delete, ended_enrollments.told, over))
        for act, find, before in steps:
            done, last = 0, 0
            while done < _AT_ONCE:  # those that have to wait hold up none behind them
                with self.database.read() as connection:
                    ids = find(connection, workspace, before, last, _AT_ONCE - done)
                if not ids:
                    break
                for last in ids:
                    if stopping():
                        return
                    done += self._do(act, workspace, last, now)
            if done:
                self.wake()

    def _do(self, act: Act, workspace: str, enrollment_id: int, now: datetime) -> bool:
        """Do it for one enrollment; return whether it is done."""
        try:
            with self.database.write() as connection:
                return act(connection, enrollment_reader.load(connection, workspace, enrollment_id, lock=True), now)
        except MessageOnItsWay:
            log.info("enrollment %s is deleted an hour later: a message is on its way", enrollment_id)
        except UnknownEnrollment:
            log.debug("enrollment %s was deleted meanwhile, by another process", enrollment_id)
        except (LookupError, ValueError):
            log.exception("enrollment %s cannot be deleted", enrollment_id)
        return False

    def _announce(self, connection: Connection, enrollment: Enrollment, now: datetime) -> bool:
        """Send the owner the record, and tell the thread when the enrollment will be deleted."""
        if enrollment.status is Status.ACTIVE:
            return False  # somebody has taken it up meanwhile
        kind, owner = MessageKind.EXPORT, enrollment.owner
        key, payload = record_key(enrollment), {"to": [owner]}
        outbox.owe(
            connection, enrollment.workspace, key, kind, owner, now, enrollment_id=enrollment.id, payload=payload
        )
        on = (now + NOTICE).astimezone(enrollment.zone).date().isoformat()
        details = {"on": on, "kept": format_duration(self.kept)}
        outbox_writer.tell(connection, enrollment, Event(EventKind.EXPIRING, None, details), BOT, now)
        return True

    def _delete(self, connection: Connection, enrollment: Enrollment, now: datetime) -> bool:
        """Delete an enrollment whose record has arrived."""
        told_at = ended_enrollments.was_told(connection, enrollment.id)
        if enrollment.status is Status.ACTIVE or enrollment.ended_at is None or told_at is None:
            return False
        if told_at < enrollment.ended_at:
            return False  # it was taken up and has ended again
        if not ended_enrollments.has_arrived(connection, enrollment.workspace, record_key(enrollment)):
            log.warning("enrollment %s is kept: its record has not reached its owner", enrollment.id)
            return False
        kept = format_duration(self.kept)
        if outbox_removal.remove_messages(connection, enrollment, BOT, now, kept=kept):
            deletions.delete(connection, enrollment, BOT, now)
            return True
        raise MessageOnItsWay(enrollment.id)


class MessageOnItsWay(RuntimeError):
    """A message of an enrollment is being sent, so that it is deleted an hour later."""


def record_key(enrollment: Enrollment) -> str:
    """The key of the message with the record of an enrollment that has ended, by when it did."""
    ended = enrollment.ended_at.isoformat() if enrollment.ended_at else ""
    return f"record:{enrollment.id}:{ended}"
