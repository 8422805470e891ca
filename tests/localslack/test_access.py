"""Tokens and scopes: who may call what, and how Slack says no."""

import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.localslack import LocalSlack, Person, TimeMachine
from tests.localslack.test_messages import refusal
from tests.localslack.tiny import client_of, manifest


def test_a_token_is_needed_and_checked(slack: LocalSlack) -> None:
    """`not_authed` without one, `invalid_auth` with a wrong one."""
    assert "not_authed" == refusal(WebClient(base_url=slack.api_url).auth_test)
    assert "invalid_auth" == refusal(client_of(slack, "xoxb-wrong").auth_test)


def test_the_app_token_is_for_connections_only(slack: LocalSlack, client: WebClient) -> None:
    """And the bot token for the rest."""
    app_client = client_of(slack, slack.app_token)
    assert "not_allowed_token_type" == refusal(app_client.chat_postMessage, channel="C0GENERAL1", text="x")
    assert "not_allowed_token_type" == refusal(client.api_call, api_method="apps.connections.open")


def test_an_unknown_method_is_named(client: WebClient) -> None:
    """`unknown_method`."""
    assert "unknown_method" == refusal(client.api_call, api_method="chat.shout")


def test_auth_test_tells_who_the_bot_is(slack: LocalSlack, client: WebClient) -> None:
    """What Bolt asks first."""
    answer = client.auth_test()
    assert (slack.team_id, slack.bot_user_id, slack.bot_id) == (
        answer["team_id"],
        answer["user_id"],
        answer["bot_id"],
    )


def test_a_missing_scope_is_named(clock: TimeMachine) -> None:
    """With what is needed and what was granted; scopes of conversations go by their kind."""
    with LocalSlack.start(clock, manifest=manifest(scopes=["channels:read", "channels:history"])) as slack:
        client = client_of(slack)
        with pytest.raises(SlackApiError) as caught:
            client.chat_postMessage(channel="C0GENERAL1", text="x")
        response = caught.value.response
        assert ("missing_scope", "chat:write", "channels:history,channels:read") == (
            response["error"],
            response["needed"],
            response["provided"],
        )
        assert client.conversations_history(channel="C0GENERAL1")["ok"]
        assert "missing_scope" == refusal(client.conversations_history, channel="C0TEAM0001")
        assert "missing_scope" == refusal(client.conversations_list, types="public_channel,private_channel")
        assert "channels:history,channels:read" == client.auth_test().headers["x-oauth-scopes"]


def test_arguments_come_as_json_form_or_query(slack: LocalSlack) -> None:
    """Slack takes all three; JSON inside a form is parsed."""
    blocks = [{"type": "divider"}]
    bodies = {
        "application/json; charset=utf-8": json.dumps({"channel": "C0GENERAL1", "text": "a", "blocks": blocks}),
        "application/x-www-form-urlencoded": urlencode(
            {"channel": "C0GENERAL1", "text": "a", "blocks": json.dumps(blocks)}
        ),
    }
    for content_type, body in bodies.items():
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {slack.bot_token}"}
        request = Request(slack.api_url + "chat.postMessage", body.encode(), headers)
        with urlopen(request) as response:
            assert json.load(response)["ok"]
    with urlopen(f"{slack.api_url}auth.test?token={slack.bot_token}") as response:
        assert json.load(response)["ok"]

    assert [blocks, blocks] == [call.args["blocks"] for call in slack.calls_of("chat.postMessage")]


def test_people_can_be_looked_up(slack: LocalSlack, client: WebClient, ana: Person) -> None:
    """With name, time zone and offset; groups with their members."""
    user = client.users_info(user=ana.id)["user"]
    assert ("ana", "Ana Lima", "America/Sao_Paulo", -10_800) == (
        user["name"],
        user["real_name"],
        user["tz"],
        user["tz_offset"],
    )
    assert "user_not_found" == refusal(client.users_info, user="U0NOBODY01")
    assert {"ana", "ben", "chi", "dev", "eve", "app"} == {member["name"] for member in client.users_list()["members"]}
    [group] = client.usergroups_list(include_users=True)["usergroups"]
    assert ("admins", ["U0CHI00001"]) == (group["handle"], group["users"])
    assert ["U0CHI00001"] == client.usergroups_users_list(usergroup=group["id"])["users"]
    assert "no_such_subteam" == refusal(client.usergroups_users_list, usergroup="S0NOBODY01")
    assert "App" == client.bots_info(bot=slack.bot_id)["bot"]["name"]
    assert "Sample workspace" == client.team_info()["team"]["name"]
    assert {"foo": "bar"} == client.api_test(foo="bar")["args"]
