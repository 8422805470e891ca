"""Finding what a person clicks: a button or a menu in blocks, by its words, its id, or what stands near."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.localslack.local_errors import NotPossible
from bot.localslack.plaintext import block_words, without_emoji, words
from bot.localslack.workspace_model import Json

#: Blocks whose words a person would say a button stands under.
_SPEAKING = frozenset({"section", "header", "rich_text", "context"})


@dataclass(frozen=True)
class Spot:
    """An interactive element, its block, and the words it stands under or beside."""

    block: Json
    element: Json
    context: str

    @property
    def label(self) -> str:
        """What is written on it, where something is."""
        return words(self.element.get("text"))


def spots(blocks: list[Json]) -> Iterator[Spot]:
    """Every interactive element, in reading order."""
    context = ""
    for block in blocks:
        kind = block.get("type")
        if kind == "section" or (kind in _SPEAKING and kind != "context"):
            context = block_words(block)
        if isinstance(block.get("accessory"), dict) and block["accessory"].get("type") != "image":
            yield Spot(block, block["accessory"], context)
        if kind == "actions":
            for element in block.get("elements") or []:
                yield Spot(block, element, context)
        if kind == "input" and isinstance(block.get("element"), dict):
            yield Spot(block, block["element"], block_words(block))


def find_button(blocks: list[Json], wanted: str, near: str | None) -> Spot:
    """The one button called `wanted` (its text or its action_id)."""

    def matches(spot: Spot) -> bool:
        if spot.element.get("type") != "button":
            return False
        return wanted in (spot.element.get("action_id"), spot.label, without_emoji(spot.label))

    return _only(list(spots(blocks)), matches, f"button {wanted!r}", near)


def find_menu(blocks: list[Json], action_id: str, near: str | None) -> Spot:
    """The one select, menu, checkbox group or picker with this action_id."""

    def matches(spot: Spot) -> bool:
        return spot.element.get("type") != "button" and spot.element.get("action_id") == action_id

    return _only(list(spots(blocks)), matches, f"menu {action_id!r}", near)


def block_of(blocks: list[Json], block_id: str, action_id: str, value: str | None) -> str:
    """The block of what was pressed, as the blocks are now.

    Blocks without an id of their own get another one whenever their message is edited, which may happen while
    somebody presses: the same action with the same value is the same button then.
    """
    same = [spot for spot in spots(blocks) if spot.element.get("action_id") == action_id]
    if any(spot.block.get("block_id") == block_id for spot in same):
        return block_id
    alike = [str(spot.block["block_id"]) for spot in same if spot.element.get("value") == value]
    if len(alike) != 1:
        raise NotPossible("What was pressed is gone: the message has changed in the meantime.")
    return alike[0]


def _only(everything: list[Spot], matches: Callable[[Spot], bool], what: str, near: str | None) -> Spot:
    found = [spot for spot in everything if matches(spot)]
    if near is not None:
        found = [spot for spot in found if near in spot.context or near == spot.block.get("block_id")]
    if len(found) == 1:
        return found[0]
    place = f" near {near!r}" if near is not None else ""
    if not found:
        offered = ", ".join(_name(spot) for spot in everything) or "nothing to click"
        raise NotPossible(f"There is no {what}{place} here; there is: {offered}.")
    raise NotPossible(f"There are {len(found)} of {what}{place}; say which one with near=….")


def _name(spot: Spot) -> str:
    return repr(spot.label) if spot.label else str(spot.element.get("action_id"))
