"""What a list form offers as known: the recorded subsets and billing workflows, ready to be copied."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain.enrollment import Enrollment
from bot.domain.lists import format_name
from bot.messaging.texts import escape

#: Room for each list in a section of Slack.
_ROOM = 1300


def known_names(enrollment: Enrollment, *, workflows: bool = True) -> list[Block]:
    """A section with the recorded names; empty where nothing is recorded."""
    parts = [_listed("Subsets", enrollment.subsets)]
    if workflows:
        parts.append(_listed("Billing workflows", [workflow.name for workflow in enrollment.workflows]))
    words = "\n".join(part for part in parts if part)
    return [SectionBlock(block_id="known", text=words)] if words else []


def _listed(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    shown: list[str] = []
    room = _ROOM
    for name in names:
        written = escape(format_name(name))
        room -= len(written) + len(", ")
        if room < 0:
            break
        shown.append(written)
    more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return f"*{what}:* {', '.join(shown)}{more}"
