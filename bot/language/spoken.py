"""The language that is spoken now, and the words that it has for English ones.

English is what the code and the templates are written in, so it has no catalog. A word that a catalog lacks stays
English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from gettext import NullTranslations
from types import MappingProxyType

ENGLISH = "en"
#: Code of each language -> how people name it; the first name is the one that the bot uses.
LANGUAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {ENGLISH: ("English", "Englisch"), "de": ("German", "Deutsch")}
)
_now: ContextVar[str] = ContextVar("language", default=ENGLISH)
#: The language that is spoken now: its code.
current = _now.get


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language in this thread for a while; `language` is a code of `LANGUAGES`."""
    before = _now.set(language)
    try:
        yield
    finally:
        _now.reset(before)


def language_named(words: str) -> str | None:
    """The code of the language that somebody names by its code, in English or in itself; None for no such language."""
    wanted = words.strip().casefold()
    return next((code for code, names in LANGUAGES.items() if wanted in (code, *map(str.casefold, names))), None)


def name_of(language: str) -> str:
    """The English name of a language."""
    return LANGUAGES[language][0]


def gettext(words: str) -> str:
    """English words in the language that is spoken."""
    language = _now.get()
    return words if language == ENGLISH or not words else _catalog(language).gettext(words)


def pgettext(context: str, words: str) -> str:
    """English words that need several words in another language; `context` says which is meant."""
    language = _now.get()
    return words if language == ENGLISH or not words else _catalog(language).pgettext(context, words)


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a word that goes with a number."""
    language = _now.get()
    if language == ENGLISH:
        return one if count == 1 else many
    return _catalog(language).ngettext(one, many, count)


def local_day(day: date, *, weekday: bool, year: bool) -> str:
    """A day with its month in short: in German `Mo., 30. Nov`; "" in English, which has its own ways."""
    if (language := _now.get()) == ENGLISH:
        return ""
    from bot.language import formats

    return formats.local_day(day, language, weekday=weekday, year=year)


def number_words(number: int) -> str:
    """A whole number: `1,998`, in German `1.998`."""
    if (language := _now.get()) == ENGLISH or -1000 < number < 1000:
        return f"{number:,}"
    from bot.language import formats

    return formats.local_number(number, language)


def _catalog(language: str) -> NullTranslations:
    from bot.language.catalogs import catalog_of  # Babel takes a while to import, and English needs none of it

    return catalog_of(language)
