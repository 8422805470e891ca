"""What follows in an enrollment from messages that were sent: part of the transaction that stores their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery import outbox_writer
from bot.delivery.outbox_writer import Planned
from bot.domain import ticket_emails
from bot.domain.enrollment import Enrollment, Event, Policy, Status
from bot.domain.procedure import StepKey
from bot.domain.reminders import following_reminder
from bot.domain.ticket_emails import Email
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

    def email_accepted(
        self, connection: Connection, of: Enrollment, key: StepKey, email: Email, message_id: str, by: str, at: datetime
    ) -> None:
        """Complete the step's act in the name of the person who asked for the email."""
        change = ticket_emails.emailed(of, key, email, message_id, by, at, self.policy)
        outbox_writer.save_with_outbox(connection, of, change)

    def email_failed(self, connection: Connection, of: Enrollment, event: Event, by: str, at: datetime) -> None:
        """Record why an email was not sent, or that its outcome is unknown."""
        outbox_writer.save_with_outbox(connection, of, ticket_emails.told(of, event, by, at))
