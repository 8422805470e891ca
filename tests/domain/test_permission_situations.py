"""Permissions of the role for Spot: each row has its verdict, its fix and the rule of AWS."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.aws.calls import Call
from bot.domain.aws.facts import AccountSnapshot, Policies, Reason, Unseen
from tests.domain.aws_situations import CONDITION, EVALUATION, IAM, Situation
from tests.domain.aws_snapshots import (
    BUCKET,
    DESCRIBES,
    GREEN,
    LISTS,
    READS,
    REST,
    ROLE,
    WHOLE,
    allow,
    deny,
    policies,
    with_policy,
)
from tests.support.findings import FAIL, UNKNOWN

FROM_OFFICE = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
THREE = ["role.describes", "role.lists", "role.reads"]
ALL = [*THREE, "role.required"]
ITS_FILES = {"role.required": (FAIL, f"Action s3:Get*, s3:List*, Resource arn:aws:s3:::{BUCKET}/*")}
BOUNDARIES = f"{IAM}, Permissions boundaries"
ACTION = f"{IAM}, AWS JSON policy elements: Action"
RESOURCE = f"{IAM}, AWS JSON policy elements: Resource"
VARIABLES = f"{IAM}, IAM policy elements: Variables"
LIMIT = "arn:aws:iam::123456789012:policy/limit"


def given(*statements: Any) -> AccountSnapshot:
    """The green account with these statements besides what Spot requires apart from reading the report."""
    return with_policy(*REST, *statements)


def bounded(*statements: Any) -> AccountSnapshot:
    """The green account with a permissions boundary."""
    return replace(GREEN, role=replace(ROLE, boundary={"Statement": list(statements)}, boundary_arn=LIMIT))


PERMISSIONS: dict[str, Situation] = {
    "may not describe the report": Situation(
        given(LISTS, READS),
        {"role.describes": (FAIL, "Effect Allow, Action cur:DescribeReportDefinitions, Resource *")},
        f"{EVALUATION}: implicit deny.",
    ),
    "may not list": Situation(
        given(DESCRIBES, READS),
        {"role.lists": (FAIL, f"Action s3:ListBucket, Resource arn:aws:s3:::{BUCKET}.")},
        "S3 User Guide, Required permissions: ListObjectsV2 needs s3:ListBucket on the bucket.",
    ),
    "may not read": Situation(
        given(DESCRIBES, LISTS),
        {"role.reads": (FAIL, f"Action s3:GetObject, Resource arn:aws:s3:::{BUCKET}/*"),
         **ITS_FILES},
        "S3 User Guide, Required permissions: GetObject needs s3:GetObject on the object.",
    ),
    "may do nothing": Situation(
        replace(GREEN, attached=Policies()),
        dict.fromkeys(ALL, (FAIL, "with Effect Allow")), f"{EVALUATION}: implicit deny.",
    ),
    "another bucket": Situation(
        given(DESCRIBES, allow("s3:*", ["arn:aws:s3:::old", "arn:aws:s3:::old/*"])),
        {"role.lists": (FAIL, BUCKET), "role.reads": (FAIL, BUCKET), **ITS_FILES},
        f"{RESOURCE}: an ARN means that resource alone.",
    ),
    "a bucket whose name begins alike": Situation(
        given(DESCRIBES, allow("s3:*", [f"arn:aws:s3:::{BUCKET}-2", f"arn:aws:s3:::{BUCKET}-2/*"])),
        {"role.lists": (FAIL, BUCKET), "role.reads": (FAIL, BUCKET), **ITS_FILES},
        f"{RESOURCE}: an ARN means that resource alone.",
    ),
    "the bucket without its files": Situation(
        given(DESCRIBES, allow("s3:*", f"arn:aws:s3:::{BUCKET}")),
        {"role.reads": (FAIL, f"{BUCKET}/*"), **ITS_FILES},
        "S3 User Guide, Policy resources: a bucket's ARN does not cover its objects.",
    ),
    "the files without the bucket": Situation(
        given(DESCRIBES, allow("s3:*", f"arn:aws:s3:::{BUCKET}/*")), {"role.lists": (FAIL, BUCKET)},
        "S3 User Guide, Policy resources: the ARN of objects does not cover their bucket.",
    ),
    "bucket and files by one pattern": Situation(
        given(DESCRIBES, allow("s3:*", f"arn:aws:s3:::{BUCKET}*")), {},
        f"{RESOURCE}: a star also matches slashes.",
    ),
    "only the folder of another report": Situation(
        given(DESCRIBES, LISTS, allow("s3:Get*", f"arn:aws:s3:::{BUCKET}/other/*")),
        {"role.reads": (FAIL, f"{BUCKET}/*"), **ITS_FILES},
        f"{RESOURCE}: a prefix limits the objects.",
    ),
    "only the folder of the report": Situation(
        given(DESCRIBES, LISTS, allow(["s3:Get*", "s3:List*"], f"arn:aws:s3:::{BUCKET}/spot/*")), {},
        f"{RESOURCE}: a prefix limits the objects.",
    ),
    "actions in small letters": Situation(
        given(allow("CUR:describereportdefinitions"), allow(["s3:list*", "s3:get*"])), {},
        f"{ACTION}: names of actions are compared without regard to case.",
    ),
    "the ARN in capitals": Situation(
        given(DESCRIBES, allow("s3:*", f"ARN:AWS:S3:::{BUCKET.upper()}*")),
        {"role.lists": (FAIL, BUCKET), "role.reads": (FAIL, BUCKET), **ITS_FILES},
        f"{RESOURCE}: ARNs regard case.",
    ),
    "an inline policy": Situation(
        replace(GREEN, attached=Policies(), inline=policies(*WHOLE)), {},
        f"{IAM}, Managed policies and inline policies: both count alike.",
    ),
    "half in each": Situation(
        replace(GREEN, attached=policies(DESCRIBES, *REST), inline=policies(LISTS, READS)), {},
        f"{EVALUATION}: all policies of an identity count together.",
    ),
    "administrator": Situation(given(allow("*")), {}, f"{ACTION}: * means every action."),
    "files forbidden": Situation(
        given(DESCRIBES, LISTS, READS, deny("s3:GetObject", f"arn:aws:s3:::{BUCKET}/spot/*")),
        {"role.reads": (FAIL, "the policy with Effect Deny for s3:GetObject")},
        f"{EVALUATION}: an explicit deny overrides every allow.",
    ),
    "files of another folder forbidden": Situation(
        given(DESCRIBES, LISTS, READS, deny("s3:GetObject", f"arn:aws:s3:::{BUCKET}/private/*")), {},
        f"{EVALUATION}: a Deny applies to its resources alone.",
    ),
    "an administrator with a Deny": Situation(
        given(allow("*"), deny("cur:*")),
        {"role.describes": (FAIL, "Effect Deny for cur:DescribeReport"), "role.required": (FAIL, "every Deny")},
        f"{EVALUATION}: an explicit deny overrides every allow.",
    ),
    "all but some forbidden": Situation(
        given(DESCRIBES, LISTS, READS, {"Effect": "Deny", "NotAction": "cur:*", "Resource": "*"}),
        {"role.lists": (FAIL, "Effect Deny"), "role.reads": (FAIL, "Effect Deny"),
         "role.required": (FAIL, "out of every Deny")},
        f"{IAM}, AWS JSON policy elements: NotAction: everything but the listed actions.",
    ),
    "all but some allowed": Situation(
        given({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:iam::*"}), {},
        f"{IAM}, AWS JSON policy elements: NotAction and NotResource.",
    ),
    "all but the bucket allowed": Situation(
        given({"Effect": "Allow", "Action": "*", "NotResource": f"arn:aws:s3:::{BUCKET}*"}),
        {"role.lists": (FAIL, BUCKET), "role.reads": (FAIL, BUCKET), **ITS_FILES},
        f"{IAM}, AWS JSON policy elements: NotResource: everything but the listed resources.",
    ),
    "forbidden at times": Situation(
        given(DESCRIBES, LISTS, READS, deny("s3:*", Condition=FROM_OFFICE)),
        {"role.lists": (UNKNOWN, "policy simulator"), "role.reads": (UNKNOWN, "policy simulator"),
         "role.required": (UNKNOWN, "policy simulator")},
        f"{CONDITION}: a statement applies only where its condition is true.",
    ),
    "forbidden without encryption in transit": Situation(
        given(DESCRIBES, LISTS, READS, deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})),
        {"role.lists": (UNKNOWN, "policy simulator"), "role.reads": (UNKNOWN, "policy simulator"),
         "role.required": (UNKNOWN, "policy simulator")},
        f"{CONDITION}: the bot does not know how Spot asks.",
    ),
    "allowed at times": Situation(
        given(DESCRIBES, LISTS, allow("s3:GetObject", Condition=FROM_OFFICE)),
        {"role.reads": (UNKNOWN, "without a condition"), **ITS_FILES},
        f"{CONDITION}: a statement applies only where its condition is true.",
    ),
    "allowed at times and always": Situation(
        given(DESCRIBES, LISTS, READS, allow("s3:GetObject", Condition=FROM_OFFICE)), {},
        f"{EVALUATION}: one statement that allows is enough.",
    ),
    "a variable in the resource": Situation(
        given(DESCRIBES, LISTS, allow("s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/bucket}/*")),
        {"role.reads": (UNKNOWN, "policy simulator"), **ITS_FILES},
        f"{VARIABLES}: replaced by values of the request.",
    ),
    "a variable in a Deny": Situation(
        given(DESCRIBES, LISTS, READS, deny("s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/bucket}/*")),
        {"role.reads": (UNKNOWN, "policy simulator")}, f"{VARIABLES}: replaced by values of the request.",
    ),
    "a boundary that is too narrow": Situation(
        bounded(allow("cur:*")),
        {"role.lists": (FAIL, "to allow s3:ListBucket on"), "role.reads": (FAIL, "Permissions boundary: ask whoever"),
         "role.required": (FAIL, "ask whoever owns that policy to allow Action ce:Get*, ce:Describe*, ce:List*")},
        f"{BOUNDARIES}: only what both policies and boundary allow.",
        says={"role.lists": f"its permissions boundary {LIMIT} does not allow it"},
    ),
    "a boundary that forbids": Situation(
        bounded(allow("*"), deny("s3:GetObject")), {"role.reads": (FAIL, "out of its Deny")},
        f"{EVALUATION}: an explicit deny overrides every allow, also in a boundary.",
        says={"role.reads": f"its permissions boundary {LIMIT} forbids it"},
    ),
    "neither policies nor boundary": Situation(
        replace(bounded(allow("cur:*")), attached=policies(DESCRIBES, LISTS)),
        {"role.lists": (FAIL, "to allow s3:ListBucket"), "role.reads": (FAIL, "to allow the same"),
         "role.required": (FAIL, "policies must allow the same")},
        f"{BOUNDARIES}: only what both policies and boundary allow.",
        says={"role.reads": f"neither its policies nor its permissions boundary {LIMIT}"},
    ),
    "a boundary alone": Situation(
        replace(bounded(allow("*")), attached=Policies()),
        dict.fromkeys(ALL, (FAIL, "its policy, Edit: add ")),
        f"{BOUNDARIES}: a boundary grants nothing.",
    ),
    "a boundary that is wide enough": Situation(
        bounded(allow(["cur:*", "ce:*", "s3:*"])), {}, f"{BOUNDARIES}: only what both policies and boundary allow."
    ),
    "a boundary with a condition": Situation(
        bounded(allow(["cur:*", "ce:*"]), allow("s3:*", Condition=FROM_OFFICE)),
        {"role.lists": (UNKNOWN, "policy simulator"), "role.reads": (UNKNOWN, "policy simulator"),
         "role.required": (UNKNOWN, "policy simulator")},
        f"{CONDITION}: a statement applies only where its condition is true.",
    ),
    "a boundary that cannot be read": Situation(
        replace(GREEN, role=replace(ROLE, boundary=Unseen(Reason.DENIED), boundary_arn=LIMIT)),
        dict.fromkeys(ALL, (UNKNOWN, "policy simulator")),
        f"{BOUNDARIES}: only what both policies and boundary allow.",
    ),
    "more policies than were read": Situation(
        replace(GREEN, inline=Policies(complete=False)),
        dict.fromkeys(ALL, (UNKNOWN, "policy simulator")),
        f"{EVALUATION}: a policy that was not read may deny.",
    ),
    "attached policies hidden": Situation(
        replace(GREEN, attached=Unseen(Reason.DENIED, Call.ATTACHED)),
        dict.fromkeys(ALL, (UNKNOWN, "allow iam:ListAttachedRolePolicies. ")),
        f"{EVALUATION}: a policy that was not read may deny.",
    ),
    "inline policies hidden": Situation(
        replace(GREEN, inline=Unseen(Reason.THROTTLED, Call.INLINE)),
        dict.fromkeys(ALL, (UNKNOWN, "Wait a minute")),
        f"{EVALUATION}: a policy that was not read may deny.",
    ),
    "inline policies hidden, and a Deny in the others": Situation(
        replace(GREEN, attached=policies(allow("*"), deny("s3:GetObject")), inline=Unseen(Reason.DENIED, Call.INLINE)),
        {"role.describes": (UNKNOWN, "iam:ListRolePolicies"), "role.lists": (UNKNOWN, "iam:ListRolePolicies"),
         "role.reads": (FAIL, "Effect Deny"), "role.required": (UNKNOWN, "iam:ListRolePolicies")},
        f"{EVALUATION}: an explicit deny overrides every allow, whatever the others say.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", PERMISSIONS.values(), ids=PERMISSIONS)
def test_a_situation_gets_its_verdict_and_fix(situation: Situation) -> None:
    """Exactly the wrong items do not pass, each has its fix, and the rule says why."""
    situation.hold()
