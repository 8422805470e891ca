"""Stacks and names of the role for Spot: each row has its verdict, its fix and the rule of AWS."""

from dataclasses import replace

import pytest

from bot.domain.aws.calls import Call
from bot.domain.aws.facts import AccountSnapshot, Reason, Role, Stack, Stacks, TrustingRoles, Unseen
from bot.domain.aws.preflight import Target
from bot.domain.aws.roles import DEFAULT_ROLE, role_to_check
from tests.domain.aws_situations import IAM, Situation
from tests.domain.aws_snapshots import ACCOUNT, BUCKET, GREEN, NAME, ROLE, ROLE_ARN, TARGET, look
from tests.support.findings import FAIL, UNKNOWN

STATES = "CloudFormation User Guide, Stack status codes"
CONTINUE = "CloudFormation User Guide, Continue rolling back an update"
NEW_ARN = f"arn:aws:iam::{ACCOUNT}:role/New"
OTHER_ARN = f"arn:aws:iam::{ACCOUNT}:role/Spot-Eco-FinOps"
NEW = replace(ROLE, arn=NEW_ARN)
NOTHING_ENTERED = Target(ACCOUNT, spot_external_id=TARGET.spot_external_id)


def stacked(
    *stacks: Stack, role: Role | Unseen | None = ROLE, trusting: tuple[str, ...] = (ROLE_ARN,)
) -> AccountSnapshot:
    """The green account with these stacks."""
    return replace(GREEN, stacks=Stacks(stacks), role=role, trusting=TrustingRoles(trusting))


def in_state(status: str, arn: str = ROLE_ARN, role: Role | None = ROLE) -> AccountSnapshot:
    """The green account with its stack in a state."""
    trusting = (role.arn,) if role else ()
    return stacked(Stack("spot", status, arn), role=role, trusting=trusting)


