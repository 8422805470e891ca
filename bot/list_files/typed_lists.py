"""Lists as they are typed or pasted into a form's field: all entries, or every faulty line at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.domain.enrollment import Customer, Pair
from bot.domain.errors import InvalidInput
from bot.domain.lists import refuse
from bot.list_files.entries import read_entries
from bot.list_files.reading import read_pasted


def parse_names(text: str, known: Iterable[str] = (), list_name: str = "subsets") -> tuple[str, ...]:
    """Names, one a line, in the order given.

    Args:
        known: names that are recorded already and must not come again.
        list_name: subsets or workflows; a header row may name its column.

    Raises:
        InvalidInput: names every line with a fault: a repetition, a name that is too long, an empty list.
    """
    return _parsed(text, list_name, "Enter at least one name, one a line.", known)


def parse_pairs(text: str, known: Iterable[Pair] = ()) -> tuple[Pair, ...]:
    """Subset and billing workflow, one pair a line: with a colon between them, or as a spreadsheet gives it.

    Args:
        known: pairs that are recorded already and must not come again.

    Raises:
        InvalidInput: names every line with a fault.
    """
    return _parsed(text, "pairs", "Enter at least one pair, one a line.", known)


def parse_customers(text: str, own_org_id: str | None, known: Iterable[Customer] = ()) -> tuple[Customer, ...]:
    """Subset, console email and Spot organization ID, one end customer a line.

    Args:
        own_org_id: the enrollment's own organization, which no end customer can have.

    Raises:
        InvalidInput: names every line with a fault.
    """
    return _parsed(text, "customers", "Enter at least one end customer, one a line.", known, own_org_id)


def _parsed(
    text: str, list_name: str, when_empty: str, known: Iterable[Any], own_org_id: str | None = None
) -> tuple[Any, ...]:
    read = read_entries(read_pasted(text), list_name, own_org_id, known)
    if not read.entries and not read.faults:
        raise InvalidInput(when_empty)
    refuse([f"Line {fault.number}: {fault.sentence}" for fault in read.faults])
    return tuple(entry for _, entry in read.entries)
