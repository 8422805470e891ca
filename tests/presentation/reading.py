"""What a message or a view says, taken apart: its mrkdwn texts, its buttons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.domain.contacts import Asked
from bot.domain.enrollment import Enrollment, Step
from bot.localslack import limits
from bot.presentation.card import Message

#: Slack reads more, and advises no more than this.
ADVISED_TEXT = 4000
#: A bigger answer cannot be sent through Slack's own client of Socket Mode.
SOCKET_FRAME = 65_000


def owner_of(enrollment: Enrollment, _: Step) -> Asked:
    """The owner is asked, and mentioned."""
    return Asked((enrollment.owner,), (enrollment.owner,))


def mrkdwn(value: Any) -> Iterator[str]:
    """Every text in Slack's notation that is somewhere in blocks, views or answers."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        for part in value.values():
            yield from mrkdwn(part)
    elif isinstance(value, list):
        for part in value:
            yield from mrkdwn(part)


def lines_of(message: Message) -> list[str]:
    """The lines of a message, in reading order."""
    return [line for text in mrkdwn(message.blocks) for line in text.splitlines()]


def buttons(value: Any) -> Iterator[dict[str, Any]]:
    """Every button."""
    if isinstance(value, dict):
        if value.get("type") == "button":
            yield value
        for part in value.values():
            yield from buttons(part)
    elif isinstance(value, list):
        for part in value:
            yield from buttons(part)


def check_message(message: Message) -> None:
    """Within what Slack takes, and a text that notifications show whole."""
    assert 0 < len(message.text) <= ADVISED_TEXT
    limits.check_message(message.text, message.blocks)


def check_modal(view: dict[str, Any]) -> None:
    """Within what Slack takes, also as an answer over Socket Mode."""
    limits.check_view(view, "modal")
    assert len(json.dumps(view)) <= SOCKET_FRAME
