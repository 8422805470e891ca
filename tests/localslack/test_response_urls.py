"""A response_url: five answers in thirty minutes, replacing, deleting, in public or for one person."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bot.localslack import LocalSlack, Person, TimeMachine
from tests.localslack.pages import ask
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


def test_an_address_that_nobody_was_given_is_invalid(slack: LocalSlack) -> None:
    """`invalid_url`, with 404."""
    refused = WebhookClient(f"{slack.base_url}/commands/T0SAMPLE01/1/unknown").send(text="x")
    assert (404, {"ok": False, "error": "invalid_url"}) == (refused.status_code, json.loads(refused.body))


def test_an_answer_without_words_is_refused(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """`no_text`; it leaves no message."""
    refused = hook(ana.command("/tiny").payload).send(text=" ")
    assert (400, {"ok": False, "error": "no_text"}) == (refused.status_code, json.loads(refused.body))
    assert [] == ana.ephemerals()


def test_what_is_gone_can_be_deleted_again(slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person) -> None:
    """A message for one person disappears with the first answer; the second one does no harm."""
    blocks = [actions(button("Go", "go"))]
    client.chat_postEphemeral(channel="C0GENERAL1", user=ana.id, text="note", blocks=blocks)
    url = hook(ana.click(ana.ephemerals()[0], "Go").payload)

    assert [(200, []), (200, [])] == [(url.send(delete_original=True).status_code, ana.ephemerals()) for _ in range(2)]


BODIES = {
    "form": ("application/x-www-form-urlencoded", urlencode({"payload": '{"text": "hi"}'}), 200, "ok"),
    "list": ("application/x-www-form-urlencoded", urlencode({"payload": "[1]"}), 400, "invalid_payload"),
    "words": ("application/x-www-form-urlencoded", urlencode({"payload": "hi"}), 400, "invalid_payload"),
    "no JSON": ("application/json", "{", 400, "invalid_payload"),
    "JSON of a list": ("application/json", '["hi"]', 400, "invalid_payload"),
}


@pytest.mark.parametrize(("kind", "body", "status", "word"), BODIES.values(), ids=BODIES)
def test_an_answer_is_one_object_of_json_or_one_in_a_form(
    slack: LocalSlack, bot: TinyBot, ana: Person, kind: str, body: str, status: int, word: str
) -> None:
    """As an incoming webhook takes it: in a body of JSON, or as the `payload` of a form."""
    path = ana.command("/tiny").payload["response_url"].removeprefix(slack.base_url)
    answer = ask(slack, path, "POST", body, Content_Type=kind)

    assert (status, True) == (answer.status, word in answer.body.decode())
    assert (["hi"] if status == 200 else []) == [message.text for message in ana.ephemerals()]
