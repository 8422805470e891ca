"""Basic checks of Block Kit: lengths, counts, texts, keys; each fault with its JSON pointer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .workspace_model import Json


class Checker:
    """Collects faults in Slack's words. `surface` is "message", "modal" or "home"."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.problems: list[str] = []
        #: How often an element wants the focus; one a view may.
        self.focused = 0

    def problem(self, sentence: str, pointer: str) -> None:
        """Note one fault."""
        self.problems.append(f"{sentence} [json-pointer:{pointer}]")

    def string(self, value: Any, pointer: str, most: int, least: int = 1) -> None:
        """A text of `least` to `most` characters; a missing one is `keys`' business."""
        if value is None:
            return
        if not isinstance(value, str):
            self.problem("must be a string", pointer)
        elif len(value) > most:
            self.problem(f"must be less than {most + 1} characters", pointer)
        elif len(value) < least:
            self.problem(f"must be more than {least - 1} characters", pointer)

    def items(self, value: Any, pointer: str, most: int, least: int = 1) -> list[Any]:
        """A list of `least` to `most` items."""
        if not isinstance(value, list):
            self.problem("must be an array", pointer)
            return []
        if len(value) > most:
            self.problem(f"no more than {most} items allowed", pointer)
        elif len(value) < least:
            self.problem(f"must provide at least {least} items", pointer)
        return value

    def text(self, value: Any, pointer: str, most: int, kinds: Collection[str] = ("plain_text", "mrkdwn")) -> None:
        """A text object of one of `kinds`."""
        if not isinstance(value, dict):
            self.problem("must be an object", pointer)
            return
        if value.get("type") not in kinds:
            self.problem(f"unsupported type: {value.get('type')}", f"{pointer}/type")
            return
        allowed = {"type", "text", "emoji" if value["type"] == "plain_text" else "verbatim"}
        self.keys(value, pointer, allowed, ("text",))
        self.string(value.get("text"), f"{pointer}/text", most)

    def keys(self, value: Json, pointer: str, allowed: Collection[str], required: Collection[str]) -> None:
        """The keys an object has to have and may have."""
        for key in required:
            if value.get(key) is None:
                self.problem(f"missing required field: {key}", pointer)
        for key in value:
            if key not in allowed:
                self.problem(f"invalid additional property: {key}", pointer)

    def unique(self, name: str, value: Any, seen: set[str], pointer: str) -> None:
        """An id that may be used once among its kind."""
        if not isinstance(value, str) or not value:
            return
        if value in seen:
            self.problem(f'`{name}` "{value}" already exists', pointer)
        seen.add(value)
