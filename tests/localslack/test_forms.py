"""A person in a form: filling every kind of input, and what Slack lets nobody submit."""

from typing import Any

import pytest
from slack_sdk.webhook import WebhookClient

from bot.localslack import LocalSlack, NotPossible, Person, View
from tests.localslack.tiny import TinyBot, modal, plain, section, text_input


def options(*values: str) -> list[dict[str, Any]]:
    """Options whose text is the value in capitals."""
    return [{"text": plain(value.upper()), "value": value} for value in values]


def labelled(label: str, kind: str, **more: Any) -> dict[str, Any]:
    """An input whose block_id is its label, optional."""
    element = {"type": kind, "action_id": "it", **more}
    return {"type": "input", "block_id": label, "label": plain(label), "element": element, "optional": True}


EVERYTHING = modal(
    "All",
    labelled("text", "plain_text_input"),
    labelled("mail", "email_text_input"),
    labelled("link", "url_text_input"),
    labelled("number", "number_input", is_decimal_allowed=False),
    labelled("day", "datepicker"),
    labelled("hour", "timepicker"),
    labelled("moment", "datetimepicker"),
    labelled("one", "static_select", options=options("a", "b")),
    labelled("radio", "radio_buttons", options=options("a", "b")),
    labelled("boxes", "checkboxes", options=options("a", "b", "c")),
    labelled("many", "multi_static_select", options=options("a", "b", "c")),
    labelled("who", "users_select"),
    labelled("whos", "multi_users_select"),
    labelled("where", "conversations_select", default_to_current_conversation=True),
    labelled("wheres", "multi_conversations_select"),
    labelled("public", "channels_select"),
)


def opened(bot: TinyBot, person: Person, view: dict[str, Any], **where: str) -> View:
    """The form, opened by a command."""
    bot.opens(view)
    assert person.command("/tiny", **where).ok
    return person.wait_view()


def test_every_kind_of_input_arrives_in_state_values(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """Each element has its own key, as in Slack's payloads."""
    bot.app.view("form")(lambda ack: ack())
    opened(bot, ana, EVERYTHING)
    ana.fill(
        {
            "text": "hello", "mail": "a@b.example", "link": "https://x.example", "number": "7",
            "day": "2026-03-05", "hour": "09:30", "moment": 1_772_445_600, "one": "B", "radio": "a",
            "boxes": ["a", "C"], "many": ["b"], "who": "ben", "whos": ["ben", "U0CHI00001"],
            "where": "team", "wheres": ["random", "#general"], "public": "C0RANDOM01",
        }
    )  # fmt: skip
    values = ana.submit().payload["view"]["state"]["values"]
    a, b, c = ({"text": plain(x.upper()), "value": x} for x in "abc")

    assert {
        "text": {"type": "plain_text_input", "value": "hello"},
        "mail": {"type": "email_text_input", "value": "a@b.example"},
        "link": {"type": "url_text_input", "value": "https://x.example"},
        "number": {"type": "number_input", "value": "7"},
        "day": {"type": "datepicker", "selected_date": "2026-03-05"},
        "hour": {"type": "timepicker", "selected_time": "09:30"},
        "moment": {"type": "datetimepicker", "selected_date_time": 1_772_445_600},
        "one": {"type": "static_select", "selected_option": b},
        "radio": {"type": "radio_buttons", "selected_option": a},
        "boxes": {"type": "checkboxes", "selected_options": [a, c]},
        "many": {"type": "multi_static_select", "selected_options": [b]},
        "who": {"type": "users_select", "selected_user": "U0BEN00001"},
        "whos": {"type": "multi_users_select", "selected_users": ["U0BEN00001", "U0CHI00001"]},
        "where": {"type": "conversations_select", "selected_conversation": "C0TEAM0001"},
        "wheres": {
            "type": "multi_conversations_select",
            "selected_conversations": ["C0RANDOM01", "C0GENERAL1"],
        },
        "public": {"type": "channels_select", "selected_channel": "C0RANDOM01"},
    } == {block_id: state["it"] for block_id, state in values.items()}


def test_what_was_left_empty_is_null_or_an_empty_list(bot: TinyBot, ana: Person) -> None:
    """Except where the form starts from the channel it was opened in."""
    bot.app.view("form")(lambda ack: ack())
    opened(bot, ana, EVERYTHING, channel="team")
    values = ana.submit().payload["view"]["state"]["values"]

    assert {"type": "plain_text_input", "value": None} == values["text"]["it"]
    assert {"type": "static_select", "selected_option": None} == values["one"]["it"]
    assert {"type": "checkboxes", "selected_options": []} == values["boxes"]["it"]
    assert "C0TEAM0001" == values["where"]["it"]["selected_conversation"]


def test_slack_does_not_submit_an_empty_required_input(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """The person is told at once; the bot hears nothing."""
    opened(bot, ana, modal("x", text_input("a", "Account"), text_input("n", "Name", optional=True)))
    deliveries = len(slack.deliveries)
    with pytest.raises(NotPossible, match="“Account” is required"):
        ana.submit()

    assert deliveries == len(slack.deliveries)


@pytest.mark.parametrize(
    ("element", "value", "sentence"),
    [
        ({"type": "email_text_input"}, "nobody", "must be an email address"),
        ({"type": "url_text_input"}, "x.example", "must be a URL"),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "must be a whole number"),
        ({"type": "number_input", "is_decimal_allowed": True}, "one", "must be a number"),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "3"}, "4", "must be at most 3"),
        ({"min_length": 3}, "ab", "must be at least 3 characters"),
        ({"max_length": 3}, "abcd", "must be less than 4 characters"),
    ],
)
def test_slack_checks_what_an_input_promises(
    bot: TinyBot, ana: Person, element: dict[str, Any], value: str, sentence: str
) -> None:
    """Before the bot sees it."""
    opened(bot, ana, modal("x", text_input("a", "A", element=element)))
    ana.fill({"A": value})
    with pytest.raises(NotPossible, match=sentence):
        ana.submit()


