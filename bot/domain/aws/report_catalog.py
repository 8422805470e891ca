"""The items of the preflight about the Cost and Usage Report, with all possible results as texts; see catalog.py."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.aws.wording import Entry, failed, open_question, passed

EXPORTS = "Billing and Cost Management console, Data Exports"
EDIT = f"{EXPORTS}, “{{report}}”, Edit"
#: What people must know before they press Configure.
REPLACES = "Configure replaces the bucket's policy: if the bucket has one, copy it first and add its statements again."
#: What people must know before they give an old bucket to Athena.
NEW_BUCKET = "Use a new bucket: setting up Athena in one that you already use removes its S3 event notifications."
_NEW = "If the page does not allow it, create a new report with it"
_CREATE = (
    f"{EXPORTS}, Create, Legacy CUR export: Include resource IDs on, Refresh automatically on, Hourly, Overwrite "
    f"existing report, Amazon Athena (Parquet), and a bucket in us-east-1. {NEW_BUCKET}"
)


def _setting(title: str, expected: str, change: str) -> Entry:
    """The item for a setting of the report; `change` names the setting and its value in the console."""
    cases = {"right": passed("{found}"), "wrong": failed("{found}", f"{EDIT}, {change}. {_NEW}.")}
    return Entry(f"Report: {title}", expected, cases)


REPORT_ITEMS: Mapping[str, Entry] = MappingProxyType({
    "cur.definition": Entry("Legacy Cost and Usage Report", "a legacy report (CUR), defined in this account", {
        "found": passed("“{report}”, delivered to {bucket}"),
        "none": failed("there is none", _CREATE),
        "exports": failed(
            "there is none, only exports of the newer kind (Data Exports, such as CUR 2.0): {exports}",
            f"Spot needs the legacy report, too. {_CREATE}",
        ),
        "pro forma": failed(
            "there are only pro forma reports of billing groups (AWS Billing Conductor): {exports}",
            f"Their prices are not those of the AWS bill, so Spot needs another report. {_CREATE} Leave the billing "
            "view at Primary.",
        ),
    }),
    "cur.time_unit": _setting("time granularity", "HOURLY", "Time granularity: Hourly"),
    "cur.resources": _setting(
        "resource IDs", "RESOURCES among the additional content", "Additional export content: Include resource IDs on"
    ),
    "cur.refresh": _setting(
        "refreshed after a month is closed", "yes", "Data refresh settings: Refresh automatically on"
    ),
    "cur.versioning": _setting("versioning", "OVERWRITE_REPORT", "File versioning: Overwrite existing report"),
    "cur.athena": _setting(
        "made for Athena",
        "ATHENA among the integrations",
        f"Report data integration: Amazon Athena. {NEW_BUCKET}",
    ),
    "cur.format": _setting(
        "format and compression",
        "Parquet, Parquet (Athena needs both)",
        "Compression type: Parquet (choosing Amazon Athena sets it)",
    ),
    "cur.region": _setting(
        "region of its bucket",
        "us-east-1",
        f"S3 bucket: choose or create one in US East (N. Virginia). {REPLACES}",
    ),
    "cur.status": Entry("Report: last delivery", "SUCCESS within the last 48 hours", {
        "right": passed("{found}"),
        "files tell": passed("AWS gives no status, but files have arrived: the newest {newest_at}"),
        "old": failed(
            "{found}",
            "AWS delivers at least once a day, and Spot warns after 48 hours. Check “Bucket policy: AWS may deliver” "
            f"and “Encryption key” below. If both pass: {EXPORTS}, “{{report}}”, and ask AWS Support (Billing) why it "
            "is not delivered.",
        ),
        "ERROR_PERMISSIONS": failed(
            "{found}: AWS isn't allowed to write to {bucket}",
            "S3 console, {bucket}, Permissions, Bucket policy: add the statement that lets "
            "billingreports.amazonaws.com use s3:GetBucketAcl and s3:GetBucketPolicy on the bucket and s3:PutObject in "
            f"it, with aws:SourceAccount and aws:SourceArn of account {{account}}. Or {EDIT}, S3 bucket, Configure. "
            f"{REPLACES}",
        ),
        "ERROR_NO_BUCKET": failed(
            "{found}: there is no bucket {bucket}",
            f"{EDIT}, S3 bucket, Configure: create the bucket in US East (N. Virginia), or choose one that exists. "
            f"{REPLACES}",
        ),
        "not yet": open_question(
            "AWS has not tried to deliver yet",
            "AWS delivers the first files within about 24 hours after the report was created. Check again then.",
        ),
        "silent": open_question(
            "AWS gives no status, and the newest file is from {newest_at}",
            f"{EXPORTS}, “{{report}}”: see when it was last delivered. Then fix “Files in the bucket”.",
        ),
        "odd": open_question("{found}", f"{EXPORTS}, “{{report}}”: see what the console says about it."),
    }),
    "cur.several": Entry("Several reports", "one of them has every setting", {
        "right": passed("“{report}” has every setting; the others: {others}"),
        "wrong": failed(
            "the best is “{report}”: {faults}; the others: {others}",
            f"{EDIT}: fix the settings named above. {_NEW}.",
        ),
    }),
})  # fmt: skip
