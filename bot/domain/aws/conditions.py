"""Evaluates the conditions of a policy's statement, as far as the request is known.

Conservative: a key that is not known, a variable or an operator that is not understood makes the result `UNSURE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from bot.domain.aws.policies import Tristate, matches, texts


class Value(Enum):
    """What is known of a key of a request besides its value."""

    #: The request does not have the key.
    ABSENT = "absent"
    #: Its value is not known, but it is none of the account's own, such as its VPC endpoints.
    FOREIGN = "foreign"


#: The keys of a request in lower case, with their values; a key that is missing here is not known.
Request = Mapping[str, str | Value]

_EQUAL = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "bool"}
_WILD = {"stringlike", "arnequals", "arnlike"}
_ANY_CASE = {"stringequalsignorecase", "bool"}


def holds(conditions: object, request: Request) -> Tristate:
    """Whether all conditions of a statement hold for a request; a statement without conditions applies to each."""
    if not conditions:
        return Tristate.YES
    if not isinstance(conditions, dict):
        return Tristate.UNSURE
    answer = Tristate.YES
    for operator, keys in conditions.items():
        if not isinstance(keys, dict):
            return Tristate.UNSURE
        for key, wanted in keys.items():
            answer &= _one(str(operator).lower(), str(key).lower(), wanted, request)
    return answer


def _one(operator: str, key: str, wanted: object, request: Request) -> Tristate:
    values = _texts(wanted)
    if key not in request or values is None:
        return Tristate.UNSURE
    found = request[key]
    if operator == "null":
        return _null(found, values)
    optional = operator.endswith("ifexists")
    plain = operator.removesuffix("ifexists")
    negated = "not" in plain
    positive = plain.replace("not", "", 1)
    if positive not in _EQUAL:
        return Tristate.UNSURE
    if found is Value.ABSENT:
        # A negated operator holds without the key, and so does one that ends with IfExists.
        return Tristate.YES if optional or negated else Tristate.NO
    if found is Value.FOREIGN:
        fits = Tristate.UNSURE if any(set(value) & {"*", "?", "$"} for value in values) else Tristate.NO
    else:
        # AWS's default policy of a bucket has the pattern of definitions after StringEquals, and it works.
        fits = _matches("arnlike" if key == "aws:sourcearn" else positive, values, str(found))
        if key == "aws:sourcearn" and fits is Tristate.YES and not any("*" in value for value in values):
            fits = Tristate.UNSURE  # nobody says whether AWS names a single definition
    return ~fits if negated else fits


def _matches(operator: str, values: tuple[str, ...], found: str) -> Tristate:
    answer = Tristate.NO
    for value in values:
        if operator in _WILD or "${" in value:
            answer |= matches(value, found)
        elif operator in _ANY_CASE:
            answer |= Tristate.YES if value.lower() == found.lower() else Tristate.NO
        else:
            answer |= Tristate.YES if value == found else Tristate.NO
    return answer


def _null(found: str | Value, values: tuple[str, ...]) -> Tristate:
    if found is Value.FOREIGN or values not in (("true",), ("false",)):
        return Tristate.UNSURE
    return Tristate.YES if (found is Value.ABSENT) == (values == ("true",)) else Tristate.NO


def _texts(wanted: object) -> tuple[str, ...] | None:
    """The values of a condition; `true` may be written as a JSON boolean."""
    listed = wanted if isinstance(wanted, list | tuple) else [wanted]
    return texts([str(value).lower() if isinstance(value, bool) else value for value in listed])
