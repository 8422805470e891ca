"""What the page is sent: each person's own sight of the workspace, at once and after every change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack, PageState, TimeMachine
from tests.localslack.pages import ask, do
from tests.localslack.tiny import TinyBot, actions, button, client_of, manifest, modal, section, text_input

APP = manifest(
    slash_commands=[{"command": "/tiny", "usage_hint": "help", "description": "Helps"}],
    app_home={"home_tab_enabled": True, "messages_tab_read_only_enabled": True},
)


@pytest.fixture
def page(clock: TimeMachine) -> PageState:
    """What is around the workspace."""
    return PageState(clock)


@pytest.fixture
def slack(clock: TimeMachine, page: PageState) -> Iterator[LocalSlack]:
    """A workspace with its page."""
    with LocalSlack.start(clock, manifest=APP, page=page, pace=False, ack_limit=0.5) as running:
        yield running


@pytest.fixture
def client(slack: LocalSlack) -> WebClient:
    """The bot's client."""
    return client_of(slack)


def views_of(slack: LocalSlack, person: str, *actions: Any) -> list[dict[str, Any]]:
    """What one window is sent at first, and after each action."""

    async def look() -> list[dict[str, Any]]:
        url = f"{slack.base_url}/page/live?as={slack.person(person).id}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url, origin=slack.base_url) as window:
            found = [await window.receive_json(timeout=5)]
            for action in actions:
                await asyncio.to_thread(action)
                found.append(await window.receive_json(timeout=5))
            return found

    return asyncio.run(look())


def test_a_window_is_sent_the_state_and_every_change(slack: LocalSlack) -> None:
    """One snapshot at once, one after a change, with a version that rises."""
    before, after = views_of(slack, "ana", lambda: slack.person("ben").post("general", "hello"))

    assert [] == before["messages"]["C0GENERAL1"]
    assert ["hello"] == [message["text"] for message in after["messages"]["C0GENERAL1"]]
    assert after["version"] > before["version"]


def test_nobody_is_sent_what_slack_hides(slack: LocalSlack, client: WebClient) -> None:
    """Private channels, messages for others, and others' forms are not in a person's state."""
    ana, dev = slack.person("ana"), slack.person("dev")
    ana.post("secret", "a secret")
    client.chat_postEphemeral(channel="C0GENERAL1", user=ana.id, text="for Ana alone")
    client.chat_postMessage(channel=ana.id, text="a direct message")

    [hers], [his] = views_of(slack, "ana"), views_of(slack, "dev")

    assert "a secret" in str(hers)
    assert "for Ana alone" in str(hers)
    assert "a direct message" in str(hers)
    assert not any(secret in str(his) for secret in ("a secret", "for Ana alone", "a direct message"))
    assert dev.id == his["me"]


def test_unread_marks_follow_what_was_seen(slack: LocalSlack) -> None:
    """What others wrote is unread until it was seen; a mention counts apart."""
    ana, ben = slack.person("ana"), slack.person("ben")
    ben.post("general", "one")
    last = ben.post("general", f"two <@{ana.id}>")

    def marks() -> tuple[int, int]:
        [sight] = views_of(slack, "ana")
        channel = next(one for one in sight["channels"] if one["id"] == "C0GENERAL1")
        return channel["unread"], channel["mentions"]

    assert (2, 1) == marks()
    do(slack, "read", channel="C0GENERAL1", ts=last.ts)
    assert (0, 0) == marks()


def test_what_is_typed_is_escaped_and_names_become_mentions(slack: LocalSlack) -> None:
    """As in Slack's composer: no typed markup, but names of people and of channels that one sees."""
    do(slack, "post", channel="C0GENERAL1", text="<!channel> & @ben in #random, @nobody, #secret")
    do(slack, "post", channel="C0GENERAL1", text="#secret", **{"as": slack.person("dev").id})

    first, second = slack.channel("general").messages
    assert "&lt;!channel&gt; &amp; <@U0BEN00001> in <#C0RANDOM01>, @nobody, <#C0SECRET01>" == first.text
    assert "#secret" == second.text


