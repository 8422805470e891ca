"""Files that a person uploads into a form or a message, checked as Slack's client checks them."""

from __future__ import annotations

from typing import Any, NamedTuple

from .core import Core
from .file_rendering import extension
from .local_errors import NotPossible
from .workspace_model import Json, StoredFile, User

#: The most files of a `file_input` that does not name a number, and the most bytes of each.
MOST_FILES = 10
MOST_BYTES = 10_000_000


class Upload(NamedTuple):
    """A file on a person's machine."""

    name: str
    content: bytes


def store(core: Core, user: User, upload: Upload) -> StoredFile:
    """Upload one file; nobody but its person sees it until it is sent with a message or a form."""
    if not upload.content:
        raise NotPossible(f"{upload.name} is empty, and Slack takes no empty file.")
    file = StoredFile(
        id=core.workspace.new_id("F"),
        name=upload.name,
        length=len(upload.content),
        created=int(core.workspace.seconds()),
        content=upload.content,
        complete=True,
        user=user.id,
    )
    core.workspace.files[file.id] = file
    core.workspace.changed()
    return file


def uploaded(core: Core, user: User, given: Any) -> list[StoredFile]:
    """The files that somebody names: a name with bytes is uploaded now, an ID is a file that they uploaded before.

    Raises:
        NotPossible: a file is empty, is gone, or belongs to somebody else.
    """
    if not given:
        return []
    one = isinstance(given, str | dict) or (isinstance(given, tuple) and isinstance(given[-1], bytes))
    return [_uploaded(core, user, item) for item in ([given] if one else given)]


def _uploaded(core: Core, user: User, item: Any) -> StoredFile:
    if isinstance(item, tuple):
        return store(core, user, Upload(*item))
    file = core.workspace.files.get(item["id"] if isinstance(item, dict) else str(item))
    if file is None or file.deleted or file.user != user.id:
        raise NotPossible("That file is gone. Choose it again.")
    return file


def file_fault(element: Json, files: list[Json]) -> str | None:
    """Why Slack's client would not submit these files of a `file_input`, or None."""
    most = element.get("max_files") or MOST_FILES
    if len(files) > most:
        return f"You can upload {most} {'file' if most == 1 else 'files'} here, and chose {len(files)}."
    allowed = [kind.lower() for kind in element.get("filetypes") or []]
    for file in files:
        if allowed and extension(file["name"]) not in allowed:
            return f"{file['name']} can't be uploaded here. Choose a file of this type: {', '.join(allowed)}."
        if file["size"] > MOST_BYTES:
            return f"{file['name']} is larger than 10 MB."
    return None
