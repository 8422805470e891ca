"""Files that are refused as a whole: by size and shape before they are read, each with what to do instead."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from bot.domain.errors import InvalidInput
from bot.list_files.entries import read_entries
from bot.list_files.reading import MOST_BYTES, read_file, read_pasted
from tests.data.faulty_files import FOLDER, files
from tests.data.workbook_parts import packed, parts, sheet, workbook

INSTEAD = {
    "excel": "Save it as .xlsx or .csv, and upload that.",
    "export": "Export the list as .xlsx or .csv, and upload that.",
    "macros": "is a workbook with macros (.xlsm). Save it as .xlsx without macros, and upload that.",
    "password": "is protected with a password. Save it without one, and upload that.",
    "unpack": "is a compressed file. Unpack it, and upload what is in it.",
    "list": "Upload the list itself as .xlsx, .csv or .txt.",
    "damaged": "is damaged, or is not an Excel workbook. Open it, save it as .xlsx again, and upload that.",
    "large": "unpacks to far more than a list. Copy the columns of the list to a new workbook, or save them as .csv.",
    "text": "is not a text file. Save the list as .xlsx or “CSV UTF-8”.",
    "letters": "Save the file as “CSV UTF-8” or .xlsx.",
    "sheet": "has no rows. Put the list into a visible sheet.",
}

#: File -> its sentence after the name, or the whole of it.
REFUSED = {
    "macros.xlsm": INSTEAD["macros"],
    "macros-named-as-a-workbook.xlsx": INSTEAD["macros"],
    "binary.xlsb": "is a binary workbook (.xlsb). Save it as .xlsx, and upload that.",
    "old.xls": f"is an old Excel file (.xls). {INSTEAD['excel']}",
    "password.xlsx": INSTEAD["password"],
    "encrypted-archive.xlsx": INSTEAD["password"],
    "open-document.ods": f"is an OpenDocument file (.ods). {INSTEAD['excel']}",
    "apple.numbers": "is a Numbers document. Export it to Excel (.xlsx) or CSV, and upload that.",
    "letter.docx": "is a Word document. Copy the list to a spreadsheet, or save it as plain text (.txt).",
    "archive.zip": "is an archive. Unpack it, and upload the list that is in it.",
    "compressed.csv.gz": INSTEAD["unpack"],
    "page.pdf": f"is a PDF. {INSTEAD['export']}",
    "picture.png": f"is a picture. {INSTEAD['list']}",
    "photo.heic": f"is a picture or a film. {INSTEAD['list']}",
    "formatted.rtf": "is a formatted text (RTF). Save it as plain text (.txt), and upload that.",
    "page-saved-as-old-excel.xls": ("is a web page or an XML file. Save the list as .xlsx or .csv, and upload that."),
    "empty.csv": "is empty.",
    "zeros.csv": INSTEAD["text"],
    "utf-16-without-a-mark.csv": INSTEAD["text"],
    "utf-16-cut-off.csv": f"I can't read the letters in “utf-16-cut-off.csv”. {INSTEAD['letters']}",
    "unreadable-letters.csv": f"I can't read the letters in “unreadable-letters.csv”. {INSTEAD['letters']}",
    "open-quote.csv": 'has a quote (") near line 3 that is never closed. Close or remove it.',
    "many-columns.csv": "has 3,000 columns on line 1, and 100 is the limit. Keep the columns of the list only.",
    "many-lines.csv": "has 5,002 lines, and 5,000 is the limit. Split it.",
    "zip-bomb.xlsx": INSTEAD["large"],
    "zip-bomb-of-bytes.xlsx": INSTEAD["large"],
    "many-tags.xlsx": INSTEAD["large"],
    "long-row.xlsx": INSTEAD["large"],
    "many-parts.xlsx": "is an archive of too many files. Save the list as .xlsx or .csv, and upload that.",
    "odd-compression.xlsx": "is packed in a way that Excel does not use. Save it as .xlsx again, and upload that.",
    "entities.xlsx": INSTEAD["damaged"],
    "outside-entity.xlsx": INSTEAD["damaged"],
    "cut-off.xlsx": INSTEAD["damaged"],
    "strict.xlsx": "is a “Strict Open XML” workbook. Save it as an ordinary Excel workbook (.xlsx).",
    "no-sheets.xlsx": INSTEAD["sheet"],
    "no-rows.xlsx": INSTEAD["sheet"],
    "hidden-only.xlsx": INSTEAD["sheet"],
    "broken-xml.xlsx": INSTEAD["damaged"],
    "many-rows.xlsx": "has more than 5,000 lines, and 5,000 is the limit. Split it.",
    "wide.xlsx": "has 3,000 columns on line 1, and 100 is the limit. Keep the columns of the list only.",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_holds_no_list_is_refused_with_what_to_do(name: str) -> None:
    """Its content decides, not its name; and it is refused fast, in little memory."""
    data = (FOLDER / name).read_bytes()
    tracemalloc.start()
    began = time.perf_counter()

    with pytest.raises(InvalidInput) as refused:
        read_file(name, data)

    took, (_, most) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    said = REFUSED[name]
    assert str(refused.value) == (said if "“" in said[:40] and said[0] == "I" else f"“{name}” {said}")
    assert took < 10
    assert most < 60_000_000


def test_every_stored_file_is_as_its_script_makes_it() -> None:
    """And each one but the linked workbook has its sentence above."""
    stored = {file.name: file.read_bytes() for file in Path(FOLDER).iterdir()}

    assert stored.keys() == files().keys() == REFUSED.keys() | {"outside-link.xlsx"}
    assert stored["many-lines.csv"] == files()["many-lines.csv"]


def test_a_file_over_the_limit_is_not_looked_at() -> None:
    """A hundred megabytes have a sentence at once."""
    with pytest.raises(InvalidInput, match=r"“all.csv” has 100.0 MB, and 2 MB is the limit. Keep the columns"):
        read_file("all.csv", bytes(100_000_000))
    with pytest.raises(InvalidInput, match="This text has 2,000,001 characters"):
        read_pasted("x" * (MOST_BYTES + 1))


def test_a_link_to_another_workbook_is_not_followed() -> None:
    """The value that the spreadsheet has stored is read."""
    table = read_file("x.xlsx", (FOLDER / "outside-link.xlsx").read_bytes())

    assert [("Prod", "Standard", "5")] == [row.cells for row in table.rows]


def test_a_million_empty_rows_are_not_read() -> None:
    """A format goes down to the last row of many sheets; after thousands of empty rows nothing is expected."""
    tail = "<row/>" * 1_000_000
    data = workbook(sheet(f"<row><c><v>1</v></c></row>{tail}"))
    began = time.perf_counter()

    table = read_file("x.xlsx", data)

    assert [("1",)] == [row.cells for row in table.rows]
    assert time.perf_counter() - began < 5


HOSTILE = {
    "tabs": "\t" * 400_000,
    "tabs and letters": "a\t" * 200_000,
    "commas before a letter": "," * 400_000 + "x",
    "spaces before a letter": "x" + " " * 400_000 + "x",
    "pairs of quotes": '"' * 400_000,
    "open quotes": '\t"' * 200_000,
    "cells in quotes": '"a",' * 100_000,
    "colons": ":" * 400_000,
    "empty lines": "\n" * 400_000,
    "lines with open quotes": '"\t\n' * 4_000,
    "ampersands": "&" * 400_000,
    "brackets": "(" * 400_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_long(text: str) -> None:
    """Whatever is repeated in it, as a file and as a pasted text."""
    began = time.perf_counter()

    for read in (lambda: read_pasted(text), lambda: read_file("x.csv", text.encode())):
        with suppress(InvalidInput):
            table = read()
            for name in ("subsets", "pairs", "customers"):
                read_entries(table, name, None)

    assert time.perf_counter() - began < 10


def test_a_wrong_dimension_does_not_blow_a_sheet_up() -> None:
    """A sheet may say that it has sixteen thousand columns and a million rows."""
    wrong = sheet().replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')

    assert 2 == len(read_file("x.xlsx", workbook(wrong)).rows[0].cells)


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    """No more is unpacked than the directory says."""
    members = parts(sheet("<row><c><v>1</v></c></row>" * 100))
    data = bytearray(packed(members))
    size = len(members["xl/worksheets/sheet1.xml"]).to_bytes(4, "little")
    changed = bytes(data.replace(size, (50).to_bytes(4, "little")))
    assert changed != bytes(data)

    with pytest.raises(InvalidInput, match="is damaged"):
        read_file("x.xlsx", changed)
