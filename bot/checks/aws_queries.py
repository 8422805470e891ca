"""Asking AWS, one thing at a time: each function makes the calls for one fact, page by page and within bounds.

They raise what boto3 raises where a fact cannot be had; `bot/checks/sight.py` turns that into `Unseen`. An answer
without the list that was asked for raises, too: boto3 takes what it cannot read for an answer with nothing in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError

from bot.checks.aws_errors import code_of, unseen_after
from bot.checks.aws_sessions import AwsAccess
from bot.domain.aws import delivered_files as files
from bot.domain.aws import roles
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import (
    Accounts,
    Bucket,
    CurDefinitions,
    Document,
    Identity,
    Organization,
    Owner,
    Policies,
    ReportDefinition,
    Role,
    Stack,
    Unseen,
    Why,
)
from bot.domain.aws.preflight import DeliveredFiles

#: How many pages of one list are read at most: of files 20,000, of accounts some thousands.
PAGES = 20
#: How many policies of a role are read at most; IAM allows 20 attached ones.
POLICIES = 30
#: The only size of a page that AWS accepts for report definitions.
_REPORTS_A_PAGE = 5
_GONE = {"NoSuchBucket", "NoSuchEntity", "NoSuchEntityException", "404"}
_NO_ORGANIZATION = "AWSOrganizationsNotInUseException"


def identity(access: AwsAccess) -> Identity:
    """Who the bot is."""
    answer = access.ask(Call.IDENTITY)
    return Identity(answer["Account"], answer["Arn"])


def organization(access: AwsAccess) -> Organization | None:
    """The organization; None where the account is in none."""
    try:
        told = access.ask(Call.ORGANIZATION)["Organization"]
    except ClientError as error:
        if code_of(error) == _NO_ORGANIZATION:
            return None
        raise
    return Organization(told["Id"], told["MasterAccountId"])


def accounts(access: AwsAccess) -> Accounts | Unseen:
    """The accounts of the organization."""
    named: list[tuple[str, str]] = []
    whole = False
    try:
        for page, last in _pages(access, Call.ACCOUNTS, "NextToken", "NextToken"):
            named += [(account["Id"], account.get("Name", "")) for account in page["Accounts"]]
            whole = last
    except ClientError as error:
        if code_of(error) == _NO_ORGANIZATION:
            return Unseen(Why.SKIPPED)
        raise
    return Accounts(tuple(named), whole)


def reports(access: AwsAccess) -> CurDefinitions | Unseen:
    """The legacy report definitions; where there is none, the exports of the newer kind."""
    found: list[ReportDefinition] = []
    whole = False
    for page, last in _pages(access, Call.REPORTS, "NextToken", "NextToken", MaxResults=_REPORTS_A_PAGE):
        whole = last
        found += [_report(told) for told in page["ReportDefinitions"]]
    if not whole:
        return Unseen(Why.TOO_MANY, Call.REPORTS)
    if found:
        return CurDefinitions(tuple(found))
    try:
        pages = _pages(access, Call.EXPORTS, "NextToken", "NextToken")
        return CurDefinitions((), tuple(told["ExportName"] for page, _ in pages for told in page["Exports"]))
    except Exception as error:  # noqa: BLE001 - that there is no report was seen; the exports only explain it
        return CurDefinitions((), unseen_after(error, Call.EXPORTS))


def _report(told: Mapping[str, Any]) -> ReportDefinition:
    return ReportDefinition(
        name=told["ReportName"],
        time_unit=told.get("TimeUnit", ""),
        format=told.get("Format", ""),
        compression=told.get("Compression", ""),
        elements=tuple(told.get("AdditionalSchemaElements", ())),
        artifacts=tuple(told.get("AdditionalArtifacts", ())),
        bucket=told.get("S3Bucket", ""),
        prefix=told.get("S3Prefix", ""),
        region=told.get("S3Region", ""),
        refresh=told.get("RefreshClosedReports"),
        versioning=told.get("ReportVersioning", ""),
        status=told.get("ReportStatus", {}).get("lastStatus", ""),
    )


def bucket(access: AwsAccess, name: str, account_id: str) -> Bucket | None:
    """The bucket; None where there is none. Whose it is shows when AWS is asked with and without an owner."""
    try:
        return Bucket(_region(access.ask(Call.BUCKET, Bucket=name, ExpectedBucketOwner=account_id)))
    except ClientError as error:
        if code_of(error) in _GONE:
            return None
        if code_of(error) != "403":
            raise
        region = _region(error.response)
    try:
        return Bucket(_region(access.ask(Call.BUCKET, Bucket=name)) or region, Owner.FOREIGN)
    except ClientError as error:
        if code_of(error) != "403":
            raise
        return Bucket(_region(error.response) or region, Owner.UNKNOWN, denied=True)


def _region(answer: Mapping[str, Any]) -> str:
    # Also a refusal tells the region, in a header.
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(answer.get("BucketRegion") or headers.get("x-amz-bucket-region", ""))


def delivered(
    access: AwsAccess, name: str, account_id: str, report: ReportDefinition | None
) -> DeliveredFiles | Unseen:
    """The data files in a bucket: of a report, or of any where it is not known which."""
    count = files.Count()
    folder = report.folder if report else ""
    # Without a prefix of its own AWS lets the keys of a report begin with a slash.
    narrow = folder if report and report.prefix else ""
    inputs = {"Bucket": name, "ExpectedBucketOwner": account_id, "Prefix": narrow}
    try:
        for page, last in _pages(access, Call.FILES, "ContinuationToken", "NextContinuationToken", **inputs):
            for told in page.get("Contents", ()):
                if told["Key"].lstrip("/").startswith(folder):
                    count.add(told["Key"], told["Size"], told["LastModified"])
            count.whole = last and not page["IsTruncated"]
    except ClientError as error:
        if code_of(error) in _GONE:
            return Unseen(Why.SKIPPED, Call.FILES)
        raise
    return count.delivered_files()


def stack(access: AwsAccess) -> Stack | Unseen | None:
    """The stack that has the role's ARN as an output: a finished one before others."""
    found: list[Stack] = []
    whole = False
    for page, last in _pages(access, Call.STACKS, "NextToken", "NextToken"):
        whole = last
        for told in page["Stacks"]:
            outputs = {output.get("OutputKey"): output.get("OutputValue", "") for output in told.get("Outputs", ())}
            if roles.OUTPUT in outputs:
                found.append(Stack(told["StackName"], told["StackStatus"], outputs[roles.OUTPUT]))
    if not found and not whole:
        return Unseen(Why.TOO_MANY, Call.STACKS)
    return next((stack for stack in found if roles.finished(stack)), found[0] if found else None)


