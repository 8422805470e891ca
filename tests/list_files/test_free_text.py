"""Pasted text: what separates its fields, and what is no part of a name."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.enrollment import Customer, Pair
from bot.domain.errors import InvalidInput
from bot.list_files.reading import read_pasted
from tests.support.typed_lists import parse_customers, parse_names, parse_pairs

NAMES = {
    "dashes": "- Prod\n- Test",
    "stars": "* Prod\n* Test",
    "bullets without a space": "•Prod\n• Test",
    "bullets of word processors": "•\tProd\n•\tTest",
    "bullets within a list": "◦ Prod\n▪︎ Test",
    "numbers": "1. Prod\n2. Test",
    "numbers in brackets": "1) Prod\n2) Test",
    "numbers with tabs": "1.\tProd\n2.\tTest",
    "letters": "a) Prod\nb) Test",
    "commas": "Prod,\nTest",
    "commas on every line": "Prod,\nTest,",
    "semicolons": "Prod;\nTest;",
    "quotes and commas": '"Prod",\n"Test"',
    "bullets and commas": "- Prod,\n- Test;",
    "a header": "Subset name\nProd\nTest",
    "a header over numbers": "Subsets\n1. Prod\n2. Test",
    "a column and more of a spreadsheet": "Prod\tStandard\t5\nTest\tStandard\t6",
    "a column of a spreadsheet with its header": "Account\tSubset\n1\tProd\n2\tTest",
    "an indented column": "\tProd\n\tTest",
}


@pytest.mark.parametrize("text", NAMES.values(), ids=NAMES)
def test_marks_of_a_list_are_no_part_of_a_name(text: str) -> None:
    """Bullets, numbering, and the commas at the ends of lines."""
    assert ("Prod", "Test") == parse_names(text)


KEPT = {
    '"1. Prod"\n"- Test"\n"Dev,"': ["1. Prod", "- Test", "Dev,"],
    "1.5 TB\n2.5 TB": ["1.5 TB", "2.5 TB"],
    "Prod\n3. Welle": ["Prod", "3. Welle"],
    "-1\n*x": ["-1", "*x"],
    "Acme, Inc.\nFoo; Bar\nA | B": ["Acme, Inc.", "Foo; Bar", "A | B"],
    "Acme, Inc.\nBaz, LLC.": ["Acme, Inc.", "Baz, LLC."],
    "R&amp;D;\n&lt;": ["R&amp;D", "&lt;"],
    '"Subset"\nProd': ["Subset", "Prod"],
}


@pytest.mark.parametrize("text", KEPT)
def test_what_may_be_a_name_is_kept(text: str) -> None:
    """Quotes hold everything together; a number counts as numbering where all lines have one."""
    assert tuple(KEPT[text]) == parse_names(text)


PAIRS = {
    "two columns of a spreadsheet": "Prod\tStandard\nTest: EU\tRate, 3",
    "under a header": "Subset\tBilling workflow\nProd\tStandard\nTest: EU\tRate, 3",
    "under a header in another order": "No.\tWORKFLOW_NAME\tsubset name\n1\tStandard\tProd\n2\tRate, 3\tTest: EU",
    "under a title": "Associations\nSubset\tWorkflow\nProd\tStandard\nTest: EU\tRate, 3",
    "commas": 'Prod,Standard\nTest: EU,"Rate, 3"',
    "commas and colons in quotes": '"Prod","Standard"\n"Test: EU","Rate, 3"',
    "commas under a quoted header": '"Subset","Workflow"\n"Prod","Standard"\n"Test: EU","Rate, 3"',
    "semicolons": "Prod;Standard\nTest: EU;Rate, 3",
    "pipes": "Prod | Standard\nTest: EU | Rate, 3",
    "colons": "Prod : Standard\nTest: EU : Rate, 3",
    "colons under the label": "Subset : billing workflow\nProd : Standard\nTest: EU : Rate, 3",
    "colons under a turned label": 'billing workflow : Subset\nStandard : Prod\nRate, 3 : "Test: EU"',
    "colons in a numbered list": "1. Prod : Standard,\n2. Test: EU : Rate, 3",
    "tabs that align": 'Prod:\t\tStandard\n"Test: EU"\t:\tRate, 3',
    "columns and colons in turn": "Prod\tStandard\nTest: EU : Rate, 3",
    "an empty column in front": "\tProd\tStandard\n\tTest: EU\tRate, 3",
    "a row of a table in full": "Prod\tStandard\tyes\t\nTest: EU\tRate, 3\t\t\n\t\t\t",
}


@pytest.mark.parametrize("text", PAIRS.values(), ids=PAIRS)
def test_pairs_are_read_as_spreadsheets_and_people_write_them(text: str) -> None:
    """Tabs separate first, then colons, then what all lines have in common."""
    assert (Pair("Prod", "Standard"), Pair("Test: EU", "Rate, 3")) == parse_pairs(text)


CUSTOMERS = {
    "three columns": "Prod\tada@a.example\t606079874885",
    "a header in another order": "Org ID\tE-Mail\tCustomer\n606,079,874,885\tada@a.example\tProd",
    "a header of an export": "Subset,Console email,Spot organisation ID (number)\nProd,ada@a.example,606079874885.0",
    "German": "Prod;ada@a.example;606.079.874.885",
    "an apostrophe": "Prod\tada@a.example\t'606079874885",
    "numbered colons with commas": "1) Prod : ada@a.example : 606079874885,",
    "a line end in a cell": '"Prod"\tada@a.example\t"606079874885\n"',
}


@pytest.mark.parametrize("text", CUSTOMERS.values(), ids=CUSTOMERS)
def test_end_customers_are_read_as_spreadsheets_write_them(text: str) -> None:
    """Columns by their header, or in the order of the form; numbers as what they stand for."""
    assert (Customer("Prod", "ada@a.example", "606079874885"),) == parse_customers(text, None)


NO_COLON = "has no “:”. Write it as subset : billing workflow."
FAULTS: dict[str, Any] = {
    "an empty cell": ("Prod\tStandard\nTest\t\n\tRate", [f"Line 2: “Test” {NO_COLON}", "Line 3: the subset is empty."]),
    "a formula": (
        "Prod\tStandard\nTest\t=A1",
        ["Line 2: “=A1” is a formula without a value. Put its value into the cell (paste values only)."],
    ),
    "an error": ("Prod\t#N/A", ["Line 1: “#N/A” is an error of the spreadsheet. Correct the cell."]),
    "too few columns under a header": ("Subset\tWorkflow\n\nProd", [f"Line 3: “Prod” {NO_COLON}"]),
    "a line that is too long": (
        f"Prod : {'x' * 3_000}",
        [
            f"Line 1: “Prod : {'x' * 52}…” has 3,007 characters, which is too long. "
            "Write it as subset : billing workflow."
        ],
    ),
    "only a header": ("Subset\tWorkflow", ["Enter at least one pair, one a line."]),
}


@pytest.mark.parametrize(("text", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_wrong_line_of_a_table_is_told_with_its_number(text: str, expected: list[str]) -> None:
    """As for lines with colons."""
    with pytest.raises(InvalidInput) as fault:
        parse_pairs(text)

    assert expected == str(fault.value).split("\n")


def test_a_missing_column_is_told_once() -> None:
    """Not for every line."""
    with pytest.raises(InvalidInput, match="Line 1: the header has no column for the Spot org ID"):
        parse_customers("Subset\tEmail\nProd\tada@a.example\nTest\tbob@b.example", None)


def test_lines_count_as_they_are_seen() -> None:
    """Empty ones count, and so do those of a cell of several lines."""
    table = read_pasted('\n- a\n\n"b\nc"\td\n \n•\n,\ne\tf')

    assert [(2, ("a",)), (4, ("b\nc", "d")), (9, ("e", "f"))] == [
        (row.number, row.cells) for row in table.rows if row.line != "•"
    ]
