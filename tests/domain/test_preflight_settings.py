"""The preflight of accounts with a wrong setting of the report, the bucket or the account."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.aws.calls import Call
from bot.domain.aws.facts import (
    Accounts,
    AccountSnapshot,
    Bucket,
    CurDefinitions,
    Identity,
    Organization,
    Owner,
    Reason,
    Unseen,
    snapshot_without_access,
)
from bot.domain.aws.preflight import DeliveredFiles, MemberAccount, Target, Verdict
from tests.domain.aws_snapshots import (
    ACCOUNT,
    DELIVERED,
    GREEN,
    NOW,
    OTHER,
    REPORT,
    TARGET,
    look,
    with_report,
)
from tests.support.findings import FAIL, UNKNOWN, of, trouble

BEFORE = replace(REPORT, name="a-daily", time_unit="DAILY", elements=())
NOTHING = DeliveredFiles()
OFF = Unseen(Reason.REGION_DISABLED, Call.FILES)

#: What is seen -> {item: (verdict, words of the fix)}; every other item passes.
SITUATIONS: dict[str, tuple[AccountSnapshot, dict[str, tuple[Verdict, str]]]] = {
    "all is well": (GREEN, {}),
    "daily": (with_report(time_unit="DAILY"), {"cur.time_unit": (FAIL, "Time granularity: Hourly")}),
    "monthly": (with_report(time_unit="MONTHLY"), {"cur.time_unit": (FAIL, "Time granularity: Hourly")}),
    "no resource IDs": (with_report(elements=()), {"cur.resources": (FAIL, "Include resource IDs on")}),
    "other content only": (
        with_report(elements=("SPLIT_COST_ALLOCATION_DATA",)),
        {"cur.resources": (FAIL, "Include resource IDs on")},
    ),
    "closed months stay": (with_report(refresh=False), {"cur.refresh": (FAIL, "Refresh automatically on")}),
    "refreshing not told": (with_report(refresh=None), {"cur.refresh": (FAIL, "Refresh automatically on")}),
    "new versions": (
        with_report(versioning="CREATE_NEW_REPORT"),
        {"cur.versioning": (FAIL, "Overwrite existing report")},
    ),
    "no integration": (with_report(artifacts=()), {"cur.athena": (FAIL, "Amazon Athena")}),
    "Redshift": (with_report(artifacts=("REDSHIFT",)), {"cur.athena": (FAIL, "Amazon Athena")}),
    "CSV": (
        with_report(format="textORcsv", compression="GZIP"),
        {"cur.format": (FAIL, "Compression type: Parquet")},
    ),
    "delivered to Europe": (
        replace(with_report(region="eu-west-1"), bucket=Bucket("eu-west-1")),
        {"cur.region": (FAIL, "US East (N. Virginia)"), "bucket.region": (FAIL, "US East (N. Virginia)")},
    ),
    "opt-in region": (
        replace(with_report(region="me-south-1"), bucket=OFF, files=OFF),
        {
            "cur.region": (FAIL, "US East (N. Virginia)"),
            "bucket.exists": (UNKNOWN, "AWS Regions"),
            "files.delivered": (UNKNOWN, "AWS Regions"),
        },
    ),
    "AWS may not write": (
        replace(with_report(status="ERROR_PERMISSIONS"), files=NOTHING),
        {
            "cur.status": (FAIL, "billingreports.amazonaws.com use s3:GetBucketAcl"),
            "files.delivered": (FAIL, "Report: last delivery"),
        },
    ),
    "bucket deleted": (
        replace(with_report(status="ERROR_NO_BUCKET"), bucket=None, files=Unseen(Reason.SKIPPED)),
        {"cur.status": (FAIL, "create the bucket in US East"), "bucket.exists": (FAIL, "create it in US East")},
    ),
    "just defined": (
        replace(with_report(status=""), files=NOTHING),
        {"cur.status": (UNKNOWN, "24 hours"), "files.delivered": (UNKNOWN, "24 hours")},
    ),
    "a status of tomorrow": (with_report(status="PAUSED"), {"cur.status": (UNKNOWN, "spot-hourly")}),
    "delivered elsewhere": (replace(GREEN, files=NOTHING), {"files.delivered": (FAIL, "Lifecycle rules")}),
    "deliveries stopped": (
        replace(GREEN, files=replace(DELIVERED, newest_at=NOW - timedelta(days=4))),
        {"files.delivered": (FAIL, "AWS delivers at least once a day")},
    ),
    "no report at all": (
        replace(GREEN, reports=CurDefinitions()),
        {"cur.definition": (FAIL, "Legacy CUR export. Switch on Include resource IDs and Refresh automatically.")},
    ),
    "CUR 2.0 only": (
        replace(GREEN, reports=CurDefinitions((), ("cur2-hourly",))),
        {"cur.definition": (FAIL, "Spot needs the legacy report, too.")},
    ),
    "no report, exports denied": (
        replace(GREEN, reports=CurDefinitions((), Unseen(Reason.DENIED))),
        {"cur.definition": (FAIL, "Create, Legacy CUR export")},
    ),
    "several, one right": (replace(GREEN, reports=CurDefinitions((BEFORE, REPORT))), {}),
    "several, none right": (
        replace(GREEN, reports=CurDefinitions((BEFORE, replace(REPORT, refresh=False)))),
        {"cur.refresh": (FAIL, "“spot-hourly”, Edit"), "cur.several": (FAIL, "“spot-hourly”, Edit: fix the settings")},
    ),
    "everything wrong at once": (
        with_report(time_unit="DAILY", elements=(), refresh=False, versioning="CREATE_NEW_REPORT", artifacts=(),
                    format="textORcsv", compression="ZIP", region="eu-central-1"),
        {
            "cur.time_unit": (FAIL, "Hourly"), "cur.resources": (FAIL, "resource IDs"),
            "cur.refresh": (FAIL, "Refresh"), "cur.versioning": (FAIL, "Overwrite"), "cur.athena": (FAIL, "Athena"),
            "cur.format": (FAIL, "Parquet"), "cur.region": (FAIL, "N. Virginia"),
        },
    ),
    "another bucket than recorded": (
        with_report(bucket="acme-cur-2"),
        {
            "bucket.recorded": (FAIL, "enter acme-cur-2 as the bucket"),
            "bucket.policy": (FAIL, "which keeps today's statements"),
            "role.lists": (FAIL, "arn:aws:s3:::acme-cur-2"),
            "role.reads": (FAIL, "arn:aws:s3:::acme-cur-2/*"),
            "role.required": (FAIL, "Resource arn:aws:s3:::acme-cur-2/*"),
        },
    ),
    "bucket of another account": (
        replace(GREEN, bucket=Bucket("us-east-1", Owner.FOREIGN), files=Unseen(Reason.DENIED, Call.FILES)),
        {
            "bucket.exists": (FAIL, "a bucket of account 1234-5678-9012"),
            "files.delivered": (UNKNOWN, "Fix “Bucket of the report” first"),
        },
    ),
    "bucket closed to the bot": (
        replace(GREEN, bucket=Bucket("us-east-1", Owner.UNKNOWN, denied=True), files=Unseen(Reason.DENIED, Call.FILES)),
        {"bucket.exists": (UNKNOWN, "allow s3:ListBucket"), "files.delivered": (UNKNOWN, "read-only-policy.json")},
    ),
    "region not told": (replace(GREEN, bucket=Bucket("")), {"bucket.region": (UNKNOWN, "must be us-east-1")}),
    "a member account": (
        replace(GREEN, organization=Organization("o-a1b2c3d4e5", OTHER), accounts=Unseen(Reason.DENIED, Call.ACCOUNTS)),
        {
            "account.management": (UNKNOWN, "Is 9999-8888-7777 yours? Then enroll it instead"),
            "account.accounts": (UNKNOWN, "decide first whether this account is the right one"),
        },
    ),
    "no organization": (
        replace(GREEN, organization=None, accounts=Unseen(Reason.SKIPPED)),
        {"account.management": (FAIL, "for the management account, and enroll that one")},
    ),
    "not among the accounts that were read": (
        replace(GREEN, accounts=Accounts((MemberAccount("111122223333", "Acme data"),), complete=False)),
        {"account.accounts": (UNKNOWN, "AWS Organizations console")},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("snapshot", "expected"), SITUATIONS.values(), ids=SITUATIONS)
def test_a_situation_gets_its_verdicts_and_fixes(
    snapshot: AccountSnapshot, expected: dict[str, tuple[Verdict, str]]
) -> None:
    """Exactly the wrong items do not pass, and each has its fix."""
    report = look(snapshot)

    assert {item: verdict for item, (verdict, _) in expected.items()} == trouble(report)
    assert [] == [item for item, (_, words) in expected.items() if words not in of(report, item).fix]


def test_everything_green_offers_what_the_form_asks_for() -> None:
    """The report has role, bucket, names of accounts and counts of files beside the findings."""
    report = look(GREEN, Target(ACCOUNT))

    assert (TARGET.role_arn, TARGET.bucket, DELIVERED) == (report.role_arn, report.bucket, report.delivered)
    assert (("Acme payer", "Acme data"), 2) == (report.accounts, report.account_count)
    assert (ACCOUNT, "111122223333") == tuple(each.id for each in report.members)
    assert "“Acme payer” manages 2 accounts" == of(report, "account.accounts").found


def test_what_has_arrived_is_told_in_numbers() -> None:
    """First and newest file, size and billing periods."""
    found = of(look(GREEN), "files.delivered").found

    told = "3 files, 7.3 MB, first Sun, Nov 15, 12:00 UTC, newest Tue, Nov 24, 07:00 UTC; "
    told += "billing periods: 20261101-20261201"
    assert told == found


def test_files_that_were_not_all_counted_are_told_so() -> None:
    """A count that stopped at a limit is shown as “more than”."""
    found = of(look(replace(GREEN, files=replace(DELIVERED, counted_all=False))), "files.delivered").found

    assert found.startswith("more than 3 files")


def test_credentials_of_another_account_stop_the_look() -> None:
    """Settings of another account are not judged: all other items are open."""
    snapshot = snapshot_without_access(Identity(OTHER, f"arn:aws:iam::{OTHER}:user/x"), "name")

    report = look(snapshot)

    assert {"account.identity": FAIL} | dict.fromkeys(
        ["account.management", "account.accounts", "cur.definition", "bucket.exists", "files.delivered",
         "stack.output", "role.exists"], UNKNOWN
    ) == trouble(report)  # fmt: skip
    assert "ECO_AWS_ROLE" in of(report, "account.identity").fix
    assert {"Fix “The account that the bot looks at” first, then check again."} == {
        found.fix for found in report.findings if found.verdict is UNKNOWN
    }


def test_the_best_report_is_named_and_the_others_are_judged() -> None:
    """With several reports, the finding names the best one, and the faults of each other."""
    report = look(replace(GREEN, reports=CurDefinitions((BEFORE, REPORT))))

    assert "“spot-hourly”, delivered to acme-cur" == of(report, "cur.definition").found
    expected = "“spot-hourly” has every setting; the others: “a-daily” (time granularity, resource IDs)"
    assert expected == of(report, "cur.several").found


def test_of_equally_good_reports_the_recorded_bucket_decides() -> None:
    """The bucket that people recorded decides."""
    twin = replace(REPORT, name="a-twin", bucket="twin-cur")

    assert "acme-cur" == look(replace(GREEN, reports=CurDefinitions((twin, REPORT)))).bucket
    assert "twin-cur" == look(replace(GREEN, reports=CurDefinitions((twin, REPORT))), Target(ACCOUNT)).bucket
