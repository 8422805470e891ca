"""Looks at the parts of a workbook before it is read, so that a small file cannot become a large one."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from bot.domain.errors import InvalidInput
from bot.list_files.file_kinds import quoted, refuse_kind, require_workbook

_MOST_PARTS = 1_000
#: Bytes of all parts and of one that is read as a whole, unpacked.
_MOST_UNPACKED = 60_000_000
_MOST_OF_ONE = 10_000_000
#: Signs `<` of a part that is read as a whole: half of them begin an element, which takes much more memory than bytes.
_MOST_TAGS = 250_000
#: Bytes from one row of a sheet to the next.
_LONGEST_ROW = 1_000_000
#: A deflated text of one letter has about a thousand times as many bytes, real workbooks have up to fifty.
_MOST_DENSE = 200
_CHUNK = 1 << 16
_ENCRYPTED = 0x1
#: The names of elements in a format that Excel offers beside its own.
_STRICT = b"http://purl.oclc.org/ooxml/"
_SHEETS = "xl/worksheets/"
_ROW = re.compile(rb"<(?:\w+:)?row[ />]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
#: Characters of a tag that two chunks may share.
_OVERLAP = 40


def require_harmless(name: str, archive: zipfile.ZipFile) -> None:
    """Raise `InvalidInput` if the archive is no workbook, or one that is too large to be read."""
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS:
        refuse_kind(name, "an archive of too many files", "Save the list as .xlsx or .csv, and upload that.")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        refuse_kind(name, "protected with a password", "Save it without one, and upload that.")
    require_workbook(name, [part.filename for part in parts])
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if unpacked > _MOST_UNPACKED or unpacked > _MOST_DENSE * max(packed, 50_000):
        _refuse_large(name)
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        refuse_kind(name, "packed in a way that Excel does not use", "Save it as .xlsx again, and upload that.")
    for part in parts:
        if part.filename.startswith(_SHEETS):
            is_large = _longest_row(archive, part) > _LONGEST_ROW
        else:
            tags = (chunk.count(b"<") for chunk in _chunks(archive, part))
            is_large = part.file_size > _MOST_OF_ONE or sum(tags) > _MOST_TAGS
        if is_large:
            _refuse_large(name)
    if "xl/workbook.xml" in archive.namelist() and _STRICT in archive.read("xl/workbook.xml"):
        refuse_kind(name, "a “Strict Open XML” workbook", "Save it as an ordinary Excel workbook (.xlsx).")


def has_formulas(archive: zipfile.ZipFile) -> bool:
    """Whether a cell of any sheet has a formula."""
    return any(
        _FORMULA.search(chunk)
        for part in archive.infolist()
        if part.filename.startswith(_SHEETS)
        for chunk in _chunks(archive, part)
    )


def _longest_row(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """The most bytes of a sheet between two beginnings of rows, about."""
    longest = since = 0
    for chunk in _chunks(archive, part):
        starts = [found.start() for found in _ROW.finditer(chunk)]
        if starts:
            longest, since = max(longest, since), len(chunk) - starts[-1]
        else:
            since += len(chunk)
    return max(longest, since)


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked bytes of a part, piece by piece; each begins with the end of the one before."""
    with archive.open(part) as unpacked:
        end = b""
        while chunk := unpacked.read(_CHUNK):
            yield end + chunk
            end = chunk[-_OVERLAP:]


def _refuse_large(name: str) -> None:
    raise InvalidInput(
        f"{quoted(name)} unpacks to far more than a list. Copy the columns of the list to a new workbook, or save them "
        "as .csv."
    )
