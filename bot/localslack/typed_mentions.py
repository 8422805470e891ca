"""Turns the names of people and channels that somebody types into Slack's notation, as Slack's client does."""

from __future__ import annotations

import re

from .workspace_model import User
from .workspace_state import Workspace

_AT = re.compile(r"(?<!\S)@([a-z][a-z0-9._-]*[a-z0-9])")
_HASH = re.compile(r"(?<!\S)#([a-z0-9][a-z0-9_-]*)")


def with_mentions(workspace: Workspace, user: User, text: str, *, named: bool = False) -> str:
    """Typed text as it is sent: nothing in it is markup but the names of people, and of channels that the person sees.

    Args:
        named: with the name beside the ID, `<@U1|ana>`, as the text of a slash command has it.
    """

    def person(match: re.Match[str]) -> str:
        found = workspace.user(match[1])
        return f"<@{found.id}{_beside(found.name, named)}>" if found else match[0]

    def channel(match: re.Match[str]) -> str:
        found = workspace.conversation(match[1])
        hidden = found is None or (found.is_private and user.id not in found.members)
        return match[0] if found is None or hidden else f"<#{found.id}{_beside(found.name, named)}>"

    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _HASH.sub(channel, _AT.sub(person, escaped))


def _beside(name: str, named: bool) -> str:
    return f"|{name}" if named else ""
