"""The values that a form showed when it was opened, so that a person changes only what they typed.

A form that somebody else was faster than is merged: a field that was left as it was shown keeps the recorded value. A
field that both changed wants confirmation. The form keeps digests, because its metadata has room for 3,000 characters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.domain.enrollment import Enrollment
from bot.domain.inputs import shorten
from bot.domain.retold import Phrase
from bot.domain.sentences import Sentence, sentence

_DIGEST = 12
#: How many entries of a list a sentence spells out; the rest is counted.
_SPELLED_OUT = 5


def quoted(value: Any) -> str:
    """A typed value as a sentence names it."""
    return f"“{shorten(str(value))}”"


@dataclass(frozen=True, slots=True)
class FormValue:
    """One recorded value that a form shows.

    Attributes:
        noun: the value in a sentence. value: a text, None, the entries of a list, or a set of people.
        stored: its name in the audit. words: how a sentence names the value, or one entry of it.
    """

    noun: str
    value: object
    stored: str
    words: Callable[[Any], str] = quoted


FormValues = Mapping[str, FormValue]
#: Of a form without recorded values.
NOT_SHOWN: FormValues = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shown:
    """The values of a form when it was opened: the enrollment's version, and field -> digest of its value."""

    version: int
    digests: Mapping[str, str]

    def is_untouched(self, name: str, given: object) -> bool:
        """Whether a field holds what was shown in it."""
        return self.digests.get(name) == digest_of(given)

    def is_outdated(self, name: str, recorded: object) -> bool:
        """Whether a value that was shown is not the recorded one any more."""
        return name in self.digests and self.digests[name] != digest_of(recorded)

    def merge(self, given: Mapping[str, object], recorded: FormValues) -> dict[str, object]:
        """What was typed, with the recorded value in each field that was left as it was shown."""
        return {
            name: recorded[name].value if name in recorded and self.is_untouched(name, value) else value
            for name, value in given.items()
        }


def shown(enrollment: Enrollment, values: FormValues) -> Shown:
    """What a form that is opened now shows."""
    return Shown(enrollment.version, {name: digest_of(each.value) for name, each in values.items()})


def digest_of(value: object) -> str:
    """A short hash of a value; an empty text is the same as none."""
    plain: object = value if value not in ("", None) else None
    if isinstance(plain, frozenset):
        plain = {"set": sorted(plain)}
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:_DIGEST]


def overwritten(form: Shown, before: FormValues, after: FormValues, author_of: Callable[[FormValue], str]) -> list[str]:
    """A warning for each value that somebody changed after the form was opened and that saving would replace.

    Args:
        before, after: the recorded values now, and as they would be saved.
        author_of: who changed a value last, as a mention.
    """
    sentences = list[str]()
    for name, was in before.items():
        becomes = after[name].value if name in after else was.value
        if not form.is_outdated(name, was.value) or becomes == was.value:
            continue
        if isinstance(was.value, tuple | frozenset):
            kept = becomes if isinstance(becomes, tuple | frozenset) else ()
            lost = [was.words(entry) for entry in sorted(was.value) if entry not in kept]
            if lost:
                said = since(author_of(was), was.noun)
                sentences.append(sentence("{said} Saving removes {names}.", said=said, names=spelled_out(lost)))
        elif was.value:
            sentences.append(since(author_of(was), was.noun, was.words(was.value)))
        else:
            words = "{author} removed the {noun} since you opened this form."
            sentences.append(sentence(words, author=author_of(was), noun=Phrase(was.noun)))
    return sentences


def since(author: str, noun: str, to: str = "") -> Sentence:
    """The sentence that somebody changed a value since the form was opened."""
    words = "{author} changed the {noun} since you opened this form."
    if to:
        words = "{author} changed the {noun} to {value} since you opened this form."
    return sentence(words, author=author, noun=Phrase(noun), value=to)


def spelled_out(names: Sequence[str]) -> Sentence:
    """The first of some names, and how many more there are."""
    words = "{names} and {count} more" if len(names) > _SPELLED_OUT else "{names}"
    return sentence(words, names=names[:_SPELLED_OUT], count=len(names) - _SPELLED_OUT)
