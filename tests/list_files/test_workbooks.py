"""XLSX workbooks: which sheet is read, and what its cells stand for."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from bot.list_files.entries import read_entries
from bot.list_files.reading import read_file
from tests.data.workbook_parts import packed, parts, sheet, workbook


def saved(*rows: list[Any], **formats: str) -> bytes:
    """A workbook with these rows, as a library writes it; `formats` are those of cells."""
    book = openpyxl.Workbook()
    active = book.active
    assert active is not None
    for row in rows:
        active.append(row)
    for cell, code in formats.items():
        active[cell].number_format = code
    room = io.BytesIO()
    book.save(room)
    return room.getvalue()


def cells(data: bytes) -> list[tuple[str, ...]]:
    """The cells of each row."""
    return [row.cells for row in read_file("x.xlsx", data).rows]


def test_cells_are_the_text_that_people_see() -> None:
    """Numbers as digits, days as days, nothing of the formats around them."""
    row = [606079874885, 606079874885.0, " Prod ", date(2026, 11, 28), datetime(2026, 11, 28, 9, 30), True, 0.5, -3]  # noqa: DTZ001
    expected = ("606079874885", "606079874885", "Prod", "2026-11-28", "2026-11-28 09:30:00", "TRUE", "0.5", "-3")

    assert [expected] == cells(saved(row))


def test_a_number_is_read_with_the_zeros_that_its_format_shows() -> None:
    """An account that begins with zero stays one where the column is formatted so."""
    data = saved([12345678901, 12345678901, 12345678901], A1="000000000000", B1="0000-0000-0000", C1="#,##0")

    assert [("012345678901", "012345678901", "12345678901")] == cells(data)


def test_a_number_of_more_digits_than_a_spreadsheet_keeps_is_a_fault() -> None:
    """Its last digits are zeros now, so it is another number; one that was written in full is read."""
    lost = workbook(sheet("<row><c><v>6.06079874885123E+17</v></c><c><v>606079874885123000</v></c></row>"))
    kept = workbook(sheet("<row><c><v>606079874885123456</v></c></row>"))

    assert [("6.06079874885123E+17", "6.06079874885123E+17")] == cells(lost)
    assert [("606079874885123456",)] == cells(kept)


def test_a_formula_is_read_by_its_stored_value() -> None:
    """One without a value is text, and so a fault of its line; an empty value is an empty cell."""
    rows = (
        '<row r="2"><c r="A2" t="str"><f>"a"</f><v>Prod</v></c><c r="B2" t="str"><f>C2</f><v>Standard</v></c></row>'
        '<row r="3"><c r="A3"><f>A1</f></c><c r="B3" t="str"><f>C3</f><v>Standard</v></c></row>'
        '<row r="4"><c r="A4" t="str"><f>A9</f><v></v></c></row>'
    )
    read = read_entries(read_file("x.xlsx", workbook(sheet(rows))), "pairs", None)

    assert [2] == [number for number, _ in read.entries]
    assert [(3, "=A1 : Standard")] == [(fault.number, fault.line) for fault in read.faults]
    assert "“=A1” is a formula without a value" in read.faults[0].sentence


def test_the_first_visible_sheet_with_rows_is_read() -> None:
    """The table says which one it is where others have rows, too."""
    empty, first, second = sheet(""), sheet("<row><c><v>1</v></c></row>"), sheet("<row><c><v>2</v></c></row>")

    one = read_file("x.xlsx", workbook(second, empty, first, states=("hidden",)))
    two = read_file("x.xlsx", workbook(empty, first, second))

    assert (("1",), "x.xlsx") == (one.rows[0].cells, one.source)
    assert (("1",), "x.xlsx, sheet “Sheet2”") == (two.rows[0].cells, two.source)


def test_rows_keep_the_numbers_of_the_sheet() -> None:
    """Empty rows count, written or not."""
    rows = '<row r="3"><c r="B3"><v>1</v></c></row><row r="4"/><row r="6"><c r="A6"><v>2</v></c></row>'
    table = read_file("x.xlsx", workbook(sheet(rows)))

    assert [(3, ("", "1")), (6, ("2",))] == [(row.number, row.cells) for row in table.rows]


def test_styles_that_cannot_be_read_take_only_the_formats() -> None:
    """Some programs write empty ones, and the list is there all the same."""
    members = parts(sheet('<row><c s="1"><v>606079874885</v></c></row>'), formats=("000000000000000",))
    members["xl/styles.xml"] = members["xl/styles.xml"].replace(
        '<fill><patternFill patternType="none"/></fill>', "<fill/>"
    )

    assert [("606079874885",)] == cells(packed(members))


@pytest.mark.parametrize("name", ["x.xlsx", "x.csv", "x"])
def test_a_workbook_is_known_by_its_content(name: str) -> None:
    """Whatever it is called."""
    assert [("Prod", "Standard")] == [row.cells for row in read_file(name, workbook(sheet())).rows]
