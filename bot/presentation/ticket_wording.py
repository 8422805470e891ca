"""The wording of tickets to Spot support: from templates/tickets/, or from the procedure's own file."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.sandbox import SandboxedEnvironment

from bot.domain.enrollment import Enrollment
from bot.domain.sent_lines import TicketLines, lines_to_send, tickets_of
from bot.domain.step_spec import StepKey
from bot.language.spoken import ENGLISH, speaking
from bot.presentation import texts


@speaking(ENGLISH)  # support reads no other language, and the vendor prescribes the wording
def ticket(enrollment: Enrollment, step: StepKey, lines: TicketLines | None = None) -> str:
    """The text of a step's support ticket, plain, with every pair or customer on a line of its own.

    Args:
        lines: what it carries of the step's list; None for all that its next ticket does.
    """
    spec = enrollment.spec(step)
    assert spec.ticket is not None, f"{step} has no ticket"
    own = enrollment.procedure.ticket(spec.ticket)
    if spec.list_in_ticket is None:
        return _ticket_text(spec.ticket, own.text, enrollment=enrollment)
    carried = lines_to_send(enrollment, spec.list_in_ticket) if lines is None else lines
    if carried.follow_up:
        before = [each.ticket for each in tickets_of(enrollment, spec.list_in_ticket) if each.ticket]
        name = f"{spec.ticket}_follow_up"
        return _ticket_text(name, own.follow_up, enrollment=enrollment, lines=carried, before=before)
    part = enrollment.with_list(spec.list_in_ticket, carried.added)
    return _ticket_text(spec.ticket, own.text, enrollment=part)


def _ticket_text(name: str, own: str, **values: Any) -> str:
    """The text of a ticket from its template, or from the one that stands in the procedure's file."""
    if own:
        return own_templates().from_string(own).render(**values).strip() + "\n"
    return texts.say_plain(f"tickets/{name}", **values) + "\n"


@cache
def own_templates() -> Environment:
    """For templates that operators write: they see what ours see, and can reach nothing else."""
    ours = texts.plain_environment()
    made = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.clear()  # a ticket needs nothing of Jinja's own, which could make it endless
    made.globals.update({name: each for name, each in ours.globals.items() if name not in DEFAULT_NAMESPACE})
    return made
