"""The costs of a month from Cost Explorer, over HTTP: pages, currencies, credits, and every way in which it fails."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.checks import BotoInspector
from bot.clock import SystemClock
from bot.domain.aws.costs import MOST_REQUESTS, AccountCost, MonthlyCosts
from bot.domain.aws.preflight import Target
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault

OCTOBER = date(2026, 10, 1)
CALL = "GetCostAndUsage"


def ask(aws: BotoInspector) -> MonthlyCosts:
    """Ask for October."""
    return aws.monthly_costs(Target(ACCOUNT), OCTOBER)


def test_the_costs_of_each_account_as_cost_explorer_gives_them(
    account: Account, endpoint: AwsEndpoint, aws: BotoInspector
) -> None:
    """Every digit, credits below zero, each currency; the highest first; in one request for one month."""
    endpoint.billing.costs = [
        ("200000000001", "Shop", "18.0000000001", "USD"),
        ("200000000002", "", "-75.5", "USD"),
        ("200000000003", "Shop CN", "20", "CNY"),
        (ACCOUNT, "Payer", "412.1234567890", "USD"),
    ]

    assert MonthlyCosts(
        OCTOBER,
        (
            AccountCost(ACCOUNT, "Payer", Decimal("412.1234567890"), "USD"),
            AccountCost("200000000003", "Shop CN", Decimal(20), "CNY"),
            AccountCost("200000000001", "Shop", Decimal("18.0000000001"), "USD"),
            AccountCost("200000000002", "", Decimal("-75.5"), "USD"),
        ),
        requests=1,
    ) == ask(aws)
    [request] = [request for request in endpoint.requests if request.operation == CALL]
    assert b'"Start": "2026-10-01", "End": "2026-11-01"' in request.body
    assert b"UnblendedCost" in request.body
    assert "us-east-1" == request.region


def test_pages_are_read_within_a_limit_that_is_told(
    account: Account, endpoint: AwsEndpoint, aws: BotoInspector
) -> None:
    """Each page costs a cent; what is beyond is said to be missing. The running month is an estimate."""
    endpoint.billing.costs = [(f"{300000000000 + n}", "", "1", "USD") for n in range(20)]
    endpoint.billing.costs_a_page, endpoint.billing.estimated = 4, True
    whole = ask(aws)
    assert (20, True, True, 5) == (len(whole.rows), whole.complete, whole.estimated, whole.requests)

    endpoint.billing.costs_a_page = 3
    cut = ask(aws)

    assert (3 * MOST_REQUESTS, False, MOST_REQUESTS) == (len(cut.rows), cut.complete, cut.requests)


def test_a_month_without_costs_is_empty(account: Account, aws: BotoInspector) -> None:
    """Which is no fault."""
    assert MonthlyCosts(OCTOBER, requests=1) == ask(aws)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            Fault("AccessDeniedException", 400, "User not enabled for cost explorer access"),
            "Cost Explorer is not switched on in this account. Open it once",
        ),
        (Fault("AccessDeniedException", 400, "not authorized"), "AWS denies ce:GetCostAndUsage"),
        (Fault("DataUnavailableException", 400), "Cost Explorer has no data for this month."),
        (Fault("LimitExceededException", 400), "AWS is too busy for ce:GetCostAndUsage"),
        (Fault("ThrottlingException", 400), "AWS is too busy for ce:GetCostAndUsage"),
        (Fault("InternalFailure", 500), "AWS has a problem at ce:GetCostAndUsage"),
        (Fault("RequestChangedException", 400), "gave an answer that the bot does not understand"),
        (Fault(status=200, body=b"{}"), "gave an answer that the bot does not understand"),
    ],
    ids=["not enabled", "denied", "no data", "limit", "throttled", "broken", "changed", "unreadable"],
)
def test_a_failure_is_a_sentence_with_what_to_do(
    account: Account, endpoint: AwsEndpoint, aws: BotoInspector, fault: Fault, says: str
) -> None:
    """And never AWS's own message, which may hold parts of the request."""
    endpoint.faults[CALL] = fault

    told = ask(aws)

    assert says in told.problem
    assert ((), "not authorized" in told.problem) == (told.rows, False)


def test_a_call_that_hangs_is_left_alone(account: Account, endpoint: AwsEndpoint) -> None:
    """The question ends in time, and says which call did not answer."""
    endpoint.faults[CALL] = Fault(hang=True)
    aws = BotoInspector(None, SystemClock(), endpoint=endpoint.url, limit=1.5)

    assert "GetCostAndUsage did not answer in time" in ask(aws).problem


def test_a_page_that_fails_gives_no_half_table(account: Account, endpoint: AwsEndpoint, aws: BotoInspector) -> None:
    """A table without a part of the accounts would be held against the whole."""
    endpoint.billing.costs = [(f"{300000000000 + n}", "", "1", "USD") for n in range(20)]
    endpoint.billing.costs_a_page = 10
    answer = endpoint.billing.answer

    def fail_later(target: str, asked: dict[str, object]) -> dict[str, object]:
        told = answer(target, asked)
        endpoint.faults[CALL] = Fault("ThrottlingException", 400)
        return told

    endpoint.billing.answer = fail_later  # type: ignore[method-assign]

    told = ask(aws)

    assert ((), True) == (told.rows, "too busy" in told.problem)


def test_another_account_is_not_asked(account: Account, endpoint: AwsEndpoint, aws: BotoInspector) -> None:
    """Its costs would be taken for this one's."""
    told = aws.monthly_costs(Target("210987654321"), OCTOBER)

    assert "was expected" in told.problem
    assert 0 == endpoint.counted()[CALL]