def test_the_messages_tab_takes_no_messages_where_the_manifest_says_so(slack: LocalSlack, client: WebClient) -> None:
    """Slack refuses what is written to the app there."""
    client.chat_postMessage(channel="U0ANA00001", text="hello")

    assert {"refused": "Sending messages to this app has been turned off."} == do(
        slack, "post", channel="D0ANA00001", text="hi"
    )


def test_a_command_that_fails_is_told_as_slack_tells_it(slack: LocalSlack) -> None:
    """Without a bot, and with an unknown name."""
    do(slack, "command", channel="C0GENERAL1", text="/tiny help")
    do(slack, "command", channel="C0GENERAL1", text="/nothing")

    said = [message.text for message in slack.person("ana").ephemerals()]
    assert ["/tiny failed with the error “dispatch_failed”", "`/nothing` is not a valid command."] == said


def test_a_press_finds_its_button_after_the_message_was_edited(slack: LocalSlack, client: WebClient) -> None:
    """Blocks get other ids at every edit: the same action with the same value is the same button."""
    with TinyBot(slack) as bot:
        pressed: list[str] = []
        bot.app.action("go")(lambda ack, action: (ack(), pressed.append(action["value"])))
        blocks = [section("Go?"), actions(button("Go", "go", value="1")), actions(button("Go", "go", value="2"))]
        posted = client.chat_postMessage(channel="C0GENERAL1", text="Go?", blocks=blocks)
        [message] = slack.channel("general").messages
        old = message.blocks[2]["block_id"]
        client.chat_update(channel="C0GENERAL1", ts=posted["ts"], text="Go!", blocks=blocks)
        place = {"channel": "C0GENERAL1", "ts": posted["ts"], "block_id": old, "action_id": "go"}

        assert {} == do(slack, "click", **place, value="2")
        assert {"refused": "What was pressed is gone: the message has changed in the meantime."} == do(
            slack, "click", **place, value="3"
        )
    assert ["2"] == pressed


def test_an_empty_required_field_is_told_at_its_block(slack: LocalSlack) -> None:
    """The script learns which field it is; the bot hears nothing."""
    with TinyBot(slack) as bot:
        bot.opens(modal("Form", text_input("name", "Name"), text_input("note", "Note", optional=True)))
        do(slack, "command", channel="C0GENERAL1", text="/tiny")
        view = slack.person("ana").wait_view()

        assert {"faults": {"name": "“Name” is required."}} == do(slack, "submit", view_id=view.id, values={"note": "x"})
        assert {"refused": "That form is closed."} == do(slack, "submit", view_id="V1", values={})
    assert "x" == slack.person("ana").views[0].values_by_label["Note"]


def test_a_late_acknowledgement_can_be_switched_on(slack: LocalSlack) -> None:
    """The bot does its work, and Slack shows operation_timeout all the same; once."""
    with TinyBot(slack) as bot:
        bot.app.command("/tiny")(lambda ack: ack("done"))
        do(slack, "late", times=1)
        for _ in range(2):
            do(slack, "command", channel="C0GENERAL1", text="/tiny")

    said = [message.text for message in slack.person("ana").ephemerals()]
    assert ["/tiny failed with the error “operation_timeout”", "done"] == said


def test_the_time_machine_jumps_to_the_moments_that_the_app_names(
    slack: LocalSlack, page: PageState, clock: TimeMachine
) -> None:
    """To a moment by its name, by a day, by a week; nowhere where the moment does not come."""
    due = clock.now() + timedelta(hours=48)
    page.moments = {"Next party": lambda: due if clock.now() < due else None, "Next storm": lambda: None}
    slack.wait_for(lambda: page.coming.get("Next party"), 5, "the next moment")
    [sight] = views_of(slack, "ana")
    assert [{"name": "Next party", "at": due.timestamp()}, {"name": "Next storm", "at": None}] == sight["moments"]

    assert "Nothing is planned" in do(slack, "jump", to="Next storm")["refused"]
    assert "Nothing is planned" in do(slack, "jump", to="Next strike")["refused"]
    do(slack, "jump", to="Next party")
    assert due == clock.now()
    do(slack, "jump", to="day")
    do(slack, "jump", to="week")
    assert timedelta(days=8) == clock.now() - due


