"""Uploads in their three steps, and the file as a message in a thread."""

from urllib.error import HTTPError

import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack
from tests.localslack.test_messages import refusal


def test_a_file_appears_in_the_thread(slack: LocalSlack, client: WebClient) -> None:
    """The SDK's own upload works: address, content, completion."""
    top = client.chat_postMessage(channel="C0GENERAL1", text="card")["ts"]
    answer = client.files_upload_v2(
        content="long\nticket",
        filename="ticket.txt",
        title="Ticket",
        channel="C0GENERAL1",
        thread_ts=top,
        initial_comment="The whole ticket",
    )
    [message] = slack.channel("general").thread(top)

    assert "The whole ticket" == message.text
    [file] = message.files
    assert ("ticket.txt", "Ticket", "long\nticket", 11) == (file.name, file.title, file.text, file.size)
    info = client.files_info(file=answer["file"]["id"])
    assert ("long\nticket", ["C0GENERAL1"]) == (info["content"], info["file"]["channels"])
    [reply] = client.conversations_replies(channel="C0GENERAL1", ts=top)["messages"][1:]
    assert ["ticket.txt"] == [shown["name"] for shown in reply["files"]]
    assert "📎 ticket.txt" in slack.transcript("general")


def test_a_picture_keeps_what_it_shows(slack: LocalSlack, client: WebClient) -> None:
    """Its alternative text and its bytes, as they were sent."""
    png = b"\x89PNG\r\n\x1a\nnot really"
    client.files_upload_v2(content=png, filename="a.png", alt_txt="Three bars", channel="C0GENERAL1")

    [file] = slack.channel("general").messages[-1].files

    assert ("Three bars", png) == (file.alternative, file.content)


def test_a_file_needs_content_and_is_completed_once(client: WebClient) -> None:
    """`file_not_found` otherwise."""
    ticket = client.files_getUploadURLExternal(filename="a.txt", length=3)
    files = [{"id": ticket["file_id"], "title": "A"}]
    assert "file_not_found" == refusal(client.files_completeUploadExternal, files=files)
    assert "file_not_found" == refusal(client.files_info, file=ticket["file_id"])
    assert "missing_argument" == refusal(client.files_getUploadURLExternal, filename="a.txt", length=0)


def test_a_file_goes_where_the_bot_may_post(client: WebClient) -> None:
    """Slack has its own names for the refusals here."""
    upload = {"content": "x", "filename": "x.txt"}
    assert "channel_not_found" == refusal(client.files_upload_v2, channel="C0SECRET01", **upload)
    assert "posting_to_channel_denied" == refusal(client.files_upload_v2, channel="C0ARCHIVE1", **upload)


def test_an_upload_can_fail(slack: LocalSlack, client: WebClient) -> None:
    """A fault of the method "upload" hits the second step."""
    slack.faults.add(method="upload", kind="http_500")
    with pytest.raises(HTTPError, match="500") as caught:
        client.files_upload_v2(content="x", filename="x.txt", channel="C0GENERAL1")
    caught.value.close()
