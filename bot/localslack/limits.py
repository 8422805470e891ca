"""Slack's limits on messages and views, answered in Slack's own words.

Numbers are from Slack's Block Kit reference; the sentences are those that Slack answers with, with the
JSON pointer of the culprit. What stands in a block is in limits_blocks.py.
"""

from __future__ import annotations

import json

from .limits_blocks import check_blocks
from .limits_checker import Checker
from .local_errors import SlackError, invalid
from .workspace_model import Json

#: Slack truncates or refuses beyond this; it advises 4,000 (recorded, not refused).
MESSAGE_TEXT = 40_000
MESSAGE_TEXT_ADVISED = 4_000
#: chat.update is stricter than chat.postMessage.
UPDATE_TEXT = 4_000
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
METADATA_BYTES = 16_000

_VIEW_KEYS = frozenset({"type", "blocks", "private_metadata", "callback_id", "external_id"})
_MODAL_KEYS = _VIEW_KEYS | {
    "title",
    "submit",
    "close",
    "clear_on_close",
    "notify_on_close",
    "submit_disabled",
}


def check_message(text: str, blocks: list[Json] | None, *, text_limit: int = MESSAGE_TEXT) -> None:
    """Raise SlackError for a message that Slack would refuse."""
    if len(text) > text_limit:
        raise SlackError("msg_too_long")
    if blocks:
        check = Checker("message")
        check.items(blocks, "/blocks", MESSAGE_BLOCKS)
        check_blocks(check, blocks, "/blocks")
        if check.problems:
            raise invalid("invalid_blocks", check.problems)


def check_metadata(metadata: Json | None) -> None:
    """Refuse metadata that is not an event type with a payload, or is too large."""
    if not metadata:
        return
    if not isinstance(metadata.get("event_type"), str) or not metadata["event_type"]:
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise SlackError("metadata_too_large")


def check_view(view: Json, expected_type: str) -> None:
    """Raise SlackError for a modal or Home tab that Slack would refuse."""
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise SlackError("view_too_large")
    check = Checker(expected_type)
    if view.get("type") != expected_type:
        check.problem(f"must be one of: {expected_type}", "/view/type")
        raise invalid("invalid_arguments", check.problems)
    modal = expected_type == "modal"
    required = ("type", "title", "blocks") if modal else ("type", "blocks")
    check.keys(view, "/view", _MODAL_KEYS if modal else _VIEW_KEYS, required)
    for key in ("title", "submit", "close") if modal else ():
        if view.get(key) is not None:
            check.text(view[key], f"/view/{key}", 24, ("plain_text",))
    check.string(view.get("private_metadata"), "/view/private_metadata", 3000, least=0)
    check.string(view.get("callback_id"), "/view/callback_id", 255, least=0)
    check.string(view.get("external_id"), "/view/external_id", 255, least=0)
    blocks = view.get("blocks")
    if isinstance(blocks, list):
        check.items(blocks, "/view/blocks", VIEW_BLOCKS, least=0)
        check_blocks(check, blocks, "/view/blocks")
        for index, block in enumerate(blocks):
            if modal and isinstance(block, dict) and block.get("type") == "input" and not view.get("submit"):
                check.problem("must define `submit` to use an `input` block in modals", f"/view/blocks/{index}/input")
    elif "blocks" in view:
        check.problem("must be an array", "/view/blocks")
    if check.problems:
        raise invalid("invalid_arguments", check.problems)
