"""The readable text of messages: in a channel's transcript for the terminal, and what a test sees of a message."""

from typing import Any

import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack
from tests.localslack.tiny import actions, plain, section

PICTURE = {"type": "image", "image_url": "https://x.example/x.png", "alt_text": "x"}
MENU = {"type": "static_select", "action_id": "pick", "options": [{"text": plain("A"), "value": "a"}]}


def marked(text: str) -> dict[str, Any]:
    """A text object with markup."""
    return {"type": "mrkdwn", "text": text}


BLOCKS = {
    "a picture beside words": (section("words", accessory=PICTURE), ["words"]),
    "a picture alone": (PICTURE, []),
    "plain text keeps its asterisks": ({"type": "section", "text": plain("*all* :bell:")}, ["*all* 🔔"]),
    "a menu with a hint": (actions({**MENU, "placeholder": plain("Pick one")}), ["[Pick one ▾]"]),
    "a menu without one": (actions(MENU), ["[static_select ▾]"]),
    "a menu beside fields": (
        {"type": "section", "fields": [marked("*a*\nb"), marked("c")], "accessory": MENU},
        ["a · b", "c  [static_select ▾]"],
    ),
    "words among pictures": ({"type": "context", "elements": [PICTURE, marked("*x*")]}, ["x"]),
}


@pytest.mark.parametrize(("block", "lines"), BLOCKS.values(), ids=BLOCKS)
def test_a_block_reads_like_what_a_person_sees(
    slack: LocalSlack, client: WebClient, block: dict[str, Any], lines: list[str]
) -> None:
    """Words and the labels of menus; no pictures and no markup."""
    client.chat_postMessage(channel="C0GENERAL1", text="for notifications", blocks=[block, {"type": "divider"}])

    name, _, *shown = slack.transcript("general").splitlines()
    assert "#general" == name
    assert [*lines, "─" * 40] == [line.strip() for line in shown if line.strip()]


def test_a_transcript_needs_a_channel(slack: LocalSlack) -> None:
    """One that does not exist is a fault of the test."""
    with pytest.raises(KeyError, match="no channel 'nowhere'"):
        slack.transcript("nowhere")


def test_rich_text_and_markdown_are_shown_as_their_words(slack: LocalSlack, client: WebClient) -> None:
    """Texts, addresses of links and names of emoji in their order; what is no element is left out."""
    parts: list[Any] = [
        {"type": "text", "text": "see "},
        {"type": "link", "url": "https://x.example"},
        {"type": "emoji", "name": "bell"},
        {"type": "text"},
    ]
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}, "junk"]}
    blocks = [rich, {"type": "markdown", "text": "**a** &amp; b"}]
    client.chat_postMessage(channel="C0GENERAL1", text="x", blocks=blocks)

    [message] = slack.channel("general").messages
    assert "see https://x.examplebell\n**a** & b" == message.shown
