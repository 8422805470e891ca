"""Conditions that a support ticket must meet before it can be written or called sent."""

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
