"""Faults on demand: each one as the client would meet it, as often as asked for, and no more."""

from http.client import RemoteDisconnected
from urllib.error import URLError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler

from bot.localslack import LocalSlack
from bot.localslack.fault_injection import HistoryLimit
from tests.localslack.test_messages import refusal

POST = {"channel": "C0GENERAL1", "text": "hi"}


@pytest.mark.parametrize("kind", ["fatal_error", "internal_error", "token_revoked", "channel_not_found"])
def test_a_slack_error_is_answered_once(slack: LocalSlack, client: WebClient, kind: str) -> None:
    """`ok: false` with this name; nothing is posted; the next call is well."""
    slack.faults.add(method="chat.postMessage", kind=kind)
    assert kind == refusal(client.chat_postMessage, **POST)
    assert [] == slack.channel("general").messages
    assert client.chat_postMessage(**POST)["ok"]


def test_a_rate_limit_names_the_time_to_wait(slack: LocalSlack, client: WebClient) -> None:
    """HTTP 429 with Retry-After, as many times as asked."""
    slack.faults.add(method="chat.postMessage", kind="ratelimited", times=2, retry_after=0)
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(**POST)
    response = caught.value.response
    assert (429, "0") == (response.status_code, response.headers["Retry-After"])
    client.retry_handlers.append(RateLimitErrorRetryHandler())
    assert client.chat_postMessage(**POST)["ok"]
    assert [429, 429, 200] == [call.status for call in slack.calls_of("chat.postMessage")]


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_is_an_http_status(slack: LocalSlack, client: WebClient, status: int) -> None:
    """With a body that is no JSON."""
    slack.faults.add(method="chat.postMessage", kind=f"http_{status}")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(**POST)
    assert status == caught.value.response.status_code
    assert [] == slack.channel("general").messages


def test_a_connection_can_drop_before_anything_was_done(slack: LocalSlack, client: WebClient) -> None:
    """The client cannot tell; the local Slack can."""
    slack.faults.add(method="chat.postMessage", kind="drop_before")
    with pytest.raises(RemoteDisconnected):
        client.chat_postMessage(**POST)
    assert [] == slack.channel("general").messages
    assert [(0, {})] == [(call.status, call.response) for call in slack.calls_of("chat.postMessage")]


def test_a_connection_can_drop_after_all_was_done(slack: LocalSlack, client: WebClient) -> None:
    """The message is there, and a client that retries posts it twice."""
    slack.faults.add(method="chat.postMessage", kind="drop_after")
    client.retry_handlers.append(ConnectionErrorRetryHandler())
    assert client.chat_postMessage(**POST)["ok"]
    assert ["hi", "hi"] == [message.text for message in slack.channel("general").messages]
    assert [(0, True), (200, True)] == [(c.status, c.ok) for c in slack.calls_of("chat.postMessage")]


def test_a_call_can_go_without_an_answer(slack: LocalSlack, client: WebClient) -> None:
    """Until the client gives up, or for a given time."""
    client.timeout = 0.2  # type: ignore[assignment]
    slack.faults.add(method="chat.postMessage", kind="timeout")
    with pytest.raises((TimeoutError, URLError)):
        client.chat_postMessage(**POST)
    client.timeout = 5
    slack.faults.add(method="chat.postMessage", kind="timeout", delay=0.05)
    with pytest.raises(RemoteDisconnected):
        client.chat_postMessage(**POST)
    assert [] == slack.channel("general").messages


def test_a_fault_can_be_for_one_channel(slack: LocalSlack, client: WebClient) -> None:
    """By name or id; others are not hit."""
    slack.faults.add(method="*", kind="is_archived", channel="team", times=2)
    assert client.chat_postMessage(**POST)["ok"]
    assert "is_archived" == refusal(client.chat_postMessage, channel="C0TEAM0001", text="hi")
    assert "is_archived" == refusal(client.conversations_info, channel="C0TEAM0001")
    assert client.conversations_info(channel="C0TEAM0001")["ok"]


def test_faults_can_be_cleared(slack: LocalSlack, client: WebClient) -> None:
    """And looked at before."""
    slack.faults.add(method="chat.postMessage", kind="fatal_error", times=99)
    assert [99] == [fault.times for fault in slack.faults.pending]
    slack.faults.clear()
    assert client.chat_postMessage(**POST)["ok"]


def test_a_slow_answer_is_a_good_one(slack: LocalSlack, client: WebClient) -> None:
    """Only late."""
    slack.faults.add(method="chat.postMessage", kind="slow", delay=0.05)
    assert client.chat_postMessage(**POST)["ok"]


def test_an_answer_can_be_no_json_although_the_call_was_carried_out(slack: LocalSlack, client: WebClient) -> None:
    """As behind a proxy that asks to sign in: 200, and the message is there."""
    slack.faults.add(method="chat.postMessage", kind="not_json")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(**POST)
    assert 200 == caught.value.response.status_code
    assert ["hi"] == [message.text for message in slack.channel("general").messages]


def test_history_can_be_limited_as_for_apps_outside_of_the_marketplace(slack: LocalSlack, client: WebClient) -> None:
    """One request a minute for each of the two methods, and 15 messages, the parent among them."""
    posted = [client.chat_postMessage(channel="C0GENERAL1", text=f"{n}") for n in range(5)]
    first = posted[0]["ts"]
    slack.faults.history_limit = HistoryLimit(period=60, objects=3)

    page = client.conversations_history(channel="C0GENERAL1", limit=200)
    with pytest.raises(SlackApiError) as caught:
        client.conversations_history(channel="C0GENERAL1", cursor=page["response_metadata"]["next_cursor"])
    replies = client.conversations_replies(channel="C0GENERAL1", ts=first, limit=200)

    assert 3 == len(page["messages"])
    assert (429, True) == (caught.value.response.status_code, int(caught.value.response.headers["Retry-After"]) <= 60)
    assert 1 == len(replies["messages"])
    slack.faults.clear()
    assert 5 == len(client.conversations_history(channel="C0GENERAL1")["messages"])
