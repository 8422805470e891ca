"""Which role is looked at: the recorded one, a stack's, or any that trusts Spot; over HTTP."""

import json

from bot.checks import BotoInspector
from bot.domain.aws.preflight import Target
from tests.support.aws import ACCOUNT, Account
from tests.support.aws.account import REST, ROLE_ARN, STATEMENTS, TRUST
from tests.support.findings import FAIL, UNKNOWN, of, trouble

OTHER = "999988887777"
PERMISSIONS = ["role.describes", "role.lists", "role.reads", "role.required"]


def test_the_recorded_role_is_looked_at_instead_of_the_stacks(aws: BotoInspector, account: Account) -> None:
    """The recorded role is checked, and a finding says that the stack made another one."""
    account.client("iam").create_role(RoleName="ByHand", AssumeRolePolicyDocument=json.dumps(TRUST))
    recorded = f"arn:aws:iam::{ACCOUNT}:role/ByHand"

    report = aws.preflight(Target(ACCOUNT, role_arn=recorded))

    assert {"stack.output": UNKNOWN, **dict.fromkeys(PERMISSIONS, FAIL)} == trouble(report)
    assert f"Is it {ROLE_ARN}?" in of(report, "stack.output").fix
    assert (recorded, recorded) == (of(report, "role.exists").found, report.role_arn)


def test_a_role_of_any_name_is_found_by_its_trust(aws: BotoInspector, account: Account) -> None:
    """Made by hand under a name of its own: nobody who made one is told to run the template."""
    iam = account.client("iam")
    account.delete_stack()
    iam.create_role(RoleName="CostsForSpot", AssumeRolePolicyDocument=json.dumps(TRUST))
    document = json.dumps({"Version": "2012-10-17", "Statement": [*STATEMENTS, *REST]})
    iam.put_role_policy(RoleName="CostsForSpot", PolicyName="costs", PolicyDocument=document)
    other = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"AWS": OTHER}}]}
    for number in range(3):
        iam.create_role(RoleName=f"Other{number}", AssumeRolePolicyDocument=json.dumps(other))
    arn = f"arn:aws:iam::{ACCOUNT}:role/CostsForSpot"

    report = aws.preflight(Target(ACCOUNT))

    assert {"stack.output": UNKNOWN} == trouble(report)
    assert f"enter {arn} as Role ARN" in of(report, "stack.output").fix
    assert (arn, arn) == (of(report, "role.exists").found, report.role_arn)
    assert {} == trouble(aws.preflight(Target(ACCOUNT, role_arn=arn)))


def test_the_stack_of_the_new_template_is_known_by_its_output(aws: BotoInspector, account: Account) -> None:
    """It calls the role's ARN by another name."""
    account.delete_stack()
    account.make_stack(output="CCMFinOpsRoleArn")

    assert {} == trouble(aws.preflight(Target(ACCOUNT)))
