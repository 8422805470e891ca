"""The blocks of messages as plain values.

The models of slack_sdk check lengths while they are built, which took two thirds of the time of a card. Cards are
built with every change, so their lengths are held by tests against the local Slack instead; forms, which are built
when somebody opens them, use the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Block = dict[str, Any]


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


def header(text: str) -> Block:
    """A heading of at most 150 characters."""
    return {"type": "header", "text": _plain(text)}


def section(text: str, *, block_id: str | None = None, accessory: dict[str, Any] | None = None) -> Block:
    """A paragraph in Slack's notation of at most 3,000 characters, with a button at its side where there is one."""
    made: Block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    if block_id is not None:
        made["block_id"] = block_id
    if accessory is not None:
        made["accessory"] = accessory
    return made


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def context(text: str) -> Block:
    """A small line in Slack's notation."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def actions(elements: Sequence[dict[str, Any]]) -> Block:
    """A row of at most 25 buttons."""
    return {"type": "actions", "elements": list(elements)}


def button(
    label: str, action_id: str, value: str, accessibility_label: str, *, primary: bool = False
) -> dict[str, Any]:
    """A button; `accessibility_label` is what a screen reader says (at most 75 characters)."""
    made: dict[str, Any] = {
        "type": "button",
        "text": _plain(label),
        "action_id": action_id,
        "value": value,
        "accessibility_label": accessibility_label,
    }
    if primary:
        made["style"] = "primary"
    return made
