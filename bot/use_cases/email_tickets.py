"""Use cases of tickets by email: what stands against sending one, and asking for it to be sent."""

from __future__ import annotations

from collections.abc import Callable

from bot.delivery import email_outbox
from bot.domain import transitions
from bot.domain.access import require_change
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import Conflict, StepConflict
from bot.domain.schedule import Clock
from bot.domain.step_spec import StepKey
from bot.domain.ticket_emails import Email, Route, doubts_about
from bot.domain.tickets import missing_for_ticket
from bot.repository import enrollment_reader, idempotency_keys
from bot.repository.database import Database
from bot.use_cases.enrollments import Caller


class TicketEmails:
    """Asks for emails; there is one only where the operator has said from whom and to whom they go."""

    def __init__(self, database: Database, clock: Clock, route: Route, wake: Callable[[], None]) -> None:
        self.route = route
        self._database = database
        self._clock = clock
        self._wake = wake

    def warnings(self, enrollment: Enrollment, step: StepKey) -> list[str]:
        """What a person has to confirm before the step's ticket is sent by email.

        Raises:
            StepConflict: the step is not open, its ticket lacks something, or an email is on its way.
        """
        self._require_sendable(enrollment, step)
        with self._database.read() as connection:
            return doubts_about(enrollment, email_outbox.attempts(connection, enrollment, step))

    def send(self, caller: Caller, seen: Enrollment, step: StepKey, email: Email) -> None:
        """Owe an email that was written from `seen`; it is sent as it is, whatever changes afterwards.

        Raises:
            NotAllowed, StepConflict (see `doubts`), NeedsConfirmation.
            Conflict: the enrollment is not as it was when the email was written.
        """
        now = self._clock.now()
        with self._database.write(urgent=True) as connection:
            before = enrollment_reader.load(connection, caller.workspace, seen.id, lock=True)
            if (
                caller.idempotency_key is not None
                and idempotency_keys.find(connection, caller.workspace, caller.idempotency_key) is not None
            ):
                return
            require_change(before, caller.actor)
            self._require_sendable(before, step)
            earlier = email_outbox.attempts(connection, before, step)
            caller.require(doubts_about(before, earlier))
            if before.version != seen.version:
                raise Conflict
            email_outbox.owe(connection, before, step, email, caller.actor.user_id, len(earlier) + 1, now)
            if caller.idempotency_key is not None:
                idempotency_keys.add(connection, caller.workspace, caller.idempotency_key, before.id, now)
        self._wake()

    def _require_sendable(self, enrollment: Enrollment, step: StepKey) -> None:
        transitions.require_state(enrollment, step, self._clock.now(), State.OPEN)
        missing = missing_for_ticket(enrollment, step)
        if missing:
            raise StepConflict(missing)
