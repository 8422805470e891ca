"""Judges a snapshot: one finding per item, in the order in which people set things up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.aws import buckets, cur_definitions, roles, stacks
from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.check_sets import MANAGEMENT
from bot.domain.aws.delivered_files import sample_keys
from bot.domain.aws.facts import Accounts, AccountSnapshot, Identity, Organization, Role, Unseen
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, Target, Verdict
from bot.domain.aws.wording import counted
from bot.domain.inputs import format_account_id

#: The most names of accounts that a report keeps.
NAMES_KEPT = 100
#: The items that are watched after the connection, and those about the role.
_WATCHED = {"account.identity", "cur.definition", "cur.status", "files.delivered"}
ROLE_WATCHED = {"role.exists", "role.trust"}


def judge(snapshot: AccountSnapshot, target: Target, now: datetime, bot_role: str | None = None) -> CheckReport:
    """The report of a preflight.

    Args:
        bot_role: the role that the bot assumes in the account; None if it uses its own credentials.
    """
    snapshot = snapshot.without_full_role(target.full_role_arn)
    snapshot = _with_first_file(snapshot, target)
    got_in = isinstance(snapshot.identity, Identity) and snapshot.identity.account_id == target.account_id
    found = [*account(snapshot, target, bot_role)]
    first = "account.identity"
    bucket = buckets.bucket_name(snapshot, target)
    found += cur_definitions.judge(snapshot, target, now, first)
    found += buckets.judge(snapshot, target, now, "cur.definition" if got_in else first)
    found += stacks.judge(snapshot, target.role_arn, bucket or "of the report", first)
    report = cur_definitions.best(snapshot.reports, target.bucket)
    keys = sample_keys(report, now.date()) if report else ("a/report/file.snappy.parquet",)
    first = "stack.output" if got_in else first
    found += roles.judge_role(snapshot, target, bucket, keys, first)
    found += roles.judge_full_role(snapshot, target, bucket, keys, first)
    arrived = snapshot.files if isinstance(snapshot.files, DeliveredFiles) else None
    listed = snapshot.accounts if isinstance(snapshot.accounts, Accounts) else None
    in_use = [each for each in listed.members if not each.is_ending] if listed else []
    return CheckReport(
        findings=tuple(found),
        delivered=arrived,
        role_arn=role_to_offer(snapshot, target.role_arn),
        bucket=bucket or None,
        accounts=tuple(each.name for each in in_use[:NAMES_KEPT]),
        account_count=len(in_use) if listed and listed.complete else None,
        members=listed.members if listed else (),
        checks=target.checks,
    )


def delivered_files(
    snapshot: AccountSnapshot, target: Target, now: datetime, bot_role: str | None = None
) -> DeliveredFiles:
    """The delivered files; if they could not be read, with the first finding that explains why as the problem."""
    snapshot = _with_first_file(snapshot, target)
    if isinstance(snapshot.files, DeliveredFiles):
        return snapshot.files
    steps = [
        *account(snapshot, target, bot_role),
        *cur_definitions.judge(snapshot, target, now, "account.identity"),
        *buckets.judge(snapshot, target, now, "cur.definition"),
    ]
    # Such a snapshot tells of the bucket only that it is missing.
    missing = {"bucket.exists"} if snapshot.bucket is None else set()
    in_the_way = {"account.identity", "cur.definition", "files.delivered"} | missing
    return DeliveredFiles(problem=problem(step for step in steps if step.item in in_the_way))


def problem(findings: Iterable[Finding]) -> str:
    """Why files could not be read, in the words of the first finding that does not pass."""
    told = next(each for each in findings if each.verdict is not Verdict.PASS)
    return f"{told.title}: {told.found}. {told.fix}"


def watched(snapshot: AccountSnapshot, target: Target, now: datetime, bot_role: str | None = None) -> CheckReport:
    """The report of a watch: what has to stay right after the connection, as far as the snapshot tells of it."""
    report = judge(snapshot, target, now, bot_role)
    if not isinstance(snapshot.identity, Identity) or snapshot.identity.account_id != target.account_id:
        return CheckReport(report.findings[:1], checks=target.checks)
    # Whether the bucket exists is told by its files; the role is looked at where its ARN is known.
    known = {"bucket.exists"} if snapshot.bucket is None else set()
    known |= ROLE_WATCHED if target.role_arn else set()
    found = tuple(each for each in report.findings if each.item in _WATCHED | known)
    return CheckReport(found, report.delivered, bucket=report.bucket, checks=target.checks)


def _with_first_file(snapshot: AccountSnapshot, target: Target) -> AccountSnapshot:
    files = snapshot.files
    return replace(snapshot, files=files.since(target.seen)) if isinstance(files, DeliveredFiles) else snapshot


def account(snapshot: AccountSnapshot, target: Target, bot_role: str | None) -> Iterator[Finding]:
    """The findings on the account itself: is it the one of the enrollment, and which place has it?"""
    about = {"account": format_account_id(target.account_id)}
    yield identity_finding(snapshot.identity, target, bot_role)
    yield from (_management if target.checks == MANAGEMENT else _any_place)(snapshot, target, about)


def identity_finding(identity: Identity | Unseen, target: Target, bot_role: str | None) -> Finding:
    """The finding on whose account the bot looks at."""
    item, about = "account.identity", {"account": format_account_id(target.account_id), "bot_role": bot_role or ""}
    if isinstance(identity, Unseen):
        return not_seen(item, identity, item, **about)
    case = "right" if identity.account_id == target.account_id else "other"
    return finding(item, case, found=format_account_id(identity.account_id), arn=identity.arn, **about)


def _any_place(snapshot: AccountSnapshot, target: Target, about: Mapping[str, str]) -> Iterator[Finding]:
    """The finding on an account that may have any place: a member, on its own, or the one that manages others."""
    organization = snapshot.organization
    if isinstance(organization, Unseen):
        yield not_seen("account.member", organization, "account.identity", **about)
        return
    manager = organization.management_account_id if organization else ""
    case = "alone" if organization is None else "manager" if manager == target.account_id else "member"
    named = {"organization": organization.id if organization else "", "management": format_account_id(manager)}
    yield finding("account.member", case, **named, **about)


def _management(snapshot: AccountSnapshot, target: Target, about: Mapping[str, str]) -> Iterator[Finding]:
    """The findings on an account that should manage its organization, and on the others of the organization."""
    organization, accounts, first = snapshot.organization, snapshot.accounts, "account.identity"
    if isinstance(organization, Unseen):
        yield not_seen("account.management", organization, first, **about)
    elif organization is None:
        yield finding("account.management", "alone", **about)
        return  # no accounts to list
    else:
        manager = organization.management_account_id
        case = "right" if manager == target.account_id else "member"
        management = format_account_id(manager)
        yield finding("account.management", case, organization=organization.id, management=management, **about)
    if isinstance(accounts, Unseen):
        if isinstance(organization, Organization) and organization.management_account_id != target.account_id:
            yield finding("account.accounts", "of a member", **about)  # its error is not about permissions
        else:
            yield not_seen("account.accounts", accounts, first, **about)
        return
    name = next((each.name for each in accounts.members if each.id == target.account_id), None)
    case = "absent" if name is None else "read" if accounts.complete else "cut"
    yield finding("account.accounts", case, name=name, accounts=counted(len(accounts.members), "account"), **about)


def role_to_offer(snapshot: AccountSnapshot, recorded: str | None) -> str | None:
    """The role to offer for the form; None where several may be meant."""
    made = stacks.made_roles(snapshot.stacks)
    trusting = () if isinstance(snapshot.trusting, Unseen) else snapshot.trusting.arns
    if recorded is None and len(made or trusting) > 1:
        return None
    if isinstance(snapshot.role, Role):
        return snapshot.role.arn
    return next(iter(made), None)
