"""Finds people and channels by what is written in a file: an ID, an email address, a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from bot.domain.errors import InvalidInput
from bot.domain.inputs import search_key, shorten
from bot.slack.gateway import Gateway
from bot.slack.slack_errors import SlackFault

#: An ID has a digit, which tells it from a name in capitals.
_USER = re.compile(r"(?:<@)?(?=[A-Z]*\d)([UW][A-Z0-9]{2,})(?:\|[^>]*)?>?")
_CHANNEL = re.compile(r"(?:<#)?(?=[A-Z]*\d)([CG][A-Z0-9]{2,})(?:\|[^>]*)?>?")
_MAIL = re.compile(r"(?:<mailto:)?([^\s<>|@]+@[^\s<>|@]+)(?:\|[^>]*)?>?")
_SILENT = "Slack does not tell me who and which channels there are right now ({code}). Write IDs, or try again later."


class References:
    """The people and channels of a workspace by ID, email address and name; asks Slack once for all of them.

    Args:
        gateway: None without a token; then IDs are taken as they are, and nothing else is found.
    """

    def __init__(self, gateway: Gateway | None) -> None:
        self._gateway = gateway

    def person(self, words: str) -> str:
        """The user ID of somebody; raises `InvalidInput` unless exactly one person is meant."""
        text = words.strip()
        if not text:
            raise InvalidInput("Name an owner: a Slack ID, an email address or @name.")
        if found := _USER.fullmatch(text):
            return found[1]
        if self._gateway is None:
            raise InvalidInput(
                f"“{shorten(text)}” is not a Slack user ID. Without SLACK_BOT_TOKEN I know people by ID."
            )
        mail = _MAIL.fullmatch(text)
        key = mail[1].casefold() if mail else search_key(text.removeprefix("@"))
        people = self._people.get(key, set())
        if len(people) == 1:
            return next(iter(people))
        if people:
            raise InvalidInput(
                f"{len(people)} people are called “{shorten(text)}”. Write an email address or Slack ID."
            )
        raise InvalidInput(f"I know nobody called “{shorten(text)}”. Write a Slack ID, an email address or @name.")

    def channel(self, words: str) -> str:
        """The ID of a channel; raises `InvalidInput` if there is none."""
        text = words.strip()
        if not text:
            raise InvalidInput("Name a progress channel: its ID or #name.")
        if found := _CHANNEL.fullmatch(text):
            return found[1]
        if self._gateway is None:
            raise InvalidInput(f"“{shorten(text)}” is not a channel ID. Without SLACK_BOT_TOKEN I know channels by ID.")
        channel = self._channels.get(search_key(text.removeprefix("#")))
        if channel is None:
            raise unknown_channel(text)
        return channel

    @cached_property
    def _people(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for user in self._all("users"):
            profile = user.get("profile") or {}
            names = (user.get("name"), user.get("real_name"), profile.get("display_name"), profile.get("real_name"))
            keys = {search_key(str(name)) for name in names if name}
            if email := profile.get("email"):
                keys.add(str(email).casefold())
            if user.get("deleted") or user.get("is_bot"):
                continue
            for key in keys:
                found.setdefault(key, set()).add(str(user["id"]))
        return found

    @cached_property
    def _channels(self) -> dict[str, str]:
        return {search_key(str(channel["name"])): str(channel["id"]) for channel in self._all("channels")}

    def _all(self, what: str) -> Iterable[dict[str, Any]]:
        assert self._gateway is not None, "names are looked up only with a token"
        try:
            return list(self._gateway.users() if what == "users" else self._gateway.channels())
        except SlackFault as fault:
            raise InvalidInput(_SILENT.format(code=fault.code)) from fault


def unknown_channel(words: str) -> InvalidInput:
    """The refusal of a channel that does not exist, or that somebody may not know of."""
    return InvalidInput(f"I know no channel “{shorten(words)}” that you are in. Write its ID, or its name with #.")
