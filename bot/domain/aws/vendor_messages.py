"""What the vendor's Eco page says when there is no data, what that means, and which checks belong to it.

The messages, and what to look at, are those of the vendor's list of questions and answers about Eco.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bot.domain.aws.preflight import Finding, Verdict


@dataclass(frozen=True, slots=True)
class VendorMessage:
    """One message of the Eco page.

    Attributes:
        words: what the page says. means: the cause, in a sentence. look_at: what to look at and what to do.
        items: the items of the preflight that belong to it, each by its name or by the beginning of its name.
    """

    words: str
    means: str
    look_at: str
    items: tuple[str, ...]


_ROLE = "role."
#: The role with the full policy, where one was entered.
_FULL = "full."
_BUCKET = "bucket."

#: Key of a message -> the message, in the order in which a form offers them.
MESSAGES: Mapping[str, VendorMessage] = MappingProxyType({
    "nothing": VendorMessage(
        "No message, just no data",
        "AWS has not delivered the report yet, or Spot cannot read it.",
        "Check that the bucket in the Spot console is the one of the report. Check that the role has all permissions "
        "of the Eco policy.",
        ("",),
    ),
    "invalid_arn": VendorMessage(
        "Invalid ARN",
        "Spot cannot assume the role.",
        "Compare the role ARN in the Spot console with the stack's output. Check the role's trust policy and its "
        "external ID. Has anybody changed the stack's template? Does a service control policy (SCP) block the role? "
        "Then undo that.",
        ("stack.", _ROLE, _FULL),
    ),
    "no_access": VendorMessage(
        "No access to S3 bucket",
        "The role may not read the bucket.",
        "Check the role's S3 permissions, the bucket policy, and the encryption key of the bucket. Check that the "
        "bucket is still there and that the report still delivers to it.",
        (_BUCKET, _ROLE, "cur.definition", "cur.status"),
    ),
    "bucket_gone": VendorMessage(
        "S3 bucket no longer exists",
        "The bucket in the Spot console is not there any more, or was never the one of the report.",
        "Compare the bucket's name in the Spot console with the one in the report definition.",
        (_BUCKET, "cur.definition", "cur.several", "cur.status"),
    ),
    "no_new_data": VendorMessage(
        "No new data in S3 bucket for over 48 hours",
        "AWS has stopped delivering the report.",
        "Check the last delivery of the report, the bucket policy, and how old the newest file is.",
        ("cur.definition", "cur.status", "cur.several", _BUCKET, "files."),
    ),
    "no_ce": VendorMessage(
        "No CE access",
        "The role may not read Cost Explorer.",
        "Check that the role's policies allow reading Cost Explorer: the Get, Describe and List actions of ce.",
        (_ROLE, _FULL),
    ),
    "not_able": VendorMessage(
        "We were not able to access data in the S3 bucket",
        "This is normal in the first 48 hours of a report. After that, it means that Spot cannot read the files.",
        "Is the report older than 48 hours? Check that its files are in the bucket, and that the role may read them.",
        ("cur.definition", "cur.status", _BUCKET, "files.", _ROLE),
    ),
    "parquet": VendorMessage(
        "Failure to retrieve data … Expecting parquet format",
        "Spot found files that are not Parquet, such as CSV.",
        "Check the format of the report. Choosing Amazon Athena as its data integration makes its files Parquet.",
        ("cur.definition", "cur.athena", "cur.format", "cur.several", "files."),
    ),
    "permissions": VendorMessage(
        "Permissions … must be the same as in the Eco policy",
        "The role lacks a permission of the vendor's policy.",
        "Compare the role's policy with the vendor's Eco policy, and add what is missing.",
        ("stack.", _ROLE, _FULL),
    ),
})  # fmt: skip


def belonging(message: VendorMessage, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that belong to a message; an account that could not be looked into belongs to each."""

    def belongs(finding: Finding) -> bool:
        blocked = finding.item.startswith("account.identity") and finding.verdict is not Verdict.PASS
        return blocked or finding.item.startswith(message.items)

    return tuple(filter(belongs, findings))
