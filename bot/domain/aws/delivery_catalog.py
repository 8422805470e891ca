"""The items of the checks of a report that an MSP delivers itself, with all possible results; see catalog.py."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.aws.wording import Entry, failed, open_question, passed

_FOLDER = "RawCURReports/cur/{account}/"
_PLACE = "RawCURReports/cur/{account}/yyyymmdd-yyyymmdd/assembly ID/file"
_MANIFEST = "manifests/yyyymmdd-yyyymmdd/report ID-Manifest.json"
_CASE = "S3 tells upper and lower case apart."

DELIVERY_ITEMS: Mapping[str, Entry] = MappingProxyType({
    "bucket.delivered": Entry("Bucket that the MSP delivers to", "{bucket} exists and can be looked into", {
        "ours": passed("{bucket}, in this account"),
        "theirs": passed("{bucket}, in another account, and the bot may look into it"),
        "seen": passed("{bucket}, and the bot may look into it"),
        "unnamed": open_question(
            "no bucket is recorded",
            "Agree with the MSP on a bucket. In Slack, press Edit on the card and enter it.",
        ),
        "missing": failed(
            "there is no bucket {bucket}",
            "Compare the name with the one that you agreed on with the MSP. Is it wrong in Slack? Press Edit on the "
            "card. Is there no bucket yet? Create it, and let the MSP write to it.",
        ),
        "denied": open_question(
            "AWS does not let the bot look into {bucket}",
            "Is it in your account? IAM console, Roles, the role of the bot: allow s3:ListBucket on {bucket}. Is it in "
            f"the MSP's account? Ask the MSP to look for {_PLACE}, and for {_MANIFEST}. Or ask them to allow the "
            "bot's role s3:ListBucket in the bucket policy.",
        ),
    }),
    "files.account": Entry("Files: folder of the account", f"{_FOLDER} in {{bucket}}", {
        "right": passed("it is there"),
        "beside": passed("it is there; beside it are folders of {others}"),
        "other": failed(
            "there are only folders of {others}",
            f"Ask the MSP to deliver the data of {{account}} to {_FOLDER}. Do you connect one of the other accounts "
            "instead? Then enroll that one, and cancel this enrollment.",
        ),
        "elsewhere": failed(
            "nothing is there, but the bucket has {example}",
            f"Ask the MSP to write the data to {_PLACE}. {_CASE}",
        ),
        "empty": failed("the bucket is empty", f"Ask the MSP when they deliver. The data has to go to {_PLACE}."),
        "cut": open_question(
            "the bot read only the first folders of RawCURReports/cur/",
            f"S3 console, {{bucket}}: look for {_FOLDER}.",
        ),
    }),
    "files.periods": Entry("Files: billing periods", "folders of whole months, none of them in the future", {
        "right": passed("{periods}"),
        "odd": failed(
            "not a whole month: {odd}",
            "Ask the MSP to name each folder by the first and the last day of its month. For this month, that is "
            "{this_month}.",
        ),
        "future": failed(
            "in the future: {odd}",
            "Ask the MSP whether the dates are right, and to remove folders of months to come.",
        ),
        "none": failed(f"there is no folder in {_FOLDER}", f"Ask the MSP to write the data to {_PLACE}."),
    }),
    "files.place": Entry("Files: place of the data", _PLACE, {
        "right": passed("{files} of {periods}, such as {example}"),
        "wrong": failed(
            "elsewhere: {wrong} of {files}, such as {example}",
            f"Ask the MSP to move these files to {_PLACE}. Each delivery has a folder of its own, the assembly ID.",
        ),
        "none": failed("no data file in the newest folders", f"Ask the MSP to write the data to {_PLACE}."),
    }),
    "files.gzip": Entry("Files: format", "CSV, compressed with gzip", {
        "right": passed("{example} begins as gzip does"),
        "named": open_question(
            "{example} begins as gzip does, but its name does not end in .csv.gz",
            "Ask the MSP whether these are CSV files. Names that end in .csv.gz say so.",
        ),
        "not": failed(
            "{example} is {kind}",
            "Ask the MSP to deliver CSV files that are compressed with gzip, with names that end in .csv.gz.",
        ),
        "unread": open_question(
            "the bot could not read the first bytes of {example}{code}",
            "Ask the MSP whether its files are CSV, compressed with gzip. Or allow the bot's role s3:GetObject on "
            "{bucket}/RawCURReports/*, then check again. If a KMS key encrypts the bucket, it needs kms:Decrypt, too.",
        ),
    }),
    "files.manifests": Entry("Files: manifests", f"{_MANIFEST}, one for each billing period", {
        "right": passed("{manifests}, one for each period"),
        "missing": failed(
            "none for {missing}",
            f"Ask the MSP to write {_MANIFEST} for each of these. Its folder is named as that of the data.",
        ),
        "none": failed("none under manifests/{beside}", f"Ask the MSP to write {_MANIFEST} for each period. {_CASE}"),
        "cut": open_question(
            "the bot read only the first files under manifests/",
            "S3 console, {bucket}, manifests/: look for a manifest of each billing period.",
        ),
    }),
    "files.newest": Entry("Files: newest delivery", "no older than 48 hours", {
        "fresh": passed("{newest_at}"),
        "stale": failed(
            "the newest data file is from {newest_at}",
            "Ask the MSP to deliver at least once a day. After 48 hours without new data, Spot's console warns of it.",
        ),
        "cut": open_question(
            "the bot did not read all files; the newest of those that it read is from {newest_at}",
            f"S3 console, {{bucket}}, {_FOLDER}: open the newest period and sort by Last modified.",
        ),
    }),
})  # fmt: skip
