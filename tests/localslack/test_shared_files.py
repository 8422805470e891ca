"""Files that people put into channels and threads, and what the app learns of them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from bot.localslack import (
    LocalSlack,
    NotPossible,
    PageState,
    Person,
    SeedChannel,
    SeedPerson,
    TimeMachine,
    WorkspaceSeed,
)
from bot.localslack.workspace_file import WorkspaceFile
from tests.localslack.pages import ask, do
from tests.localslack.tiny import TinyBot, client_of, manifest

CSV = ("customers.csv", b"Data,ana@example.com\n")


def test_a_message_shortcut_carries_the_files(bot: TinyBot, ana: Person) -> None:
    """Of a message in a thread, too."""
    top = ana.post("general", "Here they come")
    reply = ana.post("general", "", thread_ts=top.ts, files=[CSV, ("b.xlsx", b"PK\3\4\0")])

    delivery = ana.message_shortcut("take_list", reply)

    first, second = delivery.payload["message"]["files"]
    assert ("customers.csv", "xlsx", "hosted") == (first["name"], second["filetype"], second["mode"])
    assert (["C0GENERAL1"], True) == (first["channels"], first["is_public"])
    assert [{"ts": reply.ts, "thread_ts": top.ts}] == first["shares"]["public"]["C0GENERAL1"]
    assert [b"Data,ana@example.com\n", b"PK\3\4\0"] == [file.content for file in reply.files]


def test_files_go_where_a_person_may_write(slack: LocalSlack, ana: Person, dev: Person) -> None:
    """Nothing is uploaded where they may not."""
    with pytest.raises(NotPossible):
        ana.post("C0ARCHIVE1", "", files=[CSV])
    with pytest.raises(NotPossible):
        dev.post("C0SECRET01", "", files=[CSV])
    assert [] == slack.snapshot()["files"]


@pytest.mark.parametrize("channel", ["general", "D0ANA00001"])
def test_an_app_that_subscribes_is_told(clock: TimeMachine, channel: str) -> None:
    """`file_shared`, the message with its files, and `file_deleted`; without a subscription nothing is sent."""
    subscribed = ["file_shared", "file_deleted", "message.channels", "message.im"]
    app = manifest() | {"settings": {"event_subscriptions": {"bot_events": subscribed}}}
    with LocalSlack.start(clock, manifest=app, ack_limit=1.0) as slack, TinyBot(slack) as bot:
        bot.client.conversations_open(users=slack.person("ana").id)
        ana = slack.person("ana")
        message = ana.post(channel, "Our customers", files=[CSV])
        ana.delete_file(message.files[0])

        events: list[dict[str, Any]] = [one.payload["event"] for one in slack.deliveries]
        assert ["file_shared", "message", "file_deleted"] == [event["type"] for event in events]
        shared, said, deleted = events
        assert (message.files[0].id, ana.id, message.channel) == (
            shared["file_id"], shared["user_id"], shared["channel_id"],
        )  # fmt: skip
        assert ("file_share", "Our customers", message.ts) == (said["subtype"], said["text"], said["event_ts"])
        assert ("customers.csv", "im" if channel != "general" else "channel") == (
            said["files"][0]["name"], said["channel_type"],
        )  # fmt: skip
        assert message.files[0].id == deleted["file_id"]


def test_an_app_without_subscriptions_is_told_nothing(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """As before: events are sent by tests that want them."""
    ana.post("general", "", files=[CSV])
    assert [] == slack.deliveries


def test_a_channel_shared_with_another_company_hands_out_ids_only(clock: TimeMachine) -> None:
    """The app has to ask files.info for the rest."""
    shared = SeedChannel("joint", has_app=True, is_ext_shared=True)
    seed = WorkspaceSeed("T0TEST0001", "Test", "test", people=(SeedPerson("ana", "Ana Lima"),), channels=(shared,))
    with LocalSlack.start(clock, workspace=seed) as slack:
        message = slack.person("ana").post("joint", "", files=[CSV])
        [file] = slack.person("ana").message_shortcut("take", message).payload["message"]["files"]

        assert (message.files[0].id, "check_file_info") == (file["id"], file["file_access"])
        assert not {"name", "url_private", "size"} & file.keys()
        assert "customers.csv" == client_of(slack).files_info(file=file["id"])["file"]["name"]


def test_files_are_kept_with_the_workspace(tmp_path: Path) -> None:
    """The newest up to a number of bytes; those before them come back as deleted."""
    path = tmp_path / "kept.json"
    with LocalSlack.start(TimeMachine(), file=WorkspaceFile(path, most_file_bytes=5)) as slack:
        for name in ("old.csv", "new.csv"):
            slack.person("ana").post("general", "", files=[(name, b"a,b\n")])

    with LocalSlack.start(TimeMachine(), file=WorkspaceFile(path)) as slack:
        old, new = (message.files[0] for message in slack.channel("general").messages)
        assert (True, "new.csv", "a,b\n", False) == (old.deleted, new.name, new.text, new.deleted)
        assert 2 == len(slack.snapshot()["files"])


def test_the_page_uploads_a_file_and_sends_it_later(clock: TimeMachine) -> None:
    """Uploaded, it is in no message; sent, those who see the message get it; deleted, nobody does."""
    with LocalSlack.start(clock, page=PageState(clock)) as slack:
        content = base64.b64encode(CSV[1]).decode()
        file = do(slack, "upload", filename="customers.csv", content=content)["file"]
        path = f"/page/files/{file['id']}?as={slack.person('dev').id}"
        assert ({"id": file["id"], "name": "customers.csv", "size": 21}, 404) == (file, ask(slack, path).status)

        do(slack, "post", channel="C0GENERAL1", text="", files=[file["id"]])
        assert (200, CSV[1]) == (ask(slack, path).status, ask(slack, path).body)
        do(slack, "delete_file", file=file["id"])
        assert 404 == ask(slack, path).status
        order = {"as": slack.person("ana").id, "filename": "x.csv", "content": "no base64"}
        assert 400 == ask(slack, "/page/do/upload", "POST", order).status


def test_only_an_address_can_be_linked_and_only_a_file_that_is_there_deleted(slack: LocalSlack, ana: Person) -> None:
    """Nothing is shared for a link of another kind; a file is deleted once."""
    with pytest.raises(NotPossible, match="no address of a file"):
        ana.link_file("general", "Sheet", "file:///etc/hosts")
    assert ([], []) == (slack.channel("general").messages, slack.snapshot()["files"])
    file = ana.post("general", "", files=[CSV]).files[0]
    ana.delete_file(file)
    with pytest.raises(NotPossible, match="That file is gone"):
        ana.delete_file(file)
