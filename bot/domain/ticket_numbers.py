"""The numbers that support gives to tickets: how many a person entered, and how a sentence names many of them."""

from __future__ import annotations

import re

from bot.domain.inputs import shorten
from bot.domain.sentences import sentence
from bot.language.spoken import gettext

#: Characters up to which numbers are shown as they were entered, and those of the first ones otherwise.
_SHOWN, _FIRST = 100, 60


def count_numbers(text: str) -> int:
    """How many different numbers a person entered: words with a digit, separated by commas, semicolons or spaces."""
    return len({word.casefold() for word in re.split(r"[\s,;]+", text) if re.search(r"\d", word)})


def in_short(text: str) -> str:
    """Numbers as they were entered; of many, the first ones and how many there are besides."""
    if len(text) <= _SHOWN:
        return text
    numbers = [word for word in re.split(r"\s*[,;]\s*", text) if word]
    shown: list[str] = []
    for number in numbers:
        if len(", ".join([*shown, number])) > _FIRST:
            break
        shown.append(number)
    if not shown:
        return shorten(text, _SHOWN)
    if len(shown) == len(numbers):
        return ", ".join(shown)
    return f"{', '.join(shown)} {gettext('and {count} more').format(count=len(numbers) - len(shown))}"


def missing_numbers(parts: int, entered: str) -> list[str]:
    """A warning where a ticket goes out in parts and fewer numbers were entered."""
    found = count_numbers(entered)
    if parts == 1 or found >= parts:
        return []
    there = sentence("none" if not found else "only one" if found == 1 else "only {count}", count=found)
    words = "This ticket goes out in {parts} parts, so there should be {parts} ticket numbers. You entered {there}."
    return [sentence(words, parts=parts, there=there)]
