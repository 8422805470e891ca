"""Slack's JSON for files: uploaded ones, deleted ones, and those that lie on another host."""

from __future__ import annotations

import mimetypes
from urllib.parse import quote

from .core import Core
from .workspace_model import Json, StoredFile

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Common types by extension: Slack's `filetype`, its name for people, and the MIME type.
_TYPES = {
    "csv": ("csv", "CSV", "text/csv"),
    "tsv": ("tsv", "TSV", "text/tab-separated-values"),
    "txt": ("text", "Plain Text", "text/plain"),
    "md": ("markdown", "Markdown (raw)", "text/markdown"),
    "json": ("json", "JSON", "application/json"),
    "html": ("html", "HTML", "text/html"),
    "xls": ("xls", "Excel Spreadsheet", "application/vnd.ms-excel"),
    "xlsx": ("xlsx", "Excel Spreadsheet", _SHEET),
    "ods": ("ods", "OpenDocument Spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
    "pdf": ("pdf", "PDF", "application/pdf"),
    "zip": ("zip", "Zip", "application/zip"),
    "png": ("png", "PNG", "image/png"),
    "jpg": ("jpg", "JPEG", "image/jpeg"),
    "gif": ("gif", "GIF", "image/gif"),
}
#: Slack shows these as snippets, which can be read without a download.
_SNIPPETS = frozenset({"csv", "tsv", "text", "markdown", "json", "html"})


def extension(name: str) -> str:
    """The extension of a file's name, in lower case; "" where it has none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def file_type(file: StoredFile) -> tuple[str, str, str]:
    """Slack's `filetype`, `pretty_type` and `mimetype` of a file."""
    ending = extension(file.name)
    if ending in _TYPES:
        return _TYPES[ending]
    if b"\0" in (file.content or b"")[:1000]:
        return "binary", "Binary", mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    kind = ending or "text"
    return kind, kind.upper() if ending else "Plain Text", mimetypes.guess_type(file.name)[0] or "text/plain"


def is_snippet(file: StoredFile) -> bool:
    """Whether Slack shows the file's text."""
    return not file.external_url and file_type(file)[0] in _SNIPPETS


def file_json(core: Core, file: StoredFile) -> Json:
    """A file as messages, forms and `files.info` show it; of a deleted one no more than its ID is left."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    filetype, pretty_type, mimetype = file_type(file)
    result: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": mimetype,
        "filetype": filetype,
        "pretty_type": pretty_type,
        "user": file.user or core.bot_user_id,
        "user_team": core.workspace.team_id,
        "editable": is_snippet(file),
        "size": file.length,
        "mode": "external" if file.external_url else "snippet" if is_snippet(file) else "hosted",
        "is_external": bool(file.external_url),
        "external_type": "gdrive" if file.external_url else "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "permalink": _address(core, file, "files", file.user or core.bot_user_id, file.id),
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
    }
    return result | _addresses(core, file) | _shares(core, file)


def file_reference(file: StoredFile) -> Json:
    """A file as messages show it in a channel that is shared with another company: `files.info` tells the rest."""
    access = {"mode": "file_access", "file_access": "check_file_info"}
    return {"id": file.id, "created": 0, "timestamp": 0, "user": "", **access}


def _addresses(core: Core, file: StoredFile) -> Json:
    if file.external_url:
        return {"url_private": file.external_url, "permalink": file.external_url}
    key = f"{core.workspace.team_id}-{file.id}"
    return {
        "url_private": _address(core, file, "files-pri", key),
        "url_private_download": _address(core, file, "files-pri", key, "download"),
    }


def _address(core: Core, file: StoredFile, *folders: str) -> str:
    return "/".join((core.base_url, *folders, quote(file.name, safe="")))


def _shares(core: Core, file: StoredFile) -> Json:
    places: dict[str, list[str]] = {"channels": [], "groups": [], "ims": []}
    shares: dict[str, dict[str, list[Json]]] = {}
    for share in file.shares:
        channel = core.workspace.conversations[share["channel"]]
        place = places["ims" if channel.is_im else "groups" if channel.is_private else "channels"]
        if channel.id not in place:
            place.append(channel.id)
        seen = shares.setdefault("private" if channel.is_private else "public", {})
        seen.setdefault(channel.id, []).append({key: value for key, value in share.items() if key != "channel"})
    return {"is_public": "public" in shares, "shares": shares, **places}
