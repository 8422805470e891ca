"""Reads a Slack app's manifest: its names, slash commands, shortcuts, scopes, events, and tabs of its App Home."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self


class ManifestInvalid(Exception):
    """The manifest does not have the form of Slack's; the message says where."""


@dataclass(frozen=True)
class Command:
    """A slash command; `escapes`: people and channels named in its text come as IDs."""

    name: str
    usage: str = ""
    description: str = ""
    escapes: bool = False


@dataclass(frozen=True)
class Shortcut:
    """A shortcut; `kind` is "global" or "message"."""

    callback_id: str
    name: str
    kind: str


@dataclass(frozen=True)
class AppManifest:
    """An app as its manifest describes it.

    Attributes:
        bot_name: the display name of the bot user.
        commands, shortcuts: None where there is no manifest, so that every one is allowed.
        scopes: the granted bot scopes; None grants all.
        home_tab: whether the app has a Home tab.
        read_only_messages: whether people cannot write to the app on its Messages tab.
        events: the events that the bot subscribes to, such as "file_shared".
        functions: callback ID -> definition of each custom step for Workflow Builder.
    """

    name: str = "Local app"
    bot_name: str = "App"
    commands: tuple[Command, ...] | None = None
    shortcuts: tuple[Shortcut, ...] | None = None
    scopes: frozenset[str] | None = None
    home_tab: bool = True
    read_only_messages: bool = False
    events: frozenset[str] = frozenset()
    functions: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, source: Mapping[str, Any] | Path | None) -> Self:
        """The manifest in a mapping or a JSON file; None is an app that may do everything.

        Raises:
            ManifestInvalid: a part is missing or is of another type than in Slack's manifests.
            OSError: the file cannot be read.
        """
        if source is None:
            return cls()
        try:
            found = json.loads(source.read_text("utf-8")) if isinstance(source, Path) else source
            return cls._parse(found)
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise ManifestInvalid(f"This is no manifest of a Slack app: {fault!r}") from fault

    @classmethod
    def _parse(cls, source: Mapping[str, Any]) -> Self:
        name = str(source["display_information"]["name"])
        features = source.get("features") or {}
        home = features.get("app_home") or {}
        scopes = ((source.get("oauth_config") or {}).get("scopes") or {}).get("bot")
        subscriptions = (source.get("settings") or {}).get("event_subscriptions") or {}
        return cls(
            name=name,
            bot_name=str((features.get("bot_user") or {}).get("display_name") or name),
            commands=tuple(
                Command(
                    command["command"],
                    command.get("usage_hint", ""),
                    command.get("description", ""),
                    bool(command.get("should_escape")),
                )
                for command in features.get("slash_commands") or ()
            ),
            shortcuts=tuple(
                Shortcut(shortcut["callback_id"], shortcut["name"], shortcut["type"])
                for shortcut in features.get("shortcuts") or ()
            ),
            scopes=frozenset(scopes or ()),
            home_tab=bool(home.get("home_tab_enabled")),
            read_only_messages=bool(home.get("messages_tab_read_only_enabled")),
            events=frozenset(subscriptions.get("bot_events") or ()),
            functions=dict(source.get("functions") or {}),
        )

    def has_command(self, name: str) -> bool:
        """Whether people can type this command."""
        return self.commands is None or any(command.name == name for command in self.commands)

    def escapes(self, name: str) -> bool:
        """Whether people and channels named in the text of this command come as IDs."""
        return any(command.name == name and command.escapes for command in self.commands or ())

    def has_shortcut(self, callback_id: str, kind: str) -> bool:
        """Whether people find this shortcut in their menus."""
        if self.shortcuts is None:
            return True
        return any((shortcut.callback_id, shortcut.kind) == (callback_id, kind) for shortcut in self.shortcuts)
