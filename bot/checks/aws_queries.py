"""Queries of AWS: each function makes the calls for one fact, page by page and within bounds.

They raise boto3's exceptions, which `account_snapshot` turns into `Unseen`. A response without the requested list
raises `KeyError`: boto3 parses an unreadable response as an empty one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from bot.checks.aws_errors import code_of, unseen_after
from bot.checks.aws_sessions import AwsAccess
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import (
    Accounts,
    CurDefinitions,
    Identity,
    Organization,
    Reason,
    ReportDefinition,
    Unseen,
)
from bot.domain.aws.preflight import MemberAccount

log = logging.getLogger(__name__)

#: The most pages that are read of one list: 20,000 files, or 400 accounts.
PAGES = 20
#: The only page size that AWS accepts for report definitions.
_REPORTS_A_PAGE = 5
#: Error codes for something that does not exist.
GONE = {"NoSuchBucket", "NoSuchEntity", "NoSuchEntityException", "404"}
_NO_ORGANIZATION = "AWSOrganizationsNotInUseException"


def identity(access: AwsAccess) -> Identity:
    """The identity of the credentials."""
    answer = access.ask(Call.IDENTITY)
    return Identity(answer["Account"], answer["Arn"])


def organization(access: AwsAccess) -> Organization | None:
    """The organization of the account; None for a standalone account."""
    try:
        item = access.ask(Call.ORGANIZATION)["Organization"]
    except ClientError as error:
        if code_of(error) == _NO_ORGANIZATION:
            return None
        raise
    return Organization(item["Id"], item["MasterAccountId"])


def accounts(access: AwsAccess, account_id: str) -> Accounts | Unseen:
    """The accounts of the organization, closed ones too: they stay members for 90 days.

    The account that is checked is among them even if the list was cut.
    """
    members: list[MemberAccount] = []
    complete = False
    try:
        for page, last in pages(access, Call.ACCOUNTS, "NextToken", "NextToken"):
            members += [_member(each) for each in page["Accounts"]]
            complete = last
    except ClientError as error:
        if code_of(error) == _NO_ORGANIZATION:
            return Unseen(Reason.SKIPPED)
        raise
    if not complete and account_id not in [member.id for member in members]:
        members += _own_account(access, account_id)
    return Accounts(tuple(members), complete)


def state_of(account: Mapping[str, Any]) -> str:
    """The state of an account in words.

    The field `State` replaces `Status`, which AWS retires; `Status` does not tell whether its owner or AWS has
    suspended an account.
    """
    if state := account.get("State"):
        return str(state).replace("_", " ").lower()
    status = str(account.get("Status", "")).replace("_", " ").lower()
    return "closed or suspended" if status == "suspended" else status


def _own_account(access: AwsAccess, account_id: str) -> list[MemberAccount]:
    """The account itself; nothing if AWS does not tell, which the finding on the accounts then says."""
    try:
        item = access.ask(Call.ACCOUNT, AccountId=account_id)["Account"]
    except ClientError as error:
        log.info("AWS check: %s: %s", Call.ACCOUNT.value.name, code_of(error))
        return []
    return [_member(item)]


def _member(item: Mapping[str, Any]) -> MemberAccount:
    return MemberAccount(item["Id"], item.get("Name", ""), state_of(item))


def reports(access: AwsAccess) -> CurDefinitions | Unseen:
    """The legacy report definitions; if there are none, the names of CUR 2.0 exports."""
    found: list[ReportDefinition] = []
    complete = False
    for page, last in pages(access, Call.REPORTS, "NextToken", "NextToken", MaxResults=_REPORTS_A_PAGE):
        complete = last
        found += [_report(item) for item in page["ReportDefinitions"]]
    if not complete:
        return Unseen(Reason.TOO_MANY, Call.REPORTS)
    if found:
        return CurDefinitions(tuple(found))
    try:
        listed = pages(access, Call.EXPORTS, "NextToken", "NextToken")
        return CurDefinitions((), tuple(item["ExportName"] for page, _ in listed for item in page["Exports"]))
    except Exception as error:  # noqa: BLE001 - the exports only explain that there is no report
        return CurDefinitions((), unseen_after(error, Call.EXPORTS))


def _report(item: Mapping[str, Any]) -> ReportDefinition:
    return ReportDefinition(
        name=item["ReportName"],
        time_unit=item.get("TimeUnit", ""),
        format=item.get("Format", ""),
        compression=item.get("Compression", ""),
        elements=tuple(item.get("AdditionalSchemaElements", ())),
        artifacts=tuple(item.get("AdditionalArtifacts", ())),
        bucket=item.get("S3Bucket", ""),
        prefix=item.get("S3Prefix", ""),
        region=item.get("S3Region", ""),
        refresh=item.get("RefreshClosedReports"),
        versioning=item.get("ReportVersioning", ""),
        status=item.get("ReportStatus", {}).get("lastStatus", ""),
        delivered_at=_delivered_at(item.get("ReportStatus", {}).get("lastDelivery", "")),
        billing_view=item.get("BillingViewArn", ""),
    )


def _delivered_at(text: str) -> datetime | None:
    """The time of a delivery, which AWS writes as `20261124T070000Z`; None for another form."""
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S%z")
    except ValueError:
        return None


def pages(
    access: AwsAccess, call: Call, ask_by: str, told_by: str, limit: int = PAGES, **inputs: object
) -> Iterator[tuple[dict[str, Any], bool]]:
    """The pages of a list, at most `limit`, each with whether it is the last one."""
    for _ in range(limit):
        page = access.ask(call, **inputs)
        token = page.get(told_by)
        more = bool(token) and page.get("IsTruncated", True) and token != inputs.get(ask_by)
        yield page, not more
        if not more:
            return
        inputs[ask_by] = token
