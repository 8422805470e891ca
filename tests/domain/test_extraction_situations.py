"""Customers of an MSP whose data Spot extracts: what is there, what must be said, and the rule that makes it so."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from bot.domain.aws import extraction
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import AccountSnapshot, Bucket, Identity, Organization, Owner, Reason, Unseen
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Target, Verdict
from tests.domain.aws_snapshots import (
    ACCOUNT,
    BUCKET,
    DELIVERED,
    GREEN,
    NOW,
    OTHER,
    ROLE_ARN,
    TARGET,
    allow,
    policies,
)
from tests.support.findings import FAIL, UNKNOWN, of, trouble

VENDOR = "Spot, Connect Account: Customer Working with AWS MSP, Option 1"
HEAD = "Amazon S3 API, HeadBucket"
LISTING = "Amazon S3 API, ListObjectsV2"
NEW = "Spot, list of questions and answers"
EXTRACTED = replace(TARGET, checks="extracted")
SKIPPED = Unseen(Reason.SKIPPED)
#: The green account as it is read for this set: a member account, without a report of its own.
CUSTOMER = replace(
    GREEN, organization=Organization("o-1", OTHER), accounts=SKIPPED, reports=SKIPPED, bucket_policy=SKIPPED,
    ownership=SKIPPED, encryption=SKIPPED, key=SKIPPED,
)  # fmt: skip
DENIED = Unseen(Reason.DENIED, Call.FILES, "AccessDenied")


def look(snapshot: AccountSnapshot, target: Target = EXTRACTED) -> CheckReport:
    """The report on a customer's account."""
    return extraction.judge(snapshot, target, NOW)


def with_files(**changes: Any) -> AccountSnapshot:
    """The customer's account with other files."""
    return replace(CUSTOMER, files=replace(DELIVERED, **changes))


class Row(NamedTuple):
    """One situation.

    Attributes:
        snapshot: what is there. expected: item -> (verdict, words of its fix). rule: page and rule of the
            documentation. says: item -> words of what was found.
    """

    snapshot: AccountSnapshot
    expected: dict[str, tuple[Verdict, str]]
    rule: str
    says: dict[str, str] = {}  # noqa: RUF012 - never changed
    target: Target = EXTRACTED


