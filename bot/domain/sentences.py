"""Sentences that are compared in English and told in the language that is spoken where they are shown.

What somebody confirms in a form is compared with what saving it asks, inside a transaction, where English is spoken. So
such a sentence is its English text, and remembers the words and values that it was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bot.domain.retold import retold, retold_day
from bot.language.spoken import gettext, number_words

#: A text; a number; or texts that are enumerated with commas.
Value = str | int | Sequence[str]
#: Values that are told in another way than others, by their names: phrases of the procedure, and days.
_TELL: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"noun": lambda noun: gettext(retold(noun)), "day": retold_day}
)


class Sentence(str):
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


def sentence(words: str, **values: Value) -> Sentence:
    """A sentence; texts among the values may be sentences, too."""
    english = {name: _plain(value) for name, value in values.items()}
    return Sentence(words.format(**english), words, values)


def told(words: str) -> str:
    """A sentence in the language that is spoken; any other text as it stands."""
    if not isinstance(words, Sentence):
        return words
    return gettext(words.words).format(**{name: _told(name, value) for name, value in words.values.items()})


def _plain(value: Value) -> str:
    if isinstance(value, int):
        return str(value)
    return value if isinstance(value, str) else ", ".join(value)


def _told(name: str, value: Value) -> str:
    if isinstance(value, int):
        return number_words(value)
    if not isinstance(value, str):
        return ", ".join(map(told, value))
    return told(value) if isinstance(value, Sentence) else _TELL.get(name, str)(value)
