"""Commands, shortcuts and clicks in channels: complete payloads, and only what Slack lets a person do."""

from typing import Any

import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack, Message, NotPossible, Person
from tests.localslack.tiny import TinyBot, actions, button, plain, section


@pytest.fixture
def bot(bot: TinyBot) -> TinyBot:
    """A bot that acknowledges everything of these tests."""
    bot.app.command("/tiny")(lambda ack: ack())
    bot.app.shortcut("start")(lambda ack: ack())
    for action_id in ("go", "done_1", "done_2", "menu", "more", "boxes"):
        bot.app.action(action_id)(lambda ack: ack())
    return bot


def card(slack: LocalSlack, client: WebClient, *blocks: dict[str, Any], channel: str = "C0GENERAL1") -> Message:
    """A message of the bot."""
    ts = client.chat_postMessage(channel=channel, text="card", blocks=list(blocks))["ts"]
    message = slack.channel(channel).message(ts)
    assert message is not None
    return message


def test_a_command_carries_what_slack_sends(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """All of Slack's fields, as texts."""
    delivery = ana.command("/tiny", "status 123", channel="general")
    payload = delivery.payload

    assert (None, 200, "http", "slash_commands") == (
        delivery.error,
        delivery.status,
        delivery.transport,
        delivery.kind,
    )
    assert {
        "team_id": slack.team_id,
        "team_domain": "sample",
        "channel_id": "C0GENERAL1",
        "channel_name": "general",
        "user_id": ana.id,
        "user_name": "ana",
        "command": "/tiny",
        "text": "status 123",
        "api_app_id": slack.app_id,
        "is_enterprise_install": "false",
    } == {key: payload[key] for key in payload if key not in ("token", "response_url", "trigger_id")}
    assert payload["response_url"].startswith(f"{slack.base_url}/commands/{slack.team_id}/")


def test_the_name_of_a_private_channel_is_hidden(bot: TinyBot, ana: Person) -> None:
    """Slack sends "privategroup" in its place."""
    assert "privategroup" == ana.command("/tiny", channel="team").payload["channel_name"]


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ({"thread": "1.2"}, "not supported in threads"),
        ({"channel": "secret"}, "sees no channel"),
        ({"channel": "archive"}, "archived"),
    ],
)
def test_a_command_needs_a_composer(
    slack: LocalSlack, bot: TinyBot, dev: Person, where: dict[str, str], sentence: str
) -> None:
    """Not in threads, not in what one does not see, not in archived channels; the bot hears nothing."""
    with pytest.raises(NotPossible, match=sentence):
        dev.command("/tiny", **where)
    assert [] == slack.deliveries


