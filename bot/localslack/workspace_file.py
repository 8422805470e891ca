"""Saves a workspace in a file and restores it: messages, views, read marks, and the offset of the clock.

Keep it beside the app's own state: one without the other would be an app whose messages are gone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .core import Core
from .page.page_state import PageState
from .workspace_model import Conversation, Json, StoredFile, StoredMessage, StoredView, User

#: The file's form: one that was written differently is not read.
FORMAT = 1
#: Changes come in bursts: the file is written at most this often.
DEBOUNCE_SECONDS = 0.5
#: The newest files are kept, up to this many bytes together.
MOST_FILE_BYTES = 16_000_000


class CannotRestore(Exception):
    """The file is no file workspace, or one of another version; the message names it."""


class WorkspaceFile:
    """A workspace's file; it need not exist yet."""

    def __init__(self, path: Path, most_file_bytes: int = MOST_FILE_BYTES) -> None:
        self.path = path
        self.most_file_bytes = most_file_bytes
        self._is_waiting = False

    def restore(self, core: Core, page: PageState | None) -> None:
        """Fill the workspace from the file, if there is one, before anything runs.

        Raises:
            CannotRestore: the file cannot be read.
        """
        if not self.path.exists():
            return
        try:
            state = json.loads(self.path.read_text("utf-8"))
            if state["form"] != FORMAT:
                raise CannotRestore(f"{self.path} was written by another version of the local Slack.")
            _restore(core, page, state)
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise CannotRestore(f"{self.path} is no workspace that can be read: {fault}") from fault

    def follow(self, core: Core, page: PageState | None, soon: Callable[[Callable[[], object], float], None]) -> None:
        """Write the file after changes; several that come at once are written once."""

        def write() -> None:
            self._is_waiting = False
            self.save(core, page)

        def changed(_version: int) -> None:
            if not self._is_waiting:
                self._is_waiting = True
                soon(write, DEBOUNCE_SECONDS)

        core.workspace.on_change(changed)

    def save(self, core: Core, page: PageState | None) -> None:
        """Write the file; a process that is killed meanwhile leaves the one before."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.touch(0o600)  # it holds what people wrote
        state = _state(core, page) | {"files": _files(core, self.most_file_bytes)}
        fresh.write_text(json.dumps(state, ensure_ascii=False), "utf-8")
        fresh.replace(self.path)


def _state(core: Core, page: PageState | None) -> Json:
    workspace = core.workspace
    return {
        "form": FORMAT,
        "ahead_seconds": (workspace.now() - datetime.now(UTC)).total_seconds(),
        "last_ts": workspace.last_ts,
        "next_number": workspace.next_number,
        "users": [asdict(user) for user in workspace.users.values()],
        "conversations": [asdict(conversation) for conversation in workspace.conversations.values()],
        "messages": [asdict(m) for messages in workspace.messages.values() for m in messages.values()],
        "ephemerals": [asdict(message) for message in workspace.ephemerals],
        "views": [asdict(view) for view in workspace.views.values()],
        "stacks": workspace.stacks,
        "homes": workspace.homes,
        "read": page.read if page else {},
    }


def _files(core: Core, most_bytes: int) -> list[Json]:
    """The files with their contents; older ones that do not fit come back as deleted, as if Slack had removed them."""
    kept: list[Json] = []
    for file in reversed(core.workspace.files.values()):
        most_bytes -= len(file.content or b"")
        if file.content is None or most_bytes >= 0:
            kept.append(asdict(file) | {"content": _encoded(file.content)})
        else:
            kept.append(asdict(file) | {"content": None, "deleted": True})
    return kept[::-1]


def _restore(core: Core, page: PageState | None, state: dict[str, Any]) -> None:
    workspace = core.workspace
    workspace.users = {user["id"]: User(**user) for user in state["users"]}
    workspace.conversations = {c["id"]: Conversation(**c) for c in state["conversations"]}
    workspace.messages = {}
    for message in state["messages"]:
        workspace.messages.setdefault(message["channel"], {})[message["ts"]] = StoredMessage(**message)
    workspace.ephemerals = [StoredMessage(**message) for message in state["ephemerals"]]
    workspace.views = {view["id"]: StoredView(**view) for view in state["views"]}
    workspace.stacks, workspace.homes = state["stacks"], state["homes"]
    decoded = [file | {"content": _decoded(file["content"])} for file in state["files"]]
    workspace.files = {file["id"]: StoredFile(**file) for file in decoded}
    workspace.last_ts = state["last_ts"]
    workspace.next_number = state["next_number"]
    if page is not None:
        page.read = state["read"]
        page.clock.jump(timedelta(seconds=state["ahead_seconds"]))


def _encoded(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _decoded(content: str | None) -> bytes | None:
    return None if content is None else base64.b64decode(content)
