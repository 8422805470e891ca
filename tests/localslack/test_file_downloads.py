"""How the app gets the content of a file, and all that keeps it from getting it."""

from __future__ import annotations

import http.client
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from slack_sdk import WebClient

from bot.localslack import File, LocalSlack, Person, TimeMachine
from tests.localslack.test_messages import refusal
from tests.localslack.tiny import client_of, manifest

CONTENT = b"Data,ana@example.com\n" * 1000


@pytest.fixture
def file(ana: Person) -> File:
    """A file in #general."""
    return ana.post("general", "Our customers", files=[("Customers ä.csv", CONTENT)]).files[0]


def address_of(slack: LocalSlack, file: File) -> str:
    """Where the app finds the file."""
    address: str = client_of(slack).files_info(file=file.id)["file"]["url_private_download"]
    return address


def get(address: str, token: str | None, timeout: float = 10) -> tuple[str, bytes]:
    """Type and content of what is there."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urlopen(Request(address, headers=headers), timeout=timeout) as response:
        return response.headers.get_content_type(), response.read()


def test_the_bot_gets_the_bytes(slack: LocalSlack, file: File) -> None:
    """At both addresses, with its token; the requests are on record without it."""
    info = client_of(slack).files_info(file=file.id)["file"]
    for address in (info["url_private"], info["url_private_download"]):
        assert ("text/csv", CONTENT) == get(address, slack.bot_token)
    assert [(True, {"file": file.id, "with_token": True})] * 2 == [
        (call.ok, call.args) for call in slack.calls_of("download")
    ]


@pytest.mark.parametrize("token", [None, "xoxb-0000-other", "app"])
def test_others_get_the_page_to_sign_in(slack: LocalSlack, file: File, token: str | None) -> None:
    """With status 200, as Slack gives it: only the content tells."""
    kind, page = get(address_of(slack, file), slack.app_token if token == "app" else token)
    assert ("text/html", True) == (kind, b"Sign in" in page)
    assert [302] == [call.status for call in slack.calls_of("download")]


def test_a_bot_without_the_scope_gets_the_page_to_sign_in(clock: TimeMachine) -> None:
    """files.info names the missing scope; the address of a file does not."""
    with LocalSlack.start(clock, manifest=manifest(scopes=["chat:write"])) as slack:
        posted = slack.person("ana").post("general", "", files=[("a.csv", b"a")])
        assert "missing_scope" == refusal(client_of(slack).files_info, file=posted.files[0].id)
        address = f"{slack.base_url}/files-pri/{slack.team_id}-{posted.files[0].id}/a.csv"
        assert "text/html" == get(address, slack.bot_token)[0]


def test_a_file_of_a_channel_without_the_bot_is_not_seen(slack: LocalSlack, client: WebClient, ana: Person) -> None:
    """Neither what it is nor what is in it."""
    file = ana.post("C0SECRET01", "", files=[("a.csv", b"a")]).files[0]
    assert "file_not_found" == refusal(client.files_info, file=file.id)
    address = f"{slack.base_url}/files-pri/{slack.team_id}-{file.id}/a.csv"
    assert "text/html" == get(address, slack.bot_token)[0]


def test_a_deleted_file_is_gone(slack: LocalSlack, client: WebClient, ana: Person, dev: Person, file: File) -> None:
    """404, `file_deleted`, and an empty place in the message; only its person and admins can delete it."""
    address = address_of(slack, file)
    with pytest.raises(Exception, match="may not delete"):
        dev.delete_file(file)

    ana.delete_file(file)

    with pytest.raises(HTTPError, match="404") as caught:
        get(address, slack.bot_token)
    caught.value.close()
    assert "file_deleted" == refusal(client.files_info, file=file.id)
    [message] = slack.channel("general").messages
    assert ("Our customers", True, b"") == (message.text, message.files[0].deleted, message.files[0].content)
    [shown] = client.conversations_history(channel=message.channel)["messages"]
    assert [{"id": file.id, "mode": "tombstone"}] == shown["files"]
    assert "📎 (deleted)" in slack.transcript("general")


def test_a_download_can_fail(slack: LocalSlack, file: File) -> None:
    """A server error, too many requests, an answer that is cut off, one that stalls, a lost connection."""
    address = address_of(slack, file)
    for kind, retry_after in (("http_500", None), ("ratelimited", "7")):
        slack.faults.add("download", kind, retry_after=7)
        with pytest.raises(HTTPError) as caught:
            get(address, slack.bot_token)
        assert retry_after == caught.value.headers["Retry-After"]
        caught.value.close()
    slack.faults.add("download", "cut", at=100)
    with pytest.raises(http.client.IncompleteRead) as cut:
        get(address, slack.bot_token)
    assert CONTENT[:100] == cut.value.partial
    for kind in ("drop_before", "timeout"):
        slack.faults.add("download", kind, delay=0.01)
        with pytest.raises(ConnectionError):
            get(address, slack.bot_token)
    slack.faults.add("download", "stall")
    with pytest.raises(TimeoutError):
        get(address, slack.bot_token, timeout=0.2)
    for kind in ("stall", "slow"):
        slack.faults.add("download", kind, delay=0.01)
        assert CONTENT == get(address, slack.bot_token)[1]


def test_a_download_can_lead_to_another_host(slack: LocalSlack, file: File) -> None:
    """Which shows whether the client hands its token on."""
    slack.faults.add("download", "redirect")
    assert ("text/csv", CONTENT) == get(address_of(slack, file), slack.bot_token)
    assert [302, 200] == [call.status for call in slack.calls_of("download")]


def test_a_file_of_another_host_has_no_content_here(slack: LocalSlack, client: WebClient, ana: Person) -> None:
    """Its address leads there, where the token has no business."""
    message = ana.link_file("general", "Customers", "https://docs.example.com/sheet")

    file = client.files_info(file=message.files[0].id)["file"]
    expected = {"mode": "external", "is_external": True, "url_private": "https://docs.example.com/sheet", "size": 0}
    assert expected == {key: file[key] for key in expected}
    assert "url_private_download" not in file
