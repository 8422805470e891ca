"""Evaluation of resources' policies and their conditions: forms that nobody foresaw, and tables of operators."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aws.conditions import Value, holds
from bot.domain.aws.policies import Tristate
from bot.domain.aws.resource_policies import billing, judge, spots_role

YES, NO, UNSURE = Tristate.YES, Tristate.NO, Tristate.UNSURE
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Spot"
PARTIES = [billing(ACCOUNT, "r", None), spots_role(ROLE, ACCOUNT, "o-a1b2c3d4e5")]
REQUEST = {"aws:a": "Red", "aws:gone": Value.ABSENT, "aws:far": Value.FOREIGN}

CONDITIONS: dict[str, tuple[Any, Tristate]] = {
    "none": ({}, YES),
    "equal": ({"StringEquals": {"aws:a": "Red"}}, YES),
    "equal, key in other letters": ({"StringEquals": {"AWS:A": "Red"}}, YES),
    "operator in other letters": ({"stringequals": {"aws:a": "Red"}}, YES),
    "equal to none": ({"StringEquals": {"aws:a": ["red", "Blue"]}}, NO),
    "equal to one": ({"StringEquals": {"aws:a": ["Blue", "Red"]}}, YES),
    "equal without regard to case": ({"StringEqualsIgnoreCase": {"aws:a": "RED"}}, YES),
    "not equal without regard to case": ({"StringNotEqualsIgnoreCase": {"aws:a": "RED"}}, NO),
    "a star is a star": ({"StringEquals": {"aws:a": "R*"}}, NO),
    "like": ({"StringLike": {"aws:a": "R?d"}}, YES),
    "not like": ({"StringNotLike": {"aws:a": ["x", "R*"]}}, NO),
    "a variable": ({"StringEquals": {"aws:a": "${aws:b}"}}, UNSURE),
    "absent": ({"StringEquals": {"aws:gone": "x"}}, NO),
    "absent, not equal": ({"StringNotEquals": {"aws:gone": "x"}}, YES),
    "absent, if exists": ({"StringEqualsIfExists": {"aws:gone": "x"}}, YES),
    "there, if exists": ({"StringEqualsIfExists": {"aws:a": "x"}}, NO),
    "null of an absent one": ({"Null": {"aws:gone": "true"}}, YES),
    "null of one that is there": ({"Null": {"aws:a": "true"}}, NO),
    "not null": ({"Null": {"aws:a": False}}, YES),
    "foreign": ({"StringEquals": {"aws:far": "mine"}}, NO),
    "not foreign": ({"StringNotEquals": {"aws:far": "mine"}}, YES),
    "foreign, a pattern": ({"StringLike": {"aws:far": "*"}}, UNSURE),
    "null of a foreign one": ({"Null": {"aws:far": "true"}}, UNSURE),
    "an unknown key": ({"StringEquals": {"aws:b": "x"}}, UNSURE),
    "an unknown operator": ({"DateLessThan": {"aws:a": "2026"}}, UNSURE),
    "for all values": ({"ForAllValues:StringEquals": {"aws:a": "Red"}}, UNSURE),
    "one holds, one does not": ({"StringEquals": {"aws:a": "Red", "aws:gone": "x"}}, NO),
    "one is unknown, one does not hold": ({"StringEquals": {"aws:b": "x"}, "StringLike": {"aws:a": "B*"}}, NO),
    "a number": ({"StringEquals": {"aws:a": 7}}, UNSURE),
    "keys without values": ({"StringEquals": "aws:a"}, UNSURE),
}


@pytest.mark.parametrize(("conditions", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_holds_or_not_or_nobody_knows(conditions: Any, expected: Tristate) -> None:
    """By the rules of the operators; what is not known of the request is never a certain result."""
    assert expected == holds(conditions, REQUEST)


_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["Deny", "*", ROLE, "s3:*"])
_KEYS = st.sampled_from(
    ["Effect", "Action", "NotAction", "Principal", "NotPrincipal", "Resource", "AWS", "Service", "Condition", "Null",
     "StringLike", "aws:SourceArn", "Sid"]
)  # fmt: skip


@given(statement=st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner)))
def test_no_form_of_a_statement_breaks_the_judging(statement: Any) -> None:
    """Any JSON is evaluated without an error, and allows nothing for certain without the effect Allow."""
    for party in PARTIES:
        found = judge({"Statement": [statement]}, party, "s3:GetObject", "arn:aws:s3:::b/k")
        effect = statement.get("Effect") if isinstance(statement, dict) else None
        assert effect == "Allow" or found.allow is not YES
        assert effect == "Deny" or found.deny is not YES
        assert bool(found.where) == (found.deny is not NO)
