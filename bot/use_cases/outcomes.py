"""What follows in an enrollment from messages that were sent: part of the transaction that stores their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery import outbox_writer
from bot.delivery.email_outbox import email_of
from bot.delivery.email_sender import EmailSettlement
from bot.delivery.outbox import OutboxRow
from bot.delivery.outbox_writer import Planned
from bot.domain import ticket_emails
from bot.domain.enrollment import Policy, Status
from bot.domain.reminders import following_reminder
from bot.repository import enrollment_reader, enrollment_writer
from bot.repository.database import Connection


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The consequences of sent messages, as delivery asks for them."""

    policy: Policy

    def reminders_sent(
        self, connection: Connection, sent: Sequence[Planned], versions: Mapping[int, int], now: datetime
    ) -> None:
        """Plan the reminder that follows each sent one, unless somebody answered while it was on its way.

        Args:
            versions: enrollment ID -> its version, locked in this transaction.
        """
        planned = []
        for enrollment, key, reminder in sent:
            current = enrollment
            if versions.get(enrollment.id) != enrollment.version:
                current = enrollment_reader.load(connection, enrollment.workspace, enrollment.id)
                if current.status is not Status.ACTIVE or current.step(key).reminder != reminder:
                    continue
            following = following_reminder(current, current.step(key), now, self.policy)
            if following is not None:
                planned.append((current, key, following))
        enrollment_writer.count_reminders(connection, planned)
        outbox_writer.owe_reminders(connection, planned)

    def email_ended(self, connection: Connection, row: OutboxRow, done: EmailSettlement, now: datetime) -> None:
        """Complete the step's act if the ticket's email was accepted; else record why it was not sent."""
        if row.enrollment_id is None or not (done.event or done.message_id):
            return
        before = enrollment_reader.load(connection, row.workspace, row.enrollment_id, lock=True)
        by = row.payload["by"]
        if done.event is not None:
            change = ticket_emails.told(before, done.event, by, now)
        else:
            step, email, at = row.payload["step"], email_of(row), done.accepted_at or now
            change = ticket_emails.emailed(before, step, email, done.message_id, by, at, self.policy)
        outbox_writer.save_with_outbox(connection, before, change)
