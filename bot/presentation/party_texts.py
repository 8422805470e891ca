"""The text that an owner sends to a party that is not in Slack: what to do in a step, and what to send back."""

from __future__ import annotations

from bot.domain.enrollment import Enrollment
from bot.domain.step_spec import StepKey
from bot.domain.tickets import missing_for_ticket
from bot.language.spoken import ENGLISH, speaking
from bot.presentation import texts, ticket_texts


@speaking(ENGLISH)
def request(enrollment: Enrollment, key: StepKey) -> str:
    """The text about a step, with the message that the step sends if all that it names is known."""
    spec = enrollment.spec(key)
    sends = spec.ticket is not None and missing_for_ticket(enrollment, key) is None
    message = ticket_texts.whole(ticket_texts.tickets(enrollment, key, None)) if sends else ""
    ticket = enrollment.procedure.ticket(spec.ticket)
    said = texts.say_plain("parties/request", enrollment=enrollment, spec=spec, ticket=ticket, message=message)
    return f"{said}\n"
