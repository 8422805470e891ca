"""Reads what a card shows besides its enrollment: who cancelled it, and the accounts of its subsets."""

from __future__ import annotations

from bot.domain.enrollment import Enrollment, EventKind, Status
from bot.domain.subset_coverage import SubsetCoverage
from bot.presentation import card
from bot.presentation.card import Ending
from bot.repository import audit, last_coverage
from bot.repository.database import Database


def read(database: Database, enrollment: Enrollment) -> tuple[Ending | None, SubsetCoverage | None]:
    """Who cancelled the enrollment and why, and how the organization's accounts are spread; None where unknown."""
    if enrollment.status is Status.CANCELLED:
        with database.read() as connection:
            cancelled = audit.events_of_each(connection, [enrollment.id], [EventKind.CANCELLED])
        return card.ending(cancelled.get(enrollment.id, ())), None
    if not enrollment.subset_accounts:
        return None, None
    with database.read() as connection:
        return None, last_coverage.of_enrollment(connection, enrollment)
