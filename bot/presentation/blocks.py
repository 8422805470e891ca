"""Block Kit blocks of messages, as plain dictionaries.

The models of slack_sdk check lengths while they are built, which took two thirds of the time to render a card. Cards
are rendered with every change, so tests against the local Slack check their lengths instead. Forms are rendered less
often and use the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Block = dict[str, Any]


def _plain(text: str) -> dict[str, Any]:
    # Our emoji are characters; the code of one in a name stays text.
    return {"type": "plain_text", "text": text, "emoji": False}


def _mrkdwn(text: str) -> dict[str, Any]:
    # Verbatim: a bare URL, a channel's name or @here in a name stays text; mentions and links in <> work.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text: str) -> Block:
    """A header block; at most 150 characters."""
    return {"type": "header", "text": _plain(text)}


def section(text: str, *, block_id: str | None = None, accessory: dict[str, Any] | None = None) -> Block:
    """A section block in mrkdwn, optionally with a button beside it; at most 3,000 characters."""
    block: Block = {"type": "section", "text": _mrkdwn(text)}
    if block_id is not None:
        block["block_id"] = block_id
    if accessory is not None:
        block["accessory"] = accessory
    return block


def divider() -> Block:
    """A divider block."""
    return {"type": "divider"}


def context(text: str) -> Block:
    """A context block: small text in mrkdwn."""
    return {"type": "context", "elements": [_mrkdwn(text)]}


def actions(elements: Sequence[dict[str, Any]]) -> Block:
    """An actions block: a row of at most 25 buttons."""
    return {"type": "actions", "elements": list(elements)}


def button(
    label: str, action_id: str, value: str, accessibility_label: str, *, primary: bool = False
) -> dict[str, Any]:
    """A button; screen readers read its accessibility label (at most 75 characters)."""
    element: dict[str, Any] = {
        "type": "button",
        "text": _plain(label),
        "action_id": action_id,
        "value": value,
        "accessibility_label": accessibility_label,
    }
    if primary:
        element["style"] = "primary"
    return element


def overflow(action_id: str, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A menu behind three dots: at most five options, each a value (75 characters) and its words."""
    made = [{"text": _plain(words), "value": value} for value, words in options]
    return {"type": "overflow", "action_id": action_id, "options": made}


def select(action_id: str, name: str, options: Sequence[tuple[str, str]], chosen: str) -> dict[str, Any]:
    """A menu of one choice: options of at most 75 characters, each a value and its words; `name` while it is empty."""
    made = [{"text": _plain(words), "value": value} for value, words in options]
    initial = next(option for option in made if option["value"] == chosen)
    element = {"type": "static_select", "action_id": action_id, "placeholder": _plain(name)}
    return {**element, "options": made, "initial_option": initial}
