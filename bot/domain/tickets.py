"""What a support ticket needs before it can be written or called sent."""

from __future__ import annotations

from bot.domain.enrollment import Enrollment
from bot.domain.procedure import SPECS, ListKey, StepKey, TicketKey

#: The tickets whose text names the enrollment's own Spot organization ID.
_NAMES_ORGANIZATION = frozenset({TicketKey.ENABLE_SUBSETS, TicketKey.ASSOCIATE_WORKFLOWS})


def missing_for_ticket(enrollment: Enrollment, key: StepKey) -> str | None:
    """A sentence that says what the ticket of step `key` still lacks, or None where it is complete."""
    spec = SPECS[key]
    if spec.ticket in _NAMES_ORGANIZATION and enrollment.spot_org_id is None:
        return "The ticket names the Spot organization ID, which is not known yet. Add it with Edit."
    if spec.carries is ListKey.PAIRS and not enrollment.pairs:
        return "The ticket lists the pairs, and there are none yet. Use Add pairs first."
    if spec.carries is ListKey.CUSTOMERS and not enrollment.customers:
        return "The ticket lists the end customers, and there are none yet. Use Add customers first."
    return None
