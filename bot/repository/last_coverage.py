"""How the AWS accounts of an enrollment's organization are spread over its subsets, by the last **Check AWS**."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.domain.enrollment import Enrollment
from bot.domain.subset_coverage import SubsetCoverage, coverage
from bot.repository import check_results


def of_enrollment(connection: Connection, enrollment: Enrollment) -> SubsetCoverage | None:
    """The coverage; None where nobody keeps the accounts of the subsets, or Check AWS has read none."""
    return of_organization(connection, enrollment) if enrollment.subset_accounts else None


def of_organization(connection: Connection, enrollment: Enrollment) -> SubsetCoverage | None:
    """The coverage, also where no account is in a subset yet; None where Check AWS has read none."""
    if enrollment.checked_at is None:
        return None
    checks = enrollment.procedure.checks_from(None)
    return coverage(enrollment, check_results.last_report(connection, enrollment.id, checks))
