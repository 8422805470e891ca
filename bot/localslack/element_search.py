"""Finds a button or a menu in blocks, by its text, its action_id, or the text it stands under."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from .local_errors import NotPossible
from .plaintext import block_words, without_emoji, words
from .workspace_model import Json

#: Blocks whose words a person would say a button stands under.
_SPEAKING = frozenset({"section", "header", "rich_text", "context"})


@dataclass(frozen=True)
class FoundElement:
    """An interactive element, its block, and the words it stands under or beside."""

    block: Json
    element: Json
    context: str
    #: The option of an overflow menu that is meant.
    option: Json | None = None

    @property
    def label(self) -> str:
        """Its text, if it has one."""
        return words((self.option or self.element).get("text"))


def find_elements(blocks: list[Json]) -> Iterator[FoundElement]:
    """Every interactive element, in reading order."""
    context = ""
    for block in blocks:
        kind = block.get("type")
        if kind == "section" or (kind in _SPEAKING and kind != "context"):
            context = block_words(block)
        if isinstance(block.get("accessory"), dict) and block["accessory"].get("type") != "image":
            yield FoundElement(block, block["accessory"], context)
        if kind == "actions":
            for element in block.get("elements") or []:
                yield FoundElement(block, element, context)
        if kind == "input" and isinstance(block.get("element"), dict):
            yield FoundElement(block, block["element"], block_words(block))


def find_button(blocks: list[Json], wanted: str, near: str | None) -> FoundElement:
    """The one button called `wanted` (its text or its action_id), or the one option of an overflow menu."""

    def matches(found: FoundElement) -> bool:
        if found.element.get("type") == "overflow":
            return found.option is not None and wanted in (found.label, without_emoji(found.label))
        if found.element.get("type") != "button":
            return False
        return wanted in (found.element.get("action_id"), found.label, without_emoji(found.label))

    elements = list(find_elements(blocks))
    options = [
        replace(found, option=option)
        for found in elements
        if found.element.get("type") == "overflow"
        for option in found.element["options"]
    ]
    return _only([*elements, *options], matches, f"button {wanted!r}", near)


def pressed(found: FoundElement) -> Json:
    """The part of an action that an option of an overflow menu adds; nothing for a button."""
    return {"selected_option": found.option} if found.option else {}


def find_menu(blocks: list[Json], action_id: str, near: str | None) -> FoundElement:
    """The one select, menu, checkbox group or picker with this action_id."""

    def matches(found: FoundElement) -> bool:
        return found.element.get("type") != "button" and found.element.get("action_id") == action_id

    return _only(list(find_elements(blocks)), matches, f"menu {action_id!r}", near)


def block_of(blocks: list[Json], block_id: str, action_id: str, value: str | None) -> str:
    """The current block of a pressed element.

    Blocks without an id of their own get another one whenever their message is edited, which may happen while
    somebody presses: the same action with the same value is the same button then.
    """
    same = [found for found in find_elements(blocks) if found.element.get("action_id") == action_id]
    if any(found.block.get("block_id") == block_id for found in same):
        return block_id
    alike = [str(found.block["block_id"]) for found in same if found.element.get("value") == value]
    if len(alike) != 1:
        raise NotPossible("What was pressed is gone: the message has changed in the meantime.")
    return alike[0]


def _only(
    everything: list[FoundElement], matches: Callable[[FoundElement], bool], what: str, near: str | None
) -> FoundElement:
    found = [one for one in everything if matches(one)]
    if near is not None:
        found = [one for one in found if near in one.context or near == one.block.get("block_id")]
    if len(found) == 1:
        return found[0]
    place = f" near {near!r}" if near is not None else ""
    if not found:
        offered = ", ".join(_name(one) for one in everything) or "nothing to click"
        raise NotPossible(f"There is no {what}{place} here; there is: {offered}.")
    raise NotPossible(f"There are {len(found)} of {what}{place}; say which one with near=….")


def _name(found: FoundElement) -> str:
    return repr(found.label) if found.label else str(found.element.get("action_id"))
