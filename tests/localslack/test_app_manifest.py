"""What a workspace takes from an app's manifest: names, commands, shortcuts, scopes and tabs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.localslack import AppManifest, LocalSlack, ManifestInvalid, NotPossible, PageState, TimeMachine
from bot.localslack.app_manifest import Command, Shortcut
from tests.localslack.pages import ask, do
from tests.localslack.tiny import TinyBot, manifest

FULL = {
    "display_information": {"name": "Greeter for all"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_read_only_enabled": True},
        "bot_user": {"display_name": "Greeter"},
        "shortcuts": [{"name": "Greet", "type": "global", "callback_id": "greet", "description": "Greets"}],
        "slash_commands": [{"command": "/greet", "description": "Greets", "usage_hint": "[name]"}],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
    "settings": {"socket_mode_enabled": True},
}


def test_a_manifest_is_read_whole(tmp_path: Path) -> None:
    """From a mapping or from a JSON file."""
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(FULL))

    assert AppManifest.read(file) == AppManifest.read(FULL)
    assert AppManifest(
        name="Greeter for all",
        bot_name="Greeter",
        commands=(Command("/greet", "[name]", "Greets"),),
        shortcuts=(Shortcut("greet", "Greet", "global"),),
        scopes=frozenset({"commands", "chat:write"}),
        home_tab=True,
        read_only_messages=True,
    ) == AppManifest.read(FULL)


def test_the_least_manifest_is_a_name() -> None:
    """An app with no command, no shortcut, no scope and no Home tab, whose bot has the app's name."""
    least = AppManifest.read({"display_information": {"name": "Quiet"}})

    assert ("Quiet", (), (), frozenset()) == (least.bot_name, least.commands, least.shortcuts, least.scopes)
    assert not least.home_tab


@pytest.mark.parametrize("wrong", [{}, {"display_information": "x"}, {**FULL, "features": {"slash_commands": [{}]}}])
def test_what_is_no_manifest_is_refused(wrong: dict[str, Any]) -> None:
    """With one exception of its own, before anything is started."""
    with pytest.raises(ManifestInvalid):
        AppManifest.read(wrong)


def test_the_bot_is_called_as_in_the_manifest(clock: TimeMachine) -> None:
    """Its user's name, and ids that tell whose they are."""
    with LocalSlack.start(clock, manifest=FULL) as slack:
        assert ("A0GREAPP01", "B0GREBOT01", "U0GREBOT01") == (slack.app_id, slack.bot_id, slack.bot_user_id)
        assert ("greeter", "Greeter") == ((bot := slack.person(slack.bot_user_id)).name, bot.real_name)


def test_only_commands_and_shortcuts_of_the_manifest_can_be_used(clock: TimeMachine) -> None:
    """A shortcut for messages is not in the global menu, and the other way round."""
    with LocalSlack.start(clock, manifest=FULL) as slack, TinyBot(slack) as bot:
        bot.app.command("/greet")(lambda ack: ack())
        bot.app.shortcut("greet")(lambda ack: ack())
        ana = slack.person("ana")
        assert ana.command("/greet").ok
        assert ana.shortcut("greet").ok
        with pytest.raises(NotPossible, match="/other is not a valid command"):
            ana.command("/other")
        with pytest.raises(NotPossible, match="no global shortcut 'other'"):
            ana.shortcut("other")
        with pytest.raises(NotPossible, match="no message shortcut 'greet'"):
            ana.message_shortcut("greet", ana.post("general", "hi"))


def test_without_a_manifest_everything_is_allowed(clock: TimeMachine) -> None:
    """Every command reaches the app, typed on the page too, and no scope is missing."""
    with LocalSlack.start(clock, page=PageState(clock)) as slack, TinyBot(slack) as bot:
        bot.app.command("/any")(lambda ack: ack())
        assert slack.person("ana").command("/any").ok
        assert {} == do(slack, "command", channel="C0GENERAL1", text="/any")
        assert bot.client.users_list()["ok"]
        assert ["/any", "/any"] == [delivery.payload["command"] for delivery in slack.deliveries]


def test_the_page_begins_with_the_first_command(clock: TimeMachine) -> None:
    """Where the seed says nothing itself."""
    with LocalSlack.start(clock, manifest=FULL, page=PageState(clock)) as slack:
        assert ask(slack, "/page/setup").json["hint"].startswith("Type `/greet` to begin")
    with LocalSlack.start(clock, manifest=manifest(), page=PageState(clock)) as slack:
        assert "" == ask(slack, "/page/setup").json["hint"]


@pytest.mark.parametrize("escapes", [True, False])
def test_a_command_whose_text_is_escaped_gets_ids(clock: TimeMachine, escapes: bool) -> None:
    """People and channels that the person sees, with their names beside; what is nobody's name stays as it was."""
    command = {"command": "/tiny", "should_escape": escapes}
    with LocalSlack.start(clock, manifest=manifest(slash_commands=[command])) as slack, TinyBot(slack) as bot:
        bot.app.command("/tiny")(lambda ack: ack())
        ana, general = slack.person("ana"), slack.channel("general")
        ana.command("/tiny", "list @ana #general @nobody R&D")

        escaped = f"list <@{ana.id}|ana> <#{general.id}|general> @nobody R&amp;D"
        sent = slack.deliveries[-1].payload["text"]
        assert (escaped if escapes else "list @ana #general @nobody R&D") == sent
