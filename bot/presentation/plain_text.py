"""Messages of Slack as plain text with names, for what leaves Slack: people, channels, days and links in words."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.aws_events import BOT

_PERSON = re.compile(r"<@([A-Z0-9]+)>")
_USER_ID = re.compile(r"[UW][A-Z0-9]+")
_CHANNEL = re.compile(r"<#([A-Z0-9]+)>")
_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_LINK = re.compile(r"<[^|<>]+\|([^<>]*)>")
#: The code of an emoji, and a sign of bold around words. `texts.escape` puts a zero-width space beside typed ones.
_EMOJI = re.compile(r"(?<![\w:]):[a-z0-9_+-]+: ?")
_BOLD = re.compile(r"(?<![\w\u200b])\*(?=[^\s\u200b])|(?<=[^\s\u200b])\*(?![\w\u200b])")


@dataclass(frozen=True, slots=True)
class Names:
    """The names of people and channels by their IDs."""

    person: Callable[[str], str]
    channel: Callable[[str], str]

    def who(self, user: str | None) -> str:
        """Somebody by name; "" for nobody."""
        if user is None or user == BOT:
            return "" if user is None else "Eco enrollment bot"
        return self.person(user) if _USER_ID.fullmatch(user) else user


def plain(said: str, names: Names) -> str:
    """A text in Slack's notation as plain text."""
    text = _PERSON.sub(lambda match: names.who(match[1]), said)
    text = _CHANNEL.sub(lambda match: names.channel(match[1]), text)
    text = _LINK.sub(r"\1", _DATE.sub(r"\1", text))
    text = _BOLD.sub("", _EMOJI.sub("", text))
    return html.unescape(text.replace("\u200b", "")).strip()
