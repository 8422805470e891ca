"""The least-privilege policy and the template of docs/aws, compared with the calls that are made."""

import ast
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.checks import BotoInspector
from bot.clock import SystemClock
from bot.domain.aws.calls import Call
from bot.domain.aws.policies import Tristate, allowed
from bot.domain.aws.preflight import Target
from tests.support.aws import ACCOUNT, Account, AwsEndpoint
from tests.support.aws.account import BUCKET, ROLE, ROLE_ARN, STATEMENTS

DOCS = Path(__file__).parents[2] / "docs"
POLICY: dict[str, Any] = json.loads((DOCS / "aws/read-only-policy.json").read_text())
TEMPLATE = (DOCS / "aws/read-only-role.yaml").read_text()
NEEDED = {action for call in Call for action in call.value.actions}

#: The parameters of the template for what is not allowed unless somebody wants it.
OPTIONAL = {"CostsByAccount": "yes", "DeliveredByMsp": "yes"}
#: What each permission must be given on.
ON = {
    **dict.fromkeys(
        ["s3:ListBucket", "s3:GetBucketPolicy", "s3:GetBucketOwnershipControls", "s3:GetEncryptionConfiguration"],
        f"arn:aws:s3:::{BUCKET}",
    ),
    "glue:GetCrawler": f"arn:aws:glue:us-east-1:{ACCOUNT}:crawler/AWSCURCrawler-spot-hourly",
    "s3:GetObject": f"arn:aws:s3:::{BUCKET}/RawCURReports/cur/{ACCOUNT}/20261101-20261130/a1/cur-1.csv.gz",
    **dict.fromkeys(["kms:DescribeKey", "kms:GetKeyPolicy"], f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1a2b"),
    **dict.fromkeys(
        ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"], ROLE_ARN
    ),
    **dict.fromkeys(["iam:GetPolicy", "iam:GetPolicyVersion"], f"arn:aws:iam::{ACCOUNT}:policy/{ROLE}_Policy"),
}


def actions(policy: dict[str, Any]) -> list[str]:
    """The actions that a policy names."""
    # moto leaves an empty statement where the template has no value.
    named = [statement["Action"] for statement in policy["Statement"] if statement]
    return [action for one in named for action in ([one] if isinstance(one, str) else one)]


def template() -> dict[str, Any]:
    """The template, parsed like CloudFormation does."""
    return yaml.safe_load(TEMPLATE)


@pytest.fixture
def made(account: Account) -> dict[str, Any]:
    """The policy of the role that the template creates with every permission, as IAM has it."""
    return made_with(account, OPTIONAL)


def made_with(account: Account, chosen: dict[str, str]) -> dict[str, Any]:
    """The policy of the role that the template creates with these parameters."""
    values = {"BotPrincipalArn": "arn:aws:iam::111122223333:role/eco-bot", "ExternalId": "acme-7", "BucketName": BUCKET}
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in (values | chosen).items()]
    account.client("cloudformation").create_stack(StackName="bot", TemplateBody=TEMPLATE, Parameters=parameters)
    iam = account.client("iam")
    [name] = iam.list_role_policies(RoleName="EcoEnrollmentReadOnly")["PolicyNames"]
    told = iam.get_role_policy(RoleName="EcoEnrollmentReadOnly", PolicyName=name)["PolicyDocument"]
    # moto gives the policies of a template's role as Python writes them, with None for AWS::NoValue.
    document: dict[str, Any] = ast.literal_eval(told)
    return {**document, "Statement": [statement for statement in document["Statement"] if statement is not None]}