STACKS: dict[str, Situation] = {
    **{
        status: Situation(in_state(status), {}, f"{STATES}: {status} is finished, and its outputs are valid.")
        for status in (
            "CREATE_COMPLETE",
            "UPDATE_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE",
            "IMPORT_COMPLETE",
            "IMPORT_ROLLBACK_COMPLETE",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        )
    },
    **{
        status: Situation(
            in_state(status), {"stack.output": (UNKNOWN, "Wait until CloudFormation has finished")},
            f"{STATES}: {status} is under way.",
        )
        for status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "IMPORT_IN_PROGRESS")
    },
    **{
        status: Situation(
            in_state(status), {"stack.output": (FAIL, "Don't delete it: Spot may be using its role.")},
            f"{CONTINUE}: from {status} a stack gets back to its last good state; deleting it would delete the role.",
        )
        for status in ("UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "IMPORT_ROLLBACK_FAILED")
    },
    "CREATE_FAILED with a role": Situation(
        in_state("CREATE_FAILED"), {"stack.output": (FAIL, "before you know that Spot does not use its role")},
        "CloudFormation User Guide, Stack failure options: resources that were made are preserved.",
    ),
    "DELETE_FAILED": Situation(
        in_state("DELETE_FAILED"), {"stack.output": (UNKNOWN, "Does Spot still use its role?")},
        f"{STATES}: after DELETE_FAILED some resources may still be in use.",
    ),
    "DELETE_IN_PROGRESS": Situation(
        in_state("DELETE_IN_PROGRESS"), {"stack.output": (FAIL, "Wait until the stack is gone, then create it again")},
        f"{STATES}: DELETE_IN_PROGRESS removes the stack's resources.",
    ),
    **{
        f"{status} without a role": Situation(
            in_state(status, "", None),
            {"stack.output": (FAIL, "If you can spare them, delete the stack and create it again"),
             "role.exists": (FAIL, f"with the bucket {BUCKET}")},
            f"{STATES}: after {status} of a new stack there are no outputs; it can only be deleted.", NOTHING_ENTERED,
        )
        for status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED")
    },
    "being made, no role yet": Situation(
        in_state("CREATE_IN_PROGRESS", "", None),
        {"stack.output": (UNKNOWN, "Wait until"), "role.exists": (FAIL, "run the template")},
        f"{STATES}: CREATE_IN_PROGRESS.", NOTHING_ENTERED,
    ),
    "a failed attempt beside a role by hand": Situation(
        in_state("ROLLBACK_COMPLETE", ""), {}, f"{STATES}: a stack that was rolled back has made nothing.",
        says={"stack.output": "was made in another way"},
    ),
    "a failed attempt beside the good one": Situation(
        stacked(Stack("first", "ROLLBACK_COMPLETE"), Stack("second", "CREATE_COMPLETE", ROLE_ARN)), {},
        f"{STATES}: each stack has its own state.", says={"stack.output": "“second” made"},
    ),
    "two finished ones, the recorded role's decides": Situation(
        stacked(Stack("old", "CREATE_COMPLETE", NEW_ARN), Stack("spot", "CREATE_COMPLETE", ROLE_ARN)), {},
        "CloudFormation User Guide, Outputs: each stack has outputs of its own.", says={"stack.output": "“spot” made"},
    ),
    "two finished ones, and nothing entered": Situation(
        stacked(
            Stack("old", "CREATE_COMPLETE", NEW_ARN), Stack("spot", "CREATE_COMPLETE", ROLE_ARN),
            trusting=(NEW_ARN, ROLE_ARN),
        ),
        {"stack.output": (UNKNOWN, "look up which role ARN is entered")},
        "CloudFormation User Guide, Outputs: each stack has outputs of its own.", NOTHING_ENTERED,
        says={"stack.output": f"other stacks made {NEW_ARN}"},
    ),
    "made another role than entered, which exists": Situation(
        in_state("CREATE_COMPLETE", NEW_ARN), {"stack.output": (UNKNOWN, f"Is it {NEW_ARN}?")},
        "CloudFormation User Guide, Outputs.", says={"stack.output": "and both exist"},
    ),
    "made another role than entered, which is gone": Situation(
        stacked(Stack("spot", "CREATE_COMPLETE", NEW_ARN), role=None, trusting=(NEW_ARN,)),
        {"stack.output": (FAIL, "Outputs: copy the role's ARN"), "role.exists": (FAIL, "Did you make that one")},
        f"{IAM}, IAM roles: a role's name is unique in its account.",
    ),
    "finished without an output": Situation(
        in_state("CREATE_COMPLETE", "", None),
        {"stack.output": (FAIL, "Resources: is there a role?"), "role.exists": (FAIL, "run the template")},
        "CloudFormation User Guide, Outputs: a template need not have any.", NOTHING_ENTERED,
    ),
    "finished without an output, role entered": Situation(
        in_state("CREATE_COMPLETE", ""), {}, "CloudFormation User Guide, Outputs: a template need not have any.",
        says={"stack.output": "was made in another way"},
    ),
    "none, role entered": Situation(
        stacked(), {}, f"{IAM}, IAM roles: how a role was made does not matter.",
        says={"stack.output": f"{ROLE_ARN}, which was entered in Slack"},
    ),
    "none, role not entered": Situation(
        stacked(), {"stack.output": (UNKNOWN, f"enter {ROLE_ARN} as Role ARN")},
        f"{IAM}, IAM roles: how a role was made does not matter.", NOTHING_ENTERED,
    ),
    "none, role not seen": Situation(
        stacked(role=Unseen(Reason.DENIED, Call.ROLE)),
        {"stack.output": (UNKNOWN, "Make “Role for Spot” pass first"), "role.exists": (UNKNOWN, "allow iam:GetRole")},
        "CloudFormation User Guide, Regions: stacks of other regions are not listed.",
    ),
    "more stacks than were read": Situation(
        replace(GREEN, stacks=Stacks((Stack("other", "CREATE_COMPLETE", NEW_ARN),), complete=False)),
        {"stack.output": (UNKNOWN, "enter role ARN and bucket")},
        "CloudFormation API Reference, DescribeStacks: NextToken means that there are more.",
    ),
    "more stacks than were read, but the right one": Situation(
        replace(GREEN, stacks=replace(GREEN.stacks, complete=False)), {},
        "CloudFormation API Reference, DescribeStacks: NextToken means that there are more.",
    ),
}  # fmt: skip

