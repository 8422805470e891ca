"""Judges whether AWS may deliver into the bucket and Spot's role may read it: bucket policy, ownership, encryption."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.aws import resource_policies
from bot.domain.aws.bucket_policies import delivery_policy, delivery_statement, key_statement
from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.delivered_files import sample_keys
from bot.domain.aws.facts import (
    AccountSnapshot,
    Document,
    Encryption,
    Key,
    Organization,
    Policies,
    Reason,
    ReportDefinition,
    Role,
    Unseen,
)
from bot.domain.aws.policies import Tristate, allowed, statements
from bot.domain.aws.preflight import Finding, Target
from bot.domain.aws.resource_policies import Judgement, Party

#: The most characters of a policy to paste; a longer one is left to be completed by the reader.
PASTED = 1500


def judge(
    snapshot: AccountSnapshot, target: Target, bucket: str, report: ReportDefinition | None, now: datetime, first: str
) -> Iterator[Finding]:
    """The findings on bucket policy, ownership and encryption; `first` is the item to solve before the others."""
    about = {"bucket": bucket}
    organization = snapshot.organization.id if isinstance(snapshot.organization, Organization) else None
    keys = sample_keys(report, now.date()) if report else ("a/report/file.snappy.parquet",)
    objects = tuple(f"arn:aws:s3:::{bucket}/{key}" for key in keys)
    service = resource_policies.billing(target.account_id, report.name if report else "report", organization)
    arn = snapshot.role.arn if isinstance(snapshot.role, Role) else target.role_arn
    arn = arn or f"arn:aws:iam::{target.account_id}:role/{snapshot.role_name}"
    role = resource_policies.spots_role(arn, target.account_id, organization)

    policy = snapshot.bucket_policy
    if isinstance(policy, Unseen):
        yield not_seen("bucket.policy", policy, first, **about)
        yield not_seen("bucket.readers", policy, first, **about)
    else:
        yield _delivery(policy, service, bucket, target.account_id, objects, about)
        yield _readers(policy, role, bucket, objects, snapshot.role is None, about)
    ownership = snapshot.ownership
    if isinstance(ownership, Unseen):
        yield not_seen("bucket.ownership", ownership, first, **about)
    else:
        known = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
        case = ownership if ownership in known else "odd" if ownership else "ObjectWriter"
        yield finding("bucket.ownership", case, found=ownership, **about)
    yield from _encryption(snapshot, target, service, role, first, about)


def _delivery(
    policy: Document | None,
    service: Party,
    bucket: str,
    account: str,
    objects: tuple[str, ...],
    about: Mapping[str, str],
) -> Finding:
    """The finding on what the bucket policy lets the billing service do."""
    whole = f"arn:aws:s3:::{bucket}"
    needs = [("s3:GetBucketPolicy", whole), *(("s3:PutObject", each) for each in objects)]
    judged = [(action, resource_policies.judge(policy or {}, service, action, on)) for action, on in needs]
    denied = next((found for _, found in judged if found.deny is Tristate.YES), None)
    lacking = sorted({action for action, found in judged if found.allow is Tristate.NO})
    if policy is None:
        case = "none"
    elif denied:
        case = "forbidden"
    elif lacking:
        case = "lacking"
    elif all(_certain(found) for _, found in judged):
        case = "right" if _guarded(policy, service, needs[0]) else "unguarded"
    else:
        case = "unsure"
    unsure = next((found.where for _, found in judged if found.deny is Tristate.UNSURE), "")
    where = (denied.where if denied else unsure) or "the one for billingreports.amazonaws.com"
    paste, how = "", ""
    if case in ("none", "lacking"):
        paste, how = _pasted(delivery_policy(bucket, account, policy), delivery_statement(bucket, account))
        how = how if policy else "paste the text below"
    found = finding("bucket.policy", case, where=where, actions=" and ".join(lacking), how=how, **about)
    return replace(found, paste=paste)


def _pasted(policy: Mapping[str, Any], statement: Mapping[str, Any]) -> tuple[str, str]:
    """What to paste, and how: the whole policy, or one statement where the policy is long."""
    whole = json.dumps(policy, indent=2, ensure_ascii=False)
    if len(whole) <= PASTED:
        return whole, "replace all that is there with the text below, which keeps today's statements"
    return json.dumps(statement, indent=2), "add the statement below to the others"


def _certain(found: Judgement) -> bool:
    return found.allow is Tristate.YES and found.deny is Tristate.NO


def _guarded(policy: Document, service: Party, need: tuple[str, str]) -> bool:
    """Whether the policy keeps other accounts' reports out: it allows nothing when the source is another account."""
    other = {**service.request, "aws:sourceaccount": "000000000000", "aws:sourcearn": "arn:aws:cur:us-east-1:0:x"}
    return resource_policies.judge(policy, replace(service, request=other), *need).allow is Tristate.NO


