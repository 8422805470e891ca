"""A member account with a report of its own, checked over HTTP."""

import pytest

from bot.checks import BotoInspector
from bot.domain.aws.preflight import Target, Verdict
from tests.support.aws import ACCOUNT, Account, AwsEndpoint
from tests.support.findings import of, trouble


def test_a_member_account_passes_as_what_it_is(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, environ: pytest.MonkeyPatch
) -> None:
    """With its own credentials: that another account manages the organization is told, and is right."""
    made = account.client("organizations").create_account(AccountName="Data", Email="data@example.com")
    member = made["CreateAccountStatus"]["AccountId"]
    sts = account.client("sts")
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{member}:role/x", RoleSessionName="eco")["Credentials"]
    environ.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    environ.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    environ.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])

    report = aws.preflight(Target(member, checks="member"))

    found = of(report, "account.member")
    assert Verdict.PASS is found.verdict
    assert "1234-5678-9012 manages the organization" in found.found
    assert "ListAccounts" not in endpoint.counted()


def test_a_green_account_passes_as_a_member_account_too(aws: BotoInspector, account: Account) -> None:
    """Its report, bucket and role are judged as those of a management account."""
    report = aws.preflight(Target(ACCOUNT, checks="member"))

    assert {} == trouble(report)
    assert 28 == len(report.findings)
    assert trouble(aws.watch(Target(ACCOUNT, checks="member"))) == {}
    assert 1 == aws.delivered_files(Target(ACCOUNT, checks="member")).files
