"""Writes tests/data/lists: a small file for each way in which an upload can be wrong. Run it after a change of a file.

`python -m tests.data.faulty_files`
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.data.workbook_parts import ROW, encrypted, packed, parts, sheet, workbook

FOLDER = Path(__file__).parent / "lists"

_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
_LINKED = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


def files() -> dict[str, bytes]:
    """Name of each file -> its content."""
    plain = parts(sheet())
    bomb = sheet(ROW.replace("Prod", "&b;"))
    linked = sheet(ROW.replace("Prod", "&a;"))
    external = '<c r="C1"><f>[1]Sheet1!A1</f><v>5</v></c></row>'
    return {
        "macros.xlsm": packed({**plain, "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 a macro"}),
        "macros-named-as-a-workbook.xlsx": packed({**plain, "xl/vbaProject.bin": b"a macro"}),
        "binary.xlsb": packed({**plain, "xl/workbook.bin": b"\x83\x01"}),
        "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "Workbook".encode("utf-16-le"),
        "password.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le"),
        "encrypted-archive.xlsx": encrypted(workbook(sheet())),
        "open-document.ods": packed(
            {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}
        ),
        "apple.numbers": packed({"Index/Document.iwa": b"\0\1", "preview.jpg": b"\xff\xd8\xff"}),
        "letter.docx": packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}),
        "archive.zip": packed({"customers.csv": "Prod,a@a.example,606079"}),
        "compressed.csv.gz": b"\x1f\x8b\x08\0\0\0\0\0",
        "page.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(16),
        "photo.heic": b"\0\0\0\x18ftypheic",
        "formatted.rtf": b"{\\rtf1\\ansi Prod}",
        "page-saved-as-old-excel.xls": b"<html><table><tr><td>Prod</td></tr></table></html>",
        "empty.csv": b"",
        "zeros.csv": b"Prod\0,Standard\0",
        "utf-16-without-a-mark.csv": "Prod,Standard".encode("utf-16-le"),
        "utf-16-cut-off.csv": b"\xff\xfeP\0r\0o",
        "unreadable-letters.csv": b"Prod \x81\x8d,Standard",
        "open-quote.csv": b'Subset,Workflow\n"Prod,Standard\n' + b"x" * 140_000,
        "many-columns.csv": b",".join([b"x"] * 3_000),
        "many-lines.csv": b"Prod,Standard\n" * 5_002,
        "zip-bomb.xlsx": packed({**plain, "xl/media/a.bin": bytes(20_000_000)}),
        "zip-bomb-of-bytes.xlsx": packed({**plain, "xl/media/a.bin": bytes(61_000_000)}),
        "many-tags.xlsx": packed({**plain, "xl/sharedStrings.xml": f"<sst>{'<si/>' * 450_000}</sst>"}),
        "long-row.xlsx": workbook(sheet(f"<row>{'<c/>' * 300_000}</row>")),
        "many-parts.xlsx": packed({**plain, **{f"xl/media/{n}": "" for n in range(1_001)}}),
        "odd-compression.xlsx": packed(plain, method=zipfile.ZIP_BZIP2),
        "entities.xlsx": workbook(_BOMB + bomb),
        "outside-entity.xlsx": workbook(_LINKED + linked),
        "cut-off.xlsx": workbook(sheet())[:700],
        "strict.xlsx": packed(
            {**plain, "xl/workbook.xml": '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'}
        ),
        "no-sheets.xlsx": packed({name: part for name, part in plain.items() if "sheet1" not in name}),
        "no-rows.xlsx": workbook(sheet("")),
        "hidden-only.xlsx": workbook(sheet(), states=("hidden",)),
        "broken-xml.xlsx": workbook(sheet("<row><c></row>")),
        "many-rows.xlsx": workbook(sheet("<row><c><v>1</v></c></row>" * 5_002)),
        "wide.xlsx": workbook(sheet(f"<row>{'<c><v>1</v></c>' * 3_000}</row>")),
        "outside-link.xlsx": packed(
            {**parts(sheet(ROW.replace("</row>", external))), "xl/externalLinks/externalLink1.xml": "<externalLink/>"}
        ),
    }


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
