"""Tickets as people read them before they marked them as sent: the list may have changed since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.domain import transitions
from bot.domain.enrollment import Change, Enrollment
from bot.domain.errors import StepConflict
from bot.domain.sent_lines import last_number
from bot.domain.sentences import sentence
from bot.domain.step_spec import StepKey
from bot.domain.tickets import as_sent, sendable_states
from bot.repository import audit, enrollment_reader
from bot.repository.database import Database
from bot.use_cases.caller import Caller


@dataclass(frozen=True, slots=True)
class SeenTicket:
    """A step's ticket at the version in which a person read it.

    Attributes:
        listed: the list as it was then; None for a step without one, or where the version is not known.
        last: the number of the list's last ticket by now. sent_by: who has sent another ticket since.
    """

    step: StepKey
    listed: tuple[Any, ...] | None = None
    last: int = 0
    sent_by: str | None = None

    def sent(self, before: Enrollment, send: Callable[[Enrollment], Change], **context: Any) -> Change:
        """The change that marks it as sent.

        Raises:
            StepConflict: somebody else has sent the ticket since it was read.
        """
        if self.listed is None:
            return send(before)
        if self.sent_by or last_number(before, before.spec(self.step).list_in_ticket) != self.last:
            transitions.require_state(before, self.step, context["now"], *sendable_states(before, self.step))
            who = self.sent_by or before.step(self.step).acted_by
            words = "Somebody has sent a ticket since you opened this. Open it again."
            if who:
                words = "{person} has sent a ticket since you opened this. Open it again."
            raise StepConflict(sentence(words, person=f"<@{who}>"), ids=[who] if who else [])
        return as_sent(before, self.step, self.listed, send)


def seen(database: Database, caller: Caller, enrollment_id: int, step: StepKey) -> SeenTicket:
    """The ticket that the person read, at the version that their form names."""
    version = caller.ticket_version
    if version is None:
        return SeenTicket(step)
    with database.read() as connection:
        enrollment = enrollment_reader.load(connection, caller.workspace, enrollment_id)
        listed = enrollment.spec(step).list_in_ticket
        if listed is None:
            return SeenTicket(step)
        entries = audit.list_at(connection, enrollment, listed, version)
        sent_by = audit.sent_since(connection, enrollment_id, step, version)
    return SeenTicket(step, entries, last_number(enrollment, listed), sent_by)
