"""Immutable snapshots of messages, views and files, for tests."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from .element_search import find_elements
from .input_state import simple, stateful_elements
from .plaintext import shown, words
from .workspace_model import Json, StoredMessage, StoredView
from .workspace_state import Workspace


@dataclass(frozen=True)
class File:
    """A file under a message."""

    id: str
    name: str
    title: str
    size: int
    content: bytes
    alternative: str = ""
    deleted: bool = False

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode(errors="replace")


@dataclass(frozen=True)
class Message:
    """A message at one moment. `channel` and `user` are ids; `ephemeral`: only one person sees it."""

    ts: str
    thread_ts: str | None
    channel: str
    user: str
    text: str
    blocks: list[Json]
    metadata: Json | None
    edited: Json | None
    files: list[File]
    broadcast: bool
    ephemeral: bool
    tombstone: bool = False

    @property
    def shown(self) -> str:
        """The visible text: that of its blocks, or its own where it has none."""
        return shown(self.text, self.blocks)

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, in reading order."""
        return [found.label for found in find_elements(self.blocks) if found.element.get("type") == "button"]


@dataclass(frozen=True)
class View:
    """A modal or a home tab at one moment."""

    id: str
    type: str
    hash: str
    callback_id: str
    title: str
    submit: str
    close: str
    blocks: list[Json]
    private_metadata: str
    external_id: str
    #: Errors beside inputs, by block_id.
    errors: dict[str, str]
    #: What each input holds, by block_id: a text, an option's value, an id, or a list of those.
    values: dict[str, Any]
    #: The label of each input, by block_id.
    labels: dict[str, str]

    @property
    def errors_by_label(self) -> dict[str, str]:
        """Errors by the label of their input."""
        return {self.labels.get(block_id, block_id): error for block_id, error in self.errors.items()}

    @property
    def values_by_label(self) -> dict[str, Any]:
        """The value of each input, by its label."""
        return {label: self.values.get(block_id) for block_id, label in self.labels.items()}

    @property
    def shown(self) -> str:
        """The words of its blocks."""
        return shown("", self.blocks)

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons inside it."""
        return [found.label for found in find_elements(self.blocks) if found.element.get("type") == "button"]


def message_snapshot(workspace: Workspace, message: StoredMessage) -> Message:
    """A snapshot of a message."""
    files = [workspace.files[file_id] for file_id in message.files]
    return Message(
        ts=message.ts,
        thread_ts=message.thread_ts,
        channel=message.channel,
        user=message.user,
        text=message.text,
        blocks=copy.deepcopy(message.blocks),
        metadata=copy.deepcopy(message.metadata),
        edited=copy.deepcopy(message.edited),
        files=[
            File(f.id, f.name, f.title or f.name, f.length, f.content or b"", f.alternative, f.deleted) for f in files
        ],
        broadcast=message.broadcast,
        ephemeral=message.only_for is not None,
        tombstone=message.tombstone,
    )


def view_snapshot(view: StoredView) -> View:
    """A snapshot of a view."""
    source, blocks = view.source, copy.deepcopy(view.blocks)
    values: dict[str, Any] = {}
    for block in blocks:
        for element in stateful_elements(block):
            state = view.values.get(block["block_id"], {}).get(element["action_id"])
            values[block["block_id"]] = simple(element, state)
    return View(
        id=view.id,
        type=view.type,
        hash=view.hash,
        callback_id=source.get("callback_id") or "",
        title=words(source.get("title")),
        submit=words(source.get("submit")),
        close=words(source.get("close")),
        blocks=blocks,
        private_metadata=source.get("private_metadata") or "",
        external_id=source.get("external_id") or "",
        errors=dict(view.errors),
        values=values,
        labels={b["block_id"]: words(b.get("label")) for b in blocks if b.get("type") == "input"},
    )
