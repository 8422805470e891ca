"""The four lists of an enrollment: what an entry of each is called, its fields, its line, and the list's step."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.domain.enrollment import BillingWorkflow, Customer, Enrollment, Pair
from bot.domain.lists import format_name
from bot.domain.procedure import PROCEDURE
from bot.domain.step_spec import StepKey


@dataclass(frozen=True, slots=True)
class ListKind:
    """One of the lists.

    Attributes:
        name: its attribute of an enrollment. title: for a menu. noun: one entry in sentences.
        fields: attribute of an entry -> what a sentence calls it; the attribute of a name is `name`.
        step: the step that the list belongs to, whose assignee may change it.
    """

    name: str
    title: str
    noun: str
    fields: Mapping[str, str]
    step: StepKey

    @property
    def has_names(self) -> bool:
        """Whether its entries are names, which pairs and customers use."""
        return "name" in self.fields


def _step_of(list_name: str) -> StepKey:
    """The step whose ticket carries the list, or whose form fills it."""
    for spec in PROCEDURE:
        fills = any(field.list_name == list_name and field.type == "names" for field in spec.collects)
        if fills or spec.list_in_ticket == list_name:
            return spec.key
    raise LookupError(f"no step has the list {list_name}")


def _kind(name: str, title: str, noun: str, /, **fields: str) -> ListKind:
    return ListKind(name, title, noun, MappingProxyType(fields), _step_of(name))


KINDS: Mapping[str, ListKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            _kind("subsets", "Subsets", "subset", name="subset"),
            _kind("workflows", "Billing workflows", "billing workflow", name="billing workflow"),
            _kind("pairs", "Pairs", "pair", subset="subset", workflow="billing workflow"),
            _kind(
                "customers",
                "End customers",
                "end customer",
                subset="subset",
                email="console email",
                spot_org_id="Spot organization ID",
            ),
        )
    }
)


def entry_line(entry: Any) -> str:
    """An entry as a person types it."""
    match entry:
        case Pair():
            return f"{format_name(entry.subset)} : {format_name(entry.workflow)}"
        case Customer():
            return f"{format_name(entry.subset)} : {entry.email} : {entry.spot_org_id}"
        case _:
            return format_name(name_of(entry))


def name_of(entry: str | BillingWorkflow) -> str:
    """The name of a subset or billing workflow."""
    return entry if isinstance(entry, str) else entry.name


def field_of(entry: Any, field: str) -> str:
    """The value of a field of an entry."""
    return entry if isinstance(entry, str) else str(getattr(entry, field))


def entry_key(entry: Any) -> str:
    """A short name of an entry, by what it says: its place in the list may be another one's when it is used."""
    return hashlib.sha256(entry_line(entry).encode()).hexdigest()[:16]


def entries_of(enrollment: Enrollment, list_name: str) -> tuple[Any, ...]:
    """The entries of a list, in order."""
    found: tuple[Any, ...] = getattr(enrollment, list_name)
    return found


def matching(enrollment: Enrollment, list_name: str, words: str) -> list[tuple[int, Any]]:
    """The entries that contain some words, each with its place; `words` as `search_key` makes them."""
    entries = enumerate(entries_of(enrollment, list_name))
    return [(place, entry) for place, entry in entries if not words or words in entry_line(entry).casefold()]
