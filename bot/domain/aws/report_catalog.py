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
#: What else has to change with the bucket of the report.
MOVED = (
    "Does the bucket have a new name? Enter it in the Spot console and in Slack (Edit on the card). The policy of "
    "Spot's role has to name it, too."
)
_NEW = "If the page doesn't let you, create a new report with another name. Reusing a name can corrupt the data."
#: AWS's rule for time granularity, resource IDs and versioning.
_LOCKED = f"AWS locks this setting once a report overwrites its files. {_NEW}"
_CREATE = (
    f"{EXPORTS}, Create, Legacy CUR export. Switch on Include resource IDs and Refresh automatically. Choose Hourly, "
    f"Overwrite existing report, Amazon Athena (Parquet), and a bucket in us-east-1. {NEW_BUCKET} In Slack, Set up AWS "
    "writes commands that do all this."
)


def _setting(title: str, expected: str, change: str, otherwise: str = _NEW) -> Entry:
    """The item for a setting of the report; `change` names the setting and its value in the console."""
    cases = {"right": passed("{found}"), "wrong": failed("{found}", f"{EDIT}, {change}. {otherwise}")}
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
    "cur.time_unit": _setting("time granularity", "HOURLY", "Time granularity: Hourly", _LOCKED),
    "cur.resources": _setting(
        "resource IDs",
        "RESOURCES among the additional content",
        "Additional export content: Include resource IDs on. The files can become much larger",
        _LOCKED,
    ),
    "cur.refresh": _setting(
        "refreshed after a month is closed", "yes", "Data refresh settings: Refresh automatically on"
    ),
    "cur.versioning": _setting(
        "versioning",
        "OVERWRITE_REPORT",
        "File versioning: Overwrite existing report. Set Hourly and resource IDs first: this locks both",
    ),
    "cur.athena": _setting(
        "made for Athena",
        "ATHENA among the integrations",
        "Report data integration: Amazon Athena",
        f"{NEW_BUCKET} {_NEW}",
    ),
    "cur.format": _setting(
        "format and compression",
        "Parquet, Parquet (Athena needs both)",
        "Compression type: Parquet (choosing Amazon Athena sets it)",
    ),
    "cur.region": _setting(
        "region of its bucket",
        "us-east-1",
        "S3 bucket: choose or create one in US East (N. Virginia)",
        f"{REPLACES} {MOVED}",
    ),
    "cur.status": Entry("Report: last delivery", "SUCCESS within the last 48 hours", {
        "right": passed("{found}"),
        "files tell": passed("AWS gives no status, but files have arrived: the newest {newest_at}"),
        "old": failed(
            "{found}",
            "AWS delivers at least once a day, and Spot warns after 48 hours. Fix “Bucket policy: AWS may deliver” and "
            "“Encryption: AWS may deliver” if they fail. If both pass, ask AWS Support (Billing) why “{report}” is not "
            "delivered.",
        ),
        "ERROR_PERMISSIONS": failed(
            "{found}: AWS isn't allowed to write to {bucket}",
            "S3 console, {bucket}, Permissions, Bucket policy: let billingreports.amazonaws.com use s3:GetBucketAcl "
            "and s3:GetBucketPolicy on the bucket, and s3:PutObject in it. Limit this to account {account} with "
            f"aws:SourceAccount and aws:SourceArn. Or {EDIT}, S3 bucket, Configure. {REPLACES} Does the policy allow "
            "all this already? Then look at “Encryption: AWS may deliver”. AWS tries again within a day: check again "
            "then.",
        ),
        "ERROR_NO_BUCKET": failed(
            "{found}: there is no bucket {bucket}",
            f"{EDIT}, S3 bucket, Configure: create the bucket in US East (N. Virginia), or choose one that exists. "
            f"{REPLACES} {MOVED}",
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
            f"{EDIT}: fix the settings named above. {_NEW}",
        ),
    }),
})  # fmt: skip
