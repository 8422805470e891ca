"""Support tickets: the conditions before one can be written or called sent, and the parts of a long one."""

from __future__ import annotations

from bot.domain.enrollment import Enrollment
from bot.domain.list_checks import error_sentence
from bot.domain.lists import NOUNS
from bot.domain.procedure import SHARED, SPECS
from bot.domain.step_spec import StepKey


def missing_for_ticket(enrollment: Enrollment, key: StepKey) -> str | None:
    """A sentence that says what the ticket of step `key` still lacks or has wrong, or None if it can go out."""
    spec = SPECS[key]
    for needed in spec.ticket_needs:
        if enrollment.value(needed) is None:
            return f"The ticket needs the {SHARED[needed][1].noun}. Press Edit and enter it first."
    listed = spec.list_in_ticket
    if listed and not getattr(enrollment, listed):
        return f"Add at least one {NOUNS[listed]} first."
    return error_sentence(enrollment, listed) if listed else None


def ticket_parts(enrollment: Enrollment, key: StepKey, most: int | None) -> tuple[Enrollment, ...]:
    """The enrollment once for each part of a step's ticket, each with the lines of its part alone.

    Args:
        most: the most lines of a list in one ticket; None for any number.
    """
    listed = SPECS[key].list_in_ticket
    entries = getattr(enrollment, listed) if listed else ()
    if most is None or listed is None or len(entries) <= most:
        return (enrollment,)
    return tuple(enrollment.with_list(listed, entries[start : start + most]) for start in range(0, len(entries), most))
