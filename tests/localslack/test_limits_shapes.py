"""Slack's limits on blocks of the wrong shape: parts that are missing, of another type, or in a rarer place."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.localslack import LocalSlack, TimeMachine
from tests.localslack.conftest import START
from tests.localslack.test_limits import select
from tests.localslack.tiny import actions, button, plain, section, text_input

PICTURE = {"type": "image", "image_url": "https://x.example/x.png", "alt_text": "A picture"}


@pytest.fixture(scope="module")
def slack() -> Iterator[LocalSlack]:
    """One workspace for the whole file: nothing that is refused changes it."""
    with LocalSlack.start(TimeMachine(frozen_at=START), pace=False) as running:
        yield running


def menu(*options: Any, **more: Any) -> list[dict[str, Any]]:
    """A row with one menu of these options."""
    return [actions({"type": "static_select", "action_id": "pick", "options": list(options), **more})]


WRONG_BLOCKS = {
    "header without text": ([{"type": "header"}], "missing required field: text", "/blocks/0"),
    "input without label": (
        [{"type": "input", "element": {"type": "plain_text_input"}}],
        "missing required field: label",
        "/blocks/0",
    ),
    "input without element": (
        [{"type": "input", "label": plain("Name")}],
        "missing required field: element",
        "/blocks/0",
    ),
    "long hint": (
        [text_input("a", "A", hint=plain("x" * 2001))],
        "must be less than 2001 characters",
        "/blocks/0/hint/text",
    ),
    "long title of an image": (
        [{**PICTURE, "title": plain("x" * 2001)}],
        "must be less than 2001 characters",
        "/blocks/0/title/text",
    ),
    "long markdown": (
        [{"type": "markdown", "text": "x" * 12_001}],
        "must be less than 12001 characters",
        "/blocks/0/text",
    ),
    "markdown without text": ([{"type": "markdown"}], "missing required field: text", "/blocks/0"),
    "image among the words of a context": (
        [{"type": "context", "elements": [{**PICTURE, "alt_text": ""}]}],
        "must be more than 0 characters",
        "/blocks/0/elements/0/alt_text",
    ),
    "image beside a section": (
        [section("x", accessory={**PICTURE, "image_url": "x" * 3001})],
        "must be less than 3001 characters",
        "/blocks/0/accessory/image_url",
    ),
    "element that is no object": (
        [{"type": "actions", "elements": ["Go"]}],
        "must be an object",
        "/blocks/0/elements/0",
    ),
    "button without text": (
        [actions({"type": "button", "action_id": "go"})],
        "missing required field: text",
        "/blocks/0/elements/0",
    ),
    "negative length": (
        [text_input("a", "A", element={"min_length": -1})],
        "must be less than 3001",
        "/blocks/0/element/min_length",
    ),
    "length in words": (
        [text_input("a", "A", element={"max_length": "ten"})],
        "must be less than 3001",
        "/blocks/0/element/max_length",
    ),
    "option group that is no object": (
        [actions({"type": "static_select", "action_id": "pick", "option_groups": ["Fruit"]})],
        "must be an object",
        "/blocks/0/elements/0/option_groups/0",
    ),
    "checkboxes without options": (
        [actions({"type": "checkboxes", "action_id": "pick"})],
        "missing required field: options",
        "/blocks/0/elements/0",
    ),
    "option that is no object": (menu("Apple"), "must be an object", "/blocks/0/elements/0/options/0"),
    "option without text": (
        menu({"value": "apple"}),
        "missing required field: text",
        "/blocks/0/elements/0/options/0",
    ),
    "long description of an option": (
        menu({"text": plain("Apple"), "value": "apple", "description": plain("x" * 76)}),
        "must be less than 76 characters",
        "/blocks/0/elements/0/options/0/description/text",
    ),
    "initial option that is no object": (
        menu({"text": plain("Apple"), "value": "apple"}, initial_option="apple"),
        "must match one of the options",
        "/blocks/0/elements/0/initial_option",
    ),
    "initial options that are no list": (
        [section("x", accessory={**select(2, "checkboxes"), "initial_options": 1})],
        "must be an array",
        "/blocks/0/accessory/initial_options",
    ),
    "confirm that is no object": (
        [actions(button("Go", "go", confirm=True))],
        "must be an object",
        "/blocks/0/elements/0/confirm",
    ),
}


@pytest.mark.parametrize(("blocks", "sentence", "pointer"), WRONG_BLOCKS.values(), ids=WRONG_BLOCKS)
def test_blocks_of_the_wrong_shape_are_refused_at_their_pointer(
    slack: LocalSlack, client: WebClient, blocks: list[dict[str, Any]], sentence: str, pointer: str
) -> None:
    """`invalid_blocks`, with this one sentence about this one place, and nothing is posted."""
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="C0GENERAL1", text="x", blocks=blocks)
    response = caught.value.response

    assert "invalid_blocks" == response["error"]
    assert [f"{sentence} [json-pointer:{pointer}]"] == response["errors"]
    assert [f"[ERROR] {sentence} [json-pointer:{pointer}]"] == response["response_metadata"]["messages"]
    assert [] == slack.channel("general").messages


WRONG_VIEWS = {
    "modal as a home tab": (
        {"type": "modal", "blocks": []},
        ["must be one of: home [json-pointer:/view/type]"],
    ),
    "no type": ({"blocks": []}, ["must be one of: home [json-pointer:/view/type]"]),
    "no blocks": ({"type": "home"}, ["missing required field: blocks [json-pointer:/view]"]),
    "blocks that are no list": (
        {"type": "home", "blocks": {"type": "divider"}},
        ["must be an array [json-pointer:/view/blocks]"],
    ),
    "block that is no object": (
        {"type": "home", "blocks": [{"type": "divider"}, "divider"]},
        ["must be an object [json-pointer:/view/blocks/1]"],
    ),
}


@pytest.mark.parametrize(("view", "faults"), WRONG_VIEWS.values(), ids=WRONG_VIEWS)
def test_a_view_of_the_wrong_shape_is_refused(
    slack: LocalSlack, client: WebClient, view: dict[str, Any], faults: list[str]
) -> None:
    """`invalid_arguments` with every fault, and the person's home tab stays as it was."""
    with pytest.raises(SlackApiError) as caught:
        client.views_publish(user_id="U0ANA00001", view=view)
    response = caught.value.response

    assert ("invalid_arguments", faults) == (response["error"], response["errors"])
    assert None is slack.person("ana").home


def test_rarer_blocks_that_fit_are_taken_as_they_are(slack: LocalSlack, client: WebClient) -> None:
    """A picture among words, markdown, and options with descriptions are kept in the message."""
    option = {"text": plain("Apple"), "value": "apple", "description": plain("A fruit")}
    blocks = [
        {**PICTURE, "title": plain("Title"), "block_id": "picture"},
        {"type": "context", "elements": [PICTURE, plain("words")], "block_id": "words"},
        {"type": "markdown", "text": "x" * 12_000, "block_id": "marked"},
        {**menu(option, initial_option=option)[0], "block_id": "menu"},
    ]

    answer = client.chat_postEphemeral(channel="C0GENERAL1", user="U0ANA00001", text="x", blocks=blocks)

    [seen] = [message for message in slack.person("ana").ephemerals() if message.ts == answer["message_ts"]]
    assert blocks == seen.blocks
