"""The catalog of the preflight: its items in the order of setting things up, with all possible results as texts.

The requirements are those of the vendor's page "Connect your AWS account"; pages, fields and values have the names of
the AWS console. `{…}` stands for a value that was read. `role_catalog` has the items about the role for Spot.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.aws.facts import Unseen
from bot.domain.aws.preflight import Finding
from bot.domain.aws.role_catalog import ROLE_ITEMS
from bot.domain.aws.wording import Entry, failed, open_question, passed, unseen_case, unseen_values

_EXPORTS = "Billing and Cost Management console, Data Exports"
_EDIT = f"{_EXPORTS}, “{{report}}”, Edit"
_NEW = "If the page does not allow it, create a new report with it"
_CREATE = (
    f"{_EXPORTS}, Create, Legacy CUR export: Include resource IDs on, Refresh automatically on, Hourly, Overwrite "
    "existing report, Amazon Athena (Parquet), and a bucket in us-east-1."
)


def _setting(title: str, expected: str, change: str) -> Entry:
    """The item for a setting of the report; `change` names the setting and its value in the console."""
    cases = {"right": passed("{found}"), "wrong": failed("{found}", f"{_EDIT}, {change}. {_NEW}.")}
    return Entry(f"Report: {title}", expected, cases)


ITEMS: Mapping[str, Entry] = MappingProxyType({
    "account.identity": Entry("The account that the bot looks at", "account {account}", {
        "right": passed("account {found}, as {arn}"),
        "other": failed(
            "account {found}, as {arn}",
            "Where the bot runs: set ECO_AWS_ROLE to the name (not the ARN) of a read-only role in account "
            "{account}. docs/aws/read-only-role.yaml makes one. Or give the bot credentials of that account.",
        ),
    }),
    "account.management": Entry("Management account of its organization", "{account} manages its organization", {
        "right": passed("it manages the organization {organization}"),
        "member": open_question(
            "this is a member account; {management} manages the organization {organization}",
            "Is {management} yours? Then enroll it instead, with `/eco enroll`, and cancel this enrollment. Does a "
            "reseller (MSP) manage it? Then keep this account: Spot can read the report of a member account, too. "
            "Its page “Connect Account: Customer Working with AWS MSP” says how.",
        ),
        "alone": failed(
            "the account is in no organization",
            "Ask whoever pays the AWS bill for the management account, and enroll that one. Or create an organization "
            "from this account: AWS Organizations console, Create an organization.",
        ),
    }),
    "account.accounts": Entry("Accounts of the organization", "the name that you expect; only you can tell", {
        "read": passed("“{name}” manages {accounts}"),
        "cut": passed("“{name}” manages more than {accounts}"),
        "of a member": open_question(
            "only the management account can list them",
            "Nothing to do here: decide first whether this account is the right one.",
        ),
        "absent": open_question(
            "{accounts} were read, and {account} is not among them",
            "AWS Organizations console, AWS accounts: look up the name of {account}.",
        ),
    }),
    "cur.definition": Entry("Legacy Cost and Usage Report", "a legacy report (CUR), defined in this account", {
        "found": passed("“{report}”, delivered to {bucket}"),
        "none": failed("there is none", _CREATE),
        "exports": failed(
            "there is none, only exports of the newer kind (Data Exports, such as CUR 2.0): {exports}",
            f"Spot needs the legacy report, too. {_CREATE}",
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
        "made for Athena", "ATHENA among the integrations", "Report data integration: Amazon Athena"
    ),
    "cur.format": _setting(
        "format and compression",
        "Parquet, Parquet (Athena needs both)",
        "Compression type: Parquet (choosing Amazon Athena sets it)",
    ),
    "cur.region": _setting(
        "region of its bucket", "us-east-1", "S3 bucket: choose or create one in US East (N. Virginia)"
    ),
    "cur.status": Entry("Report: last delivery", "SUCCESS", {
        "right": passed("{found}"),
        "ERROR_PERMISSIONS": failed(
            "{found}: AWS isn't allowed to write to {bucket}",
            "S3 console, {bucket}, Permissions, Bucket policy: let billingreports.amazonaws.com use s3:GetBucketAcl "
            f"and s3:GetBucketPolicy on the bucket and s3:PutObject in it. {_EDIT}, S3 bucket, Configure writes "
            "that policy for you.",
        ),
        "ERROR_NO_BUCKET": failed(
            "{found}: there is no bucket {bucket}",
            f"{_EDIT}, S3 bucket, Configure: create the bucket in US East (N. Virginia), or choose one that exists.",
        ),
        "not yet": open_question(
            "AWS has not tried to deliver yet",
            "AWS delivers the first files within about 24 hours after the report was created. Check again then.",
        ),
        "odd": open_question("{found}", f"{_EXPORTS}, “{{report}}”: see what the console says about it."),
    }),
    "cur.several": Entry("Several reports", "one of them has every setting", {
        "right": passed("“{report}” has every setting; the others: {others}"),
        "wrong": failed(
            "the best is “{report}”: {faults}; the others: {others}",
            f"{_EDIT}: fix the settings named above. {_NEW}.",
        ),
    }),
    "bucket.recorded": Entry("Bucket that was recorded", "{recorded}, as the form of this step says", {
        "right": passed("“{report}” is delivered there"),
        "other": failed(
            "“{report}” is delivered to {bucket}",
            "In Slack, press Edit on the card and enter {bucket} as the bucket. Give Spot's role and template the "
            "same bucket.",
        ),
    }),
    "bucket.exists": Entry("Bucket of the report", "{bucket} exists and can be looked into", {
        "right": passed("{bucket}"),
        "missing": failed(
            "there is no bucket {bucket}",
            f"{_EXPORTS}, Edit the report, S3 bucket, Configure: create it in US East (N. Virginia), or choose one "
            "that exists.",
        ),
        "foreign": failed(
            "{bucket} belongs to another account",
            f"{_EXPORTS}, Edit the report, S3 bucket, Configure: create or choose a bucket of account {{account}}.",
        ),
    }),
    "bucket.region": Entry("Region of the bucket", "us-east-1", {
        "right": passed("{region}"),
        "wrong": failed(
            "{region}",
            f"A bucket cannot move. {_EXPORTS}, Edit the report, S3 bucket, Configure: create a bucket in US East (N. "
            "Virginia).",
        ),
        "unsaid": open_question("AWS does not say", "S3 console, {bucket}, Properties: AWS Region must be us-east-1."),
    }),
    "files.delivered": Entry("Files in the bucket", "data files of the report, the newest of the last three days", {
        "there": passed("{files}, {size}, first {first_at}, newest {newest_at}; billing periods: {periods}"),
        "stale": failed(
            "{files}, {size}, first {first_at}, but the newest is from {newest_at}",
            f"AWS delivers at least once a day. {_EXPORTS}: check the report's last delivery. S3 console, {{bucket}}, "
            "Permissions: let billingreports.amazonaws.com write.",
        ),
        "none yet": open_question(
            "none yet",
            "AWS delivers the first files within about 24 hours after the report was created. Check again then.",
        ),
        "none": failed(
            "none under {folder}, though AWS says that it has delivered",
            "S3 console, {bucket}: find where the files are. They must stay under {folder}. Check that no lifecycle "
            "rule removes them (Management, Lifecycle rules).",
        ),
        "undeliverable": failed("none, because AWS cannot deliver", "Fix “Report: last delivery” first."),
    }),
    **ROLE_ITEMS,
})  # fmt: skip


def finding(item: str, case: str, **values: object) -> Finding:
    """The finding for a case of an item."""
    entry = ITEMS[item]
    return entry.finding(item, entry.cases[case], values)


def not_seen(item: str, unseen: Unseen, first: str, **values: object) -> Finding:
    """The finding for an item that could not be read; `first` is the item to solve before."""
    about = values | unseen_values(unseen) | {"first": ITEMS[first].title}
    return ITEMS[item].finding(item, unseen_case(unseen), about)
