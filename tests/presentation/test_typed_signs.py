"""Signs in what people type stay signs: formatting, emoji, bare URLs, and what looks like a mention."""

import re

import pytest

from bot.domain.inputs import clean_words
from bot.presentation import blocks
from bot.presentation.texts import channel, escape, mention
from tests.presentation.reading import mrkdwn
from tests.support.bot_world import World

HOSTILE = "*Acme* _x_ ~y~ :tada: @here https://evil.example"
#: What Slack would format: a sign before a letter at the beginning of a word, and one behind a letter at its end.
FORMATTED = re.compile(r"(?<![\w\u200b])[*_~](?=[^\s\u200b])|:[a-z0-9_+-]+:")


@pytest.mark.parametrize("text", ["*Acme*", "a *b* c", "_x_", "~x~", "(*x*)", ":tada:", "x:tada:", ":+1:", ":100_x:"])
def test_signs_are_kept_from_formatting(text: str) -> None:
    """They read as typed, and what is copied from Slack is accepted as what it was."""
    shown = escape(text)

    assert not FORMATTED.search(shown)
    assert text == shown.replace("\u200b", "") == clean_words(shown)


@pytest.mark.parametrize(
    "text", ["prod_eu_1", "a*b", "10:30:15", "snake_case name", "arn:aws:iam::123456789012:role/x_y", "50:50"]
)
def test_signs_that_format_nothing_are_left_alone(text: str) -> None:
    """What people copy out of Slack has nothing in it that they do not see."""
    assert text == escape(text)


def test_blocks_are_verbatim_and_plain_text_has_no_emoji_codes() -> None:
    """Bare URLs, names of channels and @here in a name are not made into something."""
    assert True is blocks.section("x")["text"]["verbatim"]
    assert True is blocks.context("x")["elements"][0]["verbatim"]
    assert False is blocks.header("x")["text"]["emoji"]


def test_a_long_word_behind_a_colon_is_escaped_at_once() -> None:
    """It might be an emoji up to its last letter; each letter is looked at once, or this would take minutes."""
    text = f"Note:{'a' * 200_000}"

    assert text == escape(text)
    assert f"Note:\u200b{'a' * 200_000}:" == escape(f"{text}:")


@pytest.mark.parametrize("wrong", ["U0ANA> <!channel", "ana", "", "S0ADMINS", "u0ana", "U0ANA|x", "C0X\n"])
def test_a_mention_is_made_of_an_id_only(wrong: str) -> None:
    """Anything else is text."""
    assert "<" not in mention(wrong)
    assert "<@U0ANA00001>" == mention("U0ANA00001")
    assert "<" not in channel(wrong.replace("C0X", "X"))
    assert "<#C0ROLLOUT1>" == channel("C0ROLLOUT1")


def test_a_hostile_name_is_text_on_the_card_and_in_its_thread(world: World) -> None:
    """Everything that is posted for it: verbatim blocks, no links made of bare text, no formatting of its own."""
    world.start(account_name=HOSTILE)
    posts = [call for call in world.slack.calls if call.method in ("chat.postMessage", "chat.update")]

    assert posts
    assert {"none"} == {call.args["parse"] for call in posts}
    for call in posts:
        for text in (*mrkdwn(call.args), str(call.args["text"])):
            if "Acme" in text:
                assert escape(HOSTILE) in text
        found = [text for text in _objects(call.args) if text["type"] == "mrkdwn"]
        assert all(text.get("verbatim") is True for text in found)


def _objects(value: object) -> list[dict[str, object]]:
    """Every text object inside of it."""
    if isinstance(value, dict):
        own = [value] if value.get("type") in ("mrkdwn", "plain_text") else []
        return own + [text for part in value.values() for text in _objects(part)]
    return [text for part in value for text in _objects(part)] if isinstance(value, list) else []
