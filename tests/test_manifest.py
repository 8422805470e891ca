"""The manifest and the code say the same, in both directions: commands, shortcuts, events, scopes."""

import re
from pathlib import Path

import pytest

from bot.handlers import custom_steps, import_list, slash_command, start_enrollment
from bot.localslack.web_api import METHODS
from tests.support.manifest import manifest, scopes, with_steps

ROOT = Path(__file__).parents[1]
#: Scopes that no call of the Web API needs: receiving slash commands is what `commands` is for, and the other lets
#: users.info tell the address that a ticket by email is answered to.
WITHOUT_A_METHOD = {"commands", "users:read.email"}


def called_methods() -> set[str]:
    """The methods of the Web API that the gateway, the only caller, calls."""
    source = (ROOT / "bot/slack/gateway.py").read_text()
    found = set(re.findall(r"self\._client\.([a-z]\w+)", source)) - {"retry_handlers", "base_url", "token", "counted"}
    names = set()
    for python_name in found:
        if python_name == "files_upload_v2":  # the client makes one call of two
            names |= {"files.getUploadURLExternal", "files.completeUploadExternal"}
            continue
        matching = [method for method in METHODS if method.replace(".", "_").lower() == python_name.lower()]
        assert matching, f"the local Slack does not know what {python_name} calls"
        names |= set(matching)
    return names


def test_every_command_of_the_manifest_is_handled_and_every_handled_one_is_there() -> None:
    """A slash command that only one of the two knows would be dead."""
    assert [slash_command.COMMAND] == [command["command"] for command in manifest()["features"]["slash_commands"]]


def test_every_shortcut_of_the_manifest_is_handled_and_every_handled_one_is_there() -> None:
    """Shortcuts are known by callback ID and kind."""
    messages = {(slash_command.MESSAGE_SHORTCUT, "message"), (import_list.SHORTCUT, "message")}
    expected = {(start_enrollment.SHORTCUT, "global"), *messages}
    assert expected == {(s["callback_id"], s["type"]) for s in manifest()["features"]["shortcuts"]}


def test_the_steps_of_workflows_are_those_that_are_handled() -> None:
    """Each has what Slack's schema of manifests requires, and the inputs and outputs that the code knows."""
    steps = with_steps()["functions"]
    inputs = {name: set(step["input_parameters"]["properties"]) for name, step in steps.items()}
    outputs = {name: set(step["output_parameters"]["properties"]) for name, step in steps.items()}
    form = {"account_id", "account_name", "channel", "owner", "spot_org_id", "procedure"}
    assert {custom_steps.START: form | {"person"}, custom_steps.WAIT: {"person", "enrollment", "step"}} == inputs
    assert {custom_steps.START: {"enrollment", "link"}, custom_steps.WAIT: {"enrollment", "link", "step"}} == outputs
    for step in steps.values():
        assert {"title", "description", "input_parameters", "output_parameters"} == set(step)
        assert "slack#/types/user_context" == step["input_parameters"]["properties"]["person"]["type"]
        assert "person" in step["input_parameters"]["required"]
        for which in ("input_parameters", "output_parameters"):
            assert set(step[which]["required"]) <= set(step[which]["properties"])
            assert all({"type", "title", "description"} == set(one) for one in step[which]["properties"].values())


def test_an_app_without_them_asks_for_no_paid_plan() -> None:
    """They, and what they need, are added by hand: see docs/WORKFLOW_BUILDER.md."""
    assert "functions" not in manifest()
    assert not manifest()["settings"]["org_deploy_enabled"]
    assert {"org_deploy_enabled": True, "function_runtime": "remote"}.items() <= with_steps()["settings"].items()
    assert manifest()["settings"]["event_subscriptions"] == with_steps()["settings"]["event_subscriptions"]


def test_every_event_that_is_subscribed_to_is_handled_and_the_other_way_round() -> None:
    """An event that nobody handles costs requests; one that is not subscribed to never comes."""
    source = "\n".join(path.read_text() for path in (ROOT / "handlers").glob("*.py"))
    handled = set(re.findall(r'router\.event\("(\w+)"', source))
    assert handled == set(manifest()["settings"]["event_subscriptions"]["bot_events"])


def test_every_call_has_its_scopes() -> None:
    """What the bot calls, the manifest allows, in every kind of channel that the bot works in."""
    granted = set(scopes())
    missing = {
        method: METHODS[method].scopes
        for method in called_methods()
        if METHODS[method].scopes and not granted.intersection(METHODS[method].scopes)
    }
    assert {} == missing


@pytest.mark.parametrize("scope", scopes())
def test_no_scope_is_asked_for_in_vain(scope: str) -> None:
    """Each scope is needed by a call that the code makes: the least that works."""
    needing = {method for method in called_methods() if scope in METHODS[method].scopes}
    assert needing or scope in WITHOUT_A_METHOD


def test_both_modes_are_complete() -> None:
    """Pasted as it stands it is for Socket Mode; for HTTP mode every place for an address is there."""
    settings = manifest()["settings"]
    assert settings["socket_mode_enabled"]
    assert settings["interactivity"]["is_enabled"]
    addresses = {
        settings["interactivity"]["request_url"],
        settings["event_subscriptions"]["request_url"],
        manifest()["features"]["slash_commands"][0]["url"],
    }
    assert 1 == len(addresses), "one address serves all of it"
    assert addresses.pop().endswith("/slack/events")


def test_the_manifest_keeps_to_the_lengths_that_slack_allows() -> None:
    """Names and descriptions within Slack's limits for manifests."""
    about = manifest()["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    for shortcut in manifest()["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
    for command in manifest()["features"]["slash_commands"]:
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
