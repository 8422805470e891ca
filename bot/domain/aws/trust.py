"""Evaluates the trust policy of a role: may an account assume it, and with which external ID?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.domain.aws.facts import Document
from bot.domain.aws.policies import Tristate, matches_any, statements, texts
from bot.domain.inputs import EXTERNAL_ID

#: The AWS accounts of Spot, from the vendor's CloudFormation template.
SPOT_ACCOUNTS = ("884866656237", "627743545735")
#: The roles in them that the vendor's templates with a limited trust name instead of the whole accounts.
SPOT_ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "884866656237": ("eco-base-cdk-stack-globalclientassumerole", "Admin", "DevRole", "ReadOnly"),
    "627743545735": ("Admin", "eco-base-cdk-stack-globalclientassumerole"),
})  # fmt: skip

_ASSUME = "sts:AssumeRole"
_EXTERNAL_ID = "sts:externalid"
#: What IAM shows in place of the ARN of a user or role that was deleted: it matches nobody any more.
_DELETED = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{12,}")
#: Condition keys that say who asks. The first three are in every request of a user or role; the others are missing
#: where the account is in no organization, so that an operator with IfExists lets such accounts pass.
_ALWAYS_TOLD = {"aws:principalaccount", "aws:principalarn", "aws:userid"}
_WHO = {*_ALWAYS_TOLD, "aws:principalorgid", "aws:principalorgpaths"}
_POSITIVE = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
_NEGATIVE = {"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike"}
#: What people leave in a template instead of the ID.
_PLACEHOLDERS = {"externalid", "yourexternalid", "theexternalid", "placeholder", "changeme", "todo", "example"}


@dataclass(frozen=True, slots=True)
class Trust:
    """How a trust policy treats one account.

    Attributes:
        answer: whether the account may assume the role, given the right external ID.
        with_id: whether the statements for it accept the external ID that was asked about.
        external_ids: the required ones that can be sent. dead_ids: required ones that nobody can send.
        without_id: whether a statement requires none.
        unclear_id: whether a statement's requirement is not understood, or accepts several IDs.
        anybody: whether every AWS account is trusted.
        limited: whether it names roles of the account, as Spot's templates with a limited trust do.
        deleted: a user or role that is named and does not exist any more; "" for none.
    """

    answer: Tristate
    external_ids: frozenset[str] = frozenset()
    without_id: bool = False
    unclear_id: bool = False
    anybody: bool = False
    with_id: Tristate = Tristate.NO
    dead_ids: tuple[str, ...] = ()
    limited: bool = False
    deleted: str = ""


def trust(document: Document, account_id: str, external_id: str | None = None) -> Trust:
    """Evaluate a trust policy for one account, and for the external ID that it will send."""
    allow = with_id = deny = Tristate.NO
    ids: set[str] = set()
    dead: list[str] = []
    without_id = unclear_id = anybody = limited = narrowed = False
    deleted = ""
    for statement in statements(document):
        named, conditions = _named(statement), statement.get("Condition") or {}
        deleted = deleted or next((name for name in named or () if _DELETED.fullmatch(name)), "")
        fits = matches_any(statement.get("Action"), _ASSUME, ignore_case=True) & _principal(named, account_id)
        if fits is Tristate.NO:
            continue
        if statement.get("Effect") == "Deny":
            deny |= fits & Tristate.UNSURE if conditions else fits
            narrowed |= _says_who(conditions, _NEGATIVE)
            continue
        asked, certain = _external_ids(conditions)
        held = Tristate.YES if certain and statement.get("Effect") == "Allow" else Tristate.UNSURE
        allow |= fits & held
        if asked is None or external_id in asked:
            with_id |= held
        elif not certain:
            with_id |= Tristate.UNSURE  # a pattern may fit
        faulty = {one for one in asked or () if certain and fault_of_id(one)}
        ids |= set(asked or ()) - faulty
        dead += sorted(faulty) if asked != () else [""]
        without_id |= asked is None
        unclear_id |= (asked is not None and (len(asked) != 1 or not certain)) or not isinstance(conditions, dict)
        anybody |= "*" in (named or ()) and not _says_who(conditions, _POSITIVE)
        limited |= any(name in role_arns(account_id) for name in named or ())
    return Trust(
        answer=allow & ~deny,
        external_ids=frozenset(ids),
        without_id=without_id,
        unclear_id=unclear_id,
        anybody=anybody and not narrowed,
        with_id=with_id if external_id else Tristate.NO,
        dead_ids=tuple(dict.fromkeys(dead)),
        limited=limited,
        deleted=deleted,
    )


def role_arns(account_id: str) -> tuple[str, ...]:
    """The ARNs of the roles of an account of Spot that a limited trust names."""
    return tuple(f"arn:aws:iam::{account_id}:role/{name}" for name in SPOT_ROLES.get(account_id, ()))


def names_spot(document: Document) -> bool:
    """Whether a statement that allows something names an account, user or role of Spot."""
    allowing = [statement for statement in statements(document) if statement.get("Effect") == "Allow"]
    parts = [name.split(":") for statement in allowing for name in _named(statement) or ()]
    return any((part[4] if len(part) > 5 else part[0]) in SPOT_ACCOUNTS for part in parts)


def fault_of_id(external_id: str) -> str:
    """Why nobody can send an external ID, or nobody would: "" for one that can be sent."""
    if not external_id.strip():
        return "it is blank"
    if external_id != external_id.strip():
        return "it has a space at its beginning or end"
    if re.search(r"\s", external_id):
        return "it has a space in it"
    if not EXTERNAL_ID.fullmatch(external_id):
        return "it has characters that AWS does not allow in an external ID, or is too short or too long"
    if re.sub("[^a-z]", "", external_id.lower()) in _PLACEHOLDERS:
        return "it looks like a placeholder"
    return ""


def _named(statement: dict[str, Any]) -> tuple[str, ...] | None:
    """The accounts and ARNs of the principal; None for an unknown form."""
    principal = statement.get("Principal")
    if principal == "*":
        return ("*",)
    if not isinstance(principal, dict):
        return None
    return texts(principal.get("AWS", ()))


def _principal(named: tuple[str, ...] | None, account_id: str) -> Tristate:
    if named is None:
        return Tristate.UNSURE
    if {"*", account_id, f"arn:aws:iam::{account_id}:root"} & set(named):
        return Tristate.YES
    expected = set(role_arns(account_id))
    if expected and expected <= set(named):
        return Tristate.YES  # as the vendor's templates with a limited trust name them
    # A single user or role of the account: whether Spot uses that one is not known.
    inside = (f"arn:aws:iam::{account_id}:", f"arn:aws:sts::{account_id}:")
    return Tristate.UNSURE if any(name.startswith(inside) for name in named) else Tristate.NO


def _external_ids(conditions: object) -> tuple[tuple[str, ...] | None, bool]:
    """The external IDs that a condition requires, None for none; and whether it requires nothing else."""
    if not conditions:
        return None, True
    if not isinstance(conditions, dict):
        return None, False
    asked: tuple[str, ...] | None = None
    certain = True
    for operator, keys in conditions.items():
        for key, value in keys.items() if isinstance(keys, dict) else [("", None)]:
            wanted = texts(value)
            if str(key).lower() != _EXTERNAL_ID or wanted is None:
                certain = False
                continue
            asked = (asked or ()) + wanted
            plain = not any(set(text) & {"*", "?"} or "${" in text for text in wanted)
            certain &= operator == "StringEquals" or (operator == "StringLike" and plain)
    return asked, certain


def _says_who(conditions: object, operators: set[str]) -> bool:
    """Whether a condition limits the accounts that ask, by one of these operators."""
    if not isinstance(conditions, dict):
        return False
    for operator, keys in conditions.items():
        name = str(operator).lower().removeprefix("foranyvalue:")
        plain = name.removesuffix("ifexists")
        if plain not in operators or not isinstance(keys, dict):
            continue
        for key, value in keys.items():
            told = str(key).lower() in (_WHO if plain == name or operators is _NEGATIVE else _ALWAYS_TOLD)
            if told and all(_of_one_account(text) for text in texts(value) or ("*",)):
                return True
    return False


def _of_one_account(value: str) -> bool:
    """Whether a value of such a condition means certain accounts: a role's name may exist in every account."""
    parts = value.split(":")
    who = "".join(parts[4:5]) if parts[0] == "arn" else parts[0]
    return bool(who) and not set(who) & {"*", "?", "$"}
