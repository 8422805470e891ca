"""Threads, tombstones, history and its pages, and metadata to find a message by."""

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.localslack import LocalSlack, Person
from tests.localslack.test_messages import refusal

ROLLOUT = "C0GENERAL1"


def post(client: WebClient, text: str, thread_ts: str | None = None, **more: object) -> str:
    """Post and return the ts."""
    return str(client.chat_postMessage(channel=ROLLOUT, text=text, thread_ts=thread_ts, **more)["ts"])


def test_replies_stand_in_the_thread_and_broadcast_ones_in_the_channel_too(
    slack: LocalSlack, client: WebClient
) -> None:
    """Only reply_broadcast shows a reply in the channel."""
    top = post(client, "top")
    post(client, "quiet", top)
    post(client, "loud", top, reply_broadcast=True)
    channel = slack.channel("general")

    assert ["top", "loud"] == [message.text for message in channel.messages]
    assert [("quiet", False), ("loud", True)] == [(m.text, m.broadcast) for m in channel.thread(top)]
    history = client.conversations_history(channel=ROLLOUT)["messages"]
    assert ["loud", "top"] == [message["text"] for message in history]
    assert ("thread_broadcast", top) == (history[0]["subtype"], history[0]["thread_ts"])
    assert 2 == history[1]["reply_count"]


def test_a_reply_to_a_reply_goes_under_the_parent(slack: LocalSlack, client: WebClient) -> None:
    """There is one level of threads."""
    top = post(client, "top")
    reply = post(client, "reply", top)
    post(client, "to the reply", reply)

    assert ["reply", "to the reply"] == [m.text for m in slack.channel("general").thread(top)]


def test_a_deleted_parent_leaves_a_tombstone_that_can_be_replied_to(slack: LocalSlack, client: WebClient) -> None:
    """The thread of a deleted parent lives on; the parent can no longer be edited."""
    top = post(client, "top")
    post(client, "reply", top)
    slack.delete_message("general", top)

    [tombstone] = client.conversations_history(channel=ROLLOUT)["messages"]
    assert ("tombstone", "USLACKBOT") == (tombstone["subtype"], tombstone["user"])
    assert "message_not_found" == refusal(client.chat_update, channel=ROLLOUT, ts=top, text="x")
    post(client, "more", top)
    assert ["reply", "more"] == [m.text for m in slack.channel("general").thread(top)]
    found = client.conversations_replies(channel=ROLLOUT, ts=top)["messages"]
    assert ["This message was deleted.", "reply", "more"] == [m["text"] for m in found]


def test_a_deleted_parent_without_replies_is_gone(slack: LocalSlack, client: WebClient) -> None:
    """A reply to it is refused, as is reading its thread."""
    top = post(client, "top")
    client.chat_delete(channel=ROLLOUT, ts=top)

    assert [] == slack.channel("general").messages
    assert "thread_not_found" == refusal(client.chat_postMessage, channel=ROLLOUT, thread_ts=top, text="x")
    assert "thread_not_found" == refusal(client.conversations_replies, channel=ROLLOUT, ts=top)


def test_a_tombstone_goes_with_its_last_reply(slack: LocalSlack, client: WebClient) -> None:
    """Nothing is left of a thread whose messages are all deleted."""
    top = post(client, "top")
    reply = post(client, "reply", top)
    client.chat_delete(channel=ROLLOUT, ts=top)
    client.chat_delete(channel=ROLLOUT, ts=reply)

    assert [] == slack.channel("general").messages


def test_history_comes_in_pages(client: WebClient) -> None:
    """Newest first, by cursor, each message once."""
    stamps = [post(client, str(number)) for number in range(5)]
    asked = client.conversations_history(channel=ROLLOUT, limit=2)
    pages = [(page["messages"], page["has_more"]) for page in asked]

    assert [(2, True), (2, True), (1, False)] == [(len(messages), more) for messages, more in pages]
    assert stamps[::-1] == [message["ts"] for messages, _ in pages for message in messages]
    assert "invalid_cursor" == refusal(client.conversations_history, channel=ROLLOUT, cursor="nonsense")


