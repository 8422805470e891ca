"""Slack's limits on each type of block: its surfaces and its content.

Rarer blocks (tables, video, plans …) are known by name and surface only; their content is not checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .limits_checker import Checker
from .limits_elements import ACCESSORIES, ACTIONS, INPUTS, check_element
from .workspace_model import Json

EVERYWHERE = frozenset({"message", "modal", "home"})


def check_blocks(check: Checker, blocks: list[Any], pointer: str) -> None:
    """Check a whole list of blocks of one surface."""
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        here = f"{pointer}/{index}"
        if not isinstance(block, dict):
            check.problem("must be an object", here)
            continue
        surfaces = _SURFACES.get(str(block.get("type")))
        if surfaces is None or check.surface not in surfaces:
            check.problem(f"unsupported type: {block.get('type')}", f"{here}/type")
            continue
        check.string(block.get("block_id"), f"{here}/block_id", 255)
        check.unique("block_id", block.get("block_id"), seen, f"{here}/block_id")
        if rule := _RULES.get(block["type"]):
            rule(check, block, here)


def _section(check: Checker, block: Json, here: str) -> None:
    required = () if block.get("fields") else ("text",)
    check.keys(block, here, {"type", "block_id", "text", "fields", "accessory", "expand"}, required)
    if block.get("text") is not None:
        check.text(block["text"], f"{here}/text", 3000)
    if block.get("fields") is not None:
        for index, field in enumerate(check.items(block["fields"], f"{here}/fields", 10)):
            check.text(field, f"{here}/fields/{index}", 2000)
    if block.get("accessory") is not None:
        check_element(check, block["accessory"], f"{here}/accessory", ACCESSORIES, set())


def _header(check: Checker, block: Json, here: str) -> None:
    check.keys(block, here, {"type", "block_id", "text"}, ("text",))
    if block.get("text") is not None:
        check.text(block["text"], f"{here}/text", 150, ("plain_text",))


def _divider(check: Checker, block: Json, here: str) -> None:
    check.keys(block, here, {"type", "block_id"}, ())


def _context(check: Checker, block: Json, here: str) -> None:
    check.keys(block, here, {"type", "block_id", "elements"}, ("elements",))
    for index, element in enumerate(check.items(block.get("elements"), f"{here}/elements", 10)):
        pointer = f"{here}/elements/{index}"
        if isinstance(element, dict) and element.get("type") == "image":
            check_element(check, element, pointer, ACCESSORIES, set())
        else:
            check.text(element, pointer, 3000)


def _actions(check: Checker, block: Json, here: str) -> None:
    check.keys(block, here, {"type", "block_id", "elements"}, ("elements",))
    seen: set[str] = set()
    for index, element in enumerate(check.items(block.get("elements"), f"{here}/elements", 25)):
        check_element(check, element, f"{here}/elements/{index}", ACTIONS, seen)


def _input(check: Checker, block: Json, here: str) -> None:
    allowed = {"type", "block_id", "label", "element", "dispatch_action", "hint", "optional"}
    check.keys(block, here, allowed, ("label", "element"))
    if block.get("label") is not None:
        check.text(block["label"], f"{here}/label", 2000, ("plain_text",))
    if block.get("hint") is not None:
        check.text(block["hint"], f"{here}/hint", 2000, ("plain_text",))
    if block.get("element") is not None:
        check_element(check, block["element"], f"{here}/element", INPUTS, set())


def _image(check: Checker, block: Json, here: str) -> None:
    allowed = {"type", "block_id", "image_url", "slack_file", "alt_text", "title"}
    check.keys(block, here, allowed, ("alt_text",))
    check.string(block.get("alt_text"), f"{here}/alt_text", 2000)
    check.string(block.get("image_url"), f"{here}/image_url", 3000)
    if block.get("title") is not None:
        check.text(block["title"], f"{here}/title", 2000, ("plain_text",))


def _markdown(check: Checker, block: Json, here: str) -> None:
    check.keys(block, here, {"type", "block_id", "text"}, ("text",))
    check.string(block.get("text"), f"{here}/text", 12_000)


_RULES: dict[str, Callable[[Checker, Json, str], None]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
}

_SURFACES: dict[str, frozenset[str]] = {
    "section": EVERYWHERE,
    "header": EVERYWHERE,
    "divider": EVERYWHERE,
    "context": EVERYWHERE,
    "actions": EVERYWHERE,
    "input": EVERYWHERE,
    "image": EVERYWHERE,
    "rich_text": EVERYWHERE,
    "video": EVERYWHERE,
    "context_actions": frozenset({"message"}),
    "file": frozenset({"message"}),
    "markdown": frozenset({"message"}),
    "plan": frozenset({"message"}),
    "table": frozenset({"message"}),
    "task_card": frozenset({"message"}),
}
