"""Situations of the report and its files, each with the rule that makes the verdict right."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.aws.calls import Call
from bot.domain.aws.facts import AccountSnapshot, CurDefinitions, Reason, ReportDefinition, Unseen
from bot.domain.aws.preflight import DeliveredFiles
from tests.domain.aws_snapshots import (
    ACCOUNT,
    BUCKET,
    DESCRIBES,
    GREEN,
    LISTS,
    NOW,
    READS,
    REPORT,
    REST,
    TARGET,
    allow,
    deny,
    with_policy,
    with_report,
)
from tests.domain.situation_rows import CONDUCTOR, CUR, CUR_API, CUR_BUCKET, LISTING, VENDOR, Row, hold, with_files
from tests.support.findings import FAIL, UNKNOWN

STATUS, FILES, HERE = "cur.status", "files.delivered", "cur.definition"
HOURS = timedelta(hours=1)
NONE = DeliveredFiles(bucket=BUCKET)
INVENTED = f"arn:aws:billing::{ACCOUNT}:billingview/billing-group-1a2b"
PRIMARY = f"arn:aws:billing::{ACCOUNT}:billingview/primary"


def reports(*definitions: ReportDefinition) -> AccountSnapshot:
    """The green account with these definitions."""
    return replace(GREEN, reports=CurDefinitions(definitions))


def other(name: str = "a-report", **changes: Any) -> ReportDefinition:
    """Another definition."""
    return replace(REPORT, name=name, **changes)


def delivered(status: str, files: Any = NONE, hours: float | None = None) -> AccountSnapshot:
    """A report with a status, delivered some hours ago, and these files."""
    at = None if hours is None else NOW - hours * HOURS
    return replace(with_report(status=status, delivered_at=at), files=files)


def old(hours: float) -> DeliveredFiles:
    """Files of which the newest is some hours old."""
    return DeliveredFiles(3, 100, NOW - 900 * HOURS, NOW - hours * HOURS, ("20261101-20261201",), bucket=BUCKET)


CUT = DeliveredFiles(0, 0, counted_all=False, bucket=BUCKET)
DAILY = f"{CUR}: AWS updates a report at least once a day"
WARNS = f"{VENDOR}: no new data for over 48 hours is an error"
FIRST = f"{CUR}: the first delivery can take 24 hours"
WHICH = f"{CUR}: an account can have several reports, each with settings of its own"
TRUNCATED = f"{LISTING}: IsTruncated means that not all keys were returned"
FOLDERS = f"{CUR}: keys are prefix/name/name/year=Y/month=M for Athena, else prefix/name/period"

ROWS: dict[str, Row] = {
    # Which report is meant
    "delivered beats never delivered": Row(reports(other(status=""), REPORT), {}, WHICH, {HERE: "“spot-hourly”"}),
    "delivered beats the recorded bucket": Row(
        reports(other(status="", bucket="acme-cur"), other("b", bucket="acme-2")),
        {
            "bucket.recorded": (FAIL, "enter acme-2"),
            "bucket.policy": (FAIL, "Bucket policy, Edit"),
            "role.lists": (FAIL, "acme-2"),
            "role.reads": (FAIL, "acme-2"),
            "role.required": (FAIL, "acme-2"),
        },
        WHICH,
        {HERE: "“b”, delivered to acme-2"},
    ),
    "right settings beat a delivery": Row(
        replace(reports(other(status="SUCCESS", time_unit="DAILY"), replace(REPORT, status="")), files=NONE),
        {STATUS: (UNKNOWN, "24 hours"), FILES: (UNKNOWN, "24 hours")},
        f"{CUR_API}: TimeUnit is a property of the definition, so old files stay daily",
        {HERE: "“spot-hourly”"},
    ),
    "the recorded bucket decides between equals": Row(
        reports(other(bucket="zz"), REPORT), {}, WHICH, {HERE: "delivered to acme-cur"}
    ),
    "a failed delivery counts as a fault": Row(
        reports(other(status="ERROR_PERMISSIONS"), REPORT), {}, f"{CUR_API}: lastStatus", {HERE: "“spot-hourly”"}
    ),
    "pro forma beside a real one": Row(
        reports(other(billing_view=INVENTED), REPORT),
        {},
        f"{CONDUCTOR}: their rates are those of a pricing plan, not of the bill",
        {"cur.several": "“a-report” (pro forma, for a billing group)"},
    ),
    "pro forma that has every setting, beside a real one with a fault": Row(
        reports(other(billing_view=INVENTED), replace(REPORT, refresh=False)),
        {"cur.refresh": (FAIL, "Refresh automatically"), "cur.several": (FAIL, "spot-hourly")},
        f"{CONDUCTOR}: they never hold the bill",
    ),
    "only pro forma": Row(
        replace(reports(other(billing_view=INVENTED))),
        {HERE: (FAIL, "Leave the billing view at Primary")},
        f"{CONDUCTOR}: a report has the rates of its billing view",
        {HERE: "only pro forma reports of billing groups (AWS Billing Conductor): “a-report”"},
    ),
    "the primary view": Row(
        with_report(billing_view=PRIMARY), {}, f"{CUR_API}: BillingViewArn, primary is the bill", {HERE: "spot-hourly"}
    ),
    "no report, two exports": Row(
        replace(GREEN, reports=CurDefinitions((), ("cur2", "focus"))),
        {HERE: (FAIL, "Spot needs the legacy report, too")},
        f"{CUR}: Data Exports are another kind of report",
        {HERE: "cur2, focus"},
    ),
    # The last delivery
    "success an hour ago": Row(delivered("SUCCESS", old(1), 1), {}, DAILY, {STATUS: "SUCCESS, Tue, Nov 24, 11:00 UTC"}),
    "success just within 48 hours": Row(delivered("SUCCESS", old(48), 48), {}, WARNS, {FILES: "3 files"}),
    "success and files 49 hours ago": Row(
        delivered("SUCCESS", old(49), 49),
        {STATUS: (FAIL, "Spot warns after 48 hours"), FILES: (FAIL, "Bucket policy: AWS may deliver")},
        WARNS,
    ),
    "success long ago, files of today": Row(
        delivered("SUCCESS", old(2), 99), {}, f"{CUR_API}: lastDelivery lags", {FILES: "3 files"}
    ),
    "success without a time": Row(
        delivered("SUCCESS", old(2)), {}, f"{CUR_API}: lastDelivery is optional", {STATUS: "SUCCESS"}
    ),
    "success long ago, files not seen": Row(
        delivered("SUCCESS", Unseen(Reason.DENIED, Call.FILES), 99),
        {STATUS: (FAIL, "48 hours"), FILES: (UNKNOWN, "s3:ListBucket")},
        WARNS,
    ),
    "no status, files of today": Row(
        delivered("", old(3)), {}, f"{CUR_API}: ReportStatus is optional", {STATUS: "files have arrived"}
    ),
    "no status, old files": Row(
        delivered("", old(72)), {STATUS: (UNKNOWN, "Files in the bucket"), FILES: (FAIL, "48 hours")}, WARNS
    ),
    "no status, no files": Row(
        delivered(""), {STATUS: (UNKNOWN, "24 hours"), FILES: (UNKNOWN, "24 hours")}, FIRST
    ),
    "no status, files not seen": Row(
        delivered("", Unseen(Reason.THROTTLED, Call.FILES)),
        {STATUS: (UNKNOWN, "24 hours"), FILES: (UNKNOWN, "Wait a minute")},
        FIRST,
    ),
    "not allowed to write, old files": Row(
        delivered("ERROR_PERMISSIONS", old(72), 72),
        {STATUS: (FAIL, "aws:SourceAccount and aws:SourceArn"), FILES: (FAIL, "Report: last delivery")},
        f"{CUR_BUCKET}: without s3:PutObject AWS cannot deliver",
    ),
    "not allowed to write since today": Row(
        delivered("ERROR_PERMISSIONS", old(5), 5),
        {STATUS: (FAIL, "Configure replaces the bucket's policy")},
        f"{CUR_BUCKET}: the console applies its default policy",
        {STATUS: "AWS isn't allowed to write to acme-cur"},
    ),
    "no bucket to write to": Row(
        replace(delivered("ERROR_NO_BUCKET"), bucket=None),
        {STATUS: (FAIL, "create the bucket in US East"), "bucket.exists": (FAIL, "replaces the bucket's policy")},
        f"{CUR_API}: lastStatus ERROR_NO_BUCKET",
    ),
    "an unknown status": Row(
        delivered("PAUSED", old(3), 3), {STATUS: (UNKNOWN, "see what the console says")}, f"{CUR_API}: lastStatus"
    ),
    # Files
    "files of this hour": Row(with_files(newest_at=NOW), {}, DAILY, {FILES: "newest Tue, Nov 24, 12:00 UTC"}),
    "a file of the future": Row(with_files(newest_at=NOW + HOURS), {}, f"{LISTING}: LastModified", {FILES: "3 files"}),
    "47 hours old": Row(with_files(newest_at=NOW - 47 * HOURS), {}, WARNS, {FILES: "3 files"}),
    "a minute older than 48 hours": Row(
        with_files(newest_at=NOW - 48.02 * HOURS), {FILES: (FAIL, "Report: last delivery")}, WARNS
    ),
    "delivered elsewhere": Row(
        delivered("SUCCESS", NONE, 3), {FILES: (FAIL, "They must stay under spot/spot-hourly/")}, FOLDERS
    ),
    "only CSV files of before": Row(
        delivered("SUCCESS", replace(NONE, others=4), 3),
        {FILES: (FAIL, "Spot reads Parquet only")},
        f"{CUR}: a changed format applies to new files",
        {FILES: "no Parquet files under spot/spot-hourly/, but 4 CSV files"},
    ),
    "CSV files beside Parquet": Row(
        with_files(others=1), {}, f"{CUR}: a changed format leaves old files", {FILES: "beside them 1 CSV file"}
    ),
    "only manifests": Row(
        delivered("SUCCESS", replace(NONE, manifests=2), 3),
        {FILES: (FAIL, "Lifecycle rules")},
        f"{CUR}: each delivery has a manifest and data files",
        {FILES: "only 2 manifests under spot/spot-hourly/, no data files"},
    ),
    "only manifests, no status": Row(
        delivered("", replace(NONE, manifests=1)),
        {STATUS: (UNKNOWN, "24 hours"), FILES: (FAIL, "removes or moves the data")},
        f"{CUR}: the manifest lists the data files of a delivery",
    ),
    # A listing that was cut
    "cut, newest of today": Row(
        with_files(counted_all=False), {}, TRUNCATED, {FILES: "more than 3 files"}
    ),
    "cut, newest three days old": Row(
        with_files(counted_all=False, newest_at=NOW - 72 * HOURS),
        {FILES: (UNKNOWN, "sort by Last modified")},
        TRUNCATED,
        {FILES: "not all of spot/spot-hourly/: more than 3 files"},
    ),
    "cut, no data among the keys": Row(
        replace(GREEN, files=CUT), {FILES: (UNKNOWN, "sort by Last modified")}, TRUNCATED, {FILES: "no data file"}
    ),
    "cut, only manifests": Row(
        replace(GREEN, files=replace(CUT, manifests=9)), {FILES: (UNKNOWN, "sort by Last modified")}, TRUNCATED
    ),
    "cut, only CSV files": Row(
        replace(GREEN, files=replace(CUT, others=9)),
        {FILES: (UNKNOWN, "sort by Last modified")},
        TRUNCATED,
        {FILES: "beside them 9 CSV files"},
    ),
    "cut, AWS may not write": Row(
        delivered("ERROR_PERMISSIONS", CUT),
        {STATUS: (FAIL, "s3:PutObject"), FILES: (UNKNOWN, "sort by Last modified")},
        TRUNCATED,
    ),
    "cut, no status": Row(
        delivered("", CUT), {STATUS: (UNKNOWN, "24 hours"), FILES: (UNKNOWN, "Last modified")}, TRUNCATED
    ),
    # The first file
    "rewritten files keep their first time": Row(
        with_files(first_at=NOW - 2 * HOURS, bucket=BUCKET),
        {},
        f"{CUR_API}: OVERWRITE_REPORT replaces the files of a month",
        {FILES: "first Sun, Nov 1, 12:00 UTC"},
        replace(TARGET, seen=DeliveredFiles(1, 1, NOW - 23 * 24 * HOURS, bucket=BUCKET)),
    ),
    "an earlier file of another bucket is another report's": Row(
        with_files(first_at=NOW - 2 * HOURS, bucket=BUCKET),
        {},
        WHICH,
        {FILES: "first Tue, Nov 24, 10:00 UTC"},
        replace(TARGET, seen=DeliveredFiles(1, 1, NOW - 23 * 24 * HOURS, bucket="old-cur")),
    ),
    # What the role can read
    "the role reads this month's files only": Row(
        with_policy(DESCRIBES, LISTS, allow("s3:Get*", "arn:aws:s3:::acme-cur/*/year=2026/*"), *REST),
        {"role.reads": (FAIL, "Action s3:GetObject"), "role.required": (FAIL, "arn:aws:s3:::acme-cur/*")},
        "Amazon S3 User Guide, Bucket policies: resources name keys",
    ),
    "the role reads data, but no manifests": Row(
        with_policy(DESCRIBES, LISTS, READS, *REST, deny("s3:GetObject", "arn:aws:s3:::acme-cur/*-Manifest.json")),
        {"role.reads": (FAIL, "Effect Deny")},
        "IAM User Guide, Policy evaluation logic: an explicit deny",
    ),
    # What fixes warn of
    "Athena in an old bucket": Row(
        with_report(artifacts=()),
        {"cur.athena": (FAIL, "removes its S3 event notifications")},
        f"{CUR}: the template of the Athena integration sets the bucket's notifications",
    ),
    "another region": Row(
        with_report(region="eu-west-1"),
        {"cur.region": (FAIL, "Configure replaces the bucket's policy")},
        f"{VENDOR}: the bucket is in us-east-1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_situation_of_the_report_gets_its_verdict_and_fix(row: Row) -> None:
    """Exactly the wrong items do not pass, and each has its fix."""
    hold(row)