def test_replies_come_in_pages_with_the_parent_on_each(client: WebClient) -> None:
    """Oldest first; the parent heads every page and does not count."""
    top = post(client, "top")
    for number in range(3):
        post(client, str(number), top)
    asked = client.conversations_replies(channel=ROLLOUT, ts=top, limit=2)

    assert [["top", "0", "1"], ["top", "2"]] == [[m["text"] for m in page["messages"]] for page in asked]


@pytest.mark.parametrize(
    ("window", "found"),
    [
        ({"oldest": 1}, [2, 3]),
        ({"oldest": 1, "inclusive": True}, [1, 2, 3]),
        ({"latest": 2}, [0, 1]),
        ({"latest": 2, "inclusive": True}, [0, 1, 2]),
        ({"oldest": 0, "latest": 3}, [1, 2]),
    ],
)
def test_history_can_be_asked_for_a_window(client: WebClient, window: dict[str, int], found: list[int]) -> None:
    """`oldest` and `latest` leave their own messages out unless `inclusive`."""
    stamps = [post(client, str(number)) for number in range(4)]
    arguments = {key: stamps[n] if key != "inclusive" else n for key, n in window.items()}

    messages = client.conversations_history(channel=ROLLOUT, **arguments)["messages"]
    assert found == sorted(int(message["text"]) for message in messages)


def test_metadata_is_kept_and_shown_on_request_only(client: WebClient) -> None:
    """A message can be found again by its metadata, in history and in threads."""
    metadata = {"event_type": "card", "event_payload": {"key": "card:42"}}
    top = post(client, "top", metadata=metadata)
    post(client, "reply", top, metadata=metadata)

    plain = client.conversations_history(channel=ROLLOUT)["messages"]
    assert "metadata" not in plain[0]
    [found] = client.conversations_history(channel=ROLLOUT, include_all_metadata=True)["messages"]
    assert metadata == found["metadata"]
    thread = client.conversations_replies(channel=ROLLOUT, ts=top, include_all_metadata=True)["messages"]
    assert [metadata, metadata] == [message["metadata"] for message in thread]


def test_metadata_stays_through_an_edit_unless_it_is_replaced(slack: LocalSlack, client: WebClient) -> None:
    """Slack retains metadata; an empty object removes it."""
    metadata = {"event_type": "card", "event_payload": {"n": 1}}
    ts = post(client, "one", metadata=metadata)
    channel = slack.channel("general")
    client.chat_update(channel=ROLLOUT, ts=ts, text="two")
    assert [metadata] == [message.metadata for message in channel.messages]
    client.chat_update(channel=ROLLOUT, ts=ts, text="two", metadata={})
    assert [None] == [message.metadata for message in channel.messages]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "card"}, "invalid_metadata_format"),
        ({"event_type": "card", "event_payload": {"long": "x" * 16_000}}, "metadata_too_large"),
    ],
)
def test_malformed_metadata_is_refused(client: WebClient, metadata: dict[str, object], error: str) -> None:
    """Metadata is an event type with a payload, of 16 KB at most."""
    assert error == refusal(client.chat_postMessage, channel=ROLLOUT, text="x", metadata=metadata)


def test_history_of_a_channel_the_bot_is_not_in(client: WebClient) -> None:
    """A bot reads the channels it is in only."""
    assert "not_in_channel" == refusal(client.conversations_history, channel="C0RANDOM01")


def test_channels_can_be_listed_and_looked_into(client: WebClient, ana: Person) -> None:
    """Public ones by default; private ones the bot is in; members; whether the bot is in."""
    listed = client.conversations_list(exclude_archived=True)["channels"]
    assert {"general": True, "random": False} == {c["name"]: c["is_member"] for c in listed}
    private = client.conversations_list(types="private_channel")["channels"]
    assert ["team"] == [channel["name"] for channel in private]
    assert ana.id in client.conversations_members(channel=ROLLOUT)["members"]
    info = client.conversations_info(channel="C0ARCHIVE1")["channel"]
    assert (True, False) == (info["is_archived"], info["is_private"])


def test_joining_is_for_public_living_channels(client: WebClient) -> None:
    """Private channels need an invitation."""
    with pytest.raises(SlackApiError, match="is_archived"):
        client.conversations_join(channel="C0ARCHIVE1")
    assert "method_not_supported_for_channel_type" == refusal(client.conversations_join, channel="C0TEAM0001")
    assert "already_in_channel" == client.conversations_join(channel=ROLLOUT)["warning"]
