"""Slack's notation: what people typed is escaped once, and mentions and links are made here."""

from __future__ import annotations

import re


class Mrkdwn(str):
    """Text that is in Slack's notation already and must not be escaped again."""

    __slots__ = ()


def escape(value: object) -> Mrkdwn:
    """Escape what people typed: this defuses mentions, links and `<!channel>`, formatting and the codes of emoji.

    Slack has no escape for a `*` or a `:tada:`. A zero-width space beside the sign keeps it what it is: formatting
    begins before a letter and ends behind one. Signs inside words, as in `prod_eu`, format nothing and stay alone.
    """
    if isinstance(value, Mrkdwn):
        return value
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if "*" in text or "_" in text or "~" in text:
        text = _FORMATTING.sub(rf"{_NOTHING}\g<0>{_NOTHING}", text)
    if ":" in text:
        text = _EMOJI.sub(f":{_NOTHING}", text)
    return Mrkdwn(text)


#: A zero-width space; `inputs.clean_words` removes it from what is pasted back.
_NOTHING = "\u200b"
# Both patterns begin with the sign, as a search then passes over all other characters at once.
#: A sign of formatting at the beginning or the end of a word.
_FORMATTING = re.compile(r"[*_~](?:(?<![^\W_][*_~])|(?![^\W_]))")
#: The colon before the name of an emoji, but not inside an ARN, which must be copied as it is.
_EMOJI = re.compile(r":(?<!arn:)(?=[0-9_']*[a-z+\-][a-z0-9_+'\-]*:)(?!iam:|s3:)")


def mention(user_id: str) -> Mrkdwn:
    """A person, as Slack shows and notifies them; escaped, where it is no ID of a person."""
    return Mrkdwn(f"<@{user_id}>") if _PERSON.fullmatch(user_id) else escape(user_id)


def channel(channel_id: str) -> Mrkdwn:
    """A channel as a link; escaped, where it is no ID of a channel."""
    return Mrkdwn(f"<#{channel_id}>") if _CHANNEL.fullmatch(channel_id) else escape(channel_id)


_PERSON, _CHANNEL = re.compile(r"[UW][A-Z0-9]+"), re.compile(r"[CDG][A-Z0-9]+")


def link(words: str, url: str) -> Mrkdwn:
    """A link with words."""
    return Mrkdwn(f"<{url.replace('&', '&amp;')}|{escape(words).replace('|', '¦')}>")
