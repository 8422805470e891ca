"""How the AWS accounts of an enrollment's organization are spread over its subsets, by the last **Check AWS**."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.domain.aws.preflight import CheckReport
from bot.domain.enrollment import Enrollment
from bot.domain.subset_coverage import SubsetCoverage, coverage
from bot.repository import check_results
from bot.repository.check_results import CheckKind


def of_enrollment(connection: Connection, enrollment: Enrollment) -> SubsetCoverage | None:
    """The coverage; None where nobody keeps the accounts of the subsets, or Check AWS has read none."""
    return of_organization(connection, enrollment) if enrollment.subset_accounts else None


def of_organization(connection: Connection, enrollment: Enrollment) -> SubsetCoverage | None:
    """The coverage, also where no account is in a subset yet; None where Check AWS has read none."""
    if enrollment.checked_at is None:
        return None
    result = check_results.last(connection, enrollment.id, CheckKind.PREFLIGHT)
    return coverage(enrollment, CheckReport.from_json(result.found) if result is not None else None)