ROWS: dict[str, Row] = {
    "as it should be": Row(
        CUSTOMER, {}, f"{VENDOR}: the role is that of the customer's account; the report is the MSP's.",
        {"account.member": "9999-8888-7777 manages the organization", "bucket.extracted": "in this account"},
    ),
    "an account that manages its organization": Row(
        replace(CUSTOMER, organization=Organization("o-1", ACCOUNT)), {},
        f"{VENDOR}: the role is that of the end customer's management account.", {"account.member": "it manages"},
    ),
    "a bucket of another account that the bot may read": Row(
        replace(CUSTOMER, bucket=Bucket("us-east-1", Owner.FOREIGN)), {},
        f"{HEAD}: it succeeds for whoever may list the bucket.", {"bucket.extracted": "in another account"},
    ),
    "a bucket that the bot may not read": Row(
        replace(CUSTOMER, bucket=Bucket("us-east-1", Owner.UNKNOWN, denied=True), files=DENIED),
        {"bucket.extracted": (UNKNOWN, f"lets {ROLE_ARN} list and read it"),
         "files.extracted": (UNKNOWN, f"how old the newest file in {BUCKET} is")},
        f"{HEAD}: 403 where the caller may not list, whoever owns the bucket.",
    ),
    "no such bucket": Row(
        replace(CUSTOMER, bucket=None, files=Unseen(Reason.SKIPPED, Call.FILES)),
        {"bucket.extracted": (FAIL, "compare it with the one in the Spot console"),
         "files.extracted": (UNKNOWN, "Fix “Bucket of the extracted data” first")},
        f"{HEAD}: 404 where there is no bucket.",
    ),
    "no bucket is recorded": Row(
        replace(CUSTOMER, bucket=SKIPPED, files=SKIPPED),
        {"bucket.extracted": (UNKNOWN, "enter it"), "files.extracted": (UNKNOWN, "Ask the MSP how old"),
         "role.required": (UNKNOWN, "Fix “Bucket of the extracted data” first")},
        f"{VENDOR}: the bucket is entered in the Spot console.", target=replace(EXTRACTED, bucket=None),
    ),
    "nothing was extracted yet": Row(
        replace(CUSTOMER, files=DeliveredFiles()), {"files.extracted": (UNKNOWN, "within 48 hours")},
        f"{VENDOR}: it takes 48 hours until data shows.",
    ),
    "nothing new for two days": Row(
        with_files(newest_at=NOW - timedelta(hours=49)),
        {"files.extracted": (FAIL, "the runs of the crawler")},
        f"{NEW}: No new data in S3 bucket for over 48 hours.",
    ),
    "too many files to read": Row(
        with_files(newest_at=NOW - timedelta(hours=49), counted_all=False),
        {"files.extracted": (UNKNOWN, "sort the newest folder")}, f"{LISTING}: 1,000 keys a page.",
    ),
    "the bucket could not be asked about": Row(
        replace(CUSTOMER, bucket=Unseen(Reason.TIMED_OUT, Call.BUCKET), files=Unseen(Reason.TIMED_OUT, Call.FILES)),
        {"bucket.extracted": (UNKNOWN, "firewall"), "files.extracted": (UNKNOWN, "firewall")},
        f"{HEAD}: an answer that does not come says nothing.",
    ),
    "a role that may not read the bucket": Row(
        replace(CUSTOMER, attached=policies(allow(["cur:*", "ce:*"]), allow("s3:*", "arn:aws:s3:::sc-customer-*"))),
        {"role.lists": (FAIL, "s3:ListBucket"), "role.reads": (FAIL, "s3:GetObject"),
         "role.required": (FAIL, "Resource")},
        "IAM User Guide, Policy evaluation logic: what no policy allows is denied.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_situation_is_told_with_its_fix(row: Row) -> None:
    """What does not pass is as expected, and nothing else."""
    report = look(row.snapshot, row.target)

    assert {item: verdict for item, (verdict, _) in row.expected.items()} == trouble(report)
    for item, (_, words) in row.expected.items():
        assert words
        assert words in of(report, item).fix
    for item, words in row.says.items():
        assert words in of(report, item).found
    assert row.rule.partition(": ")[2], "each row names its rule"


def test_role_and_bucket_are_offered_for_the_form() -> None:
    """The role of the stack, as for a management account."""
    report = look(CUSTOMER, replace(EXTRACTED, role_arn=None))

    assert (ROLE_ARN, BUCKET, "extracted") == (report.role_arn, report.bucket, report.checks)
    assert DELIVERED == report.delivered


def test_nothing_of_a_report_is_looked_for() -> None:
    """It is the MSP's, and in another account."""
    assert [] == [found.item for found in look(CUSTOMER).findings if found.item.startswith(("cur.", "encryption."))]


def test_the_watch_is_not_lost_for_a_bucket_that_it_never_saw() -> None:
    """Only what fails breaks anything: that the bot may not look is normal for a bucket of the MSP."""
    snapshot = replace(CUSTOMER, bucket=SKIPPED, files=DENIED)

    report = extraction.watched(snapshot, EXTRACTED, NOW)

    assert ["account.identity", "files.extracted", "role.exists", "role.trust"] == [f.item for f in report.findings]
    assert {"files.extracted": UNKNOWN} == trouble(report)
    assert "account.identity" == extraction.watched(snapshot, Target(ACCOUNT, checks="extracted"), NOW).findings[0].item


def test_a_bucket_that_is_gone_breaks_the_watch() -> None:
    """So does a role that is gone."""
    gone = replace(CUSTOMER, bucket=None, files=Unseen(Reason.SKIPPED, Call.FILES), role=None)

    assert {"bucket.extracted", "role.exists"} == {
        item for item, verdict in trouble(extraction.watched(gone, EXTRACTED, NOW)).items() if verdict is FAIL
    }


@pytest.mark.parametrize(
    ("changes", "target", "words"),
    [
        ({"files": DENIED}, EXTRACTED, "Files of the extracted data: AWS denies s3:ListObjectsV2"),
        ({"files": SKIPPED, "bucket": SKIPPED}, replace(EXTRACTED, bucket=None), "no bucket is recorded"),
        ({"files": SKIPPED, "identity": Unseen(Reason.EXPIRED)}, EXTRACTED, "credentials have expired"),
        ({"files": SKIPPED, "identity": Identity(OTHER, "arn:x")}, EXTRACTED, "account 9999-8888-7777"),
    ],
)
def test_files_that_could_not_be_counted_say_why(changes: dict[str, Any], target: Target, words: str) -> None:
    """The card and the thread repeat it."""
    assert words in extraction.delivered_files(replace(CUSTOMER, **changes), target, NOW).problem
    assert DELIVERED == extraction.delivered_files(CUSTOMER, target, NOW)
