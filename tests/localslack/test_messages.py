"""Posting, editing and deleting: who may, where, and what Slack answers otherwise."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.localslack import LocalSlack, Person, TimeMachine
from tests.localslack.tiny import actions, button, client_of, manifest, section


def refusal(call: Any, **arguments: Any) -> str:
    """The error that Slack answers this call with."""
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return str(caught.value.response["error"])


def test_a_message_appears_in_its_channel(slack: LocalSlack, client: WebClient) -> None:
    """What is posted is there, as the bot's, and the answer is Slack's."""
    blocks = [section("*Card*", block_id="top"), actions(button("Go", "go"))]
    answer = client.chat_postMessage(channel="C0GENERAL1", text="Card", blocks=blocks)
    [message] = slack.channel("general").messages

    assert ("C0GENERAL1", message.ts) == (answer["channel"], answer["ts"])
    assert ("Card", slack.bot_user_id, None, False) == (
        message.text,
        message.user,
        message.thread_ts,
        message.ephemeral,
    )
    assert "top" == message.blocks[0]["block_id"]
    assert message.blocks[1]["block_id"]
    assert (["Go"], "*Card*") == (message.buttons, message.shown)
    assert slack.bot_id == answer["message"]["bot_id"]
    assert slack.app_id == answer["message"]["app_id"]


def test_a_channel_may_be_named(slack: LocalSlack, client: WebClient) -> None:
    """Slack takes a channel's name too, and answers with its id."""
    assert "C0GENERAL1" == client.chat_postMessage(channel="#general", text="hi")["channel"]


def test_a_private_channel_without_the_bot_does_not_exist_for_it(slack: LocalSlack, client: WebClient) -> None:
    """No method tells the bot of a private channel it is not in."""
    assert "channel_not_found" == refusal(client.chat_postMessage, channel="C0SECRET01", text="hi")
    assert "channel_not_found" == refusal(client.conversations_info, channel="C0SECRET01")
    assert "channel_not_found" == refusal(client.conversations_history, channel="C0SECRET01")
    assert client.chat_postMessage(channel="C0TEAM0001", text="hi")["ok"]


def test_a_public_channel_without_the_bot_needs_its_own_scope(clock: TimeMachine) -> None:
    """`not_in_channel`, unless chat:write.public is granted or the bot joins."""
    with LocalSlack.start(clock, manifest=manifest(scopes=["chat:write", "channels:join"])) as slack:
        client = client_of(slack)
        assert "not_in_channel" == refusal(client.chat_postMessage, channel="C0RANDOM01", text="hi")
        client.conversations_join(channel="C0RANDOM01")
        assert client.chat_postMessage(channel="C0RANDOM01", text="hi")["ok"]
    with LocalSlack.start(clock, manifest=manifest(scopes=["chat:write", "chat:write.public"])) as slack:
        assert client_of(slack).chat_postMessage(channel="C0RANDOM01", text="hi")["ok"]


def test_an_archived_channel_takes_nothing(slack: LocalSlack, client: WebClient) -> None:
    """`is_archived` for posts; for edits Slack's name is `is_inactive`."""
    ts = client.chat_postMessage(channel="C0GENERAL1", text="before")["ts"]
    slack.channel("general").archive()

    assert slack.channel("general").is_archived
    assert "is_archived" == refusal(client.chat_postMessage, channel="C0GENERAL1", text="after")
    assert "is_inactive" == refusal(client.chat_update, channel="C0GENERAL1", ts=ts, text="after")
    assert "is_archived" == refusal(client.chat_postMessage, channel="C0ARCHIVE1", text="hi")
    slack.channel("general").unarchive()
    assert client.chat_postMessage(channel="C0GENERAL1", text="after")["ok"]


def test_a_bot_that_was_removed_is_out(slack: LocalSlack, client: WebClient) -> None:
    """Whoever leaves a private channel no longer finds it."""
    slack.channel("team").remove_member("bot")
    assert "channel_not_found" == refusal(client.chat_postMessage, channel="C0TEAM0001", text="hi")
    slack.channel("team").add_member("bot")
    assert client.chat_postMessage(channel="C0TEAM0001", text="hi")["ok"]


def test_a_message_needs_words(client: WebClient) -> None:
    """`no_text` when there is neither text nor blocks."""
    # The client's own method would warn of the missing text before Slack can refuse it.
    arguments = {"channel": "C0GENERAL1", "text": " "}
    assert "no_text" == refusal(client.api_call, api_method="chat.postMessage", json=arguments)


def test_text_has_a_hard_and_an_advised_limit(slack: LocalSlack, client: WebClient) -> None:
    """40,000 characters are refused; beyond 4,000 the call is noted; an edit takes 4,000 only."""
    ts = client.chat_postMessage(channel="C0GENERAL1", text="x" * 4001)["ts"]

    [call] = slack.calls_of("chat.postMessage")
    assert ("text is longer than the 4,000 characters that Slack advises",) == call.notes
    assert "msg_too_long" == refusal(client.chat_postMessage, channel="C0GENERAL1", text="x" * 40_001)
    assert "msg_too_long" == refusal(client.chat_update, channel="C0GENERAL1", ts=ts, text="x" * 4001)


