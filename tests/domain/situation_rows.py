"""Rows of situations of report, bucket and key: what is there, what must be said, and AWS's rule that makes it so."""

from dataclasses import replace
from typing import Any, NamedTuple

from bot.domain.aws.facts import AccountSnapshot
from bot.domain.aws.preflight import Target, Verdict
from tests.domain.aws_snapshots import ACCOUNT, BUCKET, GREEN, TARGET, look
from tests.support.findings import of, trouble

#: Pages of documentation, as rows name them.
CUR = "AWS Data Exports User Guide, Legacy CUR"
CUR_BUCKET = "AWS Data Exports User Guide, Setting up an Amazon S3 bucket"
CUR_API = "Cost and Usage Report API, ReportDefinition"
CONDUCTOR = "AWS Billing Conductor User Guide, Pro forma reports"
LISTING = "Amazon S3 API, ListObjectsV2"
S3_POLICY = "Amazon S3 User Guide, Bucket policies"
OWNERSHIP = "Amazon S3 User Guide, Controlling ownership of objects"
SSE = "Amazon S3 User Guide, Server-side encryption with KMS keys"
KMS = "KMS Developer Guide, Key policies"
KEY_STATES = "KMS Developer Guide, Key states"
EVALUATION = "IAM User Guide, Policy evaluation logic"
PRINCIPAL = "IAM User Guide, Principal"
NOT_PRINCIPAL = "IAM User Guide, NotPrincipal"
OPERATORS = "IAM User Guide, Condition operators"
KEYS = "IAM User Guide, Global condition context keys"
VENDOR = "Spot, Connect your AWS account"

WHOLE, INSIDE = f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"


class Row(NamedTuple):
    """One situation.

    Attributes:
        snapshot: what is there. expected: item -> (verdict, words of its fix); every other item passes.
        rule: page and rule of the documentation. says: item -> words of what was found; also of passes.
    """

    snapshot: AccountSnapshot
    expected: dict[str, tuple[Verdict, str]]
    rule: str
    says: dict[str, str] = {}  # noqa: RUF012 - never changed
    target: Target = TARGET


def hold(row: Row) -> None:
    """Compare what the preflight says with the row."""
    report = look(row.snapshot, row.target)

    assert {item: verdict for item, (verdict, _) in row.expected.items()} == trouble(report)
    for item, (_, words) in row.expected.items():
        assert words, "each fix is looked at"
        assert words in of(report, item).fix
    for item, words in row.says.items():
        assert words in of(report, item).found
    assert row.expected or row.says, "no row passes by silence"
    assert row.rule.partition(": ")[2], "each row names its rule"


def with_files(**changes: Any) -> AccountSnapshot:
    """The green account with other files."""
    return replace(GREEN, files=replace(GREEN.files, **changes))  # type: ignore[type-var]  # they were counted


def with_bucket_policy(*statements: Any) -> AccountSnapshot:
    """The green account with these statements as the bucket's policy."""
    return replace(GREEN, bucket_policy={"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect: str, principal: Any, action: Any, resource: Any = (WHOLE, INSIDE), **more: Any) -> dict[str, Any]:
    """A statement of a resource's policy."""
    listed = list(resource) if isinstance(resource, tuple) else resource
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": listed, **more}


ROOT = f"arn:aws:iam::{ACCOUNT}:root"
