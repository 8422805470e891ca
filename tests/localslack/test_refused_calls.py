"""Calls of the Web API that Slack refuses, each with Slack's error code and nothing done."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.localslack import LocalSlack, TimeMachine
from tests.localslack.conftest import START
from tests.localslack.test_messages import refusal
from tests.localslack.test_workflows import STEP
from tests.localslack.tiny import client_of, manifest, section

GENERAL, ANA = "C0GENERAL1", "U0ANA00001"
HOME = {"type": "home", "blocks": [section("x")]}


@pytest.fixture(scope="module")
def slack() -> Iterator[LocalSlack]:
    """One workspace for the whole file, in which Eve was deactivated."""
    app = manifest() | {"functions": {"greet": STEP}}
    with LocalSlack.start(TimeMachine(frozen_at=START), manifest=app, pace=False) as running:
        running.deactivate("eve")
        yield running


REFUSED = {
    "no channel": ("chat.postMessage", {"text": "x"}, "channel_not_found"),
    "nothing to say": ("chat.postMessage", {"channel": GENERAL, "text": " "}, "no_text"),
    "blocks that are no list": ("chat.postMessage", {"channel": GENERAL, "blocks": {}}, "invalid_blocks_format"),
    "blocks that are no JSON": ("chat.postMessage", {"channel": GENERAL, "blocks": "[{"}, "invalid_blocks_format"),
    "blocks of words": ("chat.postMessage", {"channel": GENERAL, "blocks": ["x"]}, "invalid_blocks_format"),
    "attachments of words": ("chat.postMessage", {"channel": GENERAL, "attachments": ["x"]}, "invalid_attachments"),
    "metadata that is a list": (
        "chat.postMessage",
        {"channel": GENERAL, "text": "x", "metadata": ["x"]},
        "invalid_metadata_format",
    ),
    "no person to open": ("conversations.open", {"users": ""}, "users_list_not_supplied"),
    "several people at once": (
        "conversations.open",
        {"users": f"{ANA},U0BEN00001"},
        "method_not_supported_for_channel_type",
    ),
    "an unknown person": ("conversations.open", {"users": "U0NOBODY01"}, "user_not_found"),
    "a deactivated person": ("conversations.open", {"users": "U0EVE00001"}, "user_disabled"),
    "the bot itself": ("conversations.open", {"users": "bot"}, "cannot_dm_bot"),
    "latest in words": ("conversations.history", {"channel": GENERAL, "latest": "yesterday"}, "invalid_ts_latest"),
    "oldest in words": ("conversations.history", {"channel": GENERAL, "oldest": "1.x"}, "invalid_ts_oldest"),
    "limit in words": ("conversations.list", {"limit": "ten"}, "invalid_arguments"),
    "cursor of somebody else": ("conversations.list", {"cursor": "!"}, "invalid_cursor"),
    "no files": ("files.completeUploadExternal", {"files": []}, "invalid_arguments"),
    "another bot": ("bots.info", {"bot": "B0OTHER001"}, "bot_not_found"),
    "an error to try": ("api.test", {"error": "out_of_order"}, "out_of_order"),
    "a home tab of nobody": ("views.publish", {"user_id": "U0NOBODY01", "view": HOME}, "invalid_arguments"),
    "a home tab of the bot": ("views.publish", {"user_id": "bot", "view": HOME}, "invalid_arguments"),
    "a view that is a list": ("views.publish", {"user_id": ANA, "view": [HOME]}, "invalid_arguments"),
    "a method of nobody": ("chat.whisper", {}, "unknown_method"),
}


@pytest.mark.parametrize(("method", "arguments", "error"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_call_is_refused_with_slacks_code(
    slack: LocalSlack, client: WebClient, method: str, arguments: dict[str, Any], error: str
) -> None:
    """The code is Slack's, the refusal is on record, and nothing is said or opened."""
    given = {name: slack.bot_user_id if value == "bot" else value for name, value in arguments.items()}

    assert error == refusal(client.api_call, api_method=method, json=given)
    assert (method, error) == (slack.calls[-1].method, slack.calls[-1].response["error"])
    assert [] == slack.channel("general").messages
    assert None is slack.person("ana").home


MISSING = {
    "person": ("views.publish", {"view": HOME}, "user_id"),
    "view": ("views.publish", {"user_id": ANA}, "view"),
    "both names of a view": ("views.update", {"view": HOME}, "external_id"),
    "run": ("functions.completeSuccess", {"outputs": {}}, "function_execution_id"),
}


@pytest.mark.parametrize(("method", "arguments", "name"), MISSING.values(), ids=MISSING)
def test_a_missing_argument_is_named(client: WebClient, method: str, arguments: dict[str, Any], name: str) -> None:
    """`invalid_arguments` says in its metadata which one is missing."""
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, json=arguments)
    response = caught.value.response

    assert "invalid_arguments" == response["error"]
    assert [f"[ERROR] missing required field: {name}"] == response["response_metadata"]["messages"]


def test_an_error_to_try_gives_the_arguments_back(client: WebClient) -> None:
    """api.test repeats what it was called with, in a refusal, too."""
    with pytest.raises(SlackApiError) as caught:
        client.api_test(error="out_of_order", colour="red")

    assert {"error": "out_of_order", "colour": "red"} == caught.value.response["args"]
    assert {"colour": "red"} == client.api_test(colour="red")["args"]


@pytest.mark.parametrize("body", ["[]", '"x"', "5", "{", b"\xff"])
def test_a_body_that_is_no_object_is_invalid_json(slack: LocalSlack, body: str | bytes) -> None:
    """Slack reads one JSON object as the arguments of a call, and nothing else."""
    connection = http.client.HTTPConnection(slack.base_url.removeprefix("http://"), timeout=10)
    headers = {"Authorization": f"Bearer {slack.bot_token}", "Content-Type": "application/json"}
    connection.request("POST", "/api/chat.postMessage", body, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()

    assert {"ok": False, "error": "invalid_json"} == answer
    assert [] == slack.channel("general").messages


def test_a_person_who_left_gets_no_direct_message(slack: LocalSlack, client: WebClient) -> None:
    """Neither by their own ID nor by that of the direct messages that they had."""
    direct = client.conversations_open(users="U0DEV00001")["channel"]["id"]
    assert "D0DEV00001" == direct
    slack.deactivate("dev")

    for channel in ("U0DEV00001", direct):
        assert "channel_not_found" == refusal(client.chat_postMessage, channel=channel, text="x")
    assert [] == slack.person("dev").direct_messages


def test_the_token_of_a_run_is_none_of_an_app(slack: LocalSlack) -> None:
    """A custom step's token cannot open websockets: `not_allowed_token_type`."""
    slack.workflows.run_step("greet")
    [run] = slack.workflows.runs

    assert "not_allowed_token_type" == refusal(client_of(slack, run.token).apps_connections_open, app_token=run.token)


def test_a_step_is_not_completed_without_outputs(slack: LocalSlack, client: WebClient) -> None:
    """`invalid_arguments`, and the run goes on."""
    slack.workflows.run_step("greet")
    run = slack.workflows.runs[-1]

    call = {"api_method": "functions.completeSuccess", "json": {"function_execution_id": run.id}}
    assert "invalid_arguments" == refusal(client.api_call, **call)
    assert "running" == slack.workflows.runs[-1].state
