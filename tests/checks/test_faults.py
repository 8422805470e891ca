"""Failures of AWS over HTTP: denied, throttled, broken, unparsable or unreachable, for each call in turn."""

import json
import logging
from typing import Any

import pytest

from bot.checks import BotoInspector
from bot.clock import SystemClock
from bot.domain.aws.calls import Call
from bot.domain.aws.preflight import Target, Verdict
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault
from tests.support.aws.account import BUCKET
from tests.support.findings import FAIL, UNKNOWN, of, trouble

PERMISSIONS = ["role.describes", "role.lists", "role.reads", "role.required"]
FILES = ["files.delivered"]
ENCRYPTION = ["encryption.delivers", "encryption.reads"]

#: The call that fails -> what then cannot be told.
HANGS_ON: dict[Call, list[str]] = {
    Call.ORGANIZATION: ["account.management"],
    Call.ACCOUNTS: ["account.accounts"],
    Call.REPORTS: ["cur.definition", "bucket.exists", *FILES, "role.required"],
    Call.BUCKET: ["bucket.exists", "bucket.region"],
    Call.FILES: FILES,
    Call.BUCKET_POLICY: ["bucket.policy", "bucket.readers"],
    Call.OWNERSHIP: ["bucket.ownership"],
    Call.ENCRYPTION: ENCRYPTION,
    Call.KEY: ENCRYPTION,
    Call.KEY_POLICY: ENCRYPTION,
    Call.STACKS: ["stack.output"],
    Call.ROLES: [],  # the stack says which role it is
    Call.ROLE: ["role.exists", ENCRYPTION[1]],
    Call.ATTACHED: [*PERMISSIONS, ENCRYPTION[1]],
    Call.POLICY: [*PERMISSIONS, ENCRYPTION[1]],
    Call.POLICY_VERSION: [*PERMISSIONS, ENCRYPTION[1]],
    Call.INLINE: [*PERMISSIONS, ENCRYPTION[1]],
    Call.INLINE_POLICY: [*PERMISSIONS, ENCRYPTION[1]],
}
#: Not part of every check: those of the way in, those that are made where another one did not tell, and the costs.
#: Those of other sets of checks are in test_faults_of_sets.py.
APART = (Call.ASSUME_ROLE, Call.IDENTITY, Call.EXPORTS, Call.ACCOUNT, Call.COSTS, Call.FIRST_BYTES, Call.CRAWLER)
ASKED = [call for call in Call if call not in APART]


def of_json(call: Call) -> bool:
    """Whether the service has the error format of JSON services."""
    return call.value.service in ("organizations", "cur", "bcm-data-exports", "kms")


def with_key_and_inline_policy(account: Account) -> None:
    """Encrypt the bucket with a key, and add an inline policy to the green role that lets it decrypt."""
    key = account.encrypt()
    statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("iam").put_role_policy(
        RoleName="SpotByNetApp_Finops_ReadOnly", PolicyName="more", PolicyDocument=document
    )


def test_the_table_speaks_of_every_call() -> None:
    """A new call is tested with every fault, too."""
    assert set(ASKED) == set(HANGS_ON)


@pytest.mark.parametrize("call", ASKED)
def test_a_denied_call_leaves_its_items_open_and_names_its_permission(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, call: Call
) -> None:
    """All other items are judged; the fix names the action to allow."""
    with_key_and_inline_policy(account)
    endpoint.faults[call.value.name] = Fault("AccessDeniedException" if of_json(call) else "AccessDenied")

    report = aws.preflight(Target(ACCOUNT))

    assert dict.fromkeys(HANGS_ON[call], UNKNOWN) == trouble(report)
    for first in (of(report, item) for item in HANGS_ON[call][:1]):
        assert "denies" in first.found
        assert all(action in first.fix for action in call.value.actions)


@pytest.mark.parametrize("call", ASKED)
def test_a_throttled_call_is_made_once_more(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, call: Call
) -> None:
    """A single throttling error is retried and leaves no finding."""
    with_key_and_inline_policy(account)
    code = "ThrottlingException" if of_json(call) else "Throttling"
    fault = endpoint.faults[call.value.name] = Fault(code, 503 if call.value.service == "s3" else 400, times=1)

    report = aws.preflight(Target(ACCOUNT))

    assert 0 == fault.times
    assert {} == trouble(report)


