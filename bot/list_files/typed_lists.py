"""Lists as they are typed or pasted into a form's field: all entries, or every faulty line at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.domain.errors import InvalidInput
from bot.domain.list_entries import KINDS
from bot.domain.lists import refuse
from bot.list_files.entries import read_entries
from bot.list_files.reading import read_pasted


def parse_lines(text: str, list_name: str, known: Iterable[Any] = (), own_org_id: str | None = None) -> tuple[Any, ...]:
    """The entries of a list, one a line, in the order given; a header row may name the columns.

    Args:
        known: entries that are recorded already and must not come again.
        own_org_id: the enrollment's own organization, which no end customer can have.

    Raises:
        InvalidInput: names every line with a fault: a repetition, a name that is too long, an empty list.
    """
    read = read_entries(read_pasted(text), list_name, own_org_id, known)
    if not read.entries and not read.faults:
        noun = "name" if KINDS[list_name].has_names else KINDS[list_name].noun
        raise InvalidInput(f"Enter at least one {noun}, one a line.")
    refuse([f"Line {fault.number}: {fault.sentence}" for fault in read.faults])
    return tuple(entry for _, entry in read.entries)
