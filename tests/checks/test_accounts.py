"""Accounts in which one thing is not as the procedure asks, checked over HTTP."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.checks import BotoInspector
from bot.domain.aws.delivered_files import period_of
from bot.domain.aws.preflight import Target, Verdict
from tests.support.aws import ACCOUNT, Account, AwsEndpoint
from tests.support.aws.account import BUCKET, FILE, FOLDER, REST, ROLE, STATEMENTS, TRUST
from tests.support.aws.billing import definition, export
from tests.support.findings import FAIL, UNKNOWN, of, trouble

OTHER = "999988887777"
PERMISSIONS = ["role.describes", "role.lists", "role.reads"]


def defined(**changes: Any) -> Callable[[Account], None]:
    """Change settings of the only report."""

    def change(account: Account) -> None:
        account.endpoint.billing.definitions = [definition(BUCKET, **changes)]

    return change


def stacked(**parts: Any) -> Callable[[Account], None]:
    """Let the stack create another role."""

    def change(account: Account) -> None:
        account.delete_stack()
        account.make_stack(**parts)

    return change


def trust(accounts: list[str], **condition: Any) -> dict[str, Any]:
    """A trust policy."""
    [statement] = TRUST["Statement"]
    principal = {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]}
    return {**TRUST, "Statement": [{**statement, "Principal": principal, "Condition": condition}]}


def no_report(account: Account) -> None:
    """Remove the report definition."""
    account.endpoint.billing.definitions = []


def newer_export_only(account: Account) -> None:
    """Only a CUR 2.0 export, which the console offers first."""
    no_report(account)
    account.endpoint.billing.exports = [export("cur2-hourly")]


def bucket_in(region: str) -> Callable[[Account], None]:
    """Put the report's bucket into another region."""

    def change(account: Account) -> None:
        where = {"LocationConstraint": region}
        account.client("s3", region).create_bucket(Bucket="cur-elsewhere", CreateBucketConfiguration=where)
        account.put(FILE, "cur-elsewhere")
        account.endpoint.billing.definitions = [definition("cur-elsewhere", S3Region=region)]

    return change


def empty(account: Account) -> None:
    """Remove all files."""
    account.client("s3").delete_object(Bucket=BUCKET, Key=FILE)
    account.endpoint.billing.definitions = [definition(BUCKET, ReportStatus=None)]


def without_organization(account: Account) -> None:
    """Make it a standalone account."""
    account.client("organizations").delete_organization()


def deny_of_the_role(account: Account) -> None:
    """Add a Deny to the role."""
    denied = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": denied})
    account.client("iam").put_role_policy(RoleName=ROLE, PolicyName="no-files", PolicyDocument=document)


def narrow_boundary(account: Account) -> None:
    """Give the role a boundary without the bucket."""
    iam = account.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENTS[0]]})
    arn = iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=arn)


