"""Send a step's ticket by email: the warnings to confirm before, and the email in the outbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.delivery import email_outbox
from bot.domain import ticket_emails, transitions
from bot.domain.access import Actor
from bot.domain.enrollment import Enrollment
from bot.domain.errors import Conflict, StepConflict
from bot.domain.schedule import Clock
from bot.domain.step_spec import StepKey
from bot.domain.ticket_emails import Email, Part, Route, of_next_ticket
from bot.domain.tickets import missing_for_ticket, sendable_states
from bot.language.spoken import ENGLISH, speaking
from bot.repository import enrollment_reader, idempotency_keys
from bot.repository.database import Database
from bot.use_cases import owner_notices, stand_ins
from bot.use_cases.caller import Caller


class TicketEmails:
    """Emails to support; exists only where the settings name a sender and a recipient (`route`)."""

    def __init__(self, database: Database, clock: Clock, route: Route, wake: Callable[[], None]) -> None:
        self.route = route
        self._database = database
        self._clock = clock
        self._wake = wake

    def going(self, enrollment: Enrollment, step: StepKey, emails: Sequence[Email]) -> tuple[Email, ...]:
        """Those of the ticket's parts that go out now: the ones that were not sent yet, else all of them again."""
        with self._database.read() as connection:
            attempts = of_next_ticket(enrollment, step, email_outbox.attempts(connection, enrollment, step))
        return tuple(emails[index] for index in ticket_emails.going(emails, attempts))

    @speaking(ENGLISH)  # what is confirmed here is compared with what `send` asks
    def warnings(self, enrollment: Enrollment, step: StepKey, *emails: Email) -> list[str]:
        """What a person has to confirm before the step's ticket, with these emails as its parts, is sent.

        Raises:
            StepConflict: the step is not open, its ticket lacks something, or an email is being sent.
        """
        self._require_sendable(enrollment, step)
        with self._database.read() as connection:
            attempts = of_next_ticket(enrollment, step, email_outbox.attempts(connection, enrollment, step))
        return ticket_emails.warnings(enrollment, ticket_emails.in_question(emails, attempts))

    def require_agreement(self, actor: Actor, enrollment: Enrollment) -> None:
        """Raise `StepConflict` while the owner of another enrollment with the same organization has to agree."""
        with self._database.read() as connection:
            owner_notices.require_agreement(connection, enrollment, actor)

    def send(self, caller: Caller, seen: Enrollment, step: StepKey, *emails: Email) -> None:
        """Put emails that were written from `seen`, one for each part of the ticket, into the outbox.

        Later changes do not alter them. Of several parts, those that were sent already stay out.

        Raises:
            NotAllowed, StepConflict (see `warnings`), NeedsConfirmation.
            Conflict: the enrollment has changed since the email was written.
        """
        now = self._clock.now()
        with self._database.write(urgent=True) as connection:
            before = enrollment_reader.load(connection, caller.workspace, seen.id, lock=True)
            key = caller.idempotency_key
            if key is not None and idempotency_keys.find(connection, caller.workspace, key) is not None:
                return
            absent = stand_ins.require_change(connection, before, caller.actor, now, step)
            owner_notices.require_agreement(connection, before, caller.actor)
            self._require_sendable(before, step)
            every = email_outbox.attempts(connection, before, step)
            earlier = of_next_ticket(before, step, every)
            caller.require(ticket_emails.warnings(before, ticket_emails.in_question(emails, earlier)))
            if before.version != seen.version:
                raise Conflict
            by, first = caller.actor.user_id, len(every) + 1
            chosen = ticket_emails.going(emails, earlier)
            for number, index in enumerate(chosen, first):
                part = Part(index + 1, len(emails), number, first, last=index == chosen[-1])
                email_outbox.owe(connection, before, step, emails[index], by, now, part, absent)
            if key is not None:
                idempotency_keys.add(connection, caller.workspace, key, before.id, now)
        self._wake()

    def _require_sendable(self, enrollment: Enrollment, step: StepKey) -> None:
        transitions.require_state(enrollment, step, self._clock.now(), *sendable_states(enrollment, step))
        missing = missing_for_ticket(enrollment, step)
        if missing:
            raise StepConflict(missing)
