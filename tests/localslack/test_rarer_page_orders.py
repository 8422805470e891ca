"""Orders of the page's script that seldom come: shortcuts and menus, what is refused, and requests of other kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack, PageState, TimeMachine
from bot.localslack.workspace_model import PNG
from tests.localslack.pages import ask, do
from tests.localslack.test_forms import labelled, options
from tests.localslack.tiny import TinyBot, actions, modal, section, text_input

GENERAL = "C0GENERAL1"


@pytest.fixture
def slack(clock: TimeMachine) -> Iterator[LocalSlack]:
    """A workspace with its page."""
    with LocalSlack.start(clock, page=PageState(clock), pace=False, ack_limit=1.0) as running:
        yield running


def faults_of(slack: LocalSlack) -> list[tuple[str, str, int]]:
    """The faults that are switched on."""
    return [(fault.method, fault.kind, fault.times) for fault in slack.faults.pending]


REFUSED = {
    "an empty message": ("post", {"channel": GENERAL, "text": "  "}, "Type a message or attach a file first."),
    "a fault of nobody": (
        "fault",
        {"method": "*", "kind": "earthquake", "times": 1},
        "Choose one of the faults in the list, and 1 to 1,000 times.",
    ),
    "a fault never": (
        "fault",
        {"method": "*", "kind": "http_500", "times": 0},
        "Choose one of the faults in the list, and 1 to 1,000 times.",
    ),
    "an unknown channel": ("archive", {"channel": "C0NOWHERE1"}, "That channel doesn't exist."),
    "direct messages": ("remove_bot", {"channel": "D0ANA00001"}, "That channel doesn't exist."),
    "a file that is gone": ("delete_file", {"file": "F1"}, "That file is gone."),
    "a message that is gone": ("dismiss", {"ts": "1.2"}, "That message is gone."),
    "a message that nobody wrote": ("delete", {"channel": GENERAL, "ts": "1.2"}, "That message is gone."),
    "a shortcut on nothing": (
        "message_shortcut",
        {"callback_id": "take", "channel": GENERAL, "ts": "1.2"},
        "That message is gone.",
    ),
    "a form that is closed": ("close", {"view_id": "V1"}, "That form is closed."),
}


@pytest.mark.parametrize(("name", "order", "sentence"), REFUSED.values(), ids=REFUSED)
def test_an_order_that_cannot_be_carried_out_is_refused_with_a_sentence(
    slack: LocalSlack, client: WebClient, name: str, order: dict[str, Any], sentence: str
) -> None:
    """The person reads why, and nothing has changed."""
    client.conversations_open(users="U0ANA00001")
    before = slack.snapshot()

    assert {"refused": sentence} == do(slack, name, **order)
    assert (before, []) == (slack.snapshot(), faults_of(slack))


def test_faults_are_switched_on_and_off(slack: LocalSlack) -> None:
    """Each with its number; the switch for none takes late answers back, too."""
    assert {} == do(slack, "fault", method="chat.postMessage", kind="ratelimited", times=3, retry_after=5)
    do(slack, "late", times=2)
    assert [("chat.postMessage", "ratelimited", 3)] == faults_of(slack)

    assert {} == do(slack, "no_faults")
    assert ([], 0) == (faults_of(slack), slack.core.late_deliveries)


def test_channels_are_archived_and_the_bot_is_taken_out_and_in(slack: LocalSlack) -> None:
    """Twice the same order does no harm."""
    channel = slack.channel("general")
    for name, archived, member in (
        ("archive", True, True),
        ("unarchive", False, True),
        ("remove_bot", False, False),
        ("remove_bot", False, False),
        ("invite_bot", False, True),
        ("invite_bot", False, True),
    ):
        assert {} == do(slack, name, channel=GENERAL)
        assert (archived, int(member)) == (channel.is_archived, channel.members.count(slack.bot_user_id))


def test_a_person_dismisses_only_what_was_said_to_them(slack: LocalSlack, client: WebClient) -> None:
    """A message for Ana alone goes when she puts it away, and stays when Ben tries."""
    ts = client.chat_postEphemeral(channel=GENERAL, user="U0ANA00001", text="for Ana")["message_ts"]
    ana = slack.person("ana")

    assert {"refused": "That message is gone."} == do(slack, "dismiss", ts=ts, **{"as": "U0BEN00001"})
    assert ["for Ana"] == [message.text for message in ana.ephemerals()]
    assert {} == do(slack, "dismiss", ts=ts)
    assert [] == ana.ephemerals()


def test_what_is_typed_into_a_form_may_speak_to_the_bot(slack: LocalSlack, bot: TinyBot) -> None:
    """An input with `dispatch_action` tells it at once; if that fails, the person reads so and keeps what was typed."""
    bot.opens(modal("1", text_input("a", "A", dispatch_action=True), text_input("b", "B", optional=True)))
    do(slack, "command", channel=GENERAL, text="/tiny")
    view = slack.person("ana").wait_view()
    refused = do(slack, "fill", view_id=view.id, values={"a": "one"})
    bot.app.action("value")(lambda ack: ack())

    assert {"refused": "The app didn't answer (http_client_error)."} == refused
    assert {} == do(slack, "fill", view_id=view.id, values={"a": "two", "b": "three"})
    assert "block_actions" == slack.deliveries[-1].kind
    [now] = slack.person("ana").views
    assert {"a": "two", "b": "three"} == now.values


def test_shortcuts_and_menus_work_from_the_page(slack: LocalSlack, client: WebClient, bot: TinyBot) -> None:
    """The bot gets the same payloads; what a menu does not offer is refused."""
    bot.app.shortcut("start")(lambda ack: ack())
    bot.app.action("day")(lambda ack: ack())
    bot.app.options("it")(lambda ack, payload: ack(options=options(payload["value"])))
    picker = {"type": "datepicker", "action_id": "day"}
    bot.opens(modal("1", labelled("far", "external_select"), actions(picker, block_id="row")))
    ts = client.chat_postMessage(channel=GENERAL, text="x", blocks=[actions(picker, block_id="row")])["ts"]
    do(slack, "command", channel=GENERAL, text="/tiny")
    view_id = slack.person("ana").wait_view().id

    assert {} == do(slack, "shortcut", callback_id="start")
    assert {} == do(slack, "message_shortcut", callback_id="start", channel=GENERAL, ts=ts)
    assert ["shortcut", "message_action"] == [delivery.kind for delivery in slack.deliveries[-2:]]
    place = {"block_id": "row", "action_id": "day"}
    for name, where in (("choose", {"channel": GENERAL, "ts": ts}), ("view_choose", {"view_id": view_id})):
        assert {} == do(slack, name, chosen="2026-03-05", **place, **where)
        assert "2026-03-05" == slack.deliveries[-1].payload["actions"][0]["selected_date"]
        assert "That is not offered here" in do(slack, name, chosen="soon", **place, **where)["refused"]
    assert {"options": options("ac")} == do(slack, "suggest", view_id=view_id, block_id="far", typed="ac")


def test_a_form_that_needs_no_answer_yet_is_pressed_with_nothing_typed(slack: LocalSlack, client: WebClient) -> None:
    """On the home tab there is nothing to fill: what the script sends with a press is left alone."""
    client.views_publish(user_id="U0ANA00001", view={"type": "home", "blocks": [section("x")]})
    home = slack.person("ana").home
    assert home is not None

    assert {} == do(slack, "fill", view_id=home.id, values={"nowhere": "x"})
    assert [] == slack.deliveries


def test_other_requests_get_what_they_ask_for(slack: LocalSlack) -> None:
    """The icon; 404 for orders that do not exist; 400 for an inspector that counts in words."""
    icon = ask(slack, "/favicon.ico")
    assert (200, True) == (icon.status, icon.headers["content-type"].startswith("image/svg+xml"))
    assert 404 == ask(slack, "/page/do/explode", "POST", {"as": "U0ANA00001"}).status
    assert 400 == ask(slack, "/page/inspector?calls=many").status


def test_a_picture_is_served_as_one(slack: LocalSlack) -> None:
    """By its content, not by its name; shared twice, its channel is listed once."""
    message = slack.person("ana").post("general", "", files=[("a.txt", PNG + b"\0")])
    file = message.files[0].id
    answer = ask(slack, f"/page/files/{file}?as=U0DEV00001")
    assert ("image/png", PNG + b"\0") == (answer.headers["content-type"], answer.body)
    assert answer.headers["content-disposition"].startswith("inline")

    again = do(slack, "post", channel=GENERAL, text="", files=[file])["ts"]
    client = WebClient(token=slack.bot_token, base_url=slack.api_url)
    told = client.files_info(file=file)["file"]
    assert [GENERAL] == told["channels"]
    assert [message.ts, again] == [share["ts"] for share in told["shares"]["public"][GENERAL]]


def test_a_window_is_sent_why_there_is_no_composer_and_says_nothing_itself(slack: LocalSlack) -> None:
    """Who is in no channel reads so; what a window sends is ignored, and it goes on being told."""
    slack.channel("general").remove_member("dev")

    async def look() -> list[dict[str, Any]]:
        url = f"{slack.base_url}/page/live?as=U0DEV00001"
        async with aiohttp.ClientSession() as session, session.ws_connect(url, origin=slack.base_url) as window:
            found = [await window.receive_json(timeout=5)]
            await window.send_str("hello")
            await asyncio.to_thread(slack.person("ben").post, "general", "news")
            found.append(await window.receive_json(timeout=5))
            return found

    before, after = asyncio.run(look())
    composers = {channel["name"]: channel["no_composer"] for channel in before["channels"]}
    assert ("You are not in #general.", None) == (composers["general"], composers["random"])
    assert "You are viewing #archive, an archived channel." == composers["archive"]
    assert ["news"] == [message["text"] for message in after["messages"][GENERAL]]


def test_a_crash_after_the_end_is_shown_to_nobody(slack: LocalSlack) -> None:
    """A thread of the bot may end after its workspace: it neither waits nor fails."""
    slack.stop()
    slack.crashed("bot", "too late", "Traceback …")

    assert slack.page is not None
    assert [] == list(slack.page.crashes)
