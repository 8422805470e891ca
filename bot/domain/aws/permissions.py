"""The permissions that Spot asks for, as data, and what a role's policies say about each of them.

The lists are those of the vendor's page "Eco AWS Policy" and of its published templates. `{bucket}` stands for the
bucket of the report, `{file}` for a file in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bot.domain.aws.facts import Policies, Role, Unseen
from bot.domain.aws.policies import Tristate, allowed

ANYTHING = "*"
BUCKET = "arn:aws:s3:::{bucket}"
FILES = "arn:aws:s3:::{bucket}/{file}"
#: Buckets of Spot, to which it copies the report; nobody publishes their names.
COPY = "arn:aws:s3:::sc-customer-{any}"
COPIED = "arn:aws:s3:::sc-customer-{any}/{file}"


@dataclass(frozen=True, slots=True)
class Need:
    """Actions that Spot needs for one purpose.

    Attributes:
        purpose: in a few words. short: how to write them in a policy, where there are many; "" for each by its name.
        resource: a pattern of the resource. console: what Spot's console says where one is missing.
    """

    purpose: str
    actions: tuple[str, ...]
    resource: str = ANYTHING
    short: str = ""
    console: str = "Permissions … must be the same as in the Eco policy"


def _of(service: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names)


_COST_EXPLORER = _of(
    "ce", "DescribeNotificationSubscription", "DescribeReport", "GetAnomalies", "GetAnomalyMonitors",
    "GetAnomalySubscriptions", "GetCostAndUsage", "GetCostAndUsageWithResources", "GetCostCategories",
    "GetCostForecast", "GetDimensionValues", "GetPreferences", "GetReservationCoverage",
    "GetReservationPurchaseRecommendation", "GetReservationUtilization", "GetRightsizingRecommendation",
    "GetSavingsPlansCoverage", "GetSavingsPlansPurchaseRecommendation", "GetSavingsPlansUtilization",
    "GetSavingsPlansUtilizationDetails", "GetTags", "GetUsageForecast", "ListCostAllocationTags",
    "ListSavingsPlansPurchaseRecommendationGeneration",
)  # fmt: skip
_NO_BUCKET = "No access to S3 bucket"

#: The permissions without which Spot reads nothing: each has an item of its own.
ESSENTIAL: Mapping[str, Need] = MappingProxyType({
    "role.describes": Need("the report's definition", ("cur:DescribeReportDefinitions",)),
    "role.lists": Need("the bucket", ("s3:ListBucket",), BUCKET, console=_NO_BUCKET),
    "role.reads": Need("the files in it", ("s3:GetObject",), FILES, console=_NO_BUCKET),
})  # fmt: skip
#: What the role must allow besides.
REQUIRED = (
    Need("usage reports", ("cur:GetUsageReport",)),
    Need("Cost Explorer", _COST_EXPLORER, short="ce:Get*, ce:Describe*, ce:List*", console="No CE access"),
    Need(
        "the bucket",
        _of("s3", "GetBucketLocation", "ListBucketVersions", "ListBucketMultipartUploads"),
        BUCKET,
        console=_NO_BUCKET,
    ),
    Need(
        "the files in it",
        _of("s3", "GetObjectVersion", "GetObjectTagging", "GetObjectAttributes", "ListMultipartUploadParts"),
        FILES,
        short="s3:Get*, s3:List*",
        console=_NO_BUCKET,
    ),
    Need("Spot's copy of the report", _of("s3", "ListBucket", "GetBucketLocation"), COPY),
    Need(
        "the files of that copy",
        _of("s3", "PutObject", "PutObjectAcl", "PutObjectTagging", "AbortMultipartUpload"),
        COPIED,
    ),
)
#: Reads that Spot calls optional: without them it cannot tell about reservations there.
OPTIONAL = (
    Need("EC2", _of("ec2", "DescribeHostReservations", "DescribeReservedInstances")),
    Need("RDS", _of("rds", "DescribeReservedDBInstances", "DescribeReservedDBInstancesOfferings",
                    "DescribeDBInstances")),
    Need("Redshift", _of("redshift", "DescribeReservedNodeOfferings", "DescribeReservedNodes", "DescribeClusters")),
    Need("ElastiCache", _of("elasticache", "DescribeReservedCacheNodes", "DescribeReservedCacheNodesOfferings",
                            "DescribeCacheClusters")),
    Need("OpenSearch", _of("es", "ListElasticsearchInstanceTypes", "DescribeReservedElasticsearchInstanceOfferings",
                           "DescribeReservedElasticsearchInstances")),
    Need("DynamoDB", _of("dynamodb", "DescribeReservedCapacity", "DescribeReservedCapacityOfferings")),
    Need("Savings Plans", _of("savingsplans", "DescribeSavingsPlans", "DescribeSavingsPlansOfferings")),
    Need("CloudFormation", _of("cloudformation", "DescribeStacks", "ListStacks")),
    Need("Organizations", _of("organizations", "DescribeOrganization", "ListAccounts")),
    Need("Support", _of("support", "DescribeTrustedAdvisorChecks", "DescribeCases")),
)  # fmt: skip
#: What the full policy allows besides: buying and exchanging commitments.
FULL = (
    Need("EC2", _of(
        "ec2", "GetHostReservationPurchasePreview", "GetReservedInstancesExchangeQuote", "ModifyReservedInstances",
        "AcceptReservedInstancesExchangeQuote", "CancelReservedInstancesListing", "CreateReservedInstancesListing",
        "PurchaseHostReservation", "PurchaseReservedInstancesOffering", "PurchaseScheduledInstances",
    )),
    Need("Savings Plans", ("savingsplans:CreateSavingsPlan",)),
    Need("RDS", ("rds:PurchaseReservedDBInstancesOffering",)),
    Need("Redshift", ("redshift:PurchaseReservedNodeOffering",)),
    Need("ElastiCache", ("elasticache:PurchaseReservedCacheNodesOffering",)),
    Need("OpenSearch", ("es:PurchaseReservedElasticsearchInstanceOffering",)),
    Need("DynamoDB", ("dynamodb:PurchaseReservedCapacityOfferings",)),
)  # fmt: skip
#: What Spot's full policy for EC2 alone allows of it.
FULL_EC2 = ("EC2", "Savings Plans")


#: The keys of files that stand for all that a role must be able to read.
Keys = tuple[str, ...]


class Answer(StrEnum):
    """What the policies of a role say about one action; the values are the cases of the catalog."""

    YES = "yes"
    NO = "no"
    FORBIDDEN = "forbidden"  # by an explicit deny
    BEYOND = "beyond"  # the boundary does not allow it
    OUTSIDE = "outside"  # the boundary denies it
    NEITHER = "neither"  # neither policies nor boundary allow it
    UNSURE = "unsure"


#: The answers that no policy which was not read can change.
CERTAIN = (Answer.FORBIDDEN, Answer.BEYOND, Answer.OUTSIDE)


@dataclass(frozen=True, slots=True)
class RolePolicies:
    """A role with its policies, as far as they were read."""

    role: Role
    attached: Policies | Unseen
    inline: Policies | Unseen

    @property
    def blind(self) -> Unseen | None:
        """Why some policies could not be read; None if all were."""
        return next((part for part in (self.attached, self.inline) if isinstance(part, Unseen)), None)

    def ask(self, action: str, resource: str) -> Answer:
        """What they say, within the role's permissions boundary."""
        parts = [part for part in (self.attached, self.inline) if isinstance(part, Policies)]
        documents = [document for part in parts for _, document in part.documents]
        answer, forbidden = allowed(documents, action, resource)
        if forbidden:
            return Answer.FORBIDDEN
        if self.blind or not all(part.complete for part in parts):
            answer = Tristate.UNSURE
        boundary = self.role.boundary
        if boundary is None or isinstance(boundary, Unseen):
            return Answer((answer if boundary is None else answer & Tristate.UNSURE).value)
        within, outside = allowed([boundary], action, resource)
        if outside:
            return Answer.OUTSIDE
        if within is Tristate.NO:
            return Answer.NEITHER if answer is Tristate.NO else Answer.BEYOND
        return Answer((answer & within).value)

    def ask_all(self, needs: tuple[Need, ...], bucket: str, keys: Keys) -> Iterator[tuple[Need, Mapping[str, Answer]]]:
        """The answers to every action of these needs, without those about a bucket that is not known."""
        names = {"bucket": bucket, "any": "0123456789abcdef"}
        for need in needs:
            if bucket or "{bucket}" not in need.resource:
                files = keys if "{file}" in need.resource else ("",)
                resources = [need.resource.format_map({**names, "file": file}) for file in files]
                answers = {action: _worst(self.ask(action, each) for each in resources) for action in need.actions}
                yield need, MappingProxyType(answers)


def _worst(answers: Iterable[Answer]) -> Answer:
    """The answer for several files: the one that keeps most from being read."""
    return min(answers, key=(*CERTAIN, Answer.NEITHER, Answer.NO, Answer.UNSURE, Answer.YES).index)
