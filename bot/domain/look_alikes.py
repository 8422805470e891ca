"""Names that look alike: they differ only in case, spaces, dashes, accents or letters that are easily confused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

#: Signs between words, which people write or leave out: they are taken away.
_BETWEEN: dict[int, str | None] = dict.fromkeys(map(ord, " \t\n\u00a0-_.\u2010\u2011\u2012\u2013\u2014\u2015"))
#: The same between two digits, where they tell numbers apart: “Team 1-1” is not “Team 11”.
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-_.\u2010-\u2015]+(?=\d)")
#: Letters and digits that look like others, in Latin, Cyrillic and Greek.
_CYRILLIC = "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u043a\u043c\u0442\u0432\u043d\u04cf"
_GREEK = "\u03b1\u03bf\u03c1\u03c4\u03bd\u03b9\u03ba\u03c5\u03c7\u03b5"
_LOOKS = _BETWEEN | str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l"}
    | dict(zip(_CYRILLIC, "aeopcyxlsjkmtbhl", strict=True))
    | dict(zip(_GREEK, "aoptvlkuxe", strict=True))
)


@lru_cache(maxsize=16_384)  # the same names are compared with each page that somebody turns
def look_key(name: str) -> str:
    """What a name looks like; names with the same key are easily confused."""
    text = name
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return _BETWEEN_DIGITS.sub("\0", text.casefold()).translate(_LOOKS) or name


def look_alikes(names: Iterable[str]) -> list[tuple[str, ...]]:
    """The groups of different names that look alike, in a fixed order."""
    groups: dict[str, set[str]] = {}
    for name in frozenset(names):
        groups.setdefault(look_key(name), set()).add(name)
    return sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1)