def test_only_what_is_offered_can_be_chosen(slack: LocalSlack, bot: TinyBot, dev: Person) -> None:
    """Not an option, a channel the person does not see, an archived one, someone who left."""
    slack.deactivate("eve")
    opened(bot, dev, EVERYTHING)
    for label, value in (
        ("one", "z"),
        ("where", "secret"),
        ("where", "archive"),
        ("who", "eve"),
        ("day", "tomorrow"),
        ("nothing", "x"),
    ):
        with pytest.raises(NotPossible):
            dev.fill({label: value})


def test_an_input_goes_by_label_block_id_or_action_id(bot: TinyBot, ana: Person) -> None:
    """Whichever is unambiguous."""
    opened(bot, ana, modal("x", text_input("a", "Account"), text_input("b", "Name", element={"action_id": "n"})))
    ana.fill({"Account": "1"})
    ana.fill({"a": "2", "n": "3"})
    assert ana.view is not None
    assert {"a": "2", "b": "3"} == ana.view.values


def test_none_clears_an_input(bot: TinyBot, ana: Person) -> None:
    """An input can be emptied again."""
    opened(bot, ana, EVERYTHING)
    ana.fill({"text": "x", "boxes": ["a"], "one": "a"})
    ana.fill({"text": None, "boxes": None, "one": None})

    assert ana.view is not None
    assert (None, [], None) == tuple(ana.view.values[name] for name in ("text", "boxes", "one"))


def test_an_input_can_speak_up_when_it_is_filled(bot: TinyBot, ana: Person) -> None:
    """`dispatch_action` sends block_actions with the new state."""
    bot.app.action("it")(lambda ack: ack())
    block = labelled("one", "static_select", options=options("a", "b"))
    opened(bot, ana, modal("x", {**block, "dispatch_action": True}))
    [delivery] = ana.fill({"one": "b"})

    assert "b" == delivery.payload["actions"][0]["selected_option"]["value"]
    assert "b" == delivery.payload["view"]["state"]["values"]["one"]["it"]["selected_option"]["value"]


def test_an_external_select_asks_the_bot_for_its_options(bot: TinyBot, ana: Person) -> None:
    """By a block_suggestion with what was typed."""
    bot.app.options("it")(lambda ack, payload: ack(options=options(payload["value"])))
    bot.app.view("form")(lambda ack: ack())
    opened(bot, ana, modal("x", labelled("one", "external_select")))
    ana.fill({"one": "acme"})

    values = ana.submit().payload["view"]["state"]["values"]
    assert "acme" == values["one"]["it"]["selected_option"]["value"]


def test_a_menu_inside_a_form_keeps_its_choice(bot: TinyBot, ana: Person) -> None:
    """What is chosen outside of inputs is sent at once, and is in the state from then on."""
    bot.app.action("it")(lambda ack: ack())
    menu = {"type": "static_select", "action_id": "it", "options": options("a", "b")}
    view = opened(bot, ana, modal("x", section("Pick", block_id="pick", accessory=menu)))
    payload = ana.choose(view, "it", "b").payload

    assert "b" == payload["view"]["state"]["values"]["pick"]["it"]["selected_option"]["value"]
    assert ana.view is not None
    assert {"pick": "b"} == ana.view.values


def test_a_form_can_ask_for_a_response_url(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """Of the conversation that was chosen in it."""
    bot.app.view("form")(lambda ack: ack())
    opened(bot, ana, modal("x", labelled("where", "conversations_select", response_url_enabled=True)))
    ana.fill({"where": "secret"})
    [entry] = ana.submit().payload["response_urls"]

    assert ("where", "it", "C0SECRET01") == (entry["block_id"], entry["action_id"], entry["channel_id"])
    WebhookClient(entry["response_url"]).send(text="hi", response_type="in_channel")
    assert ["hi"] == [message.text for message in slack.channel("secret").messages]
