"""The snapshot of an account that is set up as the procedure asks, and functions to change one fact of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.aws.bucket_policies import delivery_policy
from bot.domain.aws.facts import (
    Accounts,
    AccountSnapshot,
    Bucket,
    CurDefinitions,
    Encryption,
    Identity,
    Organization,
    Policies,
    ReportDefinition,
    Role,
    Stack,
    Stacks,
    TrustingRoles,
)
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, MemberAccount, Target
from bot.domain.aws.rules import judge
from bot.domain.aws.trust import SPOT_ACCOUNTS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ACCOUNT, OTHER = "123456789012", "999988887777"
NAME = "SpotByNetApp_Finops_ReadOnly"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"
BUCKET = "acme-cur"
TARGET = Target(ACCOUNT, external_id="acme-7", role_arn=ROLE_ARN, bucket=BUCKET, spot_external_id="spot-4711")

REPORT = ReportDefinition(
    name="spot-hourly",
    time_unit="HOURLY",
    format="Parquet",
    compression="Parquet",
    elements=("RESOURCES",),
    artifacts=("ATHENA",),
    bucket=BUCKET,
    prefix="spot",
    region="us-east-1",
    refresh=True,
    versioning="OVERWRITE_REPORT",
    status="SUCCESS",
)


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def policies(*statements: Any, complete: bool = True) -> Policies:
    """One policy with these statements."""
    return Policies((("one", {"Version": "2012-10-17", "Statement": list(statements)}),), complete)


DESCRIBES = allow(["cur:GetUsageReport", "cur:DescribeReportDefinitions"])
LISTS = allow(["s3:ListBucket", "s3:GetBucketLocation"], f"arn:aws:s3:::{BUCKET}")
READS = allow(["s3:Get*", "s3:List*"], [f"arn:aws:s3:::{BUCKET}/*"])
#: What Spot requires besides, and the reads that it calls optional.
REST = [
    allow(["cur:GetUsageReport", "ce:Get*", "ce:Describe*", "ce:List*"]),
    allow(["s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"], f"arn:aws:s3:::{BUCKET}"),
    allow(
        ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:AbortMultipartUpload", "s3:ListBucket",
         "s3:GetBucketLocation"],
        "arn:aws:s3:::sc-customer-*",
    ),
]  # fmt: skip
#: All that the role of Spot's template allows.
WHOLE = [DESCRIBES, LISTS, READS, *REST]


def trusting(*accounts: str, condition: Any = None, **more: Any) -> dict[str, Any]:
    """A trust policy with a statement for these accounts."""
    arns = [f"arn:aws:iam::{account}:root" for account in accounts]
    statement = {"Effect": "Allow", "Principal": {"AWS": arns}, "Action": "sts:AssumeRole", **more}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}


EXTERNAL_ID = {"StringEquals": {"sts:ExternalId": "spot-4711"}}
ROLE = Role(ROLE_ARN, trusting(*SPOT_ACCOUNTS, condition=EXTERNAL_ID))
DELIVERED = DeliveredFiles(
    files=3,
    size=7_340_032,
    first_at=NOW - timedelta(days=9),
    newest_at=NOW - timedelta(hours=5),
    periods=("20261101-20261201",),
)
GREEN = AccountSnapshot(
    identity=Identity(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/EcoBot/eco-enrollment-bot"),
    organization=Organization("o-a1b2c3d4e5", ACCOUNT),
    accounts=Accounts((MemberAccount(ACCOUNT, "Acme payer"), MemberAccount("111122223333", "Acme data"))),
    reports=CurDefinitions((REPORT,)),
    bucket=Bucket("us-east-1"),
    files=DELIVERED,
    stacks=Stacks((Stack("spot-finops", "CREATE_COMPLETE", ROLE_ARN),)),
    trusting=TrustingRoles((ROLE_ARN,)),
    role_name=NAME,
    role=ROLE,
    attached=policies(*WHOLE),
    inline=Policies(),
    bucket_policy=delivery_policy(BUCKET, ACCOUNT),
    ownership="BucketOwnerEnforced",
    encryption=Encryption(),
    key=None,
)


def with_report(**changes: Any) -> AccountSnapshot:
    """The green account with another report definition."""
    return replace(GREEN, reports=CurDefinitions((replace(REPORT, **changes),)))


def with_trust(document: dict[str, Any]) -> AccountSnapshot:
    """The green account with another trust policy of the role."""
    return replace(GREEN, role=replace(ROLE, trust=document))


def with_policy(*statements: Any) -> AccountSnapshot:
    """The green account with another policy of the role."""
    return replace(GREEN, attached=policies(*statements))


def look(snapshot: AccountSnapshot, target: Target = TARGET, bot_role: str | None = None) -> CheckReport:
    """The report on a snapshot."""
    return judge(snapshot, target, NOW, bot_role)
