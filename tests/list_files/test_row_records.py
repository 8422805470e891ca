"""Rows under a header as records, by the names that people give to columns."""

from __future__ import annotations

import pytest

from bot.domain.errors import InvalidInput
from bot.list_files.reading import read_file, read_pasted
from bot.list_files.row_records import read_records

COLUMNS = {"account": ("AWS account ID", "account"), "name": ("account name", "name"), "since": ("since",)}


def test_records_have_what_their_columns_hold() -> None:
    """In any order; empty cells, empty rows and other columns are left out, and numbers are those of the lines."""
    table = read_pasted("Accounts\nNAME\tOther\tAWS_Account-ID (12 digits)\n\nAcme\tx\t123\n\t\t456\n\ty\n")

    records = read_records(table, COLUMNS, ["account"])

    assert [(4, {"name": "Acme", "account": "123"}), (5, {"account": "456"})] == [
        (record.number, dict(record.values)) for record in records
    ]


def test_the_most_telling_name_counts() -> None:
    """Of two columns that may be meant, the one whose name stands first among the known ones."""
    records = read_records(read_file("x.csv", b"Account,AWS account ID,Since\nx,123,May\n"), COLUMNS, ["account"])

    assert [{"account": "123", "since": "May"}] == [dict(record.values) for record in records]


REFUSED = {
    "1,2\n3,4": "“x.csv” has no header row. Name the columns in the first row: AWS account ID, since.",
    "name,account\na,1": "“x.csv” has no column since. Add the column to the header row.",
    "name,other,since\na,1,2": "“x.csv” has no column AWS account ID. Add the column to the header row.",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_table_without_its_columns_is_refused(text: str) -> None:
    """With the names of those that are missing."""
    with pytest.raises(InvalidInput) as refused:
        read_records(read_file("x.csv", text.encode()), COLUMNS, ["account", "since"])

    assert REFUSED[text] == str(refused.value)
