"""Reading the report of a preflight in tests."""

from bot.domain.aws.preflight import CheckReport, Finding, Verdict

FAIL, UNKNOWN = Verdict.FAIL, Verdict.UNKNOWN


def trouble(report: CheckReport) -> dict[str, Verdict]:
    """The items that are no pass."""
    return {found.item: found.verdict for found in report.findings if found.verdict is not Verdict.PASS}


def of(report: CheckReport, item: str) -> Finding:
    """The finding on one item."""
    [found] = [found for found in report.findings if found.item == item]
    return found
