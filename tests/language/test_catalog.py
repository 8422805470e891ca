"""Catalogs: every word that the code looks up is there, nothing is left over, and placeholders are kept."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.durations import format_duration
from bot.domain.schedule import day_words, month_day
from bot.language.catalogs import read_catalog
from bot.language.spoken import (
    ENGLISH,
    LANGUAGES,
    current,
    gettext,
    language_named,
    ngettext,
    number_words,
    pgettext,
    speaking,
)
from bot.presentation import texts
from tests.language import extraction

OTHERS = [code for code in LANGUAGES if code != ENGLISH]


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalog_has_every_word_and_no_other(language: str) -> None:
    """What is missing is printed by `python -m tests.language.extraction`."""
    assert ([], []) == (extraction.missing(language), extraction.stale(language))


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalog_is_in_alphabetical_order(language: str) -> None:
    """Of the English words, whatever their case; so translators find them, and changes meet on fewer lines."""
    words = [each.id[0] if isinstance(each.id, tuple) else each.id for each in read_catalog(language) if each.id]

    assert sorted(words, key=str.casefold) == words


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_the_values(language: str) -> None:
    """A name in braces that is no value would fail when the message is written; one that is left out is left unsaid."""
    wrong, left_out = [], []
    for entry in read_catalog(language):
        forms = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        told = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        given = set(re.findall(r"{\w*}", " ".join(forms)))
        wrong += [entry.id for each in told if entry.id and not set(re.findall(r"{\w*}", str(each))) <= given]
        left_out += [entry.id for each in told if entry.id and set(re.findall(r"{\w*}", str(each))) != given]

    at_fields = ["{what} can have {longest} characters at most. This has {count}."]
    at_fields.append("{what} needs at least one letter or digit.")
    assert ([], ["Enter {what}.", "Text for {party}", "{button} anyway", *at_fields]) == (wrong, left_out)


def test_words_are_looked_up_while_a_language_is_spoken() -> None:
    """And in no other thread; what a catalog lacks stays English."""
    assert ("Mark done", "pairs", "1,998") == (gettext("Mark done"), ngettext("pair", "pairs", 2), number_words(1998))
    with speaking("de"):
        assert "de" == current()
        assert "Als erledigt markieren" == gettext("Mark done")
        assert ("Paar", "Paare") == (ngettext("pair", "pairs", 1), ngettext("pair", "pairs", 2))
        assert ("nobody says this", "") == (gettext("nobody says this"), gettext(""))
        assert "nobody says this" == pgettext("a place", "nobody says this")
        with speaking(ENGLISH):
            assert "Mark done" == gettext("Mark done")
        assert "1.998" == number_words(1998)
    assert ENGLISH == current()


def test_days_lengths_and_numbers_are_german() -> None:
    """As German readers write them, without a point at the end that would meet that of the sentence."""
    day, today = date(2026, 11, 30), date(2026, 11, 23)
    with speaking("de"):
        assert ("Mo., 30. Nov", "30. Nov") == (day_words(day), month_day(day, today))
        assert "Di., 1. Juni 2027" == day_words(date(2027, 6, 1), today)
        assert ("Zieltermin 30. Nov", "Zieltermin 1. Mai verstrichen") == (
            texts.target_words(day, today),
            texts.target_words(date(2026, 5, 1), date(2026, 5, 2)),
        )
        assert "30. Nov" == texts.plain_day(datetime(2026, 11, 29, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
        assert ("1 Woche 3 Tage", "0 Sekunden") == (format_duration(timedelta(days=10)), format_duration(timedelta()))
        assert ("2.", "1 Paar", "1.998 Paare") == (
            texts.ordinal(2),
            texts.plural(1, "pair"),
            texts.plural(1998, "pair"),
        )
        moment = texts.moment(datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
        assert "<!date^1796029200^{date_short_pretty} um {time}|Mo., 30. Nov, 09:00 UTC>" == moment


@pytest.mark.parametrize(
    ("words", "code"),
    [("de", "de"), ("German", "de"), ("Deutsch", "de"), (" EN ", "en"), ("English", "en"), ("englisch", "en")],
)
def test_languages_have_several_names(words: str, code: str) -> None:
    """People name a language by its code, in English, or in itself."""
    assert code == language_named(words)
    assert language_named("Klingon") is None
