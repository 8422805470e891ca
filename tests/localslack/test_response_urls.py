"""A response_url: five answers in thirty minutes, replacing, deleting, in public or for one person."""

from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bot.localslack import LocalSlack, Person, TimeMachine
from tests.localslack.tiny import TinyBot, actions, button


@pytest.fixture
def bot(bot: TinyBot) -> TinyBot:
    """A bot that acknowledges a command and a button."""
    bot.app.command("/tiny")(lambda ack: ack())
    bot.app.action("go")(lambda ack: ack())
    return bot


def hook(payload: dict[str, Any]) -> WebhookClient:
    """A client of the response_url in a payload."""
    return WebhookClient(payload["response_url"])


def test_five_answers_and_no_more(bot: TinyBot, ana: Person) -> None:
    """The sixth is refused with `used_url`."""
    delivery = ana.command("/tiny")
    url = hook(delivery.payload)

    assert [200] * 5 == [url.send(text=str(n)).status_code for n in range(5)]
    refused = url.send(text="6")
    assert (404, True) == (refused.status_code, "used_url" in refused.body)
    assert list("01234") == [message.text for message in delivery.ephemerals]
    assert list("01234") == [message.text for message in ana.ephemerals("general")]


def test_it_ends_after_thirty_minutes(bot: TinyBot, ana: Person, clock: TimeMachine) -> None:
    """`expired_url`, by the workspace's clock."""
    url = hook(ana.command("/tiny").payload)
    clock.jump(timedelta(minutes=30))
    assert 200 == url.send(text="in time").status_code
    clock.jump(timedelta(seconds=1))
    refused = url.send(text="too late")
    assert (404, True) == (refused.status_code, "expired_url" in refused.body)


def test_it_can_speak_to_the_channel_even_where_the_bot_is_not(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """`respond()` works in a private channel without the bot."""
    hook(ana.command("/tiny", channel="secret").payload).send(text="hi", response_type="in_channel")

    assert ["hi"] == [message.text for message in slack.channel("secret").messages]


def test_it_replaces_and_deletes_the_message_that_was_clicked(
    slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person
) -> None:
    """Both an ordinary and an ephemeral one."""
    blocks = [actions(button("Go", "go"))]
    client.chat_postMessage(channel="C0GENERAL1", text="card", blocks=blocks)
    client.chat_postEphemeral(channel="C0GENERAL1", user=ana.id, text="note", blocks=blocks)
    [message], [note] = slack.channel("general").messages, ana.ephemerals()
    for url in (hook(ana.click(message, "Go").payload), hook(ana.click(note, "Go").payload)):
        url.send(text="changed", replace_original=True)

    assert ["changed"] == [m.text for m in slack.channel("general").messages]
    assert ["changed"] == [m.text for m in ana.ephemerals()]
    client.chat_postMessage(channel="C0GENERAL1", text="card", blocks=blocks)
    url = hook(ana.click(slack.channel("general").messages[-1], "Go").payload)
    url.send(delete_original=True)
    assert ["changed"] == [m.text for m in slack.channel("general").messages]


def test_a_malformed_answer_is_refused_and_recorded(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """It does not count as one of the five."""
    url = hook(ana.command("/tiny").payload)
    refused = url.send(text="x", blocks=[{"type": "sections"}])

    assert (400, True) == (refused.status_code, "invalid_blocks" in refused.body)
    assert [False] == [call.ok for call in slack.calls_of("response_url")]
    assert [200] * 5 == [url.send(text=str(n)).status_code for n in range(5)]