def test_text_is_escaped_as_slack_does(slack: LocalSlack, client: WebClient) -> None:
    """Stray signs come back as entities; mentions, links and what is escaped stay."""
    client.chat_postMessage(
        channel="C0GENERAL1", text="a < b & c &amp; <@U0ANA00001> <https://x.example/?a=1&b|x> <script>"
    )

    [message] = slack.channel("general").messages
    assert "a &lt; b &amp; c &amp; <@U0ANA00001> <https://x.example/?a=1&amp;b|x> &lt;script&gt;" == message.text


def test_an_edit_changes_the_message_and_marks_it(slack: LocalSlack, client: WebClient) -> None:
    """chat.update replaces text and blocks; what it does not name stays."""
    ts = client.chat_postMessage(channel="C0GENERAL1", text="one", blocks=[section("one")])["ts"]
    client.chat_update(channel="C0GENERAL1", ts=ts, text="two", blocks=[section("two")])
    message = slack.channel("general").message(ts)

    assert message is not None
    assert ("two", "two") == (message.text, message.shown)
    assert message.edited is not None
    client.chat_update(channel="C0GENERAL1", ts=ts, text="three")
    message = slack.channel("general").message(ts)
    assert message is not None
    assert ("three", "two") == (message.text, message.shown)


def test_only_ones_own_living_messages_can_be_edited(slack: LocalSlack, client: WebClient, ana: Person) -> None:
    """`message_not_found` for what is gone, `cant_update_message` for someone else's."""
    hers = ana.post("general", "mine")
    ts = client.chat_postMessage(channel="C0GENERAL1", text="one")["ts"]
    slack.delete_message("general", ts)

    assert "message_not_found" == refusal(client.chat_update, channel="C0GENERAL1", ts=ts, text="two")
    assert "cant_update_message" == refusal(client.chat_update, channel="C0GENERAL1", ts=hers.ts, text="x")
    assert "cant_delete_message" == refusal(client.chat_delete, channel="C0GENERAL1", ts=hers.ts)
    assert "message_not_found" == refusal(client.chat_delete, channel="C0GENERAL1", ts=ts)


def test_a_message_to_a_person_opens_direct_messages(slack: LocalSlack, client: WebClient, ana: Person) -> None:
    """Posting to a user's id lands in the direct messages; conversations.open names them."""
    channel = client.chat_postMessage(channel=ana.id, text="psst")["channel"]

    assert channel.startswith("D")
    assert channel == client.conversations_open(users=ana.id)["channel"]["id"]
    assert ["psst"] == [message.text for message in ana.direct_messages]
    assert [] == slack.person("ben").direct_messages


def test_a_deactivated_person_is_marked_and_cannot_be_written_to(
    slack: LocalSlack, client: WebClient, ana: Person
) -> None:
    """users.info says deleted; direct messages are refused."""
    slack.deactivate("ben")
    ben = slack.person("ben")

    assert client.users_info(user=ben.id)["user"]["deleted"]
    assert "user_disabled" == refusal(client.conversations_open, users=ben.id)
    assert "channel_not_found" == refusal(client.chat_postMessage, channel=ben.id, text="hi")
    assert not client.users_info(user=ana.id)["user"]["deleted"]


def test_an_ephemeral_message_is_seen_by_one_person(
    slack: LocalSlack, client: WebClient, ana: Person, dev: Person
) -> None:
    """It is in no history, cannot be edited, and needs someone who is in the channel."""
    answer = client.chat_postEphemeral(channel="C0GENERAL1", user=ana.id, text="only you")

    assert ["only you"] == [message.text for message in ana.ephemerals("general")]
    assert [] == dev.ephemerals()
    assert [] == slack.channel("general").messages
    assert [] == client.conversations_history(channel="C0GENERAL1")["messages"]
    ts = answer["message_ts"]
    assert "message_not_found" == refusal(client.chat_update, channel="C0GENERAL1", ts=ts, text="x")
    assert "user_not_in_channel" == refusal(client.chat_postEphemeral, channel="C0TEAM0001", user=dev.id, text="x")


def test_a_permalink_leads_to_message_and_thread(slack: LocalSlack, client: WebClient) -> None:
    """A reply's link carries its thread."""
    ts = client.chat_postMessage(channel="C0GENERAL1", text="top")["ts"]
    reply = client.chat_postMessage(channel="C0GENERAL1", text="reply", thread_ts=ts)["ts"]

    link = client.chat_getPermalink(channel="C0GENERAL1", message_ts=reply)["permalink"]
    assert f"{slack.base_url}/archives/C0GENERAL1/p{reply.replace('.', '')}?thread_ts={ts}" in link
    assert "message_not_found" == refusal(client.chat_getPermalink, channel="C0GENERAL1", message_ts="1.000001")


def test_a_channel_takes_six_messages_in_five_seconds(clock: TimeMachine) -> None:
    """Beyond that: HTTP 429 with Retry-After, by the workspace's clock and channel by channel."""
    with LocalSlack.start(clock) as slack:
        client = client_of(slack)
        for _ in range(6):
            client.chat_postMessage(channel="C0GENERAL1", text="a")
        with pytest.raises(SlackApiError) as caught:
            client.chat_postMessage(channel="C0GENERAL1", text="b")
        response = caught.value.response

        assert (429, "ratelimited", "1") == (
            response.status_code,
            response["error"],
            response.headers["Retry-After"],
        )
        assert client.chat_postMessage(channel="C0RANDOM01", text="elsewhere")["ok"]
        assert 6 == len(slack.channel("general").messages)
        clock.jump_to(clock.now().replace(second=5))
        assert client.chat_postMessage(channel="C0GENERAL1", text="b")["ok"]
