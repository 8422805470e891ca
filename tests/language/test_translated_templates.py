"""Translated templates: each has an English one, gets no other values, and can be written with made-up data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jinja2.meta import find_undeclared_variables

from bot.domain.enrollment import State
from bot.domain.procedure import BUILT_IN
from bot.language.spoken import ENGLISH, LANGUAGES, speaking
from bot.localslack.limits import check_message
from bot.presentation import card, template_overrides, texts
from bot.presentation.template_rules import TEMPLATE, broken_rules
from bot.template_check.sample_enrollments import CONFUSING, NOW, USUAL, Words, enrollment
from bot.template_check.sample_messages import messages
from bot.template_check.template_checks import check, write_texts
from tests.support.own_templates import used

OTHERS = [code for code in LANGUAGES if code != ENGLISH]


def translated(language: str) -> dict[str, str]:
    """Name -> text of the templates that a language has."""
    folder = texts.TEMPLATES / language
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.j2")}


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_says_what_the_english_template_can(language: str) -> None:
    """It has the name of an English one, uses a part of its values, and keeps to the rules of operators' templates."""
    environment = texts.environment()
    ours = template_overrides.our_texts(environment)
    found = translated(language)
    assert found.keys() <= ours.keys()
    trees = {name: (environment.parse(ours[name]), environment.parse(text)) for name, text in found.items()}
    values = {name: [find_undeclared_variables(tree) for tree in pair] for name, pair in trees.items()}
    known = environment.globals.keys()

    assert {} == {name: more for name, (all_, own) in values.items() if (more := own - all_ - known)}
    assert {} == {name: broken for name, (_, own) in trees.items() if (broken := list(broken_rules(own, TEMPLATE)))}


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_and_list_is_translated(language: str) -> None:
    """A template without a translation would be English in the middle of a German thread."""
    folders = ("cards/", "thread/", "reminders/", "digest/", "direct/", "timeline/", "home/")
    posted = {
        name
        for name in texts.environment().list_templates()
        if name.startswith(folders) or name in ("help.j2", "hub.j2", "unreadable.j2")
    }

    # The one has no words of its own, and support reads English.
    assert ["reminders/links.j2", "reminders/support.j2"] == sorted(posted - translated(language).keys())


@pytest.mark.parametrize("language", OTHERS)
def test_tickets_emails_and_texts_for_support_are_not_translated(language: str) -> None:
    """Support reads English, and the vendor prescribes the wording."""
    names = translated(language)

    assert [] == [name for name in names if name.startswith(("tickets/", "parties/"))]
    assert [] == [name for name in names if name.endswith((".txt.j2", ".html.j2")) or name == "reminders/support.j2"]


@pytest.mark.parametrize("words", [USUAL, CONFUSING], ids=["usual", "confusing"])
@pytest.mark.parametrize("language", OTHERS)
def test_every_message_can_be_written(language: str, words: Words) -> None:
    """With the made-up data of `check templates`; Slack takes each."""
    with speaking(language):
        for message in messages(words):
            check_message(message.text, message.blocks)
        write_texts(words)


@pytest.mark.parametrize("state", [State.OPEN, State.WAITING, State.DUE, State.DONE])
def test_buttons_do_the_same_in_every_language(state: State) -> None:
    """Their labels differ; what a press of them sends does not."""

    def pressed(element: Any) -> list[Any]:
        """The IDs and values of everything that can be pressed."""
        if isinstance(element, list):
            return [each for part in element for each in pressed(part)]
        if not isinstance(element, dict):
            return []
        own = [element[name] for name in ("action_id", "value", "block_id") if name in element]
        return own + [each for part in element.values() for each in pressed(part)]

    made = enrollment(BUILT_IN[0], state, USUAL, full=True)
    english = card.build(made, NOW).blocks
    with speaking("de"):
        german = card.build(made, NOW).blocks

    assert pressed(english) == pressed(german)
    assert json.dumps(english) != json.dumps(german)


def test_an_operators_template_takes_the_place_of_ours_in_its_language(tmp_path: Path) -> None:
    """`de/` is for German; an English one stands in where we have no German one, and nowhere else."""
    for name, text in (
        ("de/cards/retired.j2", "Weiter in {{ channel(enrollment.channel_id) }}!"),
        ("cards/retired.j2", "Goes on."),
        ("cards/party_head.j2", "Ask me."),
        ("de/cards/nothing.j2", "x"),
        ("de/cards/away.j2", "{{ absnce.user }}"),
        ("export/list.j2", "Hello."),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    made = enrollment(BUILT_IN[0], State.OPEN, USUAL)
    with used(tmp_path):
        assert "Goes on." == texts.say("cards/retired", enrollment=made)
        with speaking("de"):
            assert f"Weiter in <#{made.channel_id}>!" == texts.say("cards/retired", enrollment=made)
            assert texts.say("cards/party_head", enrollment=made).startswith("Diese Schritte sind deine")
            assert "Hello." == texts.say("export/list", count=1, unreadable=0, name="list.csv")

    found = check(tmp_path)
    assert ("cards/party_head.j2", "cards/retired.j2", "de/cards/retired.j2", "export/list.j2") == found.fine
    assert [
        ("de/cards/away.j2", 1),
        ("de/cards/nothing.j2", None),
    ] == [(fault.file, fault.line) for fault in found.faults]
