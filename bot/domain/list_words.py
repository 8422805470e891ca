"""The words of `/eco list` as a query: parts of the portfolio, steps, and else a name to search for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from bot.domain.errors import InvalidInput
from bot.domain.inputs import clean_words, shorten
from bot.domain.portfolio import PortfolioQuery, Segment
from bot.domain.procedure import known_procedures
from bot.domain.sentences import Row, sentence
from bot.domain.step_spec import StepKey

T = TypeVar("T")

#: The longest text that is searched for: names of accounts have 80 characters at most.
MAX_SEARCH = 100
#: Words for a part of the portfolio. The other parts have words that are parts of names, too, such as "us".
SEGMENT_WORDS = {
    each.value: each
    for each in (
        *(Segment.LATE, Segment.WAITING, Segment.BLOCKED),
        *(Segment.NEEDS_ME, Segment.DONE, Segment.CANCELLED),
    )
}
_QUOTED = re.compile('["“”„]([^"“”„]*)["“”„]')
_UNKNOWN = re.compile(r"(?<!\S)([@#])(\S+)")


def parse_list_words(text: str, owners: Sequence[str], channels: Sequence[str]) -> PortfolioQuery:
    """The query that somebody means by the words after `/eco list`.

    What stands in quotes is searched for as it is.

    Args:
        text: the words without mentions. owners, channels: the IDs of those that were mentioned.

    Raises:
        InvalidInput: two values for one filter, a name that is no mention, too long a text.
    """
    if text.strip().casefold() == "all":
        text = ""
    quoted = [found.strip() for found in _QUOTED.findall(text)]
    rest = _QUOTED.sub(" ", text)
    if (unknown := _UNKNOWN.search(rest)) is not None:
        raise InvalidInput(_not_known(unknown[1], unknown[2]))
    steps, rest = _take_steps(rest)
    segments, words = list[Segment](), list[str]()
    for word in rest.split():
        if (segment := SEGMENT_WORDS.get(word.casefold())) is not None:
            segments.append(segment)
        else:
            words.append(word)
    return PortfolioQuery(
        segment=_only(sentence("part of the list"), segments) or Segment.ALL,
        owner=_only(sentence("owner"), owners, "<@{}>", owners),
        channel=_only(sentence("channel"), channels, "<#{}>", channels),
        step=_only(sentence("step"), steps),
        words=parse_search(" ".join([*words, *quoted])),
    )


def parse_search(text: str) -> str:
    """The text to search for, with single spaces; "" for nothing.

    Raises:
        InvalidInput: it is longer than any name.
    """
    value = re.sub(r"\s+", " ", clean_words(text)).strip()
    if len(value) > MAX_SEARCH:
        words = "Search for {most} characters at most. This has {count}."
        raise InvalidInput(sentence(words, most=MAX_SEARCH, count=len(value)))
    return value


def _take_steps(text: str) -> tuple[list[StepKey], str]:
    """The steps that a text names by title or key, and the rest of it."""
    found = list[StepKey]()
    for name, keys in _names_of_steps().items():
        pattern = rf"(?<!\S){re.escape(name)}(?!\S)"
        if re.search(pattern, text, re.IGNORECASE):
            text = re.sub(pattern, " ", text, flags=re.IGNORECASE)
            found += keys
    return list(dict.fromkeys(found)), text


def _names_of_steps() -> dict[str, list[StepKey]]:
    """What people call steps, the longest names first: title, the title up to its colon, key.

    Procedures may call different steps the same.
    """
    names: dict[str, list[StepKey]] = {}
    for procedure in known_procedures():
        for spec in (*procedure.steps, *procedure.told.steps):
            for name in (spec.title, spec.title.partition(":")[0], spec.key, spec.key.replace("_", " ")):
                names.setdefault(name.casefold(), []).append(spec.key)
    return dict(sorted(names.items(), key=lambda pair: -len(pair[0])))


def _only(what: str, found: Sequence[T], shown: str = "{}", ids: Sequence[str] = ()) -> T | None:
    """The only value of a filter, None without one; `shown` is how a sentence names a value."""
    different = list(dict.fromkeys(found))
    if len(different) > 1:
        listed = Row([shown.format(value) for value in different[:3]], "or")
        raise InvalidInput(sentence("Name one {what} at a time: {listed}.", what=what, listed=listed), ids=ids)
    return different[0] if different else None


def _not_known(sign: str, name: str) -> str:
    if sign == "@":
        words = (
            "Who is {name}? Type @ and choose the person from what Slack offers. "
            "To search for a name, put it in quotes."
        )
    else:
        words = (
            "Which channel is {name}? Type # and choose the channel from what Slack offers. "
            "To search for a name, put it in quotes."
        )
    return sentence(words, name=f"{sign}{shorten(name)}")