def _readers(
    policy: Document | None,
    role: Party,
    bucket: str,
    objects: tuple[str, ...],
    role_missing: bool,
    about: Mapping[str, str],
) -> Finding:
    """The finding on what the bucket policy forbids Spot's role."""
    if policy is None:
        return finding("bucket.readers", "none", **about)
    if role_missing and any(statement.get("Effect") != "Allow" for statement in statements(policy)):
        return not_seen("bucket.readers", Unseen(Reason.SKIPPED), "role.exists", **about)
    needs = [("s3:ListBucket", f"arn:aws:s3:::{bucket}"), *(("s3:GetObject", each) for each in objects)]
    judged = [(action, resource_policies.judge(policy, role, action, on)) for action, on in needs]
    for case, answer in (("forbidden", Tristate.YES), ("unsure", Tristate.UNSURE)):
        hits = [(action, found.where) for action, found in judged if found.deny is answer]
        if hits:
            actions = " and ".join(sorted({action for action, _ in hits}))
            return finding("bucket.readers", case, actions=actions, where=hits[0][1], role=role.arn, **about)
    return finding("bucket.readers", "right", **about)


def _encryption(
    snapshot: AccountSnapshot, target: Target, service: Party, role: Party, first: str, about: Mapping[str, str]
) -> Iterator[Finding]:
    """The findings on the encryption: may AWS write with the key, and may Spot's role decrypt?"""
    both = ("encryption.delivers", "encryption.reads")
    encryption, key = snapshot.encryption, snapshot.key
    if isinstance(encryption, Unseen):
        yield from (not_seen(item, encryption, first) for item in both)
        return
    if not encryption.algorithm.startswith("aws:kms"):
        case = "own keys" if encryption.algorithm == "AES256" else "odd"
        yield from (finding(item, case, found=encryption.algorithm, **about) for item in both)
        return
    if isinstance(key, Unseen):
        yield from (not_seen(item, key, first) for item in both)
        return
    if key is None:
        case = "gone" if encryption.key else "of AWS"
        yield from (finding(item, case, key=encryption.key, **about) for item in both)
        return
    yield from _key(snapshot, target, encryption, key, service, role, about)


def _key(
    snapshot: AccountSnapshot,
    target: Target,
    encryption: Encryption,
    key: Key,
    service: Party,
    role: Party,
    about: Mapping[str, str],
) -> Iterator[Finding]:
    both = ("encryption.delivers", "encryption.reads")
    told = {"key": key.arn or encryption.key, "state": key.state, "owner": key.account_id, **about}
    if key.of_aws:
        yield from (finding(item, "of AWS", **told) for item in both)
        return
    if key.state != "Enabled":
        yield from (finding(item, "unusable", **told) for item in both)
        return
    if key.account_id != target.account_id:
        yield from (finding(item, "foreign", **told) for item in both)
        return
    if isinstance(key.policy, Unseen):
        yield from (not_seen(item, key.policy, "encryption.delivers") for item in both)
        return
    policy = key.policy or {}
    writes, reads = (
        resource_policies.judge(policy, service, action, key.arn) for action in ("kms:GenerateDataKey", "kms:Decrypt")
    )
    # Small files need no Decrypt; those that AWS sends in parts do.
    answers = writes.allow & ~writes.deny, reads.allow & ~reads.deny
    case = "no" if answers[0] is Tristate.NO else "yes" if answers == (Tristate.YES, Tristate.YES) else "unsure"
    paste = json.dumps(key_statement(target.account_id), indent=2) if case == "no" else ""
    yield replace(finding("encryption.delivers", case, **told), paste=paste)
    if not isinstance(snapshot.role, Role):
        yield not_seen("encryption.reads", Unseen(Reason.SKIPPED), "role.exists")
        return
    blind = next((part for part in (snapshot.attached, snapshot.inline) if isinstance(part, Unseen)), None)
    answer, blamed = _may_decrypt(snapshot, policy, key.arn, role)
    if blind is not None and answer is Tristate.UNSURE:
        yield not_seen("encryption.reads", blind, "role.exists")
        return
    yield finding("encryption.reads", answer.value if answer is not Tristate.NO else blamed, role=role.arn, **told)


def _may_decrypt(snapshot: AccountSnapshot, policy: Document, key: str, role: Party) -> tuple[Tristate, str]:
    """Whether the role may decrypt, and which side does not allow it.

    The key's policy names the role, or it leaves the decision to policies of the account; then a policy of the role
    has to allow it.
    """
    action = "kms:Decrypt"
    named = resource_policies.judge(policy, replace(role, account=""), action, key).allow
    left_to_account = resource_policies.judge(policy, replace(role, arn=""), action, key).allow
    deny = resource_policies.judge(policy, role, action, key).deny
    own, within, forbidden = _of_the_role(snapshot, action, key)
    answer = (named | (left_to_account & own)) & within & ~deny
    if forbidden:
        answer = Tristate.NO
    at_key = deny is Tristate.YES or (named | left_to_account) is Tristate.NO
    return answer, "key" if at_key else "role"


def _of_the_role(snapshot: AccountSnapshot, action: str, resource: str) -> tuple[Tristate, Tristate, bool]:
    """Whether the role's own policies allow something, whether its boundary does, and whether one of them denies it."""
    parts = [part for part in (snapshot.attached, snapshot.inline) if isinstance(part, Policies)]
    own, forbidden = allowed([document for part in parts for _, document in part.documents], action, resource)
    if (len(parts) < 2 or not all(part.complete for part in parts)) and not forbidden:
        own = Tristate.UNSURE
    boundary = snapshot.role.boundary if isinstance(snapshot.role, Role) else Unseen(Reason.SKIPPED)
    if isinstance(boundary, Unseen):
        return own, Tristate.UNSURE, forbidden
    if boundary is None:
        return own, Tristate.YES, forbidden
    within, outside = allowed([boundary], action, resource)
    return own, within, forbidden or outside
