"""The accounts of an organization as they are read: with their states, closed ones too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.checks import BotoInspector
from bot.checks.aws_queries import state_of
from bot.domain.aws.facts import Accounts
from bot.domain.aws.preflight import CheckReport, MemberAccount, Target
from tests.domain.aws_snapshots import GREEN, look
from tests.support.aws import ACCOUNT, Account


@pytest.mark.parametrize(
    ("answer", "state", "is_closed"),
    [
        ({"State": "ACTIVE", "Status": "ACTIVE"}, "active", False),
        ({"State": "CLOSED", "Status": "SUSPENDED"}, "closed", True),
        ({"State": "SUSPENDED", "Status": "SUSPENDED"}, "suspended", False),
        ({"State": "PENDING_CLOSURE"}, "pending closure", False),
        ({"Status": "SUSPENDED"}, "closed or suspended", True),
        ({"Status": "ACTIVE"}, "active", False),
        ({}, "", False),
    ],
)
def test_the_state_of_an_account(answer: dict[str, Any], state: str, is_closed: bool) -> None:
    """`State` counts where AWS tells it; the older `Status` does not tell a closed account from a suspended one."""
    member = MemberAccount("123456789012", "Payer", state_of(answer))

    assert (state, is_closed) == (member.state, member.is_closed)


def test_every_account_is_kept_with_its_state(aws: BotoInspector, account: Account) -> None:
    """The report has all accounts, also those beyond the names that a form offers, and keeps them when it is stored."""
    organizations = account.client("organizations")
    for number in range(104):
        organizations.create_account(AccountName=f"Team {number}", Email=f"team{number}@example.com")

    report = aws.preflight(Target(ACCOUNT))

    assert (105, 100) == (len(report.members), len(report.accounts))
    assert MemberAccount(ACCOUNT, "master", "active") == report.members[0]
    assert report.read_all_accounts
    assert report == CheckReport.from_json(report.to_json())


def test_closed_accounts_are_kept_but_not_offered() -> None:
    """Nobody makes a subset for an account that costs nothing any more; a suspended one may come back."""
    states = ("active", "suspended", "", "pending closure", "closed", "closed or suspended")
    members = [MemberAccount(f"{number:012}", state or "untold", state) for number, state in enumerate(states)]

    report = look(replace(GREEN, accounts=Accounts(tuple(members))))

    assert (("active", "suspended", "untold"), 3, 6) == (report.accounts, report.account_count, len(report.members))


def test_reports_of_before_are_read() -> None:
    """One that was stored with IDs alone has accounts without name and state; an older one has none."""
    with_ids = CheckReport(account_count=1).to_json() | {"account_ids": ["123456789012"]}
    del with_ids["members"]
    older = CheckReport().to_json()
    del older["members"]

    assert (MemberAccount("123456789012"),) == CheckReport.from_json(with_ids).members
    assert () == CheckReport.from_json(older).members