def test_an_acknowledgement_can_carry_a_message(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """For the person only, or for the channel."""
    bot.app.command("/say")(lambda ack, body: ack(text=body["text"], response_type=body["text"]))
    seen = ana.command("/say", "ephemeral").ephemerals
    assert [("ephemeral", True)] == [(message.text, message.ephemeral) for message in seen]
    assert [] == ana.command("/say", "in_channel").ephemerals
    assert ["in_channel"] == [message.text for message in slack.channel("general").messages]


def test_a_malformed_answer_to_a_command_is_reported(bot: TinyBot, ana: Person) -> None:
    """Slack does not show what breaks its limits."""
    bot.app.command("/bad")(lambda ack: ack(text="x", blocks=[{"type": "sections"}]))
    delivery = ana.command("/bad")

    assert "invalid_command_response" == delivery.error
    assert "unsupported type: sections" in (delivery.detail or "")


def test_a_click_carries_message_channel_and_state(
    slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person
) -> None:
    """A whole block_actions payload."""
    message = card(slack, client, section("Card"), actions(button("Go", "go", value="7", style="primary")))
    payload = ana.click(message, "Go").payload

    assert "block_actions" == payload["type"]
    assert {"id": slack.team_id, "domain": "sample"} == payload["team"]
    assert {"id": ana.id, "username": "ana", "name": "ana", "team_id": slack.team_id} == payload["user"]
    assert {"id": "C0GENERAL1", "name": "general"} == payload["channel"]
    assert {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": "C0GENERAL1",
        "is_ephemeral": False,
    } == payload["container"]
    assert (None, False, slack.app_id) == (
        payload["enterprise"],
        payload["is_enterprise_install"],
        payload["api_app_id"],
    )
    assert (message.ts, message.blocks) == (payload["message"]["ts"], payload["message"]["blocks"])
    assert {"values": {}} == payload["state"]
    [action] = payload["actions"]
    assert float(action.pop("action_ts")) > 0
    assert {
        "action_id": "go",
        "block_id": message.blocks[1]["block_id"],
        "type": "button",
        "text": {"type": "plain_text", "text": "Go", "emoji": True},
        "value": "7",
        "style": "primary",
    } == action
    assert payload["response_url"].startswith(f"{slack.base_url}/actions/")
    assert payload["trigger_id"]


def test_a_click_in_a_thread_names_the_thread(slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person) -> None:
    """The container has thread_ts."""
    top = client.chat_postMessage(channel="C0GENERAL1", text="top")["ts"]
    client.chat_postMessage(channel="C0GENERAL1", text="x", thread_ts=top, blocks=[actions(button("Go", "go"))])
    [reply] = slack.channel("general").thread(top)

    assert top == ana.click(reply, "Go").payload["container"]["thread_ts"]


def test_a_button_is_found_by_its_words_its_id_or_its_place(
    slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person
) -> None:
    """Where several are called alike, `near` says which; otherwise it is not possible."""
    message = card(
        slack,
        client,
        section("First step"),
        actions(button("☑️ Mark done", "done_1")),
        section("Second step", accessory=button(":white_check_mark: Mark done", "done_2")),
    )

    assert "done_2" == ana.click(message, "done_2").payload["actions"][0]["action_id"]
    assert "done_2" == ana.click(message, ":white_check_mark: Mark done").payload["actions"][0]["action_id"]
    assert "done_1" == ana.click(message, "Mark done", near="First").payload["actions"][0]["action_id"]
    assert "done_2" == ana.click(message, "Mark done", near="Second").payload["actions"][0]["action_id"]
    with pytest.raises(NotPossible, match="2 of button 'Mark done'"):
        ana.click(message, "Mark done")
    with pytest.raises(NotPossible, match="There is no button 'Skip'"):
        ana.click(message, "Skip")


def test_a_confirm_dialog_can_be_declined(slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person) -> None:
    """Then nothing is sent."""
    dialog = {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
    message = card(slack, client, actions(button("Go", "go", confirm=dialog)))

    assert "declined" == ana.click(message, "Go", confirm=False).error
    assert [] == slack.deliveries
    assert ana.click(message, "Go").ok


def test_menus_send_what_was_chosen(slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person) -> None:
    """Selects, overflow menus and checkboxes in a message; the state holds what holds a value."""
    choices = [{"text": plain(x.upper()), "value": x} for x in ("a", "b")]
    message = card(
        slack,
        client,
        actions(
            {"type": "static_select", "action_id": "menu", "options": choices},
            {"type": "overflow", "action_id": "more", "options": choices},
            {"type": "checkboxes", "action_id": "boxes", "options": choices},
        ),
    )

    chosen = ana.choose(message, "menu", "B").payload
    assert choices[1] == chosen["actions"][0]["selected_option"]
    block_id = message.blocks[0]["block_id"]
    assert choices[1] == chosen["state"]["values"][block_id]["menu"]["selected_option"]
    assert choices[0] == ana.choose(message, "more", "a").payload["actions"][0]["selected_option"]
    assert choices == ana.choose(message, "boxes", ["a", "b"]).payload["actions"][0]["selected_options"]


def test_nobody_clicks_where_they_cannot_look(
    slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person, dev: Person
) -> None:
    """A private channel one is not in, someone else's ephemeral message, a message that is gone."""
    go = actions(button("Go", "go"))
    private = card(slack, client, go, channel="C0TEAM0001")
    client.chat_postEphemeral(channel="C0GENERAL1", user=ana.id, text="x", blocks=[go])
    [hers] = ana.ephemerals()
    gone = card(slack, client, go)
    slack.delete_message("general", gone.ts)

    for message, sentence in ((private, "sees no channel"), (hers, "someone else"), (gone, "gone")):
        with pytest.raises(NotPossible, match=sentence):
            dev.click(message, "Go")
    slack.deactivate("dev")
    with pytest.raises(NotPossible, match="deactivated"):
        dev.command("/tiny")
    assert [] == slack.deliveries


def test_a_click_in_an_ephemeral_message_carries_no_message(
    slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person
) -> None:
    """Slack leaves it out; the container says so."""
    client.chat_postEphemeral(channel="C0GENERAL1", user=ana.id, text="x", blocks=[actions(button("Go", "go"))])
    payload = ana.click(ana.ephemerals()[0], "Go").payload

    assert "message" not in payload
    assert payload["container"]["is_ephemeral"]


def test_shortcuts_carry_what_slack_sends(slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person) -> None:
    """A global one knows no channel; one of a message brings the message."""
    assert {"id": ana.id, "username": "ana", "team_id": slack.team_id} == ana.shortcut("start").payload["user"]
    message = card(slack, client, section("x"))
    payload = ana.message_shortcut("start", message).payload

    assert ("message_action", message.ts, "C0GENERAL1") == (
        payload["type"],
        payload["message_ts"],
        payload["channel"]["id"],
    )
    assert message.ts == payload["message"]["ts"]


def test_people_write_and_delete_their_own(slack: LocalSlack, ana: Person, dev: Person) -> None:
    """Others' messages are for admins."""
    message = ana.post("general", "hi")
    reply = dev.post("general", "hello", thread_ts=message.ts)
    assert [reply.ts] == [m.ts for m in slack.channel("general").thread(message.ts)]
    with pytest.raises(NotPossible):
        dev.delete_message(message)
    slack.person("chi").delete_message(reply)
    ana.delete_message(message)
    assert [] == slack.channel("general").messages
    with pytest.raises(NotPossible, match="sees no channel"):
        dev.post("team", "hi")


def test_what_was_deleted_can_be_neither_used_nor_deleted_again(bot: TinyBot, ana: Person) -> None:
    """Nor is there a composer in a channel that somebody has left."""
    message = ana.post("general", "x")
    ana.delete_message(message)
    for again in (lambda: ana.delete_message(message), lambda: ana.message_shortcut("take", message)):
        with pytest.raises(NotPossible, match="That message is gone"):
            again()
    bot.slack.channel("random").remove_member(ana)
    with pytest.raises(NotPossible, match="ana is not in #random"):
        ana.command("/tiny", channel="random")


def test_an_acknowledgement_without_words_shows_nothing(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """A type of answer alone is no message."""
    bot.app.command("/quiet")(lambda ack: ack(response_type="in_channel"))
    delivery = ana.command("/quiet")

    assert (None, {"text": "", "response_type": "in_channel"}) == (delivery.error, delivery.response)
    assert ([], []) == (delivery.ephemerals, slack.channel("general").messages)


def test_what_the_local_slack_does_not_know_cannot_be_chosen_from(
    slack: LocalSlack, client: WebClient, ana: Person
) -> None:
    """An element of a rarer block is shown as it is; the refusal names its type."""
    element = {"type": "workflow_button", "action_id": "run"}
    client.chat_postMessage(channel="C0GENERAL1", text="x", blocks=[{"type": "video", "accessory": element}])
    with pytest.raises(NotPossible, match="A workflow_button is not chosen from"):
        ana.choose(slack.channel("general").messages[0], "run", "x")
    assert [] == slack.deliveries
