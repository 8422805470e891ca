"""Evaluates IAM policies without asking AWS: does a set of them allow an action on a resource?

Conservative: conditions, variables and unknown forms make the result `UNSURE`. It covers identity policies and
permissions boundaries; it does not cover bucket policies and service control policies (the latter do not apply to a
management account).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from bot.domain.aws.facts import Document


class Tristate(Enum):
    """Three-valued logic: yes, no or unknown."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"

    def __and__(self, other: Tristate) -> Tristate:
        if Tristate.NO in (self, other):
            return Tristate.NO
        return Tristate.YES if self is other is Tristate.YES else Tristate.UNSURE

    def __or__(self, other: Tristate) -> Tristate:
        if Tristate.YES in (self, other):
            return Tristate.YES
        return Tristate.NO if self is other is Tristate.NO else Tristate.UNSURE

    def __invert__(self) -> Tristate:
        return {Tristate.YES: Tristate.NO, Tristate.NO: Tristate.YES}.get(self, Tristate.UNSURE)


def allowed(documents: Iterable[Document], action: str, resource: str) -> tuple[Tristate, bool]:
    """Whether these policies together allow an action, and whether one of them denies it for certain."""
    allow = deny = Tristate.NO
    for document in documents:
        for statement in statements(document):
            applies = _applies(statement, action, resource)
            effect = statement.get("Effect")
            if effect != "Deny":
                # An unknown effect may be either.
                allow |= applies if effect == "Allow" else applies & Tristate.UNSURE
            if effect != "Allow":
                deny |= applies if effect == "Deny" else applies & Tristate.UNSURE
    return allow & ~deny, deny is Tristate.YES


def statements(document: Document) -> Iterator[dict[str, Any]]:
    """The statements of a policy, also of one without a list; an invalid statement becomes an empty one."""
    listed = document.get("Statement", ())
    for statement in listed if isinstance(listed, list | tuple) else [listed]:
        yield statement if isinstance(statement, dict) else {}


def texts(value: object) -> tuple[str, ...] | None:
    """A string or a list of strings as a tuple, since policies have both; None for anything else."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(text, str) for text in listed):
        return None
    return tuple(listed)


def _applies(statement: dict[str, Any], action: str, resource: str) -> Tristate:
    fits = names(statement, "Action", action, ignore_case=True) & names(statement, "Resource", resource)
    return fits & Tristate.UNSURE if statement.get("Condition") else fits


def names(statement: dict[str, Any], key: str, value: str, *, ignore_case: bool = False) -> Tristate:
    """Whether a value matches `Action` or `Resource` of a statement, or does not match its `Not…` form."""
    if (key in statement) == (f"Not{key}" in statement):
        return Tristate.UNSURE  # neither or both: invalid for IAM
    found = matches_any(statement.get(key, statement.get(f"Not{key}")), value, ignore_case=ignore_case)
    return found if key in statement else ~found


def matches_any(patterns: object, value: str, *, ignore_case: bool = False) -> Tristate:
    """Whether a pattern of a policy, or one of several, matches; `UNSURE` where they are not texts."""
    listed = texts(patterns)
    if listed is None:
        return Tristate.UNSURE
    return functools.reduce(Tristate.__or__, (matches(p, value, ignore_case=ignore_case) for p in listed), Tristate.NO)


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> Tristate:
    """Whether a pattern with IAM's `*` and `?` matches; `UNSURE` if that depends on a variable in it."""
    plain = re.sub(r"\$\{[^}]*\}", "*", pattern)
    fits = _fits(plain.lower(), value.lower()) if ignore_case else _fits(plain, value)
    if not fits:
        return Tristate.NO
    return Tristate.UNSURE if "${" in pattern else Tristate.YES


def _fits(pattern: str, value: str) -> bool:
    """Match wildcards in time that many stars cannot blow up, unlike that of a regular expression."""
    at = here = 0
    star, kept = -1, 0
    while here < len(value):
        if at < len(pattern) and pattern[at] == "*":
            star, kept = at, here
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", value[here]):
            at, here = at + 1, here + 1
        elif star >= 0:  # backtrack: the last star takes one character more
            kept += 1
            at, here = star + 1, kept
        else:
            return False
    return not pattern[at:].strip("*")