def test_the_page_is_told_while_the_app_is_busy(slack: LocalSlack, page: PageState) -> None:
    """So that nobody jumps past what it is about to say."""
    assert views_of(slack, "ana")[0]["busy"] is False

    page.is_busy = lambda: True
    slack.wait_for(lambda: page.busy, 5, "the page to ask")

    assert views_of(slack, "ana")[0]["busy"] is True


def test_an_app_that_cannot_say_what_comes_does_not_end_the_page(slack: LocalSlack, page: PageState) -> None:
    """The page asks again instead."""

    def broken() -> None:
        raise RuntimeError("no database")

    page.moments = {"Next party": broken}
    slack.person("ana").post("general", "hello")

    assert [{"name": "Next party", "at": None}] == views_of(slack, "ana")[0]["moments"]


def test_everything_can_be_marked_as_read(slack: LocalSlack) -> None:
    """A workspace that was filled before anybody looked begins without unread marks."""
    slack.person("ben").post("general", "an old message")

    slack.read_everything()

    assert [0] == [one["unread"] for one in views_of(slack, "ana")[0]["channels"] if one["name"] == "general"]


def test_crashes_are_sent_until_they_are_put_away(slack: LocalSlack) -> None:
    """With what was logged; each by its number."""
    first, second = views_of(slack, "ana", lambda: slack.crashed("bot.delivery", "it failed", "Traceback …"))

    assert [] == first["crashes"]
    [crash] = second["crashes"]
    assert ("bot.delivery", "it failed", "Traceback …") == (crash["source"], crash["message"], crash["traceback"])
    do(slack, "dismiss_crash", number=crash["number"])
    assert [] == views_of(slack, "ana")[0]["crashes"]


def test_the_inspector_has_calls_and_deliveries_with_their_payloads(slack: LocalSlack, client: WebClient) -> None:
    """In short as a list from any point on, in full one by one."""
    client.chat_postMessage(channel="C0GENERAL1", text="x" * 4001)
    do(slack, "command", channel="C0GENERAL1", text="/tiny help")

    listed = ask(slack, "/page/inspector").json
    [call], [delivery] = listed["calls"], listed["deliveries"]
    assert ("chat.postMessage", None) == (call["name"], call["error"])
    assert ["text is longer than the 4,000 characters that Slack advises"] == call["limits"]
    assert ("slash_commands", "dispatch_failed") == (delivery["name"], delivery["error"])
    assert "help" == ask(slack, "/page/inspector/delivery/0").json["payload"]["text"]
    assert "C0GENERAL1" == ask(slack, "/page/inspector/call/0").json["arguments"]["channel"]
    assert [] == ask(slack, "/page/inspector?calls=1&deliveries=1").json["calls"]
    assert 404 == ask(slack, "/page/inspector/call/9").status


def test_a_file_is_given_to_those_who_see_its_message(slack: LocalSlack, client: WebClient) -> None:
    """As plain text whatever it is called; not to others."""
    client.files_upload_v2(channel="C0TEAM0001", filename="pairs.html", content="<script>alert(1)</script>")
    [message] = slack.channel("team").messages
    path = f"/page/files/{message.files[0].id}"

    answer = ask(slack, f"{path}?as=U0ANA00001&download=1")
    assert b"<script>alert(1)</script>" == answer.body
    assert "text/plain; charset=utf-8" == answer.headers["content-type"]
    assert answer.headers["content-disposition"].startswith("attachment")
    assert 404 == ask(slack, f"{path}?as=U0DEV00001").status
