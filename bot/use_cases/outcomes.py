"""Changes of enrollments after a message was sent: the next reminder, the step whose ticket was emailed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.delivery import outbox_writer
from bot.delivery.email_outbox import email_of, part_of
from bot.delivery.email_sender import EmailSettlement
from bot.delivery.outbox import OutboxRow
from bot.domain import ticket_emails
from bot.domain.enrollment import Enrollment, Policy
from bot.domain.reminders import following_reminder
from bot.domain.step_spec import StepKey
from bot.domain.tickets import as_sent
from bot.repository import audit, enrollment_reader, enrollment_writer
from bot.repository.database import Connection
from bot.use_cases import stand_ins


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The consequences of sent messages, as delivery asks for them."""

    policy: Policy

    def reminders_sent(self, connection: Connection, sent: Sequence[tuple[Enrollment, StepKey]], now: datetime) -> None:
        """Plan the reminder that follows each sent one.

        Args:
            sent: locked enrollments, and their steps whose reminder was sent and has not been answered.
        """
        planned = []
        for enrollment, key in sent:
            following = following_reminder(enrollment, enrollment.step(key), now, self.policy)
            if following is not None:
                planned.append((enrollment, key, following))
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
            of_email = (step, email, done.message_id, by, at, self.policy, part_of(row))
            listed = _listed(connection, before, row)
            change = as_sent(before, step, listed, lambda enrollment: ticket_emails.emailed(enrollment, *of_email))
        change = stand_ins.in_the_name_of(change, row.payload.get("for"))
        outbox_writer.save_with_outbox(connection, before, change, self.policy)


def _listed(connection: Connection, enrollment: Enrollment, row: OutboxRow) -> tuple[Any, ...] | None:
    """The list that an email's ticket carried; None for a step without one, and for rows of former versions."""
    name, version = enrollment.spec(row.payload["step"]).list_in_ticket, row.payload.get("version")
    return audit.list_at(connection, enrollment, name, version) if name and version is not None else None