ROLES: dict[str, Situation] = {
    "none of any name": Situation(
        stacked(role=None, trusting=()),
        {"role.exists": (FAIL, f"with the bucket {BUCKET}"), "stack.output": (FAIL, "Create stack")},
        f"{IAM}, ListRoles: all roles of the account.", NOTHING_ENTERED,
    ),
    "another name than entered": Situation(
        stacked(role=None, trusting=(OTHER_ARN,)),
        {"role.exists": (FAIL, "enter its ARN"), "stack.output": (UNKNOWN, "Make “Role for Spot” pass first")},
        f"{IAM}, IAM roles: names are compared as they are.", says={"role.exists": OTHER_ARN},
    ),
    "entered, and gone": Situation(
        replace(GREEN, role=None, stacks=Stacks(), trusting=Unseen(Reason.DENIED, Call.ROLES)),
        {"role.exists": (FAIL, "Was it deleted"), "stack.output": (UNKNOWN, "Make “Role for Spot” pass first")},
        f"{IAM}, GetRole: NoSuchEntity means that it does not exist.",
    ),
    "not entered, and roles can't be listed": Situation(
        replace(GREEN, role=None, stacks=Stacks(), trusting=Unseen(Reason.DENIED, Call.ROLES)),
        {"role.exists": (UNKNOWN, "under another name"), "stack.output": (UNKNOWN, "Make “Role for Spot” pass first")},
        f"{IAM}, ListRoles: needs a permission of its own.", NOTHING_ENTERED,
    ),
    "not entered, and more roles than were read": Situation(
        replace(GREEN, role=None, stacks=Stacks(), trusting=TrustingRoles(complete=False)),
        {"role.exists": (UNKNOWN, "under another name"), "stack.output": (UNKNOWN, "Make “Role for Spot” pass first")},
        f"{IAM}, ListRoles: IsTruncated means that there are more.", NOTHING_ENTERED,
    ),
    "deleted from its stack": Situation(
        stacked(Stack("spot", "CREATE_COMPLETE", ROLE_ARN), role=None, trusting=()),
        {"role.exists": (FAIL, "Somebody has deleted it")},
        "CloudFormation User Guide, Drift: a stack does not notice that a resource was deleted.",
    ),
    "several, none entered": Situation(
        stacked(trusting=(ROLE_ARN, OTHER_ARN)),
        {"role.exists": (UNKNOWN, "look up which role ARN is entered"), "stack.output": (UNKNOWN, "Role ARN")},
        f"{IAM}, IAM roles: an account may trust another by several roles.", NOTHING_ENTERED,
        says={"role.exists": OTHER_ARN},
    ),
    "several, one entered": Situation(
        stacked(trusting=(ROLE_ARN, OTHER_ARN)), {},
        f"{IAM}, IAM roles: an account may trust another by several roles.",
    ),
    "under another path": Situation(
        stacked(role=replace(ROLE, arn=f"arn:aws:iam::{ACCOUNT}:role/eco/{NAME}")),
        {"role.exists": (FAIL, f"enter arn:aws:iam::{ACCOUNT}:role/eco/{NAME} as Role ARN"),
         "stack.output": (UNKNOWN, f"enter arn:aws:iam::{ACCOUNT}:role/eco/{NAME} as Role ARN")},
        f"{IAM}, IAM identifiers: the path is part of the ARN.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", [*STACKS.values(), *ROLES.values()], ids=[*STACKS, *ROLES])
def test_a_situation_gets_its_verdict_and_fix(situation: Situation) -> None:
    """Exactly the wrong items do not pass, each has its fix, and the rule says why."""
    situation.hold()


CHOICES = {
    "entered": ((ROLE_ARN, Stacks((Stack("s", "CREATE_COMPLETE", NEW_ARN),)), TrustingRoles((OTHER_ARN,))), NAME),
    "of a stack": ((None, Stacks((Stack("s", "CREATE_COMPLETE", NEW_ARN),)), TrustingRoles((OTHER_ARN,))), "New"),
    "of the stack that Spot is trusted by": (
        (None, Stacks((Stack("s", "CREATE_COMPLETE", NEW_ARN), Stack("t", "CREATE_COMPLETE", OTHER_ARN))),
         TrustingRoles((OTHER_ARN,))),
        "Spot-Eco-FinOps",
    ),
    "of no stack under way": (
        (None, Stacks((Stack("s", "CREATE_IN_PROGRESS", NEW_ARN),)), TrustingRoles()), DEFAULT_ROLE
    ),
    "that trusts Spot": ((None, Stacks(), TrustingRoles((NEW_ARN,))), "New"),
    "that trusts Spot, known names first": ((None, Stacks(), TrustingRoles((NEW_ARN, OTHER_ARN))), "Spot-Eco-FinOps"),
    "of the usual name": ((None, Unseen(Reason.DENIED), Unseen(Reason.DENIED)), DEFAULT_ROLE),
}  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), CHOICES.values(), ids=CHOICES)
def test_the_role_to_look_at(given: tuple[object, ...], expected: str) -> None:
    """The recorded one decides, then a finished stack, then the roles that trust Spot."""
    assert expected == role_to_check(*given)


@pytest.mark.parametrize(
    ("snapshot", "offered"),
    [
        (in_state("UPDATE_ROLLBACK_COMPLETE", NEW_ARN, None), NEW_ARN),
        (in_state("CREATE_IN_PROGRESS", ROLE_ARN, None), None),
        (stacked(), ROLE_ARN),
        (stacked(trusting=(ROLE_ARN, OTHER_ARN)), None),
        (stacked(Stack("a", "CREATE_COMPLETE", ROLE_ARN), Stack("b", "CREATE_COMPLETE", NEW_ARN)), None),
    ],
)
def test_the_form_is_offered_a_role_where_only_one_may_be_meant(snapshot: AccountSnapshot, offered: str | None) -> None:
    """A guess among several would be confirmed without a look."""
    assert offered == look(snapshot, NOTHING_ENTERED).role_arn
