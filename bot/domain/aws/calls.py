"""The calls of AWS that a look may make, and the permissions that each of them takes.

The policy of the bot's own role (docs/aws/) is held against this table, and the table against the calls made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: Where the procedure wants everything, and where billing has its only endpoint.
REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an AWS service.

    Attributes:
        service: as boto3 names it. name: as AWS names it. actions: what a policy must allow for it.
    """

    service: str
    name: str
    actions: tuple[str, ...]


class Call(Enum):
    """Every operation that the bot calls; all of them only read."""

    #: The right to assume a role is given to whoever assumes it, so it is no part of that role's own policy.
    ASSUME_ROLE = Operation("sts", "AssumeRole", ())
    #: Needs no permission at all.
    IDENTITY = Operation("sts", "GetCallerIdentity", ())
    ORGANIZATION = Operation("organizations", "DescribeOrganization", ("organizations:DescribeOrganization",))
    ACCOUNTS = Operation("organizations", "ListAccounts", ("organizations:ListAccounts",))
    REPORTS = Operation("cur", "DescribeReportDefinitions", ("cur:DescribeReportDefinitions",))
    EXPORTS = Operation("bcm-data-exports", "ListExports", ("bcm-data-exports:ListExports",))
    BUCKET = Operation("s3", "HeadBucket", ("s3:ListBucket",))
    FILES = Operation("s3", "ListObjectsV2", ("s3:ListBucket",))
    #: Without a stack's name AWS asks for both.
    STACKS = Operation(
        "cloudformation", "DescribeStacks", ("cloudformation:DescribeStacks", "cloudformation:ListStacks")
    )
    ROLE = Operation("iam", "GetRole", ("iam:GetRole",))
    ATTACHED = Operation("iam", "ListAttachedRolePolicies", ("iam:ListAttachedRolePolicies",))
    POLICY = Operation("iam", "GetPolicy", ("iam:GetPolicy",))
    POLICY_VERSION = Operation("iam", "GetPolicyVersion", ("iam:GetPolicyVersion",))
    INLINE = Operation("iam", "ListRolePolicies", ("iam:ListRolePolicies",))
    INLINE_POLICY = Operation("iam", "GetRolePolicy", ("iam:GetRolePolicy",))
