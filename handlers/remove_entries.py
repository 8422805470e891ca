"""Taking recorded lines out of a list: chosen from a menu, or typed where a menu would be too long for Slack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from slack_sdk.models.blocks import InputBlock

from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten
from handlers import forms

T = TypeVar("T")

REMOVE = "remove"


def removal_input(lines: Sequence[str], typed: Mapping[str, Any] | None) -> InputBlock:
    """The field: a menu of the recorded lines, or one in which they are typed."""
    label = f"Remove ({len(lines)} recorded)"
    options = [(forms.key_of(line), line) for line in lines]
    given = (typed or {}).get(REMOVE)
    if isinstance(given, str) or (given is None and not forms.fits(options)):
        hint = "One recorded entry a line, as it stands in the ticket."
        return forms.text(REMOVE, label, typed, optional=True, lines=True, hint=hint)
    return forms.choices(REMOVE, label, options, typed, optional=True)


def removed(
    fields: forms.Fields, given: str | list[str] | None, entries: Mapping[str, T], parse: Callable[[str], Sequence[T]]
) -> frozenset[T]:
    """The entries to be taken out; a fault at the field where a typed one is not recorded.

    Args:
        given: what the field holds. entries: the recorded ones by their lines.
        parse: reads typed lines.
    """
    if isinstance(given, list):
        # By what it says and not by its place: somebody else may have changed the list meanwhile.
        by_key = {forms.key_of(line): entry for line, entry in entries.items()}
        return frozenset(by_key[key] for key in given if key in by_key)

    def read(raw: str) -> frozenset[T]:
        recorded = frozenset(entries.values())
        found = parse(raw)
        strange = sum(entry not in recorded for entry in found)
        if strange:
            first = next(line for line in raw.splitlines() if line.strip() and not recorded.issuperset(parse(line)))
            more = f", and {strange - 1} more" if strange > 1 else ""
            raise InvalidInput(f"“{shorten(first.strip())}” is not recorded{more}.")
        return frozenset(found)

    return fields.optional(REMOVE, read) or frozenset()
