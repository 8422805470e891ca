"""No English is left in translated messages: each of their words is one of the translations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import nodes

from bot.domain.enrollment import State
from bot.domain.phrases import phrases_of
from bot.domain.portfolio import Portfolio, PortfolioQuery, Segment, Sort
from bot.domain.procedure import BUILT_IN, USUAL
from bot.domain.schedule import day_words
from bot.language.catalogs import read_catalog
from bot.language.spoken import ENGLISH, LANGUAGES, gettext, speaking
from bot.presentation import home, home_menu, portfolio_list, texts
from bot.presentation.card import Message
from bot.presentation.portfolio_rows import SORTS
from bot.template_check import sample_messages, sample_texts
from bot.template_check.sample_enrollments import AWAY, MATE, NOW, OTHER, OWNER, Words, enrollment, enrollments
from bot.template_check.sample_enrollments import USUAL as USUAL_WORDS
from bot.template_check.sample_reports import DELIVERIES

OTHERS = [code for code in LANGUAGES if code != ENGLISH]
#: What people typed, in no language.
TYPED = Words("Zzname", "Zznote.")
#: English on purpose, and Slack's notation: what AWS refused, the text for support with its addresses, names of people,
#: what stands below an answered message, mentions, links and days up to the words that readers see of them, the
#: counts of **Check AWS**, made-up values, and where a long line is cut.
NOT_SAID = (
    *(re.escape(each.problem) for each in DELIVERIES if each.problem),
    r"^>.*$",
    r"\(<\S+\|support center>.*?\)",
    r"Name of U0\w+",
    r"^Open\?",
    r"<[@#]\w+>",
    r"\d pass, \d fail, \d cannot tell",
    r"acme-cur",
    r"some_word",
    r"(?<=.{100})\w*…$",
    r"<!date\^\d+\^{date_short_pretty}( um {time})?\|",
    r"<(https?|mailto):[^|>]*\|",
    r"`[^`]*`",
    r"&\w+;",
)
#: Words that no translation has, outside of the vendor's names.
ENGLISH_ONLY = {
    *("the", "of", "with", "has", "have", "been", "since", "until", "your", "you", "it", "its", "this", "that", "not"),
    *(
        "still",
        "by",
        "for",
        "from",
        "to",
        "is",
        "are",
        "be",
        "on",
        "waiting",
        "open",
        "due",
        "done",
        "skipped",
        "later",
    ),
    *("everybody", "press", "send"),
}
#: Names of columns stay English.
COLUMNS = r"Spalten: .*?, mit Semikolons"
VENDOR = r"Cost and Usage Report|Data last refreshed|Subsets List|Terms of Service|[\w.]+\.yml|\S*/\S*|us-east-1"


def words_of(text: str) -> set[str]:
    """The words of a text, without numbers, placeholders and emoji."""
    return set(re.findall(r"[^\W\d_]+", re.sub(r"\{\w*\}|:[a-z_]+:", " ", text)))


def vocabulary(language: str) -> set[str]:
    """Every word of a language's templates, catalog and phrases, and of its days."""
    found = words_of(" ".join((*TYPED.name.split(), TYPED.sentence)))
    for text in translations(language):
        found |= words_of(text)
    with speaking(language):
        found |= {word for order in SORTS.values() for word in words_of(gettext(order).lower())}
        return found.union(*(words_of(day_words(date(2026, 1, 1) + timedelta(days=n))) for n in range(365)))


def translations(language: str) -> Iterator[str]:
    """What somebody wrote in a language: text and words of templates, of the catalog, and of procedures."""
    folder = texts.TEMPLATES / language
    for path in folder.rglob("*.j2"):
        # Constants of the English template are names, such as "due".
        names = set(_written(texts.TEMPLATES / path.relative_to(folder), nodes.Const))
        yield from _written(path, nodes.TemplateData)
        yield from (each for each in _written(path, nodes.Const) if each not in names)
    for entry in read_catalog(language):
        if entry.id:
            yield " ".join(entry.string if isinstance(entry.string, tuple) else (str(entry.string),))
    for procedure in BUILT_IN:
        yield from (phrase for _, phrase in phrases_of(procedure.languages[language]))


def _written(path: Path, kind: type[nodes.TemplateData] | type[nodes.Const]) -> Iterator[str]:
    found = texts.environment().parse(path.read_text("utf-8")).find_all(kind)
    return (str(each.data if isinstance(each, nodes.TemplateData) else each.value) for each in found)


