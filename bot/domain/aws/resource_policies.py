"""Evaluates policies of resources, those of buckets and keys: may AWS's billing service or Spot's role do something?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.domain.aws.bucket_policies import BILLING, definitions_arn
from bot.domain.aws.conditions import Request, Value, holds
from bot.domain.aws.facts import Document
from bot.domain.aws.policies import Tristate, names, statements, texts

#: What every request of both parties has: they use HTTPS, and call S3 themselves.
_ALWAYS: Mapping[str, str | Value] = MappingProxyType({
    "aws:securetransport": "true",
    "aws:viaawsservice": "false",
    "aws:calledvia": Value.ABSENT,
    "kms:viaservice": "s3.us-east-1.amazonaws.com",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Party:
    """Who asks: an AWS service, or a role of an account.

    Attributes:
        service: its principal, "" for a role. arn: the role's. account: the role's account, "" to leave statements
        aside that name it.
    """

    request: Request
    service: str = ""
    arn: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a policy allows something and denies it; `where` names the first statement that denies or may deny."""

    allow: Tristate
    deny: Tristate
    where: str = ""


def billing(account_id: str, report: str, organization: str | None) -> Party:
    """AWS's billing service, which delivers a report of an account."""
    request: dict[str, str | Value] = {
        **_ALWAYS,
        "aws:principalisawsservice": "true",
        "aws:principalservicename": BILLING,
        "aws:sourceaccount": account_id,
        "aws:sourcearn": definitions_arn(account_id).replace("*", report),
        # A service is in no organization, and uses no endpoint of a VPC.
        **dict.fromkeys(
            ("aws:principalorgid", "aws:principalorgpaths", "aws:sourcevpc", "aws:sourcevpce"), Value.ABSENT
        ),
    }
    if organization:
        request["aws:sourceorgid"] = organization
    return Party(request, service=BILLING)


def spots_role(arn: str, account_id: str, organization: str | None) -> Party:
    """Spot, which has assumed its role in the account that has bucket and key."""
    request: dict[str, str | Value] = {
        **_ALWAYS,
        "aws:principalisawsservice": "false",
        "aws:principalarn": arn,
        "aws:principalaccount": account_id,
        "aws:principaltype": "AssumedRole",
        "kms:calleraccount": account_id,
        "aws:sourceaccount": Value.ABSENT,
        "aws:sourcearn": Value.ABSENT,
        # Spot's network is not the account's.
        "aws:sourcevpc": Value.FOREIGN,
        "aws:sourcevpce": Value.FOREIGN,
    }
    if organization:
        request["aws:principalorgid"] = organization
    return Party(request, arn=arn, account=account_id)


def judge(document: Document, party: Party, action: str, resource: str) -> Judgement:
    """Evaluate a resource's policy for one action of a party."""
    allow = deny = Tristate.NO
    where: dict[Tristate, str] = {}
    for number, statement in enumerate(statements(document), 1):
        applies = _principal(statement, party) & names(statement, "Action", action, ignore_case=True)
        applies &= names(statement, "Resource", resource) & holds(statement.get("Condition"), party.request)
        effect = statement.get("Effect")
        if effect == "Allow":
            allow |= applies
            continue
        denies = applies if effect == "Deny" else applies & Tristate.UNSURE
        deny |= denies
        if denies is not Tristate.NO:
            where.setdefault(denies, f"“{statement['Sid']}”" if statement.get("Sid") else f"number {number}")
    return Judgement(allow, deny, where.get(deny, ""))


def _principal(statement: Mapping[str, Any], party: Party) -> Tristate:
    """Whether a statement is about a party."""
    if ("Principal" in statement) == ("NotPrincipal" in statement):
        return Tristate.UNSURE
    if "Principal" in statement:
        return _named(statement["Principal"], party)
    spared = _named(statement["NotPrincipal"], party)
    # To spare a role, NotPrincipal has to name its sessions and its account, too: that is rarely right.
    return ~spared if party.service or spared is Tristate.NO else Tristate.UNSURE


def _named(principal: object, party: Party) -> Tristate:
    if principal == "*":
        return Tristate.YES
    if not isinstance(principal, dict):
        return Tristate.UNSURE
    answer = Tristate.NO
    for kind, value in principal.items():
        listed = texts(value)
        if listed is None or kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
            answer |= Tristate.UNSURE
        elif "*" in listed:
            answer = Tristate.YES
        elif kind == "Service":
            answer |= Tristate.YES if party.service in listed else Tristate.NO
        elif not party.service and kind == "CanonicalUser":
            answer |= Tristate.UNSURE
        elif kind == "AWS":
            for name in listed:
                answer |= _is_role(name, party)
    return answer


def _is_role(name: str, party: Party) -> Tristate:
    """Whether the name of a principal means a role: by its ARN, or with its whole account."""
    if party.service:
        return Tristate.NO
    if party.account and name in (party.account, f"arn:aws:iam::{party.account}:root"):
        return Tristate.YES
    if party.arn and name == party.arn:
        return Tristate.YES
    # A single session of the role, or the ID of a role, which does not tell its name.
    session = f":assumed-role/{party.arn.rpartition('/')[2]}/"
    return Tristate.UNSURE if party.arn and (session in name or name.startswith("AROA")) else Tristate.NO
