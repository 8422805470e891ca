"""Rows of a file that starts enrollments: headers, steps, days and lists as people write them, faults by line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.domain.enrollment import BillingWorkflow, Customer, Pair
from bot.domain.errors import InvalidInput
from bot.domain.lifecycle import Position
from bot.domain.start_form import StartForm
from bot.list_files.reading import read_file
from bot.list_files.start_rows import StartRow, StartRows, read_pasted_rows, read_start_rows
from bot.list_files.table import Row, Table
from tests.support import start_files
from tests.support.own_procedures import OWN, offered_from, ours_again

__all__ = ["ours_again"]

#: A form with everything that it can hold.
FULL = StartForm(
    "1" * 12,
    "Acme",
    "C1",
    "U1",
    "Europe/London",
    ("U2",),
    Position("associate_customers", waiting=True, since=date(2026, 11, 20)),
    {"spot_org_id": "606079874885"},
    {
        "subsets": ("Prod",),
        "workflows": (BillingWorkflow("Standard"),),
        "pairs": (Pair("Prod", "Standard"),),
        "customers": (Customer("Prod", "ops@customer.example", "700001"),),
    },
)


def read(*lines: str) -> StartRows:
    """The rows of a CSV file."""
    return read_start_rows(read_file("payers.csv", "\n".join(lines).encode()))


def only(*lines: str) -> StartRow:
    """The only row of a file without faults."""
    found = read(*lines)
    assert () == found.faults
    (row,) = found.rows
    return row


@pytest.mark.parametrize(
    "header",
    ["Channel;Payer Account;ACCOUNT NAME;Org ID", "Slack channel;AWS management account ID;Name;Spot organization ID"],
)
def test_columns_have_the_names_that_people_use_in_any_order(header: str) -> None:
    """With semicolons, as spreadsheets of some countries write them; unknown columns are ignored."""
    row = only(f"{header};Remark", "#eco;123456789012;Acme Prod;606079874885;hello")

    assert ("123456789012", "Acme Prod", "#eco") == (row.values.account_id, row.values.account_name, row.channel)
    assert {"spot_org_id": "606079874885"} == row.values.values


def test_pasted_rows_of_a_spreadsheet_are_read_like_a_file() -> None:
    """With tabs or commas between the cells; empty cells at the end may be missing."""
    for separator in ("\t", ","):
        lines = (("Account", "Name", "Owner", "Step"), ("123456789012", "Acme; Prod", "@ana"))
        (row,) = read_start_rows(read_pasted_rows("\n".join(separator.join(cells) for cells in lines))).rows

        assert (2, "Acme; Prod", "@ana") == (row.number, row.values.account_name, row.owner)


@pytest.mark.parametrize(
    ("step", "waiting", "since", "expected"),
    [
        ("", "", "", None),
        ("Sign up with Spot", "no", "", None),
        ("Sign up with Spot", "no", "2026-11-20", Position("sign_up", since=date(2026, 11, 20))),
        ("create  SUBSETS", "", "", Position("create_subsets")),
        ("create_subsets", "No", "2026-11-20 00:00:00", Position("create_subsets", since=date(2026, 11, 20))),
        ("Waiting: Connect the management account", "", "", Position("connect_account", waiting=True)),
        ("connect_account", "X", "2026-11-20", Position("connect_account", waiting=True, since=date(2026, 11, 20))),
    ],
)
def test_a_step_is_named_by_its_title(step: str, waiting: str, since: str, expected: Position | None) -> None:
    """Or its key; `waiting` says whether its wait runs; a day of a spreadsheet has a midnight behind it."""
    assert (
        expected
        == only("account,name,step,waiting,since", f"123456789012,Acme,{step},{waiting},{since}").values.position
    )


@pytest.mark.parametrize("column", ["People at the MSP", "MSP", "the msp"])
def test_people_of_a_party_have_a_column(column: str) -> None:
    """With semicolons between them; a row whose procedure has no such party leaves it empty."""
    header, start = f"account,name,procedure,{column}", "123456789012,Acme"
    assert {"msp": ("mara@msp.example", "U0MSP")} == only(
        header, f"{start},aws-msp-extract,mara@msp.example; U0MSP"
    ).party_people
    assert {"msp": ()} == only(header, f"{start},aws-msp-delivered,").party_people
    assert {} == only(header, f"{start},,").party_people

    [fault] = read(header, f"{start},aws-member-account,U0MSP").faults
    expected = "The procedure aws-member-account does not ask for “People at the MSP”. Leave that cell empty."
    assert expected == fault.sentence


@pytest.mark.usefixtures("ours_again")
def test_what_a_procedure_of_ones_own_asks_for_at_the_start_has_a_column(tmp_path: Path) -> None:
    """By its label and by its key; rows of other procedures leave it empty."""
    at_start = (
        'optional = true\n[steps.collects.at_start]\nhint = "Whose budget."\nplaceholder = "4711"\nmissing = "nobody"'
    )
    key = offered_from(tmp_path, OWN.replace("optional = true", at_start)).key

    for column in ("Cost center", "cost_center"):
        row = only(f"account,name,procedure,{column}", f"123456789012,Acme,{key},4711")
        assert "4711" == row.values.values["cost_center"]
    [fault] = read("account,name,cost center", "123456789012,Acme,4711").faults
    assert "does not ask for “Cost center”" in fault.sentence


def test_lists_stand_in_their_cells() -> None:
    """With semicolons or line breaks between the entries."""
    header = ("account", "name", "subsets", "billing workflows", "pairs", "customers")
    cells = ("Prod; Test", "Standard\nReseller", "Prod : Standard", "Prod : ops@customer.example : 700001")
    table = Table("payers.xlsx", (Row(1, header), Row(2, ("123456789012", "Acme", *cells))))

    (row,) = read_start_rows(table).rows

    assert {
        "subsets": ("Prod", "Test"),
        "workflows": (BillingWorkflow("Standard"), BillingWorkflow("Reseller")),
        "pairs": (Pair("Prod", "Standard"),),
        "customers": (Customer("Prod", "ops@customer.example", "700001"),),
    } == row.lists


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"account": "6.06E+11"}, "6.06E+11"),
        ({"account": "=A1"}, "is a formula without a value"),
        ({"waiting": "perhaps"}, "is neither yes nor no"),
        ({"waiting": "yes"}, "Name the step that waits"),
        ({"since": "2026-11-20"}, "Choose the step you are at"),
        ({"pairs": "Prod"}, "Pairs, entry 1"),
        ({"account": "500000000001"}, "This account is on line 2 already."),
    ],
)
def test_a_fault_is_named_by_its_line(cells: dict[str, str], sentence: str) -> None:
    """The other rows are good."""
    found = read(start_files.HEADER, start_files.row(1), "", start_files.row(2, **cells))

    assert [2] == [row.number for row in found.rows]
    [fault] = found.faults
    assert (4, True) == (fault.number, sentence in fault.sentence), fault
    assert "Payer 2" in fault.line


def test_all_faults_of_a_row_are_named_at_once() -> None:
    """One sentence each."""
    [fault] = read("account,name,step", "12,,Step five").faults

    assert all(words in fault.sentence for words in ("has 2 digits", "Enter the account name", "is no step"))


def test_a_file_without_the_columns_of_account_and_name_is_refused() -> None:
    """As a whole."""
    with pytest.raises(InvalidInput, match="account"):
        read("owner,channel", "ana,#eco")
