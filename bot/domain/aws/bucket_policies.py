"""The policies that let AWS deliver billing reports: the statement for a bucket, the whole policy, that for a key."""

from __future__ import annotations

from typing import Any

from bot.domain.aws.facts import Document
from bot.domain.aws.policies import statements

#: The service that delivers Cost and Usage Reports.
BILLING = "billingreports.amazonaws.com"
#: The `Sid` of the statements that this module writes.
SID = "AWSBillingDeliversReports"
KEY_SID = "AWSBillingEncryptsReports"


def delivery_statement(bucket: str, account_id: str) -> dict[str, Any]:
    """The statement that lets AWS deliver the reports of one account, and of no other, into a bucket."""
    return {
        "Sid": SID,
        "Effect": "Allow",
        "Principal": {"Service": BILLING},
        "Action": ["s3:GetBucketAcl", "s3:GetBucketPolicy", "s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account_id},
            "StringLike": {"aws:SourceArn": definitions_arn(account_id)},
        },
    }


def key_statement(account_id: str) -> dict[str, Any]:
    """The statement for the policy of a key, which lets AWS encrypt the reports of one account with it."""
    return {
        "Sid": KEY_SID,
        "Effect": "Allow",
        "Principal": {"Service": BILLING},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
    }


def definitions_arn(account_id: str) -> str:
    """The pattern for the ARNs of an account's report definitions, as AWS documents it."""
    return f"arn:aws:cur:us-east-1:{account_id}:definition/*"


def delivery_policy(bucket: str, account_id: str, today: Document | None = None) -> dict[str, Any]:
    """The policy for `aws s3api put-bucket-policy`, which replaces the bucket's whole policy.

    Args:
        today: the policy that the bucket has; its statements are kept, but for an older one of this module.
    """
    kept = [statement for statement in statements(today or {}) if statement.get("Sid") != SID]
    head = {"Version": str((today or {}).get("Version", "2012-10-17"))}
    if today and "Id" in today:
        head["Id"] = str(today["Id"])
    return head | {"Statement": [*kept, delivery_statement(bucket, account_id)]}
