"""Evaluates the trust policy of a role: may an account assume it, and with which external ID?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.domain.aws.facts import Document
from bot.domain.aws.policies import Tristate, matches_any, statements, texts

#: The AWS accounts of Spot, from the vendor's CloudFormation template.
SPOT_ACCOUNTS = ("884866656237", "627743545735")

_ASSUME = "sts:AssumeRole"
_EXTERNAL_ID = "sts:externalid"


@dataclass(frozen=True, slots=True)
class Trust:
    """How a trust policy treats one account.

    Attributes:
        answer: whether the account may assume the role, given the right external ID.
        external_ids: the required ones. without_id: whether a statement requires none.
        unclear_id: whether a statement's requirement is not understood, or accepts several IDs.
        anybody: whether every AWS account is trusted.
    """

    answer: Tristate
    external_ids: frozenset[str] = frozenset()
    without_id: bool = False
    unclear_id: bool = False
    anybody: bool = False


def trust(document: Document, account_id: str) -> Trust:
    """Evaluate a trust policy for one account."""
    allow = deny = Tristate.NO
    ids: set[str] = set()
    without_id = unclear_id = anybody = False
    for statement in statements(document):
        fits = matches_any(statement.get("Action"), _ASSUME, ignore_case=True) & _principal(statement, account_id)
        if fits is Tristate.NO:
            continue
        conditions = statement.get("Condition") or {}
        if statement.get("Effect") == "Deny":
            deny |= fits & Tristate.UNSURE if conditions else fits
            continue
        asked, certain = _external_ids(conditions)
        allow |= fits if certain and statement.get("Effect") == "Allow" else fits & Tristate.UNSURE
        ids |= asked or set()
        without_id |= asked is None
        unclear_id |= asked is not None and (len(asked) != 1 or not certain)
        anybody |= _named(statement) is not None and "*" in (_named(statement) or ())
    return Trust(allow & ~deny, frozenset(ids), without_id, unclear_id, anybody)


def _named(statement: dict[str, Any]) -> tuple[str, ...] | None:
    """The accounts and ARNs of the principal; None for an unknown form."""
    principal = statement.get("Principal")
    if principal == "*":
        return ("*",)
    if not isinstance(principal, dict):
        return None
    return texts(principal.get("AWS", ()))


def _principal(statement: dict[str, Any], account_id: str) -> Tristate:
    named = _named(statement)
    if named is None:
        return Tristate.UNSURE
    if {"*", account_id, f"arn:aws:iam::{account_id}:root"} & set(named):
        return Tristate.YES
    # A single user or role of the account: whether Spot uses that one is not known.
    inside = (f"arn:aws:iam::{account_id}:", f"arn:aws:sts::{account_id}:")
    return Tristate.UNSURE if any(name.startswith(inside) for name in named) else Tristate.NO


def _external_ids(conditions: object) -> tuple[set[str] | None, bool]:
    """The external IDs that a condition requires, None for none; and whether it requires nothing else."""
    if not conditions:
        return None, True
    if not isinstance(conditions, dict):
        return None, False
    asked: set[str] | None = None
    certain = True
    for operator, keys in conditions.items():
        for key, value in keys.items() if isinstance(keys, dict) else [("", None)]:
            wanted = texts(value)
            if str(key).lower() != _EXTERNAL_ID or wanted is None:
                certain = False
                continue
            asked = (asked or set()) | set(wanted)
            plain = not any(set(text) & {"*", "?"} or "${" in text for text in wanted)
            certain &= operator == "StringEquals" or (operator == "StringLike" and plain)
    return asked, certain
