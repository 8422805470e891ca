"""Spot's lists of permissions, and the role with its full policy: each row has its verdict, fix and rule of AWS."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.aws.calls import Call
from bot.domain.aws.facts import AccountSnapshot, Reason, Role, RoleFacts, Stack, Stacks, TrustingRoles, Unseen
from bot.domain.aws.permissions import ESSENTIAL, FULL, OPTIONAL, REQUIRED
from bot.domain.aws.trust import SPOT_ACCOUNTS
from tests.domain.aws_situations import EVALUATION, IAM, PRINCIPAL, Situation, both
from tests.domain.aws_snapshots import (
    ACCOUNT,
    BUCKET,
    DESCRIBES,
    EXTERNAL_ID,
    GREEN,
    LISTS,
    OTHER,
    READS,
    REST,
    ROLE,
    ROLE_ARN,
    TARGET,
    WHOLE,
    allow,
    deny,
    policies,
    trusting,
    with_policy,
)
from tests.support.findings import FAIL, UNKNOWN

USAGE, MORE_OF_BUCKET, COPIES = REST
AUTH = "Service Authorization Reference"
OPTIONAL_READS = allow([action for need in OPTIONAL for action in need.actions])
BUYS = allow([action for need in FULL for action in need.actions])
BUYS_EC2 = allow([action for need in FULL[:2] for action in need.actions])
FULL_ARN = f"arn:aws:iam::{ACCOUNT}:role/SpotByNetApp_Finops_FullPermission"
BOTH = replace(TARGET, full_role_arn=FULL_ARN)
SAME = replace(TARGET, full_role_arn=ROLE_ARN)


def lists(*statements: Any) -> AccountSnapshot:
    """The green account with the three permissions that have items of their own, and these statements."""
    return with_policy(DESCRIBES, LISTS, READS, *statements)


LISTED: dict[str, Situation] = {
    "all that is required": Situation(
        with_policy(*WHOLE), {}, f"{EVALUATION}: all policies of an identity count together.",
        says={"role.required": "allow all of it", "role.optional": "not all of them for EC2, RDS, Redshift"},
    ),
    "what is optional, too": Situation(
        with_policy(*WHOLE, OPTIONAL_READS), {}, f"{EVALUATION}: all policies of an identity count together.",
        says={"role.optional": "allow all of them"},
    ),
    "one read of RDS lacks": Situation(
        with_policy(*WHOLE, OPTIONAL_READS, deny("rds:DescribeDBInstances")), {},
        f"{EVALUATION}: an explicit deny overrides every allow.", says={"role.optional": "for RDS, which is fine"},
    ),
    "no Cost Explorer": Situation(
        lists(allow("cur:*"), MORE_OF_BUCKET, COPIES),
        {"role.required": (FAIL, "Action ce:Get*, ce:Describe*, ce:List*, Resource *. Until then Spot's console "
                                 "may say “No CE access”")},
        f"{AUTH}, Cost Explorer: each read is an action of its own.",
    ),
    "Cost Explorer without lists": Situation(
        lists(allow(["cur:*", "ce:Get*", "ce:Describe*"]), MORE_OF_BUCKET, COPIES),
        {"role.required": (FAIL, "ce:ListCostAllocationTags, ce:ListSavingsPlansPurchaseRecommendationGeneration")},
        f"{AUTH}, Cost Explorer: List is another level of access than Read.",
    ),
    "no usage reports": Situation(
        with_policy(allow("cur:DescribeReportDefinitions"), LISTS, READS, allow("ce:*"), MORE_OF_BUCKET, COPIES),
        {"role.required": (FAIL, "Action cur:GetUsageReport, Resource *")},
        f"{AUTH}, Cost and Usage Report: GetUsageReport is an action of its own.",
    ),
    "no versions of the bucket": Situation(
        lists(USAGE, COPIES),
        {"role.required": (FAIL, f"s3:ListBucketMultipartUploads, Resource arn:aws:s3:::{BUCKET}. ")},
        f"{AUTH}, S3: ListBucketVersions is not part of ListBucket.",
        says={"role.required": "the bucket ("},
    ),
    "only objects of the bucket": Situation(
        with_policy(DESCRIBES, LISTS, allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*"), *REST),
        {"role.required": (FAIL, f"s3:List*, Resource arn:aws:s3:::{BUCKET}/*. Until then Spot's console may say "
                                 "“No access to S3 bucket”")},
        f"{AUTH}, S3: versions and tags of objects have actions of their own.",
    ),
    "no copy for Spot": Situation(
        lists(USAGE, MORE_OF_BUCKET),
        {"role.required": (FAIL, "Resource arn:aws:s3:::sc-customer-*")},
        f"{EVALUATION}: across accounts, the identity's own policy must allow, too.",
        says={"role.required": "Spot's copy of the report (s3:ListBucket, s3:GetBucketLocation)"},
    ),
    "one bucket of Spot alone": Situation(
        lists(USAGE, MORE_OF_BUCKET, allow("s3:*", ["arn:aws:s3:::sc-customer-1", "arn:aws:s3:::sc-customer-1/*"])),
        {"role.required": (FAIL, "Resource arn:aws:s3:::sc-customer-*")},
        f"{IAM}, AWS JSON policy elements: Resource: an ARN means that resource alone.",
    ),
    "Cost Explorer forbidden": Situation(
        with_policy(*WHOLE, deny("ce:*")), {"role.required": (FAIL, "take these out of every Deny")},
        f"{EVALUATION}: an explicit deny overrides every allow.",
    ),
    "Cost Explorer allowed at times": Situation(
        lists(allow("cur:*"), allow("ce:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), MORE_OF_BUCKET,
              COPIES),
        {"role.required": (UNKNOWN, "policy simulator")},
        f"{IAM}, AWS global condition context keys: a program has no second factor.",
        says={"role.required": "Cost Explorer"},
    ),
    "nothing but administrator": Situation(
        with_policy(allow("*")), {}, f"{IAM}, AWS JSON policy elements: Action: * means every action.",
        says={"role.optional": "allow all of them"},
    ),
}  # fmt: skip


def full(role: Any, *statements: Any) -> AccountSnapshot:
    """The green account with a role with the full policy."""
    found = replace(role, arn=FULL_ARN) if isinstance(role, Role) and role.arn == ROLE_ARN else role
    return replace(GREEN, full=RoleFacts(found, policies(*statements), policies()))


FULL_ROLES: dict[str, Situation] = {
    "as Spot's full policy": Situation(
        full(ROLE, *WHOLE, BUYS), {}, f"{EVALUATION}: all policies of an identity count together.", BOTH
    ),
    "as Spot's policy for EC2 alone": Situation(
        full(ROLE, *WHOLE, BUYS_EC2), {}, f"{AUTH}, EC2: purchases are actions of each service.", BOTH,
        says={"full.permissions": "not for RDS, Redshift, ElastiCache, OpenSearch, DynamoDB"},
    ),
    "without an external ID": Situation(
        full(replace(ROLE, trust=both()), *WHOLE, BUYS), {},
        f"{IAM}, Access to AWS accounts owned by third parties: the ID is optional.", BOTH,
        says={"full.external_id": "it asks for none"},
    ),
    "with another external ID": Situation(
        full(replace(ROLE, trust=both(StringEquals={"sts:ExternalId": "old"})), *WHOLE, BUYS),
        {"full.external_id": (FAIL, "Compare both")},
        f"{IAM}, Access to AWS accounts owned by third parties: both must be equal.", BOTH,
    ),
    "trusts somebody else": Situation(
        full(replace(ROLE, trust=trusting(OTHER)), *WHOLE, BUYS),
        {"full.trust": (FAIL, "add arn:aws:iam::884866656237:root and"),
         "full.external_id": (UNKNOWN, "Fix “Full Eco: the role trusts Spot” first")},
        f"{PRINCIPAL}: whom no statement names is not trusted.", BOTH,
    ),
    "trusts one account of Spot": Situation(
        full(replace(ROLE, trust=trusting(SPOT_ACCOUNTS[0], condition=EXTERNAL_ID)), *WHOLE, BUYS),
        {"full.trust": (FAIL, "627743545735")}, f"{PRINCIPAL}: whom no statement names is not trusted.", BOTH,
    ),
    "reads nothing": Situation(
        full(ROLE, BUYS), {"full.required": (FAIL, "Action cur:DescribeReportDefinitions, Resource *")},
        f"{EVALUATION}: implicit deny.", BOTH,
    ),
    "buys nothing": Situation(
        full(ROLE, *WHOLE), {"full.permissions": (FAIL, "Action savingsplans:CreateSavingsPlan")},
        f"{EVALUATION}: implicit deny.", BOTH,
    ),
    "buys no Savings Plans": Situation(
        full(ROLE, *WHOLE, BUYS, deny("savingsplans:Create*")),
        {"full.permissions": (FAIL, "Action savingsplans:CreateSavingsPlan")},
        f"{EVALUATION}: an explicit deny overrides every allow.", BOTH,
    ),
    "within a narrow boundary": Situation(
        full(replace(ROLE, boundary={"Statement": [allow(["cur:*", "ce:*", "s3:*"])]}), *WHOLE, BUYS),
        {"full.permissions": (FAIL, "ask whoever owns that policy to allow Action ec2:")},
        f"{IAM}, Permissions boundaries: only what both allow.", BOTH,
    ),
    "made by a stack of its own": Situation(
        replace(
            full(ROLE, *WHOLE, BUYS), trusting=TrustingRoles((ROLE_ARN, FULL_ARN)),
            stacks=Stacks((Stack("full", "CREATE_COMPLETE", FULL_ARN), Stack("first", "CREATE_COMPLETE", ROLE_ARN))),
        ),
        {}, "CloudFormation User Guide, Outputs: each stack has outputs of its own.", replace(BOTH, role_arn=None),
        says={"stack.output": "“first” made"},
    ),
    "made by a stack, the first one by hand": Situation(
        replace(
            full(ROLE, *WHOLE, BUYS), trusting=TrustingRoles((ROLE_ARN, FULL_ARN)),
            stacks=Stacks((Stack("full", "CREATE_COMPLETE", FULL_ARN), Stack("x", "ROLLBACK_COMPLETE"))),
        ),
        {}, f"{IAM}, IAM roles: how a role was made does not matter.", BOTH,
        says={"stack.output": "was made in another way"},
    ),
    "not there": Situation(
        full(None), {"full.exists": (FAIL, "Create it with the policy that Spot support gave you")},
        f"{IAM}, GetRole: NoSuchEntity means that it does not exist.", BOTH,
    ),
    "under another path": Situation(
        full(replace(ROLE, arn=f"{FULL_ARN}/x"), *WHOLE, BUYS),
        {"full.exists": (FAIL, f"enter {FULL_ARN}/x as Role ARN")},
        f"{IAM}, IAM identifiers: the path is part of the ARN.", BOTH,
    ),
    "not seen": Situation(
        full(Unseen(Reason.DENIED, Call.ROLE)), {"full.exists": (UNKNOWN, "allow iam:GetRole")},
        f"{IAM}, GetRole: needs a permission.", BOTH,
    ),
    "not asked about": Situation(
        GREEN, {"full.exists": (UNKNOWN, "first, then check again")}, f"{IAM}, GetRole: needs a permission.", BOTH
    ),
    "the first role, with more policies": Situation(
        with_policy(*WHOLE, BUYS), {}, f"{IAM}, Managed policies: a role may have several.", SAME,
        says={"full.permissions": "allow all of it"},
    ),
    "the first role as it is": Situation(
        GREEN, {"full.permissions": (FAIL, "ec2:PurchaseReservedInstancesOffering")}, f"{EVALUATION}: implicit deny.",
        SAME,
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", [*LISTED.values(), *FULL_ROLES.values()], ids=[*LISTED, *FULL_ROLES])
def test_a_situation_gets_its_verdict_and_fix(situation: Situation) -> None:
    """Exactly the wrong items do not pass, each has its fix, and the rule says why."""
    situation.hold()


def test_no_permission_is_listed_twice() -> None:
    """A missing one would be told twice; reads that the full role needs are those of the first."""
    needs = (*ESSENTIAL.values(), *REQUIRED, *OPTIONAL, *FULL)
    named = [(action, need.resource) for need in needs for action in need.actions]

    assert len(set(named)) == len(named)
