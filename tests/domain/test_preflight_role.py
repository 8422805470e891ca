"""The preflight of accounts with a wrong role, trust policy, permission or stack."""

from dataclasses import replace

import pytest

from bot.domain.aws.calls import Call
from bot.domain.aws.facts import AccountSnapshot, Policies, Reason, Stack, Unseen
from bot.domain.aws.preflight import Target, Verdict
from bot.domain.aws.trust import SPOT_ACCOUNTS
from tests.domain.aws_snapshots import (
    ACCOUNT,
    BUCKET,
    DESCRIBES,
    GREEN,
    LISTS,
    NAME,
    READS,
    ROLE,
    ROLE_ARN,
    allow,
    deny,
    look,
    policies,
    trusting,
    with_policy,
    with_trust,
)
from tests.support.findings import FAIL, UNKNOWN, of, trouble

FIRST, SECOND = SPOT_ACCOUNTS
FROM_OFFICE = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
ALL_THREE = ["role.describes", "role.lists", "role.reads"]


#: What is seen -> {item: (verdict, words of the fix)}; every other item passes.
SITUATIONS: dict[str, tuple[AccountSnapshot, dict[str, tuple[Verdict, str]]]] = {
    "may not describe the report": (
        with_policy(LISTS, READS),
        {"role.describes": (FAIL, "Effect Allow, Action cur:DescribeReportDefinitions, Resource *")},
    ),
    "may not list": (
        with_policy(DESCRIBES, READS),
        {"role.lists": (FAIL, f"Action s3:ListBucket, Resource arn:aws:s3:::{BUCKET}.")},
    ),
    "may not read": (
        with_policy(DESCRIBES, LISTS),
        {"role.reads": (FAIL, f"Action s3:GetObject, Resource arn:aws:s3:::{BUCKET}/*")},
    ),
    "may do nothing": (
        replace(GREEN, attached=Policies()),
        dict.fromkeys(ALL_THREE, (FAIL, "add a statement with Effect Allow")),
    ),
    "another bucket in the policy": (
        with_policy(DESCRIBES, allow("s3:*", ["arn:aws:s3:::old", "arn:aws:s3:::old/*"])),
        {"role.lists": (FAIL, BUCKET), "role.reads": (FAIL, BUCKET)},
    ),
    "the bucket without its files": (
        with_policy(DESCRIBES, allow("s3:*", f"arn:aws:s3:::{BUCKET}")),
        {"role.reads": (FAIL, f"{BUCKET}/*")},
    ),
    "an inline policy will do": (
        replace(GREEN, attached=Policies(), inline=policies(DESCRIBES, LISTS, READS)), {}
    ),
    "half in each": (replace(GREEN, attached=policies(DESCRIBES), inline=policies(LISTS, READS)), {}),
    "administrator": (with_policy(allow("*")), {}),
    "files forbidden": (
        with_policy(DESCRIBES, LISTS, READS, deny("s3:GetObject", f"arn:aws:s3:::{BUCKET}/spot/*")),
        {"role.reads": (FAIL, "the policy with Effect Deny for s3:GetObject")},
    ),
    "all but some forbidden": (
        with_policy(DESCRIBES, LISTS, READS, {"Effect": "Deny", "NotAction": "cur:*", "Resource": "*"}),
        {"role.lists": (FAIL, "Effect Deny"), "role.reads": (FAIL, "Effect Deny")},
    ),
    "all but some allowed": (
        with_policy({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:iam::*"}), {}
    ),
    "forbidden at times": (
        with_policy(DESCRIBES, LISTS, READS, deny("s3:*", Condition=FROM_OFFICE)),
        {"role.lists": (UNKNOWN, "policy simulator"), "role.reads": (UNKNOWN, "policy simulator")},
    ),
    "allowed at times": (
        with_policy(DESCRIBES, LISTS, allow("s3:GetObject", Condition=FROM_OFFICE)),
        {"role.reads": (UNKNOWN, "without a condition")},
    ),
    "a variable in the resource": (
        with_policy(DESCRIBES, LISTS, allow("s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/bucket}/*")),
        {"role.reads": (UNKNOWN, "policy simulator")},
    ),
    "a boundary that is too narrow": (
        replace(GREEN, role=replace(ROLE, boundary={"Statement": [allow("cur:*")]})),
        {"role.lists": (FAIL, "s3:ListBucket"), "role.reads": (FAIL, "s3:GetObject")},
    ),
    "a boundary that is wide enough": (
        replace(GREEN, role=replace(ROLE, boundary={"Statement": [allow(["cur:*", "s3:*"])]})), {}
    ),
    "a boundary that cannot be read": (
        replace(GREEN, role=replace(ROLE, boundary=Unseen(Reason.DENIED))),
        dict.fromkeys(ALL_THREE, (UNKNOWN, "IAM policy simulator")),
    ),
    "more policies than were read": (
        replace(GREEN, inline=Policies(complete=False)),
        dict.fromkeys(ALL_THREE, (UNKNOWN, "IAM policy simulator")),
    ),
    "attached policies hidden": (
        replace(GREEN, attached=Unseen(Reason.DENIED, Call.ATTACHED)),
        dict.fromkeys(ALL_THREE, (UNKNOWN, "allow iam:ListAttachedRolePolicies, as docs/aws/read-only-policy.json")),
    ),
    "inline policies hidden": (
        replace(GREEN, inline=Unseen(Reason.THROTTLED, Call.INLINE)),
        dict.fromkeys(ALL_THREE, (UNKNOWN, "Wait a minute")),
    ),
    "no role": (
        replace(GREEN, role=None, stack=None),
        {"role.exists": (FAIL, f"with the bucket {BUCKET}"), "stack.output": (FAIL, "Create stack")},
    ),
    "a role under another path": (
        replace(GREEN, role=replace(ROLE, arn=f"arn:aws:iam::{ACCOUNT}:role/eco/{NAME}")),
        {"role.exists": (FAIL, f"enter arn:aws:iam::{ACCOUNT}:role/eco/{NAME} as Role ARN")},
    ),
    "no stack": (replace(GREEN, stack=None), {"stack.output": (UNKNOWN, "by hand or with Terraform")}),
    "stack in the making": (
        replace(GREEN, stack=Stack("spot", "CREATE_IN_PROGRESS", ROLE_ARN)),
        {"stack.output": (UNKNOWN, "Wait until CloudFormation has finished")},
    ),
    "stack rolled back": (
        replace(GREEN, stack=Stack("spot", "ROLLBACK_COMPLETE", ROLE_ARN)),
        {"stack.output": (FAIL, "Events: find out what failed")},
    ),
    "stack tidying up": (
        replace(GREEN, stack=Stack("spot", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ROLE_ARN)), {}
    ),
    "stack of another role": (
        replace(GREEN, stack=Stack("spot", "CREATE_COMPLETE", f"arn:aws:iam::{ACCOUNT}:role/New")),
        {"stack.output": (FAIL, "Outputs: copy SpotFinOpsRoleArn")},
    ),
    "no stack, no trust, no policy": (
        replace(with_trust(trusting(FIRST)), stack=None, attached=Policies()),
        {"stack.output": (UNKNOWN, "Create stack"), "role.trust": (FAIL, "627743545735"),
         "role.external_id": (FAIL, "StringEquals, sts:ExternalId"),
         **dict.fromkeys(ALL_THREE, (FAIL, "Effect Allow"))},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("snapshot", "expected"), SITUATIONS.values(), ids=SITUATIONS)
def test_a_situation_gets_its_verdicts_and_fixes(
    snapshot: AccountSnapshot, expected: dict[str, tuple[Verdict, str]]
) -> None:
    """Exactly the wrong items do not pass, and each has its fix."""
    report = look(snapshot)

    assert {item: verdict for item, (verdict, _) in expected.items()} == trouble(report)
    assert [] == [item for item, (_, words) in expected.items() if words not in of(report, item).fix]


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_the_stack_offers_its_role(status: str) -> None:
    """The form gets the role of a finished stack, whichever role was checked."""
    snapshot = replace(GREEN, role=None, stack=Stack("spot", status, f"arn:aws:iam::{ACCOUNT}:role/New"))

    assert f"arn:aws:iam::{ACCOUNT}:role/New" == look(snapshot, Target(ACCOUNT)).role_arn


def test_an_unfinished_stack_offers_nothing() -> None:
    """The ARN may be rolled back, so it is not offered."""
    snapshot = replace(GREEN, role=None, stack=Stack("spot", "CREATE_IN_PROGRESS", ROLE_ARN))

    assert look(snapshot, Target(ACCOUNT)).role_arn is None
