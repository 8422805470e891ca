"""The roles of the vendor's published templates, made from their facts: names, trust, and what each policy allows.

Source: the folder CloudFormation/IAM-Roles/Eco of spotinst/spotinst-examples, and the pages "Eco AWS Policy" and
"Create Eco Policy with CloudFormation" of spotinst/help.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.domain.aws.permissions import FULL
from bot.domain.aws.trust import SPOT_ACCOUNTS, role_arns

Statements = list[dict[str, Any]]
_COPIES = "arn:aws:s3:::sc-customer-*"
ROOTS = tuple(f"arn:aws:iam::{account}:root" for account in SPOT_ACCOUNTS)
ROLES = tuple(arn for account in SPOT_ACCOUNTS for arn in role_arns(account))


@dataclass(frozen=True)
class Template:
    """One published template.

    Attributes:
        role: the name that it gives the role, "" for one made up by CloudFormation.
        trusts: the principals. external_id: whether it asks for one. statements: of its policy, by the bucket given.
    """

    role: str
    statements: Callable[[str], Statements]
    trusts: tuple[str, ...] = ROOTS
    external_id: bool = False

    def trust(self, external_id: str) -> dict[str, Any]:
        """Its trust policy."""
        statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": list(self.trusts)}}
        statement["Action"] = "sts:AssumeRole"
        if self.external_id:
            statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
        return {"Version": "2012-10-17", "Statement": [statement]}


def _allow(actions: list[str], resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": [resource]}


_RESERVATIONS = _allow(
    ["es:ListElasticsearchInstanceTypes", "es:DescribeReservedElasticsearchInstanceOfferings",
     "es:DescribeReservedElasticsearchInstances", "rds:DescribeReservedDBInstances", "rds:DescribeDBInstances",
     "rds:DescribeReservedDBInstancesOfferings", "redshift:DescribeReservedNodeOfferings",
     "redshift:DescribeReservedNodes", "redshift:DescribeClusters", "elasticache:DescribeReservedCacheNodesOfferings",
     "elasticache:DescribeReservedCacheNodes", "elasticache:DescribeCacheClusters",
     "dynamodb:DescribeReservedCapacityOfferings", "dynamodb:DescribeReservedCapacity",
     "savingsplans:describe*", "savingsplans:list*", "ec2:DescribeHostReservations", "ec2:DescribeReservedInstances"]
)  # fmt: skip
_BILLING = ["cur:DescribeReportDefinitions", "ce:Get*", "ce:Describe*", "ce:List*", "account:GetAccountInformation",
            "billing:Get*", "cur:Get*", "cur:Validate*"]  # fmt: skip
_MANAGING = ["cur:PutReportDefinition", "cur:ModifyReportDefinition", "organizations:List*", "support:*",
             "organizations:DescribeOrganization", "servicequotas:List*", "servicequotas:Get*"]  # fmt: skip
_SYNC = _allow(
    ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
     "s3:PutObject", "s3:ListBucket", "s3:List*", "s3:PutObjectTagging", "s3:PutObjectAcl"], _COPIES,
)  # fmt: skip
_STACKS = _allow(["cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*"])


def _bucket(bucket: str) -> Statements:
    return [
        _allow(["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"],
               f"arn:aws:s3:::{bucket}"),
        _allow(["s3:get*", "s3:List*", "s3:Describe*"], f"arn:aws:s3:::{bucket}/*"),
    ]  # fmt: skip


def _read_only(bucket: str) -> Statements:
    return [_RESERVATIONS, _allow(_BILLING), _SYNC, _STACKS, *_bucket(bucket)]


def _buying(*purposes: str) -> dict[str, Any]:
    needs = [need for need in FULL if not purposes or need.purpose in purposes]
    return _allow(["ec2:Describe*", *(action for need in needs for action in need.actions)])


def _linked(_: str) -> Statements:
    return [_RESERVATIONS, _buying(), _allow([*_BILLING, *_MANAGING]), _STACKS]


def _full(bucket: str) -> Statements:
    return [*_linked(bucket), _SYNC, *_bucket(bucket)]


def _ec2_only(bucket: str) -> Statements:
    plans = _allow(["savingsplans:describe*", "savingsplans:list*"])
    return [_buying("EC2", "Savings Plans"), plans, _allow([*_BILLING, *_MANAGING]), _SYNC, _STACKS, *_bucket(bucket)]


def _custom(bucket: str) -> Statements:
    reads = ["cloudformation:DescribeStacks", "dynamodb:Describe*", "savingsplans:Describe*", "ec2:Describe*",
             "elasticache:Describe*", "es:List*", "es:Describe*", "cur:*", "ce:*", "rds:Describe*",
             "redshift:Describe*", "support:*", "organizations:List*", "organizations:Describe*"]  # fmt: skip
    mine = ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads", "s3:List*", "s3:get*"]
    return [_allow(reads), _SYNC, _allow(mine, f"arn:aws:s3:::{bucket}*"), _allow(mine, f"arn:aws:s3:::{bucket}/*")]


TEMPLATES: dict[str, Template] = {
    "restricted-read-only": Template("SpotByNetApp_Finops_ReadOnly", _read_only, external_id=True),
    "restricted-read-only-with-cur-and-bucket": Template("SpotByNetApp_Finops_Role", _read_only),
    "restricted-full-permissions-all-services": Template("SpotByNetApp_Finops_FullPermission", _full),
    "restricted-full-permissions-all-services-with-cur-and-bucket": Template("SpotByNetApp_Finops_Role", _full),
    "restricted-full-permissions-all-services-limited-assume": Template(
        "SpotByNetApp_Finops_FullPermission", _full, ROLES
    ),
    "restricted-full-permissions-ec2-only": Template("SpotByNetApp_Finops_FullPermissions", _ec2_only),
    "full-permissions-linkedaccount": Template("SpotByNetApp_Finops_FullPermission", _linked),
    "full-permissions-linkedaccount-limited-assume": Template("SpotByNetApp_Finops_FullPermission", _linked, ROLES),
    "page Eco AWS Policy": Template("SpotByNetApp_Finops_ReadOnly", _read_only),
    "page Create Eco Policy with CloudFormation": Template("", _custom),
}
