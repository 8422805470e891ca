"""Sends one ticket by email, once, through the mail service.

Unlike a message in Slack, an email cannot be looked up afterwards: if its outcome is unknown, it is put aside, its
owner is told, and only a person can ask for it again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery.delivery_results import Settlement
from bot.delivery.email_outbox import email_of, part_of, states_before
from bot.delivery.outbox import OutboxRow
from bot.domain import transitions
from bot.domain.enrollment import Event, EventKind
from bot.domain.errors import StepConflict, UnknownEnrollment
from bot.domain.schedule import Clock
from bot.domain.sent_lines import last_number
from bot.domain.step_spec import StepKey
from bot.domain.ticket_emails import Mailer, NotSent, Obstacle, PutOff
from bot.domain.tickets import missing_for_ticket, sendable_states
from bot.repository import enrollment_reader
from bot.repository.database import Database
from bot.repository.outbox_columns import RowState

log = logging.getLogger(__name__)

#: The longest pause between two attempts, and how long after it was asked for an email is given up.
_LONGEST_PAUSE = timedelta(minutes=5)
_GIVEN_UP_AFTER = timedelta(days=1)
#: How long a part waits for one before it that could not be tried.
_FOR_ITS_TURN = timedelta(minutes=1)
#: People hear of it when an email was put off this often, about a minute after they asked for it.
_TOLD_AFTER = 6


@dataclass(frozen=True, slots=True)
class EmailSettlement(Settlement):
    """The settlement of an email's row, with the consequences for its enrollment.

    Attributes:
        message_id, accepted_at: set if the mail service accepted it. event: the thread line if it did not.
    """

    message_id: str = ""
    accepted_at: datetime | None = None
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class EmailSender:
    """Sends emails; without a mailer, `on` is False and every email is refused.

    Attributes:
        mailer: hands an email to the mail service; None if sending is off.
    """

    database: Database
    mailer: Mailer | None
    clock: Clock

    @property
    def on(self) -> bool:
        """Whether tickets can be sent by email."""
        return self.mailer is not None

    def send(self, row: OutboxRow) -> EmailSettlement:
        """Send the email of a row, unless it may have been sent before or its reason went away."""
        step = row.payload["step"]
        if row.posting:
            log.warning("whether %s was sent is not known: its process ended meanwhile", row.key)
            return _unknown(row, "stopped")
        before = self._states_before(row)
        if before - {RowState.SENT, RowState.OWED}:
            return EmailSettlement(RowState.DROPPED, error="a part before it did not go out")
        if RowState.OWED in before:
            return EmailSettlement(
                RowState.OWED, self.clock.now() + _FOR_ITS_TURN, error="a part before it has not been sent"
            )
        try:
            if self.mailer is None:
                raise NotSent(Obstacle.OFF)
            self._require_reason(row, step)
        except NotSent as refusal:
            return _refused(row, refusal)
        except UnknownEnrollment:
            return EmailSettlement(RowState.DROPPED, error="its enrollment is gone")
        return self._hand_over(self.mailer, row)

    def _hand_over(self, mailer: Mailer, row: OutboxRow) -> EmailSettlement:
        try:
            message_id = mailer(email_of(row))
        except NotSent as refusal:
            log.warning("%s was refused: %s", row.key, refusal)
            return _refused(row, refusal)
        except PutOff as reason:
            return self._put_off(row, str(reason))
        except Exception as error:  # the email may have been sent: it must not go again
            log.warning("whether %s was sent is not known", row.key, exc_info=error)
            return _unknown(row, "unanswered")
        # Before the commit: if that fails, only this line tells the ID under which the email was sent.
        log.info("%s was accepted as %s", row.key, message_id)
        return EmailSettlement(RowState.SENT, message_id=message_id, accepted_at=self.clock.now())

    def _put_off(self, row: OutboxRow, reason: str) -> EmailSettlement:
        now = self.clock.now()
        if now - row.owed_at >= _GIVEN_UP_AFTER:
            return _refused(row, NotSent(Obstacle.TOO_LATE, reason))
        pause = min(timedelta(seconds=2 ** min(row.attempts, 10)), _LONGEST_PAUSE)
        log.info("%s is put off for %s: %s", row.key, pause, reason)
        late = _event(EventKind.EMAIL_LATE, row, said=reason) if row.attempts + 1 == _TOLD_AFTER else None
        return EmailSettlement(RowState.OWED, row.due_at, error=reason, paused_until=now + pause, event=late)

    def _states_before(self, row: OutboxRow) -> frozenset[RowState]:
        if part_of(row).of == 1:
            return frozenset()
        with self.database.read() as connection:
            return states_before(connection, row)

    def _require_reason(self, row: OutboxRow, step: StepKey) -> None:
        """Raise `NotSent` if the step is not open any more, or its ticket lacks something by now."""
        assert row.enrollment_id is not None, f"{row.key} belongs to no enrollment"
        with self.database.read() as connection:
            enrollment = enrollment_reader.load(connection, row.workspace, row.enrollment_id)
        try:
            transitions.require_state(enrollment, step, self.clock.now(), *sendable_states(enrollment, step))
        except StepConflict:
            raise NotSent(Obstacle.NOT_OPEN) from None
        last = last_number(enrollment, enrollment.spec(step).list_in_ticket)
        if row.payload.get("after", last) != last:  # another ticket went out meanwhile
            raise NotSent(Obstacle.NOT_OPEN)
        if missing_for_ticket(enrollment, step):
            raise NotSent(Obstacle.INCOMPLETE)


def _event(kind: EventKind, row: OutboxRow, **details: str) -> Event:
    return Event(kind, row.payload["step"], {**part_of(row).details, **details})


def _refused(row: OutboxRow, refusal: NotSent) -> EmailSettlement:
    event = _event(EventKind.EMAIL_REFUSED, row, why=refusal.why.value, said=refusal.said)
    return EmailSettlement(RowState.FAILED, error=str(refusal), event=event)


def _unknown(row: OutboxRow, how: str) -> EmailSettlement:
    # The mark `posting` stays: it tells an email of unknown outcome from a refused one.
    event = _event(EventKind.EMAIL_UNKNOWN, row, how=how)
    return EmailSettlement(RowState.FAILED, posting=True, error=f"outcome unknown: {how}", event=event)
