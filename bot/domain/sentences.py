"""Sentences that are made in English and told in the language that is spoken where they are shown.

English is spoken inside a transaction that writes. What somebody confirms in a form is compared there with what saving
it asks, and what is refused there is read outside. So such a sentence is its English text, and remembers the words and
values that it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.language.spoken import gettext, number_words

#: A text; a number; or texts that are enumerated with commas.
Value = str | int | Sequence[str]


class Words(str):
    """English words that `told` tells in another language: here those of the catalog; `retold.py` has others."""

    def in_language(self) -> str:
        """The words in the language that is spoken."""
        return gettext(self)


class Sentence(Words):
    """An English sentence, or a part of one, that `told` can tell in another language.

    Attributes:
        words: in English, with names of values in braces. values: by these names.
    """

    words: str
    values: Mapping[str, Value]

    def __new__(cls, english: str, words: str, values: Mapping[str, Value]) -> Sentence:
        made = super().__new__(cls, english)
        made.words, made.values = words, values
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:  # for copies
        return str(self), self.words, self.values

    def in_language(self) -> str:
        return gettext(self.words).format(**{name: _told(value) for name, value in self.values.items()})


class Row(Words):
    """Sentences one after the other, or names with a word between them.

    Attributes:
        parts: in their order. word: in English; "" for none.
    """

    parts: Sequence[str]
    word: str

    def __new__(cls, parts: Sequence[str], word: str = "") -> Row:
        made = super().__new__(cls, _between(word).join(parts))
        made.parts, made.word = parts, word
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.parts, self.word

    def in_language(self) -> str:
        return _between(gettext(self.word)).join(map(told, self.parts))


def sentence(words: str, **values: Value) -> Sentence:
    """A sentence; texts among the values may be `Words` or sentences, too."""
    english = {name: _plain(value) for name, value in values.items()}
    return Sentence(words.format(**english), words, values)


def told(words: str) -> str:
    """A sentence or `Words` in the language that is spoken; any other text as it stands."""
    return words.in_language() if isinstance(words, Words) else words


def _between(word: str) -> str:
    return f" {word} " if word else " "


def _plain(value: Value) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return value if isinstance(value, str) else ", ".join(value)


def _told(value: Value) -> str:
    if isinstance(value, int):
        return number_words(value)
    return told(value) if isinstance(value, str) else ", ".join(map(told, value))
