"""Evaluation of trust policies, and counting of data files."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aws.delivered_files import FileCounter, is_data, period_of
from bot.domain.aws.policies import Tristate
from bot.domain.aws.preflight import DeliveredFiles
from bot.domain.aws.trust import SPOT_ACCOUNTS, Trust, trust

YES, NO, UNSURE = Tristate.YES, Tristate.NO, Tristate.UNSURE
SPOT = SPOT_ACCOUNTS[0]
ROOT = f"arn:aws:iam::{SPOT}:root"
ASKED = {"StringEquals": {"sts:ExternalId": "x1"}}


def trust_policy(principal: Any, condition: Any = None, action: Any = "sts:AssumeRole") -> dict[str, Any]:
    """A trust policy of one statement, without a list."""
    return {"Statement": {"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition}}


FORMS: dict[str, tuple[dict[str, Any], Trust]] = {
    "the root of the account": (trust_policy({"AWS": ROOT}), Trust(YES, without_id=True)),
    "the number of the account": (trust_policy({"AWS": [SPOT]}), Trust(YES, without_id=True)),
    "asked for an ID": (trust_policy({"AWS": ROOT}, ASKED), Trust(YES, frozenset({"x1"}))),
    "asked for one like it": (
        trust_policy({"AWS": ROOT}, {"StringLike": {"sts:ExternalId": ["x1"]}}),
        Trust(YES, frozenset({"x1"})),
    ),
    "asked without regard to letters": (
        trust_policy({"AWS": ROOT}, {"StringEqualsIgnoreCase": {"sts:ExternalId": "x1"}}),
        Trust(UNSURE, frozenset({"x1"}), unclear_id=True),
    ),
    "every action of STS": (trust_policy({"AWS": ROOT}, action=["iam:PassRole", "sts:*"]), Trust(YES, without_id=True)),
    "only tagging the session": (trust_policy({"AWS": ROOT}, action="sts:TagSession"), Trust(NO)),
    "a service": (trust_policy({"Service": "ec2.amazonaws.com"}), Trust(NO)),
    "everybody": (trust_policy("*"), Trust(YES, without_id=True, anybody=True)),
    "everybody of AWS": (trust_policy({"AWS": "*"}), Trust(YES, without_id=True, anybody=True)),
    "a user of the account": (trust_policy({"AWS": f"arn:aws:iam::{SPOT}:user/eco"}), Trust(UNSURE, without_id=True)),
    "an account whose number begins alike": (trust_policy({"AWS": f"{SPOT}0"}), Trust(NO)),
    "a principal of tomorrow": (trust_policy(["x"]), Trust(UNSURE, without_id=True)),
    "a condition that is no condition": (
        trust_policy({"AWS": ROOT}, "always"),
        Trust(UNSURE, without_id=True, unclear_id=True),
    ),
    "a condition without its keys": (
        trust_policy({"AWS": ROOT}, {"StringEquals": "x"}),
        Trust(UNSURE, without_id=True),
    ),
    "everybody, under a condition that is no condition": (
        trust_policy("*", "always"),
        Trust(UNSURE, without_id=True, unclear_id=True, anybody=True),
    ),
    "an action that is no text": (trust_policy({"AWS": ROOT}, action=7), Trust(UNSURE, without_id=True)),
}


@pytest.mark.parametrize(("document", "expected"), FORMS.values(), ids=FORMS)
def test_a_form_of_trust_is_understood_or_unsure(document: dict[str, Any], expected: Trust) -> None:
    """Only a certain result is a yes; an unknown condition is not ignored."""
    assert expected == trust(document, SPOT)


_LEAVES = st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["Allow", "*", SPOT, "sts:AssumeRole"])
_KEYS = st.sampled_from(["Effect", "Action", "Principal", "AWS", "Condition", "StringEquals", "sts:ExternalId"])


@given(statement=st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner)))
def test_no_form_of_trust_breaks_the_judging(statement: Any) -> None:
    """Any JSON is evaluated without an error, and is never a yes without a statement that allows."""
    found = trust({"Statement": [statement]}, SPOT)

    effect = statement.get("Effect") if isinstance(statement, dict) else None
    assert effect == "Allow" or found.answer is not YES


FILES: dict[str, tuple[bool, str | None]] = {
    "spot/r/r/year=2026/month=11/r-00001.snappy.parquet": (True, "20261101-20261201"),
    "spot/r/r/year=2026/month=12/r-00001.snappy.parquet": (True, "20261201-20270101"),
    "spot/r/r/year=2026/month=1/r-00001.snappy.parquet": (True, "20260101-20260201"),
    "spot/r/20261101-20261201/r-00001.csv.gz": (True, "20261101-20261201"),
    "spot/r/20261101-20261201/6b1c/r-00001.csv.zip": (True, "20261101-20261201"),
    "spot/r/20261101-20261201/r-Manifest.json": (False, "20261101-20261201"),
    "spot/r/20261101-20261201/r-create-table.sql": (False, "20261101-20261201"),
    "spot/r/20261101-20261201/crawler-cfn.yml": (False, "20261101-20261201"),
    "spot/r/r/cost_and_usage_data_status/cost_and_usage_data_status.parquet": (False, None),
    "aws-programmatic-access-test-object": (False, None),
    "spot/r/r/year=2026/month=13/r.parquet": (True, None),
    "spot/r/r/year=9999/month=12/r.parquet": (True, None),
}


@pytest.mark.parametrize(("key", "expected"), FILES.items())
def test_data_and_its_period_are_told_from_the_name(key: str, expected: tuple[bool, str | None]) -> None:
    """Manifests, scripts and the status table are no data; both layouts of AWS name the month."""
    assert expected == (is_data(key), period_of(key))


def test_files_are_counted_as_they_come() -> None:
    """First and newest time in any order, periods once each, without empty files and files of other kinds."""
    at = datetime(2026, 11, 20, tzinfo=UTC)
    count = FileCounter()
    count.add("r/year=2026/month=11/b.parquet", 10, at)
    count.add("r/year=2026/month=10/a.parquet", 5, at - timedelta(days=30))
    count.add("r/year=2026/month=11/c.parquet", 1, at + timedelta(days=1))
    count.add("r/year=2026/month=9/empty.parquet", 0, at)
    count.add("r/20260901-20261001/r-Manifest.json", 99, at - timedelta(days=60))
    count.complete = True

    periods = ("20261001-20261101", "20261101-20261201")
    expected = DeliveredFiles(3, 16, at - timedelta(days=30), at + timedelta(days=1), periods, manifests=1)
    assert expected == count.result()
