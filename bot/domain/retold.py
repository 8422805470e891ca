"""Words that events and refusals have in English, in the language that is spoken: phrases of procedures, lengths, days.

What a sentence names is a `Phrase`, an `Awaited` or a `DayWords`, so that `sentences.told` tells it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

from bot.domain.phrases import phrases_of
from bot.domain.procedure import known_procedures
from bot.domain.schedule import day_words
from bot.domain.sentences import Words
from bot.domain.step_spec import Procedure
from bot.language.spoken import ENGLISH, current, gettext, ngettext

#: The phrases of a procedure that are stored: titles of procedures and steps, nouns of values, parties.
_STORED = ("title", "noun", "name", "waiting_on")
_VALUE_OF_STEP = re.compile(r"(.+) of “(.+)”")
_LENGTH = re.compile(r"\b(\d+) (week|day|hour|minute|second)s?\b", re.ASCII)
_DAY = re.compile(r"(\w{3}), (\w{3}) (\d{1,2})(?:, (\d{4}))?", re.ASCII)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Years in which each day of the year, February 29 too, falls on each day of the week.
_ANY_YEARS = range(2000, 2028)


class Phrase(Words):
    """A title or a value's noun of a procedure, or the noun of an entry of a list."""

    def in_language(self) -> str:
        return gettext(retold(self))


class Awaited(Words):
    """The party that a step waits for, after “waiting for”."""

    def in_language(self) -> str:
        return retold(self, ("waiting_on",))


class DayWords(Words):
    """A day as `schedule.day_words` writes it."""

    def in_language(self) -> str:
        return retold_day(self)


def retold(phrase: str, kinds: tuple[str, ...] = _STORED) -> str:
    """A title, a value's noun or a party that was stored; as it stands where no procedure has it.

    Args:
        kinds: which phrases of a procedure it can be.
    """
    if current() == ENGLISH:
        return phrase
    for procedure in known_procedures():
        if told := _stored(procedure, procedure.told, kinds).get(phrase):
            return told
    if of_step := _VALUE_OF_STEP.fullmatch(phrase):  # a value that a move has lost
        noun, title = map(retold, of_step.groups())
        return gettext("{noun} of “{title}”").format(noun=noun, title=title)
    return phrase


@cache
def _stored(procedure: Procedure, told: Procedure, kinds: tuple[str, ...]) -> Mapping[str, str]:
    """English phrase -> the same in the language of `told`, of some of those that events store."""
    phrases = dict(phrases_of(told))
    found = ((phrase, phrases[place]) for place, phrase in phrases_of(procedure) if place[-1] in kinds)
    return MappingProxyType(dict(found))


def retold_length(words: str) -> str:
    """A length of time as an event stored it: `1 week 3 days`, `less than an hour`; other words stay as they are."""
    if words == "less than an hour":
        return gettext("less than an hour")
    return _LENGTH.sub(lambda found: f"{found[1]} {_unit(found[2], int(found[1]))}", words)


def _unit(word: str, count: int) -> str:
    return ngettext(word, f"{word}s", count)


def retold_day(words: str) -> str:
    """A day as an event stored it: `Mon, Nov 30`, `Fri, Jan 5, 2029`; other words stay as they are."""
    found = _DAY.fullmatch(words)
    if found is None or found[1] not in _WEEKDAYS or found[2] not in _MONTHS:
        return words
    weekday, month, number = _WEEKDAYS.index(found[1]), _MONTHS.index(found[2]) + 1, int(found[3])
    for year in (int(found[4]),) if found[4] else _ANY_YEARS:
        try:
            day = date(year, month, number)
        except ValueError:
            continue
        if day.weekday() == weekday:
            # Far from this day where the year was told, so that it is told again.
            return day_words(day, date(year - 2, 1, 1) if found[4] else None)
    return words
