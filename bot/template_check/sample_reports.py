"""Made-up results of AWS checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from bot.domain.aws.costs import AccountCost, MonthlyCosts
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, MemberAccount, Verdict
from bot.template_check.sample_enrollments import NOW, Words

MEMBERS = (MemberAccount("111111111111", "Production"), MemberAccount("222222222222", "Old", "closed"))
_FILES = DeliveredFiles(3, 2048, NOW - timedelta(days=1), NOW, ("20261101-20261201",), bucket="acme-cur")
#: Files are there, more of them than were counted, none, and nobody could look.
DELIVERIES = (
    _FILES,
    replace(_FILES, counted_all=False, first_at=None, newest_at=None, periods=()),
    DeliveredFiles(),
    DeliveredFiles(problem="AWS refused it."),
)


def reports(words: Words) -> tuple[CheckReport, ...]:
    """Something to fix and something that passed, nothing to fix, nothing at all, and more than a window shows."""
    said = words.sentence
    failed = Finding("cur.time_unit", Verdict.FAIL, said, said, said, said, '{"Version": "2012-10-17"}')
    unknown = Finding("bucket.policy", Verdict.UNKNOWN, said, said)
    passed = Finding("cur.format", Verdict.PASS, said, said, f"{said}!")
    long = replace(failed, paste="x" * 4000)
    whole = CheckReport(
        (failed, long, failed, failed, unknown, passed, passed),
        DELIVERIES[0],
        role_arn="arn:aws:iam::123456789012:role/Spot",
        bucket="acme-cur",
        account_count=2,
        members=MEMBERS,
    )
    return (
        whole,
        replace(whole, findings=(unknown, unknown, passed), delivered=DELIVERIES[1]),
        replace(whole, findings=(unknown, passed), delivered=DELIVERIES[2]),
        replace(whole, findings=(passed,), delivered=DELIVERIES[3]),
        replace(whole, findings=(failed,) * 300, delivered=None),
        replace(whole, findings=(unknown,), delivered=None),
        CheckReport(),
    )


def costs(words: Words) -> tuple[MonthlyCosts, ...]:
    """Costs of all accounts, of some of them, none, and a problem."""
    row = AccountCost("111111111111", words.name, Decimal("12.5"), "USD")
    whole = MonthlyCosts(date(2026, 10, 1), (row,), requests=1)
    partly = replace(whole, complete=False, estimated=True)
    return whole, partly, replace(whole, rows=()), replace(whole, rows=(), problem=words.sentence)
