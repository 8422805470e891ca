"""The text of blocks without markup, as a person reads it."""

from __future__ import annotations

import html
import re
from typing import Any
from unicodedata import category

from .workspace_model import Json

_SHORTCODE = re.compile(r":[a-z0-9_+\-]+:(?::skin-tone-\d:)?")


def words(text_object: Any) -> str:
    """The text of a text object, unescaped."""
    if isinstance(text_object, dict):
        return html.unescape(str(text_object.get("text") or ""))
    return ""


def without_emoji(text: str) -> str:
    """The text without emoji, trimmed: the name people use for a button."""
    bare = _SHORTCODE.sub(" ", text).replace("\ufe0f", "")
    return " ".join("".join(" " if category(sign) == "So" else sign for sign in bare).split())


def block_words(block: Json) -> str:
    """All words of one block, line by line; buttons and inputs apart."""
    parts = [words(block.get("text"))]
    if isinstance(block.get("text"), str):
        parts = [html.unescape(block["text"])]
    parts += [words(field) for field in block.get("fields") or []]
    if block.get("type") == "context":
        parts += [words(element) for element in block.get("elements") or []]
    if block.get("type") == "rich_text":
        parts.append(_rich_words(block.get("elements") or []))
    if block.get("type") == "input":
        parts += [words(block.get("label")), words(block.get("hint"))]
    return "\n".join(part for part in parts if part)


def shown(text: str, blocks: list[Json]) -> str:
    """The visible text of a message: its blocks, or its text where it has none."""
    if not blocks:
        return html.unescape(text)
    return "\n".join(part for part in map(block_words, blocks) if part)


def _rich_words(elements: list[Any]) -> str:
    parts = []
    for element in elements:
        if not isinstance(element, dict):
            continue
        if "elements" in element:
            parts.append(_rich_words(element["elements"]))
        else:
            parts.append(str(element.get("text") or element.get("url") or element.get("name") or ""))
    return "".join(parts)
