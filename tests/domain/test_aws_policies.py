"""Evaluation of IAM policies: wildcards, Not… forms, conditions, and unknown forms."""

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aws.policies import Tristate, allowed, matches
from tests.domain.aws_snapshots import allow, deny

YES, NO, UNSURE = Tristate.YES, Tristate.NO, Tristate.UNSURE
FILE = "arn:aws:s3:::acme-cur/spot/file.parquet"
READ = ("s3:GetObject", FILE)

STATEMENTS: dict[str, tuple[Any, Tristate]] = {
    "everything": (allow("*"), YES),
    "exactly": (allow("s3:GetObject", FILE), YES),
    "in other letters": (allow("S3:getOBJECT", FILE), YES),
    "a resource in other letters": (allow("s3:GetObject", FILE.upper()), NO),
    "a star within": (allow("s3:*Object", "arn:aws:s3:::*/*.parquet"), YES),
    "a question mark": (allow("s3:GetObjec?", FILE), YES),
    "a question mark for nothing": (allow("s3:GetObject?", FILE), NO),
    "not this action": ({"Effect": "Allow", "NotAction": ["s3:PutObject"], "Resource": "*"}, YES),
    "all but this action": ({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}, NO),
    "all but this resource": ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::acme-cur/*"}, NO),
    "a variable": (allow("s3:*", "arn:aws:s3:::acme-cur/${aws:username}/*"), UNSURE),
    "a variable that cannot fit": (allow("s3:*", "arn:aws:s3:::other/${aws:username}/*"), NO),
    "a condition": (allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), UNSURE),
    "a condition on something else": (allow("iam:*", Condition={"Bool": {"aws:SecureTransport": "true"}}), NO),
    "no condition after all": (allow("*", Condition={}), YES),
    "no resource": ({"Effect": "Allow", "Action": "*"}, UNSURE),
    "both kinds of action": ({"Effect": "Allow", "Action": "*", "NotAction": "s3:*", "Resource": "*"}, UNSURE),
    "a number for an action": (allow(7), UNSURE),
    "an effect of tomorrow": ({"Effect": "Audit", "Action": "*", "Resource": "*"}, UNSURE),
    "no statement but a text": ("Allow", UNSURE),
    "nothing": ([], NO),
}


@pytest.mark.parametrize(("statement", "expected"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_allows_or_not_or_nobody_knows(statement: Any, expected: Tristate) -> None:
    """One statement, alone or in a list."""
    assert expected == allowed([{"Statement": statement}], *READ)[0]
    assert expected == allowed([{"Statement": [statement] if statement else []}], *READ)[0]


@pytest.mark.parametrize(
    ("forbidding", "expected"),
    [
        (deny("s3:GetObject"), (NO, True)),
        (deny("s3:GetObject", "arn:aws:s3:::other/*"), (YES, False)),
        (deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}), (UNSURE, False)),
        ({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}, (YES, False)),
        (deny(7), (UNSURE, False)),
    ],
)
def test_what_is_forbidden_is_not_allowed_wherever_it_stands(forbidding: Any, expected: tuple[Tristate, bool]) -> None:
    """A Deny in another policy wins; one that may not apply makes the result unsure."""
    assert expected == allowed([{"Statement": [allow("*")]}, {"Statement": [forbidding]}], *READ)


_WORDS = st.text("ab:*?/", max_size=12)


@given(pattern=_WORDS, value=st.text("ab:/", max_size=12))
def test_wildcards_mean_what_they_mean_as_a_regular_expression(pattern: str, value: str) -> None:
    """A star matches anything, a question mark any one character, everything else itself."""
    meant = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)

    assert bool(re.fullmatch(meant, value)) == (matches(pattern, value) is YES)


def test_a_pattern_full_of_stars_takes_no_time() -> None:
    """A pathological policy does not delay the preflight."""
    began = time.process_time()

    assert NO == matches("*a" * 1000, "a" * 900 + "b")

    assert time.process_time() - began < 1


_STATEMENT = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.sampled_from(["*", "s3:*", "s3:GetObject", "cur:*"]),
        "Resource": st.sampled_from(["*", FILE, "arn:aws:s3:::other/*"]),
    },
    optional={"Condition": st.just({"Bool": {"aws:SecureTransport": "true"}})},
)


@given(statements=st.lists(_STATEMENT, max_size=6))
def test_forbidding_more_never_allows_more(statements: list[dict[str, Any]]) -> None:
    """Another Deny never makes the result more of a yes; one that applies makes it a no."""
    order = [NO, UNSURE, YES]
    before, _ = allowed([{"Statement": statements}], *READ)

    assert (NO, True) == allowed([{"Statement": [*statements, deny("s3:GetObject")]}], *READ)
    after, _ = allowed([{"Statement": [*statements, deny("*", Condition={"Bool": {}})]}], *READ)
    assert order.index(after) <= order.index(before)


_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("Allow")
_KEYS = st.sampled_from(["Statement", "Effect", "Action", "Resource", "Condition"])


@given(document=st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner)))
def test_no_form_of_a_policy_breaks_the_judging(document: Any) -> None:
    """Any JSON is evaluated without an error, and is never a yes without a statement that allows."""
    answer, _ = allowed([{"Statement": [document]}], *READ)

    effect = document.get("Effect") if isinstance(document, dict) else None
    assert effect == "Allow" or answer is not YES
