"""The AWS operations that the checks call, and the IAM actions that each of them needs.

Tests compare the policy of the bot's role (docs/aws/) with this table, and the table with the calls that are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: The region that the procedure asks for, and the only one with an endpoint of the billing services.
REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an AWS service.

    Attributes:
        service: its name in boto3. name: its name at AWS. actions: the IAM actions that it needs.
    """

    service: str
    name: str
    actions: tuple[str, ...]


class Call(Enum):
    """The operations that the bot calls; all of them are read-only."""

    #: Allowed by the policy of the assuming identity, not of the role that is assumed.
    ASSUME_ROLE = Operation("sts", "AssumeRole", ())
    #: Needs no permission.
    IDENTITY = Operation("sts", "GetCallerIdentity", ())
    ORGANIZATION = Operation("organizations", "DescribeOrganization", ("organizations:DescribeOrganization",))
    #: Asked only where the list of accounts was cut before the account came.
    ACCOUNT = Operation("organizations", "DescribeAccount", ("organizations:DescribeAccount",))
    ACCOUNTS = Operation("organizations", "ListAccounts", ("organizations:ListAccounts",))
    REPORTS = Operation("cur", "DescribeReportDefinitions", ("cur:DescribeReportDefinitions",))
    EXPORTS = Operation("bcm-data-exports", "ListExports", ("bcm-data-exports:ListExports",))
    BUCKET = Operation("s3", "HeadBucket", ("s3:ListBucket",))
    FILES = Operation("s3", "ListObjectsV2", ("s3:ListBucket",))
    #: Only the first bytes of the newest file that an MSP delivers.
    FIRST_BYTES = Operation("s3", "GetObject", ("s3:GetObject",))
    BUCKET_POLICY = Operation("s3", "GetBucketPolicy", ("s3:GetBucketPolicy",))
    OWNERSHIP = Operation("s3", "GetBucketOwnershipControls", ("s3:GetBucketOwnershipControls",))
    ENCRYPTION = Operation("s3", "GetBucketEncryption", ("s3:GetEncryptionConfiguration",))
    KEY = Operation("kms", "DescribeKey", ("kms:DescribeKey",))
    KEY_POLICY = Operation("kms", "GetKeyPolicy", ("kms:GetKeyPolicy",))
    CRAWLER = Operation("glue", "GetCrawler", ("glue:GetCrawler",))
    #: Without a stack's name, both are needed.
    STACKS = Operation(
        "cloudformation", "DescribeStacks", ("cloudformation:DescribeStacks", "cloudformation:ListStacks")
    )
    ROLES = Operation("iam", "ListRoles", ("iam:ListRoles",))
    ROLE = Operation("iam", "GetRole", ("iam:GetRole",))
    ATTACHED = Operation("iam", "ListAttachedRolePolicies", ("iam:ListAttachedRolePolicies",))
    POLICY = Operation("iam", "GetPolicy", ("iam:GetPolicy",))
    POLICY_VERSION = Operation("iam", "GetPolicyVersion", ("iam:GetPolicyVersion",))
    INLINE = Operation("iam", "ListRolePolicies", ("iam:ListRolePolicies",))
    INLINE_POLICY = Operation("iam", "GetRolePolicy", ("iam:GetRolePolicy",))
    #: Optional, and the only one that AWS charges for: made when somebody wants the costs of a month.
    COSTS = Operation("ce", "GetCostAndUsage", ("ce:GetCostAndUsage",))