SITUATIONS: dict[str, tuple[Callable[[Account], None], dict[str, tuple[Verdict, str]]]] = {
    "daily": (defined(TimeUnit="DAILY"), {"cur.time_unit": (FAIL, "Hourly")}),
    "no resource IDs": (defined(AdditionalSchemaElements=[]), {"cur.resources": (FAIL, "Include resource IDs")}),
    "not refreshed": (defined(RefreshClosedReports=False), {"cur.refresh": (FAIL, "Refresh automatically")}),
    "refreshing left out": (defined(RefreshClosedReports=None), {"cur.refresh": (FAIL, "Refresh automatically")}),
    "new versions": (defined(ReportVersioning="CREATE_NEW_REPORT"), {"cur.versioning": (FAIL, "Overwrite")}),
    "no Athena": (defined(AdditionalArtifacts=["QUICKSIGHT"]), {"cur.athena": (FAIL, "Amazon Athena")}),
    "CSV": (defined(Format="textORcsv", Compression="GZIP"), {"cur.format": (FAIL, "Parquet")}),
    "another region said": (defined(S3Region="eu-west-1"), {"cur.region": (FAIL, "US East (N. Virginia)")}),
    "may not deliver": (
        defined(ReportStatus={"lastStatus": "ERROR_PERMISSIONS"}), {"cur.status": (FAIL, "Bucket policy")}
    ),
    "nothing delivered": (
        defined(ReportStatus={"lastStatus": "ERROR_NO_BUCKET"}), {"cur.status": (FAIL, "create the bucket")}
    ),
    "no report": (
        no_report, {"cur.definition": (FAIL, "Legacy CUR export"), "bucket.exists": (UNKNOWN, "Legacy Cost"),
                    "files.delivered": (UNKNOWN, "Legacy Cost"),
                    "role.required": (UNKNOWN, "Legacy Cost")}
    ),
    "CUR 2.0 only": (
        newer_export_only, {"cur.definition": (FAIL, "Spot needs the legacy report"),
                            "bucket.exists": (UNKNOWN, "Legacy Cost"), "files.delivered": (UNKNOWN, "Legacy Cost"),
                    "role.required": (UNKNOWN, "Legacy Cost")}
    ),
    "Frankfurt": (
        bucket_in("eu-central-1"),
        {"cur.region": (FAIL, "N. Virginia"), "bucket.region": (FAIL, "A bucket cannot move"),
         "bucket.policy": (FAIL, "Bucket policy, Edit"),
         "role.lists": (FAIL, "cur-elsewhere"), "role.reads": (FAIL, "cur-elsewhere"),
         "role.required": (FAIL, "arn:aws:s3:::cur-elsewhere")},
    ),
    "bucket gone": (
        defined(S3Bucket="gone-cur"),
        {"bucket.exists": (FAIL, "create it in US East"),
         "role.lists": (FAIL, "gone-cur"), "role.reads": (FAIL, "gone-cur"), "role.required": (FAIL, "gone-cur")},
    ),
    "just defined": (empty, {"cur.status": (UNKNOWN, "24 hours"), "files.delivered": (UNKNOWN, "24 hours")}),
    "other prefix": (defined(S3Prefix="other"), {"files.delivered": (FAIL, "other/spot-hourly/")}),
    "no organization": (without_organization, {"account.management": (FAIL, "enroll that one")}),
    "no stack, no role": (
        Account.delete_stack, {"stack.output": (FAIL, BUCKET), "role.exists": (FAIL, "run the template")}
    ),
    "one account of Spot": (
        stacked(trust=trust(["884866656237"], StringEquals={"sts:ExternalId": "x"})),
        {"role.trust": (FAIL, "arn:aws:iam::627743545735:root"), "role.external_id": (FAIL, "Spot console shows")},
    ),
    "an external ID that nobody entered": (
        stacked(trust=trust(["884866656237", "627743545735"], StringEquals={"sts:ExternalId": "spot-4711"})),
        {"role.external_id": (UNKNOWN, "enter it as Spot's external ID")},
    ),
    "no right to describe": (stacked(statements=[*STATEMENTS[1:], *REST]), {"role.describes": (FAIL, "cur:Describe")}),
    "no right to list": (stacked(statements=[*STATEMENTS[::2], *REST]), {"role.lists": (FAIL, "s3:ListBucket")}),
    "no right to read": (stacked(statements=[*STATEMENTS[:2], *REST]),
     {"role.reads": (FAIL, "s3:GetObject"), "role.required": (FAIL, "s3:Get*")}),
    "reading forbidden": (deny_of_the_role, {"role.reads": (FAIL, "Effect Deny")}),
    "boundary": (
        narrow_boundary,
        {"role.lists": (FAIL, "Permissions boundary"), "role.reads": (FAIL, "to allow s3:GetObject on arn:aws:s3:::"),
         "role.required": (FAIL, "Permissions boundary")},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), SITUATIONS.values(), ids=SITUATIONS)
def test_what_is_wrong_is_seen(
    aws: BotoInspector, account: Account, change: Callable[[Account], None], expected: dict[str, tuple[Verdict, str]]
) -> None:
    """Exactly that item does not pass, and its fix names what to change."""
    change(account)

    report = aws.preflight(Target(ACCOUNT))

    assert {item: verdict for item, (verdict, _) in expected.items()} == trouble(report)
    assert [] == [item for item, (_, words) in expected.items() if words not in of(report, item).fix]