def role(access: AwsAccess, name: str) -> Role | None:
    """The role, with its permissions boundary; None where there is none of that name."""
    try:
        told = access.ask(Call.ROLE, RoleName=name)["Role"]
    except ClientError as error:
        if code_of(error) in _GONE:
            return None
        raise
    arn = told.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    limit: Document | Unseen | None = None
    try:
        limit = _managed(access, arn) if arn else None
    except Exception as error:  # noqa: BLE001 - the role was seen; what limits it was not
        limit = unseen_after(error, Call.POLICY)
    return Role(told["Arn"], _document(told["AssumeRolePolicyDocument"]), limit)


def attached(access: AwsAccess, name: str) -> Policies | Unseen:
    """The policies that are attached to the role."""
    return _policies(access, name, Call.ATTACHED)


def inline(access: AwsAccess, name: str) -> Policies | Unseen:
    """The policies that are written into the role."""
    return _policies(access, name, Call.INLINE)


def _policies(access: AwsAccess, name: str, call: Call) -> Policies | Unseen:
    names: list[str] = []
    whole = False
    try:
        for page, last in _pages(access, call, "Marker", "Marker", RoleName=name):
            if call is Call.INLINE:
                names += page["PolicyNames"]
            else:
                names += [policy["PolicyArn"] for policy in page["AttachedPolicies"]]
            whole = last
    except ClientError as error:
        if code_of(error) in _GONE:
            return Unseen(Why.SKIPPED, call)
        raise
    read = {
        policy: _inline(access, name, policy) if call is Call.INLINE else _managed(access, policy)
        for policy in names[:POLICIES]
    }
    return Policies(tuple(read.items()), whole and len(names) <= POLICIES)


def _managed(access: AwsAccess, arn: str) -> Document:
    version = access.ask(Call.POLICY, PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return _document(access.ask(Call.POLICY_VERSION, PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def _inline(access: AwsAccess, role_name: str, name: str) -> Document:
    return _document(access.ask(Call.INLINE_POLICY, RoleName=role_name, PolicyName=name)["PolicyDocument"])


def _document(told: object) -> Document:
    """A policy as a mapping; boto3 has decoded it, unless AWS wrote it in a way that boto3 leaves as text."""
    read = json.loads(unquote(told)) if isinstance(told, str) else told
    return read if isinstance(read, dict) else {"Statement": [{}]}


def _pages(
    access: AwsAccess, call: Call, ask_by: str, told_by: str, **inputs: object
) -> Iterator[tuple[dict[str, Any], bool]]:
    """The pages of a list, within bounds, each with whether it is the last one there is."""
    for _ in range(PAGES):
        page = access.ask(call, **inputs)
        token = page.get(told_by)
        more = bool(token) and page.get("IsTruncated", True) and token != inputs.get(ask_by)
        yield page, not more
        if not more:
            return
        inputs[ask_by] = token
