"""Slack's limits on the blocks of messages, with Slack's error names and JSON pointers."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.localslack import LocalSlack
from tests.localslack.tiny import actions, button, plain, section, text_input

ROLLOUT = "C0GENERAL1"
MARKED = {"type": "mrkdwn", "text": "x"}


def select(count: int, kind: str = "static_select") -> dict[str, Any]:
    """A menu of `count` options."""
    options = [{"text": plain(str(n)), "value": str(n)} for n in range(count)]
    return {"type": kind, "action_id": "pick", "options": options}


WRONG_BLOCKS = {
    "section text": ([section("x" * 3001)], "must be less than 3001 characters", "/blocks/0/text/text"),
    "empty section": ([section("")], "must be more than 0 characters", "/blocks/0/text/text"),
    "no section text": ([{"type": "section"}], "missing required field: text", "/blocks/0"),
    "too many fields": (
        [{"type": "section", "fields": [MARKED] * 11}],
        "no more than 10 items allowed",
        "/blocks/0/fields",
    ),
    "field text": (
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}],
        "must be less than 2001 characters",
        "/blocks/0/fields/0/text",
    ),
    "header": (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters",
        "/blocks/0/text/text",
    ),
    "marked header": (
        [{"type": "header", "text": MARKED}],
        "unsupported type: mrkdwn",
        "/blocks/0/text/type",
    ),
    "too many blocks": ([{"type": "divider"}] * 51, "no more than 50 items allowed", "/blocks"),
    "unknown block": ([{"type": "sections"}], "unsupported type: sections", "/blocks/0/type"),
    "unknown property": (
        [{"type": "divider", "colour": "red"}],
        "invalid additional property: colour",
        "/blocks/0",
    ),
    "block_id twice": (
        [section("a", block_id="same"), section("b", block_id="same")],
        '`block_id` "same" already exists',
        "/blocks/1/block_id",
    ),
    "long block_id": (
        [section("a", block_id="x" * 256)],
        "must be less than 256 characters",
        "/blocks/0/block_id",
    ),
    "action_id twice": (
        [actions(button("a", "same"), button("b", "same"))],
        '`action_id` "same" already exists',
        "/blocks/0/elements/1/action_id",
    ),
    "long action_id": (
        [actions(button("a", "x" * 256))],
        "must be less than 256 characters",
        "/blocks/0/elements/0/action_id",
    ),
    "button text": (
        [actions(button("x" * 76, "a"))],
        "must be less than 76 characters",
        "/blocks/0/elements/0/text/text",
    ),
    "button value": (
        [actions(button("x", "a", value="x" * 2001))],
        "must be less than 2001 characters",
        "/blocks/0/elements/0/value",
    ),
    "button url": (
        [actions(button("x", "a", url="https://e.example/" + "x" * 3000))],
        "must be less than 3001 characters",
        "/blocks/0/elements/0/url",
    ),
    "button style": (
        [actions(button("x", "a", style="green"))],
        "must be one of: primary, danger",
        "/blocks/0/elements/0/style",
    ),
    "too many buttons": (
        [actions(*(button("x", str(n)) for n in range(26)))],
        "no more than 25 items allowed",
        "/blocks/0/elements",
    ),
    "too much context": (
        [{"type": "context", "elements": [MARKED] * 11}],
        "no more than 10 items allowed",
        "/blocks/0/elements",
    ),
    "too many options": (
        [actions(select(101))],
        "no more than 100 items allowed",
        "/blocks/0/elements/0/options",
    ),
    "no options": ([actions(select(0))], "must provide at least 1 items", "/blocks/0/elements/0/options"),
    "overflow": (
        [section("x", accessory=select(6, "overflow"))],
        "no more than 5 items allowed",
        "/blocks/0/accessory/options",
    ),
    "checkboxes": (
        [section("x", accessory=select(11, "checkboxes"))],
        "no more than 10 items allowed",
        "/blocks/0/accessory/options",
    ),
    "confirm text": (
        [actions(button("x", "a", confirm={"text": plain("x" * 301)}))],
        "must be less than 301 characters",
        "/blocks/0/elements/0/confirm/text/text",
    ),
    "placeholder": (
        [actions({**select(1), "placeholder": plain("x" * 151)})],
        "must be less than 151 characters",
        "/blocks/0/elements/0/placeholder/text",
    ),
    "option text": (
        [actions({**select(1), "options": [{"text": plain("x" * 76), "value": "x"}]})],
        "must be less than 76 characters",
        "/blocks/0/elements/0/options/0/text/text",
    ),
    "option group label": (
        [
            actions(
                {
                    "type": "static_select",
                    "action_id": "pick",
                    "option_groups": [{"label": plain("x" * 76), "options": select(1)["options"]}],
                }
            )
        ],
        "must be less than 76 characters",
        "/blocks/0/elements/0/option_groups/0/label/text",
    ),
    "menu without options": (
        [actions({"type": "static_select", "action_id": "pick"})],
        "missing required field: options",
        "/blocks/0/elements/0",
    ),
    "image without words": (
        [{"type": "image", "image_url": "https://x.example/x.png"}],
        "missing required field: alt_text",
        "/blocks/0",
    ),
    "text that is no object": ([{"type": "section", "text": "x"}], "must be an object", "/blocks/0/text"),
    "elements that are no list": (
        [{"type": "actions", "elements": {}}],
        "must be an array",
        "/blocks/0/elements",
    ),
    "text that is no string": (
        [{"type": "section", "text": {"type": "mrkdwn", "text": 5}}],
        "must be a string",
        "/blocks/0/text/text",
    ),
    "element in the wrong place": (
        [actions({"type": "plain_text_input", "action_id": "a"})],
        "unsupported type: plain_text_input",
        "/blocks/0/elements/0/type",
    ),
    "input for modals only": (
        [text_input("mail", "Mail", element={"type": "email_text_input"})],
        "unsupported type: email_text_input",
        "/blocks/0/element/type",
    ),
}


@pytest.mark.parametrize(("blocks", "sentence", "pointer"), WRONG_BLOCKS.values(), ids=WRONG_BLOCKS)
def test_a_message_with_wrong_blocks_is_refused_as_slack_does(
    slack: LocalSlack, client: WebClient, blocks: list[dict[str, Any]], sentence: str, pointer: str
) -> None:
    """`invalid_blocks`, with the culprit by JSON pointer, and nothing is posted."""
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=ROLLOUT, text="x", blocks=blocks)
    response = caught.value.response

    assert "invalid_blocks" == response["error"]
    assert f"[ERROR] {sentence} [json-pointer:{pointer}]" in response["response_metadata"]["messages"]
    assert [] == slack.channel("general").messages


def test_what_is_at_the_limits_is_taken(slack: LocalSlack, client: WebClient) -> None:
    """The limits are inclusive."""
    blocks = [
        section("x" * 3000, block_id="b" * 255),
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2000}] * 10},
        {"type": "header", "text": plain("x" * 150)},
        actions(*(button("x" * 75, str(n), value="v" * 2000) for n in range(25))),
        actions(select(100)),
        {"type": "context", "elements": [MARKED] * 10},
        *({"type": "divider"} for _ in range(44)),
    ]
    assert client.chat_postMessage(channel=ROLLOUT, text="x" * 4000, blocks=blocks)["ok"]