def test_several_reports_come_in_pages_and_the_best_is_named(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """AWS returns five per page; the right one is on the third."""
    others = [definition(BUCKET, ReportName=f"daily-{n:02}", TimeUnit="DAILY") for n in range(11)]
    endpoint.billing.definitions = [*others, definition(BUCKET)]

    report = aws.preflight(Target(ACCOUNT))

    assert {} == trouble(report)
    assert 3 == endpoint.counted()["DescribeReportDefinitions"]
    assert "“spot-hourly”" in of(report, "cur.definition").found
    assert "“daily-00” (time granularity)" in of(report, "cur.several").found
    assert of(report, "cur.several").found.endswith("and 8 more")


def test_thousands_of_files_are_counted_page_by_page(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """1,200 files are all counted once, in two billing periods, with the first and the newest time.

    Two pages of this month's folder come first, then two of the whole report.
    """
    old = datetime.now(UTC).replace(microsecond=0) - timedelta(days=40)
    account.put("spot/spot-hourly/spot-hourly/year=2020/month=12/first.snappy.parquet", at=old)
    for number in range(1198):
        account.put(f"{FOLDER}/{number:05}.snappy.parquet")

    delivered = aws.delivered_files(Target(ACCOUNT))

    assert (1200, True, 4) == (delivered.files, delivered.counted_all, endpoint.counted()["ListObjectsV2"])
    assert (("20201201-20210101", period_of(FILE)), old) == (delivered.periods, delivered.first_at)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_report_without_a_prefix_is_found_by_its_name(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, slash: str
) -> None:
    """Its files are at the top of the bucket, with or without a leading slash; others are not counted."""
    endpoint.billing.definitions = [definition(BUCKET, S3Prefix="")]
    account.put(f"{slash}spot-hourly/20261101-20261201/spot-hourly-00001.snappy.parquet")

    delivered = aws.delivered_files(Target(ACCOUNT))

    assert (1, ("20261101-20261201",)) == (delivered.files, delivered.periods)


def test_files_beyond_the_bound_are_not_counted_and_that_is_said(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """Reading stops after twenty pages, and the result says so."""
    page = (
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>'
        "<NextContinuationToken>{}</NextContinuationToken><Contents><Key>spot/spot-hourly/a.parquet</Key>"
        "<LastModified>2026-11-20T00:00:00.000Z</LastModified><Size>7</Size></Contents></ListBucketResult>"
    )
    endpoint.endless = page

    delivered = aws.delivered_files(Target(ACCOUNT))

    assert (20, 140, False) == (delivered.files, delivered.size, delivered.counted_all)


def test_a_bucket_of_another_account_is_told_from_one_that_is_closed(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """AWS denies the request with an expected owner and answers it without: a foreign bucket, so nothing is counted."""
    endpoint.owners[BUCKET] = OTHER

    report = aws.preflight(Target(ACCOUNT))

    assert {"bucket.exists": FAIL, "files.delivered": UNKNOWN} == trouble(report)
    assert "acme-cur belongs to another account" == of(report, "bucket.exists").found
    assert report.delivered is None


def test_a_member_account_is_told_who_manages_it(
    endpoint: AwsEndpoint, aws: BotoInspector, account: Account, environ: Any
) -> None:
    """A member account is checked with its own credentials: the organization names the management account."""
    invited = account.client("organizations").create_account(AccountName="Data", Email="data@example.com")
    member = invited["CreateAccountStatus"]["AccountId"]
    sts = account.client("sts")
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{member}:role/x", RoleSessionName="eco")["Credentials"]
    environ.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    environ.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    environ.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])

    report = aws.preflight(Target(member))

    found = of(report, "account.management")
    assert UNKNOWN is found.verdict
    assert "Is 1234-5678-9012 yours? Then enroll it instead" in found.fix
    assert "Then another procedure fits" in found.fix


def test_names_of_the_organizations_accounts_are_read_in_pages(aws: BotoInspector, account: Account) -> None:
    """All accounts are counted, and as many names are kept as people can use."""
    organizations = account.client("organizations")
    for number in range(25):
        organizations.create_account(AccountName=f"Team {number}", Email=f"team{number}@example.com")

    report = aws.preflight(Target(ACCOUNT))

    assert 26 == report.account_count
    assert "Team 24" in report.accounts
    assert "“master” manages 26 accounts" == of(report, "account.accounts").found
