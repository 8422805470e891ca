"""A workspace that is kept in a file comes back as it was."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.localslack import LocalSlack, PageState, TimeMachine
from bot.localslack.workspace_file import CannotRestore, WorkspaceFile
from tests.localslack.tiny import client_of, section


def test_what_was_said_is_there_again(tmp_path: Path) -> None:
    """Messages, threads, files, members, the home tab, what was read, and how far the clock was moved."""
    path = tmp_path / "demo.db.slack.json"
    clock = TimeMachine()
    with LocalSlack.start(clock, page=PageState(clock), file=WorkspaceFile(path)) as slack:
        client = client_of(slack)
        card = client.chat_postMessage(channel="C0GENERAL1", text="card", blocks=[section("*card*")])
        client.files_upload_v2(channel="C0GENERAL1", thread_ts=card["ts"], filename="pairs.txt", content="a : b")
        home = {"type": "home", "blocks": [section("home")]}
        client.views_publish(user_id="U0ANA00001", view=home)
        slack.channel("general").remove_member("dev")
        clock.jump(timedelta(days=3))
        moved = clock.now()

    later = TimeMachine()
    page = PageState(later)
    with LocalSlack.start(later, page=page, file=WorkspaceFile(path)) as slack:
        channel = slack.channel("general")
        [message] = channel.messages
        [reply] = channel.thread(message.ts)
        assert ("card", "*card*") == (message.text, message.shown)
        assert "a : b" == reply.files[0].text
        assert slack.person("dev").id not in channel.members
        home_again = slack.person("ana").home
        assert home_again is not None
        assert "home" == home_again.shown
        assert timedelta() <= later.now() - moved < timedelta(minutes=1)
        client_of(slack).chat_update(channel="C0GENERAL1", ts=message.ts, text="edited")
        assert slack.person("ana").post("general", "next").ts > message.ts


def test_the_file_is_written_while_it_runs(tmp_path: Path) -> None:
    """A process that is killed loses no more than the last moment."""
    path = tmp_path / "kept.json"
    with LocalSlack.start(TimeMachine(), file=WorkspaceFile(path)) as slack:
        slack.person("ana").post("general", "hello")

        slack.wait_for(lambda: path.exists() and "hello" in path.read_text("utf-8"), 5, "the file")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"form": 0}', '{"form": 1}', '{"form": 1, "users": 3}'])
def test_a_file_that_is_none_of_ours_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    """With a sentence that names the file."""
    path = tmp_path / "kept.json"
    path.write_text(content)

    with pytest.raises(CannotRestore, match=r"kept\.json"):
        LocalSlack.start(TimeMachine(), file=WorkspaceFile(path))

    assert content == path.read_text()


def test_nothing_is_lost_of_what_a_message_can_hold(tmp_path: Path) -> None:
    """Every field of the file is one that can be read back: saving what was restored changes nothing."""
    path = tmp_path / "kept.json"
    with LocalSlack.start(TimeMachine(), file=WorkspaceFile(path)) as slack:
        metadata = {"event_type": "card", "event_payload": {"id": 1}}
        client_of(slack).chat_postMessage(channel="C0GENERAL1", text="x", metadata=metadata)
    first = json.loads(path.read_text("utf-8"))

    with LocalSlack.start(TimeMachine(), file=WorkspaceFile(path)):
        pass

    again = json.loads(path.read_text("utf-8"))
    assert first["messages"] == again["messages"]
    assert first["conversations"] == again["conversations"]
