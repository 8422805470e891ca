"""Support tickets: the conditions before one can be written or called sent, and the parts of a long one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.domain.enrollment import Change, Enrollment, State
from bot.domain.list_checks import error_sentence
from bot.domain.list_entries import KINDS
from bot.domain.retold import Phrase
from bot.domain.sent_lines import TicketLines, lines_to_send, unsent
from bot.domain.sentences import sentence
from bot.domain.step_spec import StepKey


def missing_for_ticket(enrollment: Enrollment, key: StepKey) -> str | None:
    """A sentence that says what the ticket of step `key` still lacks or has wrong, or None if it can go out."""
    spec = enrollment.spec(key)
    for needed in spec.ticket_needs:
        if enrollment.value(needed) is None:
            value = enrollment.procedure.told.shared[needed][1].noun
            return sentence("The ticket needs the {value}. Press Edit and enter it first.", value=Phrase(value))
    listed = spec.list_in_ticket
    if listed and not len(lines_to_send(enrollment, listed)):
        return sentence("Add at least one {entry} first.", entry=Phrase(KINDS[listed].noun))
    return error_sentence(enrollment, listed) if listed else None


def ticket_parts(enrollment: Enrollment, key: StepKey, most: int | None) -> tuple[TicketLines, ...]:
    """The lines of a step's next ticket, once for each of its parts; one part without lines for a step without a list.

    Args:
        most: the most lines of a list in one ticket; None for any number.
    """
    return lines_to_send(enrollment, enrollment.spec(key).list_in_ticket).parts(most)


def is_follow_up(enrollment: Enrollment, key: StepKey) -> bool:
    """Whether the next ticket of a step tells only what has changed since the tickets before it."""
    return bool(unsent(enrollment, enrollment.spec(key).list_in_ticket))


def sendable_states(enrollment: Enrollment, key: StepKey) -> tuple[State, ...]:
    """The states of a step in which its ticket can be sent; a follow-up does not wait until the step opens again."""
    return (State.OPEN, State.WAITING, State.DUE, State.DONE) if is_follow_up(enrollment, key) else (State.OPEN,)


def as_sent(
    enrollment: Enrollment, key: StepKey, listed: tuple[Any, ...] | None, send: Callable[[Enrollment], Change]
) -> Change:
    """The change that sends a step's ticket with the list as it was written; what has changed since stays changed.

    Args:
        listed: the list as the ticket has it; None for the list as it is.
    """
    name = enrollment.spec(key).list_in_ticket
    if name is None or listed is None:
        return send(enrollment)
    change = send(enrollment.with_list(name, listed))
    return replace(change, enrollment=change.enrollment.with_list(name, getattr(enrollment, name)))
