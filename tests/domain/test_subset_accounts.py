"""The AWS accounts of subsets: how lines are read, compared, edited, and follow a subset that is renamed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import list_edits
from bot.domain.enrollment import Pair, SubsetAccount
from bot.domain.errors import InvalidInput
from bot.domain.inputs import format_account_id
from bot.domain.list_changes import compare, unknown_names
from bot.domain.list_entries import entry_line
from bot.domain.procedure import USUAL
from bot.list_files.entries import EntriesRead, read_entries
from bot.list_files.reading import read_file, read_pasted
from bot.list_files.typed_lists import parse_lines
from bot.presentation import list_file, texts
from tests.domain.building import NOW, OWNER, POLICY, opened
from tests.support.steps import StepKey as K

NAME = "subset_accounts"
ONE, TWO = "123456789012", "210987654321"
PROD, TEST = SubsetAccount("Prod", ONE), SubsetAccount("Test", TWO)
BEFORE = replace(opened(K.CREATE_WORKFLOWS), subsets=("Prod", "Test"), subset_accounts=(PROD, TEST))


def pasted(text: str) -> EntriesRead:
    """What a pasted text says."""
    return read_entries(read_pasted(text), NAME, None)


@pytest.mark.parametrize(
    "line",
    [
        "Prod : 123456789012",
        "Prod: 1234-5678-9012",
        "- Prod : 1234 5678 9012,",
        "3. Prod\t123456789012.0",
        "Prod,'123456789012",
        "Prod\t123,456,789,012",
        "AWS account ID\tName\tSubset\n123456789012\tShop\tProd",
        '"Prod" : 1234-5678-9012',
    ],
)
def test_a_line_is_read_as_people_write_it(line: str) -> None:
    """Typed, pasted from a spreadsheet, with or without a header."""
    read = pasted(line)

    assert ((PROD,), ()) == (tuple(entry for _, entry in read.entries), read.faults)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Prod : 1.23457E+11", "is a number in short form"),
        ("Prod : 12345678901", "A spreadsheet drops zeros at the beginning"),
        ("Prod : o-a1b2c3d4e5", "looks like an AWS Organizations ID"),
        ("Subset\tAWS account\tName\nProd\t\tShop", "the AWS account is empty."),
        (" : 123456789012", "the subset is empty."),
        ("Prod", "has no “:”. Write it as subset : AWS account."),
        ("Prod : 123456789012\nProd : 1234-5678-9012", "repeats line 1."),
    ],
)
def test_a_line_that_cannot_be_right_says_why(line: str, sentence: str) -> None:
    """By its number."""
    faults = pasted(line).faults

    assert [True] == [sentence in fault.sentence for fault in faults], faults


def test_a_name_with_colons_needs_no_quotes() -> None:
    """An account ID holds no colon, so the last one separates."""
    (entry,) = (entry for _, entry in pasted("Prod:EU:123456789012").entries)

    assert SubsetAccount("Prod:EU", ONE) == entry


def test_an_account_that_comes_with_another_subset_moves_there() -> None:
    """It keeps its place; two lines for one account are both kept, for Check data to find."""
    moved = compare(NAME, (PROD, TEST), [SubsetAccount("Dev", ONE)])
    twice = compare(NAME, (), [PROD, SubsetAccount("Dev", ONE)])

    assert ((SubsetAccount("Dev", ONE), TEST), ()) == (moved.after, moved.new)
    assert (PROD, SubsetAccount("Dev", ONE)) == twice.after


def test_a_subset_that_was_never_recorded_is_named() -> None:
    """As for pairs and end customers."""
    assert {"subsets": ("Dev",)} == unknown_names(BEFORE, NAME, [PROD, SubsetAccount("Dev", TWO)])


def test_a_renamed_subset_takes_its_accounts_along() -> None:
    """The thread counts them."""
    before = replace(BEFORE, pairs=(Pair("Prod", "Standard"),), customers=())

    change = list_edits.change_entry(before, "subsets", 0, {"name": "Production"}, OWNER, NOW, POLICY)

    assert (SubsetAccount("Production", ONE), TEST) == change.enrollment.subset_accounts
    said = texts.thread_line(change.enrollment, change.events[0], OWNER)
    assert said.endswith("on the list of subsets, also in 1 pair and 1 AWS account.")
    warned = list_edits.used_names(before, "subsets", ["Prod"])
    assert "This name is used by 1 pair and 1 AWS account, where it stays." == warned


def test_an_edited_entry_keeps_each_account_in_one_subset() -> None:
    """The fault stands at the account."""
    with pytest.raises(InvalidInput, match=r"1234-5678-9012 is already in “Prod” on the list\.") as refused:
        list_edits.change_entry(BEFORE, NAME, 1, {"subset": "Test", "account_id": ONE}, OWNER, NOW, POLICY)

    assert "account_id" == refused.value.field
    moved = list_edits.change_entry(BEFORE, NAME, 1, {"subset": "Prod", "account_id": TWO}, OWNER, NOW, POLICY)
    assert SubsetAccount("Prod", TWO) == moved.enrollment.subset_accounts[1]


@given(
    st.lists(
        st.builds(
            SubsetAccount,
            st.text("aZ:,;\"'=-1. \tü", min_size=1, max_size=12).map(lambda s: f"x{s.strip()}y"),
            st.text("0123456789", min_size=12, max_size=12),
        ),
        unique=True,
        max_size=5,
    )
)
def test_a_round_trip_changes_nothing(entries: list[SubsetAccount]) -> None:
    """As a CSV file, and as lines that are typed."""
    clean = [replace(entry, subset=" ".join(entry.subset.split())) for entry in entries]
    stored = replace(BEFORE, subset_accounts=tuple(dict.fromkeys(clean)))

    written = read_entries(read_file("aws-accounts.csv", list_file.stored(stored, NAME)), NAME, None)
    typed = pasted("\n".join(map(entry_line, stored.subset_accounts)))

    for read in (written, typed):
        assert (stored.subset_accounts, ()) == (tuple(entry for _, entry in read.entries), read.faults)


def test_the_list_belongs_to_the_step_that_creates_subsets() -> None:
    """In its file an account is written with dashes: a spreadsheet would take it for a number."""
    assert K.CREATE_SUBSETS == USUAL.step_with(NAME)
    assert f"Prod,{format_account_id(ONE)}" in list_file.stored(BEFORE, NAME).decode()


def test_an_account_that_is_listed_already_is_told_with_its_line() -> None:
    """Of what is typed into one field; the same account in another subset is a line of its own."""
    assert (SubsetAccount("Test", ONE),) == parse_lines(f"Test : {ONE}", NAME, [PROD])

    with pytest.raises(InvalidInput, match=r"^Line 2: this AWS account is already on the list\.$"):
        parse_lines(f"Test : {ONE}\nProd : 1234-5678-9012", NAME, [PROD])
