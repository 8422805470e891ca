"""The items of the checks of data that Spot extracts from an MSP's account, with all results; see catalog.py."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.aws.wording import Entry, failed, open_question, passed

_OLD = "Data older than 48 hours makes Spot's console warn."

EXTRACTION_ITEMS: Mapping[str, Entry] = MappingProxyType({
    "bucket.extracted": Entry("Bucket of the extracted data", "{bucket} exists and can be looked into", {
        "ours": passed("{bucket}, in this account"),
        "theirs": passed("{bucket}, in another account, and the bot may look into it"),
        "unnamed": open_question(
            "no bucket is recorded",
            "Ask the MSP or Spot for the bucket of the extracted data. In Slack, press Edit on the card and enter it.",
        ),
        "missing": failed(
            "there is no bucket {bucket}",
            "Ask the MSP or Spot for its name, and compare it with the one in the Spot console. In Slack, press Edit "
            "on the card to change it.",
        ),
        "denied": open_question(
            "AWS does not let the bot look into {bucket}",
            "Is it in your account? IAM console, Roles, the role of the bot: allow s3:ListBucket on {bucket}. Is it in "
            "another account? Ask the MSP whether the policy of its bucket lets {role} list and read it.",
        ),
    }),
    "files.extracted": Entry("Files of the extracted data", "data files, the newest of the last 48 hours", {
        "there": passed("{files}, {size}, first {first_at}, newest {newest_at}"),
        "stale": failed(
            "{files}, {size}, but the newest is from {newest_at}",
            f"{_OLD} Ask the MSP to look at the extractor's stack, and at the runs of the crawler.",
        ),
        "none yet": open_question(
            "none yet",
            "Ask the MSP whether the extractor's stack is finished. Data shows within 48 hours after the account was "
            "connected.",
        ),
        "cut": open_question(
            "the bot read only the first files: {files}, newest {newest_at}",
            f"S3 console, {{bucket}}: sort the newest folder by Last modified. {_OLD}",
        ),
        "ask": open_question("not looked at", f"Ask the MSP how old the newest file in {{bucket}} is. {_OLD}"),
    }),
})  # fmt: skip
