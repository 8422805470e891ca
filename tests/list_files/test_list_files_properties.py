"""What holds for any text and any file: a table or a sentence, and what was written reads back the same."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.domain.enrollment import Pair
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_name
from bot.list_files.entries import read_entries
from bot.list_files.reading import MOST_LINES, read_file, read_pasted
from bot.list_files.table import Table
from bot.presentation.csv_table import Table as CsvTable
from bot.presentation.csv_table import as_csv
from tests.bench.lists import as_workbook
from tests.data.faulty_files import FOLDER
from tests.data.workbook_parts import sheet, workbook

LISTS = ("subsets", "workflows", "pairs", "customers")
NAMES = ("a.csv", "a.tsv", "a.txt", "a.xlsx", "a")
LETTERS = st.one_of(st.sampled_from(list("\t,;|:\"'-*•.1)= \r\n\x00\x85")), st.characters(exclude_categories=["Cs"]))
GOOD = [workbook(sheet()), as_workbook([["Subset", "Email", "Org"], ["Prod", "ada@a.example", "606079"]])]
REAL = [file for file in sorted(Path(FOLDER).iterdir()) if 0 < file.stat().st_size < 30_000]


def read_all(table: Table) -> None:
    """Read the table as every list: an entry or a fault for each line."""
    assert len(table.rows) <= MOST_LINES + 1
    for name in LISTS:
        read = read_entries(table, name, None)
        assert all(fault.sentence for fault in read.faults)
        numbers = [number for number, _ in read.entries] + [fault.number for fault in read.faults]
        assert len(numbers) == len(set(numbers)) <= len(table.rows)


@given(st.text(LETTERS, max_size=200))
def test_any_pasted_text_is_a_table(text: str) -> None:
    """Nothing that is typed raises anything."""
    read_all(read_pasted(text))


@given(st.text(LETTERS, max_size=120), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-32"]))
def test_any_text_in_any_encoding_is_a_table_or_a_sentence(text: str, encoding: str) -> None:
    """Also in one that is not known."""
    for name in NAMES:
        with suppress(InvalidInput):
            read_all(read_file(name, text.encode(encoding, "replace")))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(st.just(b""), st.sampled_from([file.read_bytes() for file in REAL]), st.sampled_from(GOOD)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), max_size=6),
    st.floats(0, 1),
    st.binary(max_size=40),
)
def test_any_bytes_are_a_table_or_a_sentence(
    data: bytes, changes: list[tuple[float, bytes]], kept: float, end: bytes
) -> None:
    """Real files with changed, missing and added bytes, within bounds of memory."""
    changed = bytearray(data[: max(int(len(data) * kept), 1)])
    for place, piece in changes:
        at = int(place * len(changed))
        changed[at : at + len(piece)] = piece
    tracemalloc.start()
    with suppress(InvalidInput):
        read_all(read_file("a.xlsx", bytes(changed) + end))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100_000_000


@st.composite
def names(draw: st.DrawFn) -> str:
    """A name as the bot has stored it."""
    typed = draw(
        st.text(
            st.one_of(st.sampled_from(list("=+-@'\",;|:1.)")), st.characters(exclude_categories=["Cs", "Cn"])),
            max_size=20,
        )
    )
    try:
        return parse_name(f"{typed}x" if len(typed) % 2 else f"x{typed}", "a name")
    except InvalidInput:
        return "x"


@settings(max_examples=40)
@given(st.lists(st.tuples(names(), names()), min_size=1, max_size=8, unique_by=lambda pair: pair[0]))
@example([("=1x", "'=2x"), ("'x", "''@x")])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_any_list_that_is_written_reads_back_the_same(kind: str, given_names: list[tuple[str, str]]) -> None:
    """As CSV, and after a spreadsheet has saved that as a workbook."""
    columns = ["Subset", "Billing workflow"]
    data = as_csv(CsvTable(columns, given_names))
    if kind == "xlsx":
        data = as_workbook([list(row.cells) for row in read_file("a.csv", data).rows])

    read = read_entries(read_file(f"a.{kind}", data), "pairs", None)

    assert (tuple(Pair(*pair) for pair in given_names), ()) == (tuple(entry for _, entry in read.entries), read.faults)
