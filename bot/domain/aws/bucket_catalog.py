"""The items of the preflight about the report's bucket and its files, with all possible results; see catalog.py."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.aws.report_catalog import EXPORTS, MOVED, REPLACES
from bot.domain.aws.wording import Entry, failed, open_question, passed

_LIFECYCLE = "Check that no lifecycle rule removes them (Management, Lifecycle rules)."

BUCKET_ITEMS: Mapping[str, Entry] = MappingProxyType({
    "bucket.recorded": Entry("Bucket that was recorded", "{recorded}, as the form of this step says", {
        "right": passed("“{report}” is delivered there"),
        "other": failed(
            "“{report}” is delivered to {bucket}",
            "In Slack, press Edit on the card and enter {bucket} as the bucket. The Spot console and the policy of "
            "Spot's role have to name it, too.",
        ),
    }),
    "bucket.exists": Entry("Bucket of the report", "{bucket} exists and can be looked into", {
        "right": passed("{bucket}"),
        "missing": failed(
            "there is no bucket {bucket}",
            f"{EXPORTS}, Edit the report, S3 bucket, Configure: create it in US East (N. Virginia), or choose one "
            f"that exists. {REPLACES} {MOVED}",
        ),
        "foreign": failed(
            "{bucket} belongs to another account",
            f"{EXPORTS}, Edit the report, S3 bucket, Configure: create or choose a bucket of account {{account}}. "
            f"{REPLACES} {MOVED}",
        ),
    }),
    "bucket.region": Entry("Region of the bucket", "us-east-1", {
        "right": passed("{region}"),
        "wrong": failed(
            "{region}",
            f"A bucket cannot move. {EXPORTS}, Edit the report, S3 bucket, Configure: create a bucket in US East (N. "
            "Virginia). Enter it in the Spot console and in Slack (Edit on the card). The policy of Spot's role has to "
            "name it, too.",
        ),
        "unsaid": open_question("AWS does not say", "S3 console, {bucket}, Properties: AWS Region must be us-east-1."),
    }),
    "files.delivered": Entry("Files in the bucket", "data files of the report, the newest of the last 48 hours", {
        "there": passed("{files}, {size}, first {first_at}, newest {newest_at}; billing periods: {periods}{beside}"),
        "stale": failed(
            "{files}, {size}, first {first_at}, but the newest is from {newest_at}{beside}",
            "AWS delivers at least once a day, and Spot warns after 48 hours. Look at “Report: last delivery”, “Bucket "
            "policy: AWS may deliver” and “Encryption: AWS may deliver”. Fix what fails there.",
        ),
        "cut": open_question(
            "the bot read {read}, not all of {folder}: {files}, newest {newest_at}{beside}",
            "S3 console, {bucket}, {folder}: open the folder of this month and sort by Last modified. The newest data "
            "file must be less than 48 hours old.",
        ),
        "none yet": open_question(
            "none yet",
            "AWS delivers the first files within about 24 hours after the report was created. Check again then.",
        ),
        "none": failed(
            "none under {folder}, though AWS says that it has delivered",
            "S3 console, {bucket}: find where the files are. They must stay under {folder}. " + _LIFECYCLE,
        ),
        "other format": failed(
            "no Parquet files under {folder}, but {others}",
            "Spot reads Parquet only. After the report was changed to it, AWS delivers the first Parquet files within "
            "about 24 hours: check again then. If none come, create a new report with another name (see “Report: "
            "format and compression”).",
        ),
        "manifests": failed(
            "only {manifests} under {folder}, no data files",
            "The manifests say that AWS has delivered, so something removes or moves the data. S3 console, {bucket}: "
            "they must stay under {folder}. " + _LIFECYCLE,
        ),
        "undeliverable": failed("none, because AWS cannot deliver", "Fix “Report: last delivery” first."),
    }),
})  # fmt: skip
