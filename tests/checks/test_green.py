"""An account in which everything is right, checked over HTTP."""

import pytest

from bot.checks import BotoInspector
from bot.domain.aws.delivered_files import period_of
from bot.domain.aws.preflight import Target, Verdict
from tests.support.aws import ACCOUNT, Account, AwsEndpoint
from tests.support.aws.account import BUCKET, FILE, ROLE_ARN


def test_a_green_account_passes_every_item(aws: BotoInspector, account: Account) -> None:
    """Every finding passes, and role and bucket are offered for the form."""
    report = aws.preflight(Target(ACCOUNT))

    assert [] == [found for found in report.findings if found.verdict is not Verdict.PASS]
    assert 29 == len(report.findings)
    assert (ROLE_ARN, BUCKET) == (report.role_arn, report.bucket)
    assert (("master",), 1) == (report.accounts, report.account_count)


def test_the_landing_is_looked_at_alone(aws: BotoInspector, account: Account, endpoint: AwsEndpoint) -> None:
    """The hourly check makes four calls, and counts the same files as the preflight."""
    delivered = aws.delivered_files(Target(ACCOUNT))

    assert ["GetCallerIdentity", "DescribeReportDefinitions", "ListObjectsV2", "ListObjectsV2"] == [
        r.operation for r in endpoint.requests
    ]
    assert (1, 5, (period_of(FILE),), "") == (delivered.files, delivered.size, delivered.periods, delivered.problem)
    assert delivered == aws.preflight(Target(ACCOUNT)).delivered


def test_every_call_is_signed_for_the_region_of_the_procedure(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, environ: pytest.MonkeyPatch
) -> None:
    """Requests go to the procedure's region, whatever region the environment has."""
    environ.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    environ.setenv("AWS_REGION", "eu-west-1")
    aws.preflight(Target(ACCOUNT))

    assert {"us-east-1"} == {request.region for request in endpoint.requests}
