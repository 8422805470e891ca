"""Queries of AWS about the role for Spot: stacks of its templates, roles that trust it, the role and its policies.

They raise as those of `aws_queries` do.
"""

from __future__ import annotations

import json
from urllib.parse import unquote

from botocore.exceptions import ClientError

from bot.checks.aws_errors import code_of, unseen_after
from bot.checks.aws_queries import GONE, pages
from bot.checks.aws_sessions import AwsAccess
from bot.domain.aws import stacks as templates
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import Document, Policies, Reason, Role, Stack, Stacks, TrustingRoles, Unseen
from bot.domain.aws.trust import names_spot

#: The most policies of a role that are read; IAM allows 20 attached ones.
POLICIES = 30
#: Roles on a page: an account has 1,000 at first, and 5,000 at most.
_ROLES_A_PAGE = 1000


def stacks(access: AwsAccess) -> Stacks:
    """The stacks of Spot's templates, by their outputs or by the parameter that all of them have."""
    found: list[Stack] = []
    complete = False
    for page, last in pages(access, Call.STACKS, "NextToken", "NextToken"):
        complete = last
        for item in page["Stacks"]:
            outputs = {output.get("OutputKey"): output.get("OutputValue", "") for output in item.get("Outputs", ())}
            arn = next((outputs[name] for name in templates.OUTPUTS if outputs.get(name)), "")
            given = {parameter.get("ParameterKey") for parameter in item.get("Parameters", ())}
            if arn or templates.BUCKET_PARAMETER in given:
                found.append(Stack(item["StackName"], item["StackStatus"], arn))
    return Stacks(tuple(found), complete)


def trusting_roles(access: AwsAccess) -> TrustingRoles:
    """The roles whose trust policy names accounts of Spot."""
    arns: list[str] = []
    complete = False
    for page, last in pages(access, Call.ROLES, "Marker", "Marker", MaxItems=_ROLES_A_PAGE):
        complete = last
        arns += [item["Arn"] for item in page["Roles"] if names_spot(document(item["AssumeRolePolicyDocument"]))]
    return TrustingRoles(tuple(arns), complete)


def role(access: AwsAccess, name: str) -> Role | None:
    """The role and its permissions boundary; None if there is no role of that name."""
    try:
        item = access.ask(Call.ROLE, RoleName=name)["Role"]
    except ClientError as error:
        if code_of(error) in GONE:
            return None
        raise
    arn = item.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    limit: Document | Unseen | None = None
    try:
        limit = _managed(access, arn) if arn else None
    except Exception as error:  # noqa: BLE001 - the role itself has been read
        limit = unseen_after(error, Call.POLICY)
    return Role(item["Arn"], document(item["AssumeRolePolicyDocument"]), limit, arn or "")


def attached(access: AwsAccess, name: str) -> Policies | Unseen:
    """The managed policies that are attached to the role."""
    return _policies(access, name, Call.ATTACHED)


def inline(access: AwsAccess, name: str) -> Policies | Unseen:
    """The inline policies of the role."""
    return _policies(access, name, Call.INLINE)


def _policies(access: AwsAccess, name: str, call: Call) -> Policies | Unseen:
    names: list[str] = []
    complete = False
    try:
        for page, last in pages(access, call, "Marker", "Marker", RoleName=name):
            if call is Call.INLINE:
                names += page["PolicyNames"]
            else:
                names += [policy["PolicyArn"] for policy in page["AttachedPolicies"]]
            complete = last
    except ClientError as error:
        if code_of(error) in GONE:
            return Unseen(Reason.SKIPPED, call)
        raise
    read = {
        policy: _inline(access, name, policy) if call is Call.INLINE else _managed(access, policy)
        for policy in names[:POLICIES]
    }
    return Policies(tuple(read.items()), complete and len(names) <= POLICIES)


def _managed(access: AwsAccess, arn: str) -> Document:
    version = access.ask(Call.POLICY, PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return document(access.ask(Call.POLICY_VERSION, PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def _inline(access: AwsAccess, role_name: str, name: str) -> Document:
    return document(access.ask(Call.INLINE_POLICY, RoleName=role_name, PolicyName=name)["PolicyDocument"])


def document(item: object) -> Document:
    """A policy as a mapping; boto3 decodes most of them and leaves others as text."""
    read = json.loads(unquote(item)) if isinstance(item, str) else item
    return read if isinstance(read, dict) else {"Statement": [{}]}