def said(message: Message) -> Iterator[str]:
    """The text of a message, and all that its blocks show and speak."""
    yield message.text
    yield from _shown(message.blocks or [])


def _shown(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _shown(each)
    elif isinstance(part, dict):
        for name, each in part.items():
            if name in ("text", "accessibility_label") and isinstance(each, str):
                yield each
            else:
                yield from _shown(each)


def all_messages() -> Iterator[Message]:
    """Cards, direct messages, and each procedure's reminders together and alone, before and after answers; digests."""
    for made in enrollments(TYPED):
        yield from sample_messages._cards(made, TYPED)
        yield from sample_messages._reminders(made)
    yield from (*sample_messages._direct(TYPED), *sample_messages._bulk(TYPED))
    for procedure in BUILT_IN:
        for state in State:
            for full in (True, False):
                yield from sample_messages._together(enrollment(procedure, state, TYPED, full=full))
    usual = enrollment(BUILT_IN[0], State.OPEN, TYPED)
    yield from (Message(each.text) for each in sample_messages._answered(usual, TYPED))
    yield sample_messages._of_many(enrollment(BUILT_IN[0], State.WAITING, TYPED, full=True))


def lists() -> Iterator[Message]:
    """The home tab and the answer to `/eco list` with each kind of row, filter and page; the other short answers."""
    parties = next(each for each in BUILT_IN if each.parties)
    for made in (enrollment(each, state, TYPED, full=True) for each in (USUAL, parties) for state in State):
        every = list(sample_texts.entries(made))
        for first, segment in zip(range(0, len(every), 10), [*Segment, *Segment], strict=False):
            some = every[first : first + 10]
            counts = {each: number for number, each in enumerate(Segment)}
            page = Portfolio(tuple(entry.row for entry in some), 2, 3, 25, counts)
            query = PortfolioQuery(segment, owner=OWNER, step=USUAL.steps[0].key, party="Spot support", words="Zzname")
            query = replace(query, sort=list(Sort)[first % len(Sort)])
            menu = home_menu.build(OWNER, {OWNER: AWAY, MATE: AWAY}, [MATE], imports=True, feeds=True)
            theirs = [(made, step.key) for step in made.steps if step.state in (State.OPEN, State.WAITING)]
            yield Message("", home.build(home.Home(query, page, some, ["Zzname"], menu, theirs, 2), NOW)["blocks"])
            yield Message("", portfolio_list.build(page, query, some, NOW).blocks)  # its text is cut anywhere
    for start in (True, False):
        nothing = home.Home(PortfolioQuery(), Portfolio((), 1, 1, 0, {}), (), may_start=start)
        yield Message("", home.build(nothing, NOW)["blocks"])
    yield from (Message(texts.say("hub", count=count)) for count in (0, 2))
    yield from (Message(texts.say("home/away", absence=AWAY, user=user)) for user in (OWNER, MATE, OTHER))


@pytest.mark.parametrize("language", OTHERS)
def test_messages_say_nothing_in_english(language: str) -> None:
    """A template that falls back to English, or words of the code that nobody looks up, would bring other words."""
    known, left, count = vocabulary(language), dict[str, str](), 0
    with speaking(language):
        for message in (*all_messages(), *lists()):
            for text in said(message):
                count += 1
                shown = text
                for pattern in NOT_SAID:
                    shown = re.sub(pattern, " ", shown, flags=re.MULTILINE)
                left |= dict.fromkeys(words_of(shown) - known, text[:200])

    assert {} == left
    assert count > 2000


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_no_english_words(language: str) -> None:
    """Beside the names of what Spot and AWS show in English."""
    left = [
        (word, text)
        for text in translations(language)
        if not text.isascii() or " " in text
        for word in words_of(re.sub(f"{VENDOR}|{COLUMNS}", " ", re.sub(r"`[^`]*`", " ", text))) & ENGLISH_ONLY
    ]

    assert [] == left


def test_english_would_be_found() -> None:
    """The vocabulary knows no English sentence, or the tests above could not fail."""
    known = vocabulary("de")
    english = enrollment(BUILT_IN[0], State.OPEN, USUAL_WORDS, full=True)
    found = [words_of(message.text) - known for message in sample_messages._reminders(english)]

    assert found
    assert all({"has", "been"} <= words or {"was", "still"} & words for words in found), found
