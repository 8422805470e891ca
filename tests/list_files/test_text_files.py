"""CSV, TSV and TXT files: encodings, delimiters, line ends, headers."""

from __future__ import annotations

import codecs

import pytest

from bot.domain.enrollment import Customer, Pair
from bot.list_files.entries import EntriesRead, read_entries
from bot.list_files.reading import read_file
from bot.presentation.csv_table import Table as CsvTable
from bot.presentation.csv_table import as_csv

WORDS = "Subset;Billing workflow\nZürich;Größe\n"
ZURICH = [(2, Pair("Zürich", "Größe"))]

ENCODINGS = {
    "UTF-8": WORDS.encode(),
    "UTF-8 with a mark": codecs.BOM_UTF8 + WORDS.encode(),
    "UTF-16, as Excel writes it": codecs.BOM_UTF16_LE + WORDS.replace(";", "\t").encode("utf-16-le"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"),
    "Windows-1252": WORDS.encode("cp1252"),
    "line ends of Windows": WORDS.replace("\n", "\r\n").encode(),
    "line ends of old Macs": WORDS.replace("\n", "\r").encode(),
    "no line end at the end": WORDS.rstrip().encode(),
    "commas": WORDS.replace(";", ",").encode(),
    "pipes": WORDS.replace(";", "|").encode(),
    "tabs": WORDS.replace(";", "\t").encode(),
}


@pytest.mark.parametrize("name", ["x.csv", "x.txt", "x.xlsx", "x"])
@pytest.mark.parametrize("data", ENCODINGS.values(), ids=ENCODINGS)
def test_a_text_file_is_read_whatever_program_wrote_it(data: bytes, name: str) -> None:
    """Its content decides, even where the name says something else."""
    assert (tuple(ZURICH), ()) == as_pair(read_entries(read_file(name, data), "pairs", None))


def test_the_delimiter_that_a_file_names_is_taken() -> None:
    """Excel writes it on a line of its own, which counts as a row."""
    table = read_file("x.csv", b"sep=;\r\nProd,EU;Standard,1\r\n")

    assert [(2, ("Prod,EU", "Standard,1"))] == [(row.number, row.cells) for row in table.rows]


def test_rows_count_as_a_spreadsheet_counts_them() -> None:
    """A line end in quotes ends no row; an empty row counts."""
    table = read_file("x.csv", b'Subset,Workflow\n\n"a\nb",c\n,,\nd,e\n')

    assert [(1, "Subset"), (3, "a\nb"), (5, "d")] == [(row.number, row.cells[0]) for row in table.rows]


def test_a_text_file_is_read_like_pasted_text() -> None:
    """Bullets are removed, and colons separate."""
    read = read_entries(read_file("x.txt", b"- Prod: EU : Standard,\n- Test : Standard"), "pairs", None)

    assert [Pair("Prod: EU", "Standard"), Pair("Test", "Standard")] == [entry for _, entry in read.entries]


def test_lines_with_colons_are_read_from_a_csv_file_too() -> None:
    """A file with one column is often a text that was saved as CSV."""
    read = read_entries(read_file("x.csv", b"Prod : Standard\nTest : Standard"), "pairs", None)

    assert [Pair("Prod", "Standard"), Pair("Test", "Standard")] == [entry for _, entry in read.entries]


CUSTOMER = Customer("Prod", "ada@a.example", "606079874885")
HEADERS = {
    "as in the form": "Subset,Console email,Spot org ID\nProd,ada@a.example,606079874885",
    "in another order": "spot_organization_id,E-MAIL,subset_name\n606079874885,ada@a.example,Prod",
    "among others": "#,Customer,Email,Phone,Org\n1,Prod,ada@a.example,123,606079874885",
    "beside rows of others": "No,Subset,Email,Organization\n1,Prod,ada@a.example,606079874885\n2,,,\n",
    "under a title": "End customers\n\nSubset,Email,Organisation ID\nProd,ada@a.example,606079874885",
    "none": "Prod,ada@a.example,606079874885,more",
}


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS)
def test_columns_are_found_by_the_names_people_use(text: str) -> None:
    """Case and spaces do not matter, other columns are ignored; without a header the form's order counts."""
    read = read_entries(read_file("x.csv", text.encode()), "customers", None)

    assert ([CUSTOMER], ()) == ([entry for _, entry in read.entries], read.faults)


@pytest.mark.parametrize("list_name", ["subsets", "workflows"])
def test_names_are_found_in_a_table_of_more(list_name: str) -> None:
    """The same file serves several lists."""
    data = b"Billing workflow,Subset\nStandard,Prod\nReseller,Test"
    expected = {"subsets": ["Prod", "Test"], "workflows": ["Standard", "Reseller"]}

    read = read_entries(read_file("x.csv", data), list_name, None)

    assert expected[list_name] == [entry for _, entry in read.entries]


NAMES = ["Prod: EU", 'say "hi"', "=1+1", "'=1", "''-x", "+1", "@home", "Acme, Inc.", "a;b", "1. x", "Zürich", "'q'"]


def test_what_the_bot_writes_reads_back_the_same() -> None:
    """Names that a spreadsheet would take for formulas included."""
    names = as_csv(CsvTable(["Subset"], [[name] for name in NAMES]))
    pairs = as_csv(CsvTable(["Subset", "Billing workflow"], [[name, name] for name in NAMES]))

    assert NAMES == entries(names, "subsets")
    assert ["a; b", "c; d"] == entries(as_csv(CsvTable(["Subset"], [["a; b"], ["c; d"]])), "subsets")
    assert [Pair(name, name) for name in NAMES] == entries(pairs, "pairs")


def test_faults_are_named_by_line() -> None:
    """With the row as it was given; good rows are read beside them."""
    data = b"Subset,Email,Org\nProd,ada@a.example,6.06E+11\nTest,ada@a.example,606079\n,x,1\nTest,ada@a.example,606079"
    read = read_entries(read_file("x.csv", data), "customers", None)

    assert [3] == [number for number, _ in read.entries]
    assert [(2, "Prod : ada@a.example : 6.06E+11"), (4, " : x : 1"), (5, "Test : ada@a.example : 606079")] == [
        (fault.number, fault.line) for fault in read.faults
    ]
    assert "The spreadsheet has changed this number: format the column as text" in read.faults[0].sentence
    assert ["the subset is empty.", "repeats line 3."] == [fault.sentence for fault in read.faults[1:]]


def as_pair(read: EntriesRead) -> tuple[object, object]:
    """What was read, for comparing."""
    return read.entries, read.faults


def entries(data: bytes, list_name: str) -> list[object]:
    """The entries of a CSV file without faults."""
    read = read_entries(read_file("x.csv", data), list_name, None)
    assert read.faults == ()
    return [entry for _, entry in read.entries]
