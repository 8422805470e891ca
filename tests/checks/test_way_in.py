"""Access to an account: by own credentials, or by an assumed role, given by name or ARN, with an external ID."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore import exceptions as boto

from bot.checks import BotoInspector
from bot.checks.aws_errors import unseen_after
from bot.clock import SystemClock
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import Reason, Unseen
from bot.domain.aws.preflight import Target, Verdict
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault
from tests.support.aws.billing import definition
from tests.support.findings import FAIL, of, trouble

OTHER = "999988887777"
ARN = f"arn:aws:iam::{ACCOUNT}:role/audit/EcoReadOnly"


def looking(endpoint: AwsEndpoint, role: str) -> BotoInspector:
    """An inspector with a role."""
    return BotoInspector(role, SystemClock(), endpoint=endpoint.url)


@pytest.mark.parametrize(
    ("role", "arn"),
    {
        "EcoReadOnly": f"arn:aws:iam::{ACCOUNT}:role/EcoReadOnly",
        "audit/EcoReadOnly": ARN,
        "/audit/EcoReadOnly": ARN,
        ARN: ARN,
    }.items(),
)
def test_a_role_is_assumed_in_the_account_that_is_looked_at(
    endpoint: AwsEndpoint, account: Account, role: str, arn: str
) -> None:
    """A name is a role in the account of the enrollment; an ARN is used as it is."""
    report = looking(endpoint, role).preflight(Target(ACCOUNT, external_id="acme-7"))

    assert {} == trouble(report)
    [asked] = [request.inputs for request in endpoint.requests if request.operation == "AssumeRole"]
    assert (arn, "acme-7", "eco-enrollment-bot") == (asked["RoleArn"], asked["ExternalId"], asked["RoleSessionName"])
    assert f"{arn.rpartition('/')[2]}/eco-enrollment-bot" in of(report, "account.identity").found


def test_without_an_external_id_none_is_sent(endpoint: AwsEndpoint, account: Account) -> None:
    """AWS would reject an empty one."""
    looking(endpoint, "EcoReadOnly").delivered_files(Target(ACCOUNT))

    assert "ExternalId" not in endpoint.requests[0].inputs


def test_all_that_follows_is_asked_as_the_role(endpoint: AwsEndpoint, account: Account) -> None:
    """Only AssumeRole is signed with the bot's own key."""
    looking(endpoint, "EcoReadOnly").preflight(Target(ACCOUNT))

    keys = [r.headers["authorization"].split("Credential=")[1].split("/")[0] for r in endpoint.requests]
    assert "made" == keys[0]
    assert 1 == len(set(keys[1:]))
    assert "made" not in keys[1:]


@pytest.mark.parametrize(
    ("code", "words"),
    {
        "AccessDenied": "Roles, EcoReadOnly, Trust relationships",
        "ExpiredToken": "renew its AWS credentials",
        "RegionDisabledException": "AWS Regions",
    }.items(),
)
def test_a_role_that_cannot_be_assumed_leaves_everything_open(
    endpoint: AwsEndpoint, account: Account, code: str, words: str
) -> None:
    """Without access every item is open, and the fix says what to change."""
    endpoint.faults["AssumeRole"] = Fault(code)

    report = looking(endpoint, "EcoReadOnly").preflight(Target(ACCOUNT))

    assert ["AssumeRole"] == [request.operation for request in endpoint.requests]
    assert {Verdict.UNKNOWN} == {found.verdict for found in report.findings}
    assert words in of(report, "account.identity").fix


def test_a_role_in_another_account_is_not_taken_for_this_one(endpoint: AwsEndpoint, account: Account) -> None:
    """An ARN of another account fails the first item, and no other call is made."""
    report = looking(endpoint, f"arn:aws:iam::{OTHER}:role/EcoReadOnly").preflight(Target(ACCOUNT))

    assert ["AssumeRole", "GetCallerIdentity"] == [request.operation for request in endpoint.requests]
    assert FAIL == of(report, "account.identity").verdict
    assert "to the name (not the ARN)" in of(report, "account.identity").fix
    assert 0 == report.count(Verdict.PASS)


def test_credentials_of_another_account_have_no_files_to_tell(endpoint: AwsEndpoint, account: Account) -> None:
    """The hourly check with credentials of another account reports no files."""
    delivered = looking(endpoint, f"arn:aws:iam::{OTHER}:role/x").delivered_files(Target(ACCOUNT))

    assert delivered.problem.startswith("The account that the bot looks at: account 9999-8888-7777, as arn:")


def test_the_files_of_a_bucket_that_is_gone_are_told_so(
    aws: BotoInspector, endpoint: AwsEndpoint, account: Account
) -> None:
    """The report still names the bucket, and the hourly check says that it is missing."""
    endpoint.billing.definitions = [definition("gone-cur")]

    assert "Bucket of the report: there is no bucket gone-cur" in aws.delivered_files(Target(ACCOUNT)).problem


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (boto.LoginRefreshRequired(), Reason.EXPIRED),
        (boto.LoginTokenLoadError(error_msg="no token"), Reason.EXPIRED),
        (boto.UnauthorizedSSOTokenError(), Reason.EXPIRED),
        (boto.LoginInsufficientPermissions(), Reason.NO_CREDENTIALS),
        (boto.LoginError(), Reason.NO_CREDENTIALS),
    ],
)
def test_a_session_that_ended_is_expired(error: Exception, reason: Reason) -> None:
    """Sessions of `aws login` and `aws sso login` end after hours: the remedy is to sign in again."""
    assert Unseen(reason, Call.IDENTITY, type(error).__name__) == unseen_after(error, Call.IDENTITY)


def test_a_profile_of_aws_login_needs_another_package(
    endpoint: AwsEndpoint, environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """boto3 reads such a profile with a package that it does not bring along; the fix names it."""
    (tmp_path / "config").write_text(f"[profile ana]\nlogin_session = arn:aws:iam::{ACCOUNT}:user/ana\n")
    environ.delenv("AWS_ACCESS_KEY_ID")
    environ.delenv("AWS_SECRET_ACCESS_KEY")
    environ.setenv("AWS_PROFILE", "ana")

    found = of(BotoInspector(None, SystemClock(), endpoint=endpoint.url).preflight(Target(ACCOUNT)), "account.identity")

    assert "the bot cannot use its AWS settings (MissingDependencyException)" == found.found
    assert "A profile of `aws login` needs botocore[crt]" in found.fix


IDLE = """
import sys
import bot.app, bot.checks, bot.__main__
from bot.clock import SystemClock
bot.checks.BotoInspector("EcoReadOnly", SystemClock())
print([name for name in sys.modules if name.partition(".")[0] in ("boto3", "botocore", "s3transfer")])
"""


def test_boto3_is_imported_only_when_somebody_looks() -> None:
    """Building the bot with its checks, in a process of its own, does not import it."""
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", IDLE], cwd=root, capture_output=True, text=True, check=False)

    assert ("[]\n", "") == (ran.stdout, ran.stderr)