FAULTS: dict[str, tuple[Fault, str]] = {
    "throttled for long": (Fault("ThrottlingException", 400), "too busy for cur:DescribeReportDefinitions"),
    "a fault of AWS": (Fault("InternalErrorException", 500), "AWS has a problem at"),
    "a gateway without words": (Fault(status=502, body=b"<html>Bad Gateway</html>"), "AWS has a problem at"),
    "credentials that run out meanwhile": (Fault("ExpiredTokenException", 400), "have expired"),
    "an error of tomorrow": (Fault("PaperJamException", 400), "does not understand (PaperJamException)"),
    "no JSON": (Fault(status=200, body=b"{]"), "does not understand"),
    "JSON of something else": (
        Fault(status=200, body=b'{"ReportDefinitions": [{"TimeUnit": "HOURLY"}]}'), "understand (KeyError)"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_as_what_it_is(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, fault: Fault, words: str
) -> None:
    """The item cannot be told and the finding says why; items that do not depend on it pass."""
    endpoint.faults["DescribeReportDefinitions"] = fault

    report = aws.preflight(Target(ACCOUNT))

    assert dict.fromkeys(HANGS_ON[Call.REPORTS], UNKNOWN) == trouble(report)
    assert words in of(report, "cur.definition").found


WAYS_IN: dict[str, tuple[str, int, str]] = {
    "expired": ("ExpiredToken", 403, "renew its AWS credentials"),
    "deleted keys": ("InvalidClientTokenId", 403, "check AWS_ACCESS_KEY_ID"),
    "a wrong secret": ("SignatureDoesNotMatch", 403, "AWS_SECRET_ACCESS_KEY"),
    "throttled": ("Throttling", 400, "Wait a minute"),
    "broken": ("InternalFailure", 500, "Check again in a few minutes"),
    "denied": ("AccessDenied", 403, "allow"),
}


@pytest.mark.parametrize(("code", "status", "words"), WAYS_IN.values(), ids=WAYS_IN)
def test_credentials_that_aws_refuses_leave_everything_open(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, code: str, status: int, words: str
) -> None:
    """No other call is made, nothing passes, and the fix is about the credentials."""
    endpoint.faults["GetCallerIdentity"] = Fault(code, status)

    report = aws.preflight(Target(ACCOUNT))

    assert {"GetCallerIdentity"} == set(endpoint.counted())
    assert {Verdict.UNKNOWN} == {found.verdict for found in report.findings}
    assert words in of(report, "account.identity").fix
    assert words in aws.delivered_files(Target(ACCOUNT)).problem


def test_without_credentials_it_is_said_what_to_set(endpoint: AwsEndpoint, account: Account, environ: Any) -> None:
    """Without any AWS configuration no call is made, and the first finding names the settings."""
    environ.delenv("AWS_ACCESS_KEY_ID")
    environ.delenv("AWS_SECRET_ACCESS_KEY")

    report = BotoInspector(None, SystemClock(), endpoint=endpoint.url).preflight(Target(ACCOUNT))

    assert [] == endpoint.requests
    assert "the bot has no AWS credentials (NoCredentialsError)" == of(report, "account.identity").found
    assert "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in of(report, "account.identity").fix


MISCONFIGURED = {
    "half the credentials": ({"AWS_SECRET_ACCESS_KEY": None}, "has no AWS credentials (PartialCredentialsError)"),
    "an unknown profile": ({"AWS_PROFILE": "nobody"}, "cannot use its AWS settings (ProfileNotFound)"),
}


@pytest.mark.parametrize(("settings", "says"), MISCONFIGURED.values(), ids=MISCONFIGURED)
def test_what_boto3_says_of_its_own_settings_is_told(
    environ: pytest.MonkeyPatch, settings: dict[str, str | None], says: str
) -> None:
    """No call is made, and the fix names the settings."""
    for name, value in settings.items():
        if value is None:
            environ.delenv(name)
        else:
            environ.setenv(name, value)

    found = of(BotoInspector(None, SystemClock()).preflight(Target(ACCOUNT)), "account.identity")

    assert says in found.found
    assert "AWS_PROFILE" in found.fix


def test_a_denied_bucket_is_not_taken_for_anothers(aws: BotoInspector, account: Account, endpoint: AwsEndpoint) -> None:
    """Denied with and without an expected owner: the owner is unknown, but the error response has the region."""
    endpoint.faults["HeadBucket"] = Fault(headers={"x-amz-bucket-region": "eu-west-1"})

    report = aws.preflight(Target(ACCOUNT))

    assert {"bucket.exists": UNKNOWN, "bucket.region": FAIL} == trouble(report)
    assert "allow s3:ListBucket" in of(report, "bucket.exists").fix


def test_a_bucket_of_another_region_is_followed_there(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """S3 redirects to the region; the second request is signed for it."""
    endpoint.faults["HeadBucket"] = Fault("", 301, headers={"x-amz-bucket-region": "eu-west-1"}, times=1)

    aws.preflight(Target(ACCOUNT))

    regions = [request.region for request in endpoint.requests if request.operation == "HeadBucket"]
    assert ["us-east-1", "eu-west-1"] == regions


def test_a_region_that_is_switched_off_is_told(aws: BotoInspector, account: Account, endpoint: AwsEndpoint) -> None:
    """A bucket in an opt-in region that the account has not enabled."""
    fault = Fault("IllegalLocationConstraintException", 400, headers={"x-amz-bucket-region": "me-south-1"})
    endpoint.faults["ListObjectsV2"] = fault

    report = aws.preflight(Target(ACCOUNT))

    assert {"files.delivered": UNKNOWN} == trouble(report)
    assert "AWS Regions" in of(report, "files.delivered").fix


def test_no_report_is_told_even_where_exports_are_hidden(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """A missing report is a finding, even if the exports, which would only explain it, cannot be listed."""
    endpoint.billing.definitions = []
    endpoint.faults["ListExports"] = Fault("AccessDeniedException")

    report = aws.preflight(Target(ACCOUNT, bucket=BUCKET))

    assert {"cur.definition": FAIL} == trouble(report)


def test_a_role_that_vanishes_between_two_calls_breaks_nothing(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """Its policies are gone when they are read: their permissions cannot be told."""
    endpoint.faults["ListAttachedRolePolicies"] = Fault("NoSuchEntity", 404)

    assert dict.fromkeys(PERMISSIONS, UNKNOWN) == trouble(aws.preflight(Target(ACCOUNT)))


def test_aws_that_is_not_there_is_told(environ: Any) -> None:
    """A closed port: nothing passes, and the fix is about the network."""
    report = BotoInspector(None, SystemClock(), endpoint="http://127.0.0.1:9").preflight(Target(ACCOUNT))

    assert "AWS cannot be reached for sts:GetCallerIdentity" in of(report, "account.identity").found
    assert 0 == report.count(Verdict.PASS)


def test_an_endpoint_that_is_no_address_is_told(environ: Any) -> None:
    """A mistyped AWS_ENDPOINT_URL raises nothing."""
    environ.setenv("AWS_ENDPOINT_URL", "localhost")

    report = BotoInspector(None, SystemClock()).preflight(Target(ACCOUNT))

    assert 0 == report.count(Verdict.PASS)
    assert "cannot use its AWS settings (invalid endpoint)" in of(report, "account.identity").found
    assert "AWS_ENDPOINT_URL" in of(report, "account.identity").fix


def test_the_endpoint_of_the_environment_is_used(account: Account, endpoint: AwsEndpoint, environ: Any) -> None:
    """AWS_ENDPOINT_URL needs no other setting."""
    environ.setenv("AWS_ENDPOINT_URL", endpoint.url)

    assert {} == trouble(BotoInspector(None, SystemClock()).preflight(Target(ACCOUNT)))


def test_no_secret_gets_into_findings_or_logs(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    """AWS's messages can quote the signed request, with its tokens: only error codes are shown."""
    secret = "FwoGZXIvYXdzEBYaDH-a-session-token"
    caplog.set_level(logging.DEBUG, "bot")
    for call in Call:
        endpoint.faults[call.value.name] = Fault("Paper Jam!", 400, message=f"x-amz-security-token:{secret}")
    refused = aws.preflight(Target(ACCOUNT))
    del endpoint.faults["GetCallerIdentity"]

    report = aws.preflight(Target(ACCOUNT))

    assert "(PaperJam)" in of(report, "cur.definition").found
    assert secret not in f"{refused.to_json()}{report.to_json()}{caplog.text}"
