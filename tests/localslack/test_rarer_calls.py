"""Rarer arguments of the Web API: edits of a part of a message, replies by their own ts, lists with more or less."""

import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack, Person
from tests.localslack.pages import ask
from tests.localslack.test_messages import refusal
from tests.localslack.tiny import actions, button, section

GENERAL = "C0GENERAL1"


def test_an_edit_of_the_blocks_keeps_the_text(slack: LocalSlack, client: WebClient) -> None:
    """Without a text the old one stays, for notifications."""
    ts = client.chat_postMessage(channel=GENERAL, text="Card", blocks=[section("old", block_id="top")])["ts"]
    answer = client.api_call(
        "chat.update", json={"channel": GENERAL, "ts": ts, "blocks": [section("new", block_id="top")]}
    )

    [message] = slack.channel("general").messages
    assert ("Card", "Card", "new") == (answer["text"], message.text, message.shown)


def test_an_edit_of_the_attachments_alone_replaces_them(slack: LocalSlack, client: WebClient) -> None:
    """History shows the new ones; an edit without attachments leaves them alone."""
    ts = client.chat_postMessage(channel=GENERAL, text="Card", attachments=[{"text": "old"}])["ts"]
    client.chat_update(channel=GENERAL, ts=ts, text="Card", attachments=[{"text": "new"}])
    client.chat_update(channel=GENERAL, ts=ts, text="Edited")

    [message] = client.conversations_history(channel=GENERAL)["messages"]
    assert ("Edited", [{"text": "new"}]) == (message["text"], message["attachments"])


def test_an_edit_can_send_a_reply_to_the_channel_too(slack: LocalSlack, client: WebClient) -> None:
    """`reply_broadcast` works for replies, and means nothing for other messages."""
    top = client.chat_postMessage(channel=GENERAL, text="top")["ts"]
    reply = client.chat_postMessage(channel=GENERAL, text="reply", thread_ts=top)["ts"]
    client.chat_update(channel=GENERAL, ts=top, text="top", reply_broadcast=True)
    assert [("top", False)] == [(m.text, m.broadcast) for m in slack.channel("general").messages]

    client.chat_update(channel=GENERAL, ts=reply, text="reply", reply_broadcast=True)
    assert [("top", False), ("reply", True)] == [(m.text, m.broadcast) for m in slack.channel("general").messages]


def test_the_link_of_a_message_of_the_channel_names_no_thread(slack: LocalSlack, client: WebClient) -> None:
    """That of a reply does."""
    top = client.chat_postMessage(channel=GENERAL, text="top")["ts"]
    reply = client.chat_postMessage(channel=GENERAL, text="reply", thread_ts=top)["ts"]

    links = [client.chat_getPermalink(channel=GENERAL, message_ts=ts)["permalink"] for ts in (top, reply)]
    first, second = (f"{slack.base_url}/archives/{GENERAL}/p{ts.replace('.', '')}" for ts in (top, reply))
    assert [first, f"{second}?thread_ts={top}&cid={GENERAL}"] == links


def test_elements_without_an_id_get_one(slack: LocalSlack, client: WebClient) -> None:
    """Buttons get an action_id of their own, those that have one keep it, and pictures need none."""
    picture = {"type": "image", "image_url": "https://x.example/x.png", "alt_text": "x"}
    nameless = {"type": "button", "text": {"type": "plain_text", "text": "A"}}
    blocks = [actions(nameless, nameless, button("B", "b")), section("x", accessory=picture)]
    client.chat_postMessage(channel=GENERAL, text="x", blocks=blocks)

    row, words = slack.channel("general").messages[0].blocks
    first, second, third = (element["action_id"] for element in row["elements"])
    assert (5, 5, "b") == (len(first), len(second), third)
    assert first != second
    assert picture == words["accessory"]


