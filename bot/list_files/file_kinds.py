"""Tells kinds of files by their content, and refuses those that hold no list with what to save them as."""

from __future__ import annotations

from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten

_SAVE = "Save the list as .xlsx or .csv, and upload that."
_EXPORT = "Export the list as .xlsx or .csv, and upload that."

#: How a file begins -> what it is, and what to do instead.
_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "a PDF", _EXPORT),
    (b"\x89PNG", "a picture", "Upload the list itself as .xlsx, .csv or .txt."),
    (b"\xff\xd8\xff", "a picture", "Upload the list itself as .xlsx, .csv or .txt."),
    (b"GIF8", "a picture", "Upload the list itself as .xlsx, .csv or .txt."),
    (b"BM", "a picture", "Upload the list itself as .xlsx, .csv or .txt."),
    (b"II*\0", "a picture", "Upload the list itself as .xlsx, .csv or .txt."),
    (b"MM\0*", "a picture", "Upload the list itself as .xlsx, .csv or .txt."),
    (b"{\\rtf", "a formatted text (RTF)", "Save it as plain text (.txt), and upload that."),
    (b"\x1f\x8b", "a compressed file", "Unpack it, and upload what is in it."),
    (b"7z\xbc\xaf", "a compressed file", "Unpack it, and upload what is in it."),
    (b"Rar!", "a compressed file", "Unpack it, and upload what is in it."),
    (b"PAR1", "a Parquet file", _EXPORT),
    (b"SQLite format 3\0", "a database", _EXPORT),
)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: How the names of members begin in an archive -> what it is.
_MEMBERS: tuple[tuple[str, str, str], ...] = (
    ("xl/vbaProject", "a workbook with macros (.xlsm)", "Save it as .xlsx without macros, and upload that."),
    ("xl/macrosheets/", "a workbook with macros (.xlsm)", "Save it as .xlsx without macros, and upload that."),
    ("xl/workbook.bin", "a binary workbook (.xlsb)", "Save it as .xlsx, and upload that."),
    ("Index/", "a Numbers document", "Export it to Excel (.xlsx) or CSV, and upload that."),
    ("Index.zip", "a Numbers document", "Export it to Excel (.xlsx) or CSV, and upload that."),
    ("word/", "a Word document", "Copy the list to a spreadsheet, or save it as plain text (.txt)."),
    ("ppt/", "a presentation", _EXPORT),
    ("content.xml", "an OpenDocument file (.ods)", "Save it as .xlsx or .csv, and upload that."),
)


def quoted(name: str) -> str:
    """The name of a file in a sentence."""
    return f"“{shorten(name)}”"


def is_zip(data: bytes) -> bool:
    """Whether the file is a zip archive, as workbooks are."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def require_supported(name: str, data: bytes) -> None:
    """Raise `InvalidInput` if the file is neither text nor an archive: what it is, and what to save it as."""
    for beginning, kind, instead in _BEGINNINGS:
        # The short ones may begin a text as well.
        is_telling = len(beginning) > 4 or not beginning.isascii()
        if data.startswith(beginning) and (is_telling or b"\0" in data[:64]):
            refuse_kind(name, kind, instead)
    if data.startswith(_OLD_EXCEL):
        if "EncryptedPackage".encode("utf-16-le") in data:
            refuse_kind(name, "protected with a password", "Save it without one, and upload that.")
        refuse_kind(name, "an old Excel file (.xls)", "Save it as .xlsx or .csv, and upload that.")
    if (data.startswith(b"\0\0\0") and data[4:8] == b"ftyp") or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        refuse_kind(name, "a picture or a film", "Upload the list itself as .xlsx, .csv or .txt.")
    begins = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begins.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        refuse_kind(name, "a web page or an XML file", _SAVE)


def require_workbook(name: str, members: list[str]) -> None:
    """Raise `InvalidInput` if an archive with these members is no workbook without macros."""
    for beginning, kind, instead in _MEMBERS:
        if any(member.lower().startswith(beginning.lower()) for member in members):
            refuse_kind(name, kind, instead)
    if "[Content_Types].xml" not in members or not any(member.startswith("xl/") for member in members):
        refuse_kind(name, "an archive", "Unpack it, and upload the list that is in it.")


def refuse_kind(name: str, kind: str, instead: str) -> None:
    """Raise `InvalidInput`: what the file is, and what to do instead."""
    raise InvalidInput(f"{quoted(name)} is {kind}. {instead}")
