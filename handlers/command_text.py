"""The text of a slash command, in which Slack writes people, channels and links in its own notation."""

from __future__ import annotations

import re

_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|([^>]*))?>")
_CHANNEL = re.compile(r"<#([CDG][A-Z0-9]+)(?:\|([^>]*))?>")
_LINK = re.compile(r"<((?:https?://|mailto:)[^|>]*)(?:\|([^>]*))?>")


def as_typed(text: str) -> str:
    """The text as the person typed it: names instead of IDs, links as their words, signs instead of entities."""
    text = _PERSON.sub(lambda found: f"@{found[2] or found[1]}", text)
    text = _CHANNEL.sub(lambda found: f"#{found[2] or found[1]}", text)
    text = _LINK.sub(lambda found: found[2] or found[1], text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentioned(text: str) -> tuple[list[str], list[str], str]:
    """The IDs of the people and of the channels that are mentioned, and the rest of the text as it was typed."""
    people = [found[1] for found in _PERSON.finditer(text)]
    channels = [found[1] for found in _CHANNEL.finditer(text)]
    return people, channels, as_typed(_CHANNEL.sub(" ", _PERSON.sub(" ", text)))