def test_every_call_of_the_table_is_made_and_no_other(account: Account, endpoint: AwsEndpoint) -> None:
    """With a role, an inline policy, a key and a missing report, every call of the table is made and no other."""
    account.encrypt()
    document = json.dumps({"Version": "2012-10-17", "Statement": STATEMENTS})
    account.client("iam").put_role_policy(RoleName=ROLE, PolicyName="inline", PolicyDocument=document)
    aws = BotoInspector("EcoEnrollmentReadOnly", SystemClock(), endpoint=endpoint.url)
    aws.preflight(Target(ACCOUNT, external_id="acme-7"))
    endpoint.endless_accounts = True
    endpoint.billing.definitions = []
    aws.preflight(Target(ACCOUNT, external_id="acme-7"))
    aws.delivered_files(Target(ACCOUNT, external_id="acme-7"))
    account.put(f"RawCURReports/cur/{ACCOUNT}/20261101-20261130/a1/cur-1.csv.gz")
    aws.preflight(Target(ACCOUNT, bucket=BUCKET, checks="delivered"))
    aws.preflight(Target(ACCOUNT, report_name="spot-hourly", checks="crawler"))
    aws.monthly_costs(Target(ACCOUNT, external_id="acme-7"), date(2026, 10, 1))

    assert {call.value.name for call in Call} == set(endpoint.counted())


def test_the_policy_allows_what_is_called_and_nothing_else() -> None:
    """A missing action would fail everybody's checks; an extra one is a needless privilege."""
    assert sorted(NEEDED) == sorted(actions(POLICY))


def test_the_template_allows_the_same(made: dict[str, Any]) -> None:
    """The role of the template has the same policy."""
    assert sorted(NEEDED) == sorted(actions(made))


@pytest.mark.parametrize("action", sorted(NEEDED))
def test_each_permission_is_given_where_it_is_needed(made: dict[str, Any], action: str) -> None:
    """Evaluated by the rules for Spot's role, both files allow each action on its resource and not on others."""
    resource = ON.get(action, "*")
    elsewhere = resource.replace(BUCKET, "other").replace(ROLE_ARN, ROLE_ARN.replace("Spot", "Other"))
    elsewhere = elsewhere.replace(":key/", ":alias/").replace("AWSCUR", "Other")

    for policy in (POLICY, made):
        assert Tristate.YES == allowed([policy], action, resource)[0]
        if elsewhere != resource:
            assert Tristate.NO == allowed([policy], action, elsewhere)[0]


@pytest.mark.parametrize(
    "action", ["s3:GetObject", "s3:PutObject", "iam:CreateRole", "sts:AssumeRole", "cur:PutReportDefinition"]
)
def test_nothing_can_be_read_or_changed_that_is_not_looked_at(made: dict[str, Any], action: str) -> None:
    """Nothing else can be read or changed, not even the bill."""
    for policy in (POLICY, made):
        assert Tristate.NO == allowed([policy], action, f"arn:aws:s3:::{BUCKET}/x")[0]


def test_what_reads_the_bill_is_allowed_only_where_somebody_wants_it(account: Account) -> None:
    """In the policy as statements of their own, which can be left out; in the template by parameters that say no."""
    optional = [statement["Action"] for statement in POLICY["Statement"] if statement["Sid"].startswith("Optional")]
    assert {*Call.COSTS.value.actions, *Call.FIRST_BYTES.value.actions} == set(optional)
    assert {"no"} == {template()["Parameters"][name]["Default"] for name in OPTIONAL}

    assert set() == set(optional) & set(actions(made_with(account, {})))


def test_the_template_trusts_the_bot_alone_with_its_external_id(account: Account, made: dict[str, Any]) -> None:
    """Only the bot, with the external ID, may assume the role."""
    role = account.client("iam").get_role(RoleName="EcoEnrollmentReadOnly")["Role"]

    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert {"AWS": "arn:aws:iam::111122223333:role/eco-bot"} == statement["Principal"]
    assert {"StringEquals": {"sts:ExternalId": "acme-7"}} == statement["Condition"]


def test_the_template_asks_for_what_the_guide_names() -> None:
    """docs/AWS.md explains every parameter and output, and each parameter has a description."""
    guide = (DOCS / "AWS.md").read_text()

    assert [] == [name for name in [*template()["Parameters"], *template()["Outputs"]] if f"`{name}`" not in guide]
    assert [] == [name for name, value in template()["Parameters"].items() if not value.get("Description")]