def test_the_replies_of_a_reply_are_itself(client: WebClient) -> None:
    """conversations.replies by the ts of a reply gives this one message, and no more pages."""
    top = client.chat_postMessage(channel=GENERAL, text="top")["ts"]
    replies = [client.chat_postMessage(channel=GENERAL, text=text, thread_ts=top)["ts"] for text in ("1", "2")]

    answer = client.conversations_replies(channel=GENERAL, ts=replies[0])
    assert (["1"], False) == ([message["text"] for message in answer["messages"]], answer["has_more"])
    assert "invalid_ts_oldest" == refusal(client.conversations_replies, channel=GENERAL, ts=replies[0], oldest="x")


def test_members_are_counted_where_asked(client: WebClient) -> None:
    """`num_members` of the five people and the bot."""
    assert 6 == client.conversations_info(channel=GENERAL, include_num_members=True)["channel"]["num_members"]
    assert "num_members" not in client.conversations_info(channel=GENERAL)["channel"]


def test_a_member_is_removed_and_added_once(slack: LocalSlack, client: WebClient) -> None:
    """Who is no member can be removed again without harm; somebody unknown is a fault of the test."""
    channel = slack.channel("general")
    for _ in range(2):
        channel.remove_member("ben")
    assert "U0BEN00001" not in client.conversations_members(channel=GENERAL)["members"]
    for _ in range(2):
        channel.add_member("ben")
    assert 1 == client.conversations_members(channel=GENERAL)["members"].count("U0BEN00001")
    with pytest.raises(KeyError, match="no person 'zoe'"):
        channel.add_member("zoe")
    assert ("<#general>", False, True) == (repr(channel), channel.is_private, slack.channel("team").is_private)


def test_user_groups_name_their_members_where_asked(client: WebClient) -> None:
    """`include_users`; the count is there in any case."""
    [short], [full] = (client.usergroups_list(include_users=flag)["usergroups"] for flag in (False, True))
    assert (1, 1) == (short["user_count"], full["user_count"])
    assert ("users" in short, ["U0CHI00001"]) == (False, full["users"])


def test_a_workspaces_token_lists_its_workspace(slack: LocalSlack, client: WebClient) -> None:
    """auth.teams.list has one team where the app is installed in one."""
    assert [{"id": slack.team_id, "name": "Sample workspace"}] == client.auth_teams_list()["teams"]


def test_a_file_can_be_uploaded_for_no_channel(slack: LocalSlack, client: WebClient) -> None:
    """It is the app's, complete, and shared nowhere; its address takes no second upload."""
    begun = client.files_getUploadURLExternal(filename="a.bin", length=3)
    path = begun["upload_url"].removeprefix(slack.base_url)
    sent = ask(slack, path, "POST", "a\0b")
    assert (200, b"OK - 3") == (sent.status, sent.body)
    client.files_completeUploadExternal(files=[{"id": begun["file_id"], "title": "Bytes"}])

    file = client.files_info(file=begun["file_id"])["file"]
    assert ("Bytes", {}, 3) == (file["title"], file["shares"], file["size"])
    assert ("binary", "Binary", "application/octet-stream") == (
        file["filetype"], file["pretty_type"], file["mimetype"]
    )  # fmt: skip
    assert 404 == ask(slack, path, "POST", "more").status
    assert [] == slack.channel("general").messages


def test_what_an_admin_deletes_has_to_be_there(slack: LocalSlack, client: WebClient, ana: Person) -> None:
    """A message that is not in that channel, or in no channel, is a fault of the test."""
    ts = client.chat_postMessage(channel=GENERAL, text="x")["ts"]
    for channel in ("random", "nowhere"):
        with pytest.raises(KeyError, match=f"no message {ts} in {channel}"):
            slack.delete_message(channel, ts)
    slack.delete_message("general", ts)
    assert [] == slack.channel("general").messages


def test_without_a_page_there_is_nothing_to_mark_or_to_show(slack: LocalSlack) -> None:
    """Marks of read messages and crashes belong to the page: without one, the workspace does not change."""
    before = slack.snapshot()
    slack.read_everything()
    slack.crashed("bot", "it failed", "Traceback …")

    assert before == slack.snapshot()
