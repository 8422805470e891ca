"""Slack's limits on modals and home tabs, with Slack's error names and JSON pointers."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.localslack import LocalSlack, Person
from tests.localslack.test_limits import select
from tests.localslack.tiny import TinyBot, actions, modal, plain, section, text_input

WRONG_VIEWS = {
    "long title": (modal("x" * 25, section("x")), "must be less than 25 characters", "/view/title/text"),
    "long submit": (
        modal("x", section("x"), submit=plain("x" * 25)),
        "must be less than 25 characters",
        "/view/submit/text",
    ),
    "no title": (
        {"type": "modal", "blocks": [section("x")]},
        "missing required field: title",
        "/view",
    ),
    "long private_metadata": (
        modal("x", section("x"), private_metadata="x" * 3001),
        "must be less than 3001 characters",
        "/view/private_metadata",
    ),
    "too many blocks": (
        modal("x", *({"type": "divider"} for _ in range(101))),
        "no more than 100 items allowed",
        "/view/blocks",
    ),
    "input without submit": (
        modal("x", text_input("a", "A"), submit=None),
        "must define `submit` to use an `input` block in modals",
        "/view/blocks/0/input",
    ),
    "long label": (
        modal("x", text_input("a", "x" * 2001)),
        "must be less than 2001 characters",
        "/view/blocks/0/label/text",
    ),
    "long initial value": (
        modal("x", text_input("a", "A", element={"initial_value": "x" * 3001})),
        "must be less than 3001 characters",
        "/view/blocks/0/element/initial_value",
    ),
    "initial option that is not offered": (
        modal(
            "x",
            {
                "type": "input",
                "label": plain("x"),
                "element": {**select(2), "initial_option": {"text": plain("9"), "value": "9"}},
            },
        ),
        "must match one of the options",
        "/view/blocks/0/element/initial_option",
    ),
    "two that want the focus": (
        modal("x", *(text_input(name, name, element={"focus_on_load": True}) for name in "ab")),
        "only one element may have `focus_on_load` set to true",
        "/view/blocks/1/element/focus_on_load",
    ),
    "block of messages": (
        modal("x", {"type": "markdown", "text": "x"}),
        "unsupported type: markdown",
        "/view/blocks/0/type",
    ),
    "unknown property": (
        modal("x", section("x"), colour="red"),
        "invalid additional property: colour",
        "/view",
    ),
}


@pytest.mark.parametrize(("view", "sentence", "pointer"), WRONG_VIEWS.values(), ids=WRONG_VIEWS)
def test_a_wrong_modal_is_refused_as_slack_does(
    slack: LocalSlack,
    bot: TinyBot,
    client: WebClient,
    ana: Person,
    view: dict[str, Any],
    sentence: str,
    pointer: str,
) -> None:
    """`invalid_arguments`, with the culprit by JSON pointer, and nothing opens."""
    bot.app.shortcut("start")(lambda ack: ack())
    trigger_id = ana.shortcut("start").payload["trigger_id"]
    with pytest.raises(SlackApiError) as caught:
        client.views_open(trigger_id=trigger_id, view=view)
    response = caught.value.response

    assert "invalid_arguments" == response["error"]
    assert f"[ERROR] {sentence} [json-pointer:{pointer}]" in response["response_metadata"]["messages"]
    assert None is ana.view


def test_a_home_tab_is_no_modal(client: WebClient, ana: Person) -> None:
    """The home tab has no title, and no picker for date and time at once."""
    moment = {"type": "datetimepicker", "action_id": "when"}
    for wrong in ({"title": plain("x"), "blocks": []}, {"blocks": [actions(moment)]}):
        with pytest.raises(SlackApiError, match="invalid_arguments"):
            client.views_publish(user_id=ana.id, view={"type": "home", **wrong})
    assert None is ana.home


def test_a_view_of_more_than_250_kb_is_too_large(client: WebClient, ana: Person) -> None:
    """Slack names this one apart."""
    blocks = [section("x" * 2900) for _ in range(90)]
    with pytest.raises(SlackApiError, match="view_too_large"):
        client.views_publish(user_id=ana.id, view={"type": "home", "blocks": blocks})
