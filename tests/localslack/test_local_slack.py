"""The facade: starting and stopping, waiting, transcripts, and state that is JSON."""

import json
import socket
import threading

import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack, Person, TimeMachine
from tests.localslack.tiny import actions, button, plain, section


def test_it_listens_on_loopback_at_the_port_it_is_given(clock: TimeMachine) -> None:
    """And says so when the port is taken."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="address already in use"):
            LocalSlack.start(clock, port=port)
    with LocalSlack.start(clock, port=port) as slack:
        assert f"http://127.0.0.1:{port}" == slack.base_url
        assert f"http://127.0.0.1:{port}/api/" == slack.api_url


def test_what_was_recorded_outlives_the_server(clock: TimeMachine) -> None:
    """After stop() one can look, and no longer act."""
    slack = LocalSlack.start(clock)
    ana = slack.person("ana")
    ana.post("general", "hi")
    slack.stop()
    slack.stop()

    assert ["hi"] == [message.text for message in slack.channel("general").messages]
    with pytest.raises(RuntimeError, match="stopped"):
        ana.command("/tiny")


def test_waiting_wakes_with_the_change(slack: LocalSlack, ana: Person) -> None:
    """No fixed sleeps: another thread's action ends the wait."""
    poster = threading.Thread(target=lambda: ana.post("general", "there"))
    poster.start()
    messages = slack.wait_for(lambda: slack.channel("general").messages, what="a message")
    poster.join()

    assert ["there"] == [message.text for message in messages]


def test_waiting_in_vain_says_what_there_was(slack: LocalSlack, client: WebClient, ana: Person) -> None:
    """The failed test shows the channels, the calls and what it waited for."""
    client.chat_postMessage(channel="C0GENERAL1", text="something else")
    with pytest.raises(AssertionError) as caught:
        slack.wait_for(lambda: None, timeout=0.01, what="the card")

    for part in ("for the card", "#general", "something else", "chat.postMessage"):
        assert part in str(caught.value)
    with pytest.raises(AssertionError, match="ana to see a form 'Start'"):
        ana.wait_view("Start", timeout=0.01)


def test_the_transcript_reads_like_the_channel(slack: LocalSlack, client: WebClient, ana: Person) -> None:
    """Markup, emoji, dates, names and buttons, with threads under their parents."""
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Acme"}},
        section(
            ":white_check_mark: *Sign up* by <@U0ANA00001> in <#C0RANDOM01>, <!subteam^S0ADMINS01>\n"
            "until <!date^1772532000^{date_short_pretty} at {time}|soon> &amp; <https://x.example|docs>",
            accessory=button(":zzz: Skip", "skip"),
        ),
        {"type": "divider"},
        actions(button("Mark done", "done")),
    ]
    top = client.chat_postMessage(channel="C0GENERAL1", text="card", blocks=blocks)["ts"]
    client.chat_postMessage(channel="C0GENERAL1", text="_done_ :unknown:", thread_ts=top)

    text = slack.transcript("general")
    assert "✅ Sign up by @Ana Lima in #random, @admins" in text
    assert "until tomorrow at 10:00 & docs (https://x.example)  [💤 Skip]" in text
    assert "ACME" in text
    assert "[Mark done]" in text
    assert "│   _done_ :unknown:" in text
    assert "App  Mon 02 Mar 10:00" in text


def test_the_transcript_shows_what_is_special(slack: LocalSlack, client: WebClient, ana: Person) -> None:
    """Direct messages, broadcast replies, edits, menus, and what people wrote."""
    top = ana.post("general", "hello *all* ~never~ `code`").ts
    client.chat_postMessage(channel="C0GENERAL1", text="loud <!here>", thread_ts=top, reply_broadcast=True)
    client.chat_postMessage(channel=ana.id, text="psst")
    menu = {"type": "overflow", "action_id": "more", "options": [{"text": plain("A"), "value": "a"}]}
    blocks = [
        section("words", accessory=menu, fields=[{"type": "mrkdwn", "text": "*a*\nb"}]),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": ":bell: small"}]},
    ]
    ts = client.chat_postMessage(channel="C0GENERAL1", text="x", blocks=blocks)["ts"]
    client.chat_update(channel="C0GENERAL1", ts=ts, text="x")

    text = slack.transcript("general")
    for part in (
        "hello all never code",
        "from a thread)",
        "loud @here",
        "a · b  […]",
        "🔔 small",
        "(edited)",
    ):
        assert part in text
    assert slack.transcript(ana.direct_messages[0].channel).startswith("@Ana Lima")


def test_all_state_is_json(slack: LocalSlack, client: WebClient, ana: Person) -> None:
    """A page can show it, and a version tells when it changed."""
    before = slack.snapshot()["version"]
    client.chat_postMessage(channel="C0GENERAL1", text="x", metadata={"event_type": "a", "event_payload": {}})
    client.files_upload_v2(content="x", filename="x.txt", channel="C0GENERAL1")
    client.views_publish(user_id=ana.id, view={"type": "home", "blocks": []})
    state = slack.snapshot()

    assert before < state["version"]
    assert state == json.loads(json.dumps(state))


def test_people_and_channels_are_found_by_name_and_id(slack: LocalSlack, ana: Person) -> None:
    """An unknown one is a mistake of the test."""
    assert ana.id == slack.person(ana.id).id
    assert "general" == slack.channel("#general").name == slack.channel("C0GENERAL1").name
    assert ("ana", "Ana Lima", "America/Sao_Paulo") == (ana.name, ana.real_name, ana.tz)
    with pytest.raises(KeyError):
        slack.person("zoe")
    with pytest.raises(KeyError):
        slack.channel("nowhere")
    assert [] == slack.channel("random").messages
    assert ana.id in slack.channel("random").members
