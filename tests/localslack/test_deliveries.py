"""Deliveries over HTTP: signed, within three seconds, recorded, repeated on demand."""

import threading
import time
from typing import Any

import pytest
from slack_sdk.signature import SignatureVerifier

from bot.localslack import LocalSlack, Person, TimeMachine
from bot.localslack.event_delivery import sign
from tests.localslack.tiny import TinyBot


def test_without_a_bot_a_command_fails_as_in_slack(slack: LocalSlack, ana: Person) -> None:
    """`dispatch_failed`, when no bot is connected and when nothing listens at its address."""
    assert "dispatch_failed" == ana.command("/tiny").error
    slack.connect_http("http://127.0.0.1:9/slack/events")
    delivery = ana.command("/tiny")

    assert ("dispatch_failed", None) == (delivery.error, delivery.status)
    assert ["dispatch_failed"] * 2 == [recorded.error for recorded in slack.deliveries]


def test_the_bot_has_limited_time_to_acknowledge(clock: TimeMachine) -> None:
    """Beyond it: `operation_timeout`."""
    release = threading.Event()
    with LocalSlack.start(clock, ack_limit=0.1) as slack, TinyBot(slack) as bot:

        @bot.app.command("/tiny")
        def hang(ack: Any) -> None:
            release.wait(5)
            ack()

        delivery = slack.person("ana").command("/tiny")
        release.set()

        assert ("operation_timeout", None) == (delivery.error, delivery.status)
        assert 100 <= delivery.ack_ms < 2000


def test_the_time_to_acknowledge_is_measured(bot: TinyBot, ana: Person) -> None:
    """In milliseconds."""
    bot.app.command("/tiny")(lambda ack: ack())
    assert 0 < ana.command("/tiny").ack_ms < 1000


def test_a_command_nobody_handles_is_a_client_error(bot: TinyBot, ana: Person) -> None:
    """Bolt answers 404; Slack says so."""
    delivery = ana.command("/unknown")
    assert (404, "http_client_error") == (delivery.status, delivery.error)


def test_a_wrong_secret_is_refused_by_the_bot(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """Deliveries carry a signature that Bolt checks."""
    bot.app.command("/tiny")(lambda ack: ack())
    assert ana.command("/tiny").ok
    slack.core.signing_secret = "another"
    assert 401 == ana.command("/tiny").status


@pytest.mark.parametrize("body", ["", "text=%2Ftiny&ünïcode", '{"type": "event_callback"}'])
def test_signatures_are_slacks(body: str) -> None:
    """Version 0, over timestamp and body, as the SDK verifies it."""
    headers = sign("secret", body, int(time.time()))
    assert SignatureVerifier("secret").is_valid_request(body, headers)


def test_an_event_can_be_sent_and_repeated(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """A repeated delivery has the same payload and says that it is a retry."""
    seen: list[tuple[str, Any]] = []

    @bot.app.event("app_mention")
    def note(body: dict[str, Any], request: Any) -> None:
        seen.append((body["event_id"], request.headers.get("x-slack-retry-num")))

    first = slack.send_event({"type": "app_mention", "user": ana.id, "text": "hi", "channel": "C0GENERAL1"})
    again = slack.redeliver(first, retry_num=1, retry_reason="http_timeout")
    slack.wait_for(lambda: len(seen) == 2, what="both deliveries")

    assert first.payload == again.payload
    assert (1, "http_timeout") == (again.retry_num, again.retry_reason)
    event_id = first.payload["event_id"]
    assert [(event_id, None), (event_id, ["1"])] == seen
    assert {
        "type": "event_callback",
        "team_id": slack.team_id,
        "api_app_id": slack.app_id,
        "context_team_id": slack.team_id,
    }.items() <= first.payload.items()
    assert slack.bot_user_id == first.payload["authorizations"][0]["user_id"]


def test_all_that_passed_is_recorded(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """Deliveries with payload and answer, calls with arguments and answer."""
    bot.app.command("/tiny")(lambda ack: ack("hello"))
    ana.command("/tiny")
    bot.client.chat_postMessage(channel="C0GENERAL1", text="x", blocks=[{"type": "divider"}])
    [delivery], [call] = slack.deliveries, slack.calls_of("chat.postMessage")

    assert {"text": "hello"} == delivery.response
    assert {"channel": "C0GENERAL1", "text": "x", "blocks": [{"type": "divider"}]} == call.args
    assert (True, 200, slack.core.workspace.now()) == (call.response["ok"], call.status, call.at)
