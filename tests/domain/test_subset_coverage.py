"""How the accounts of an organization are spread over the subsets: the sentence, and the rows of the file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aws.preflight import CheckReport, MemberAccount
from bot.domain.enrollment import SubsetAccount
from bot.domain.subset_coverage import coverage, rows
from tests.domain.building import blank


def said(members: int, closed: int = 0, listed: tuple[tuple[str, int], ...] = (), all_read: bool = True) -> str:
    """The sentence for an organization whose last accounts are closed, and `(subset, account)` on the list."""
    found = tuple(
        MemberAccount(f"{n:012}", f"Team {n}", "closed" if n >= members - closed else "active") for n in range(members)
    )
    report = CheckReport(members=found, account_count=members if all_read else None)
    made = replace(blank(), subset_accounts=tuple(SubsetAccount(name, f"{n:012}") for name, n in listed))
    words = coverage(made, report)
    assert words is not None
    return words.words


def in_subset(start: int, end: int) -> tuple[tuple[str, int], ...]:
    """Accounts in the subset Prod."""
    return tuple(("Prod", n) for n in range(start, end))


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        (
            "14 of 212 accounts are in no subset, 1 in two, 3 closed.",
            {"members": 212, "closed": 3, "listed": (*in_subset(0, 195), ("Data", 0))},
        ),
        ("1 of 3 accounts is in no subset.", {"members": 3, "listed": in_subset(0, 2)}),
        ("All 3 accounts are in a subset.", {"members": 3, "listed": in_subset(0, 3)}),
        ("All 3 accounts are in a subset or closed, 1 closed.", {"members": 3, "closed": 1, "listed": in_subset(0, 2)}),
        (
            "1 of 2 accounts is in no subset, 1 in several.",
            {"members": 2, "listed": (("A", 0), ("B", 0), ("C", 0))},
        ),
        (
            "5 of the first 400 accounts are in no subset. Your organization has more accounts than I read.",
            {"members": 400, "listed": in_subset(0, 395), "all_read": False},
        ),
        (
            "All of the first 2 accounts are in a subset. Your organization has more accounts than I read.",
            {"members": 2, "listed": in_subset(0, 2), "all_read": False},
        ),
        ("1,000 of 1,000 accounts are in no subset.", {"members": 1000}),
    ],
)
def test_the_accounts_are_counted_in_a_sentence(expected: str, given: dict[str, object]) -> None:
    """A closed account needs no subset; what was not read is not judged."""
    assert expected == said(**given)  # type: ignore[arg-type]


def test_without_accounts_that_were_read_there_is_no_sentence() -> None:
    """Nobody has checked AWS, or it refused."""
    assert coverage(blank(), None) is None
    assert coverage(blank(), CheckReport()) is None


def test_the_rows_begin_with_what_needs_somebody() -> None:
    """Every account has a row, one in two subsets two of them."""
    members = (
        MemberAccount("000000000001", "Right", "active"),
        MemberAccount("000000000002", "Lost", "active"),
        MemberAccount("000000000003", "Twice", "active"),
        MemberAccount("000000000004", "Gone", "closed"),
        MemberAccount("000000000005", "Kept", "closed"),
    )
    listed = (("A", 1), ("A", 3), ("B", 3), ("A", 5), ("B", 9))
    made = replace(blank(), subset_accounts=tuple(SubsetAccount(name, f"{n:012}") for name, n in listed))
    found = coverage(made, CheckReport(members=members, account_count=5))
    assert found is not None

    assert [
        ("000000000003", "Twice", "active", "A", "in several subsets"),
        ("000000000003", "Twice", "active", "B", "in several subsets"),
        ("000000000009", "", "", "B", "not in your organization"),
        ("000000000005", "Kept", "closed", "A", "closed, still in a subset"),
        ("000000000002", "Lost", "active", "", "in no subset"),
        ("000000000001", "Right", "active", "A", ""),
        ("000000000004", "Gone", "closed", "", "closed"),
    ] == rows(found)


def test_rows_with_the_same_remark_keep_their_order() -> None:
    """Accounts stand as AWS lists them; those of another organization, and subsets, as on the list."""
    members = tuple(MemberAccount(f"{n:012}", "Team", "active") for n in (7, 3, 5))
    listed = (("B", 3), ("A", 3), ("Z", 9), ("A", 8))
    made = replace(blank(), subset_accounts=tuple(SubsetAccount(name, f"{n:012}") for name, n in listed))
    found = coverage(made, CheckReport(members=members, account_count=3))
    assert found is not None

    assert [(3, "B"), (3, "A"), (9, "Z"), (8, "A"), (7, ""), (5, "")] == [(int(row[0]), row[3]) for row in rows(found)]


_ACCOUNTS = st.sampled_from([f"{n:012}" for n in range(6)])


@given(
    st.lists(st.builds(MemberAccount, _ACCOUNTS, st.just("x"), st.sampled_from(["active", "closed", ""])), min_size=1),
    st.lists(st.builds(SubsetAccount, st.sampled_from("AB"), _ACCOUNTS), unique=True),
    st.booleans(),
)
def test_no_account_is_left_out(members: list[MemberAccount], listed: list[SubsetAccount], all_read: bool) -> None:
    """Whatever AWS and people say: each account and each line of the list has its row."""
    members = list({member.id: member for member in members}.values())
    report = CheckReport(members=tuple(members), account_count=len(members) if all_read else None)
    found = coverage(replace(blank(), subset_accounts=tuple(listed)), report)
    assert found is not None

    made = rows(found)

    assert {each.id for each in members} | {each.account_id for each in listed} == {row[0] for row in made}
    assert {(each.account_id, each.subset) for each in listed} == {(row[0], row[3]) for row in made if row[3]}
    assert found.words.endswith(".")
