"""The lists of an enrollment: what an entry of each is called, its fields, its line, and the list's step."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.domain.enrollment import BillingWorkflow, Customer, Enrollment, EventKind, Pair, SubsetAccount
from bot.domain.inputs import capitalized, format_account_id
from bot.domain.lists import format_name
from bot.domain.sentences import Words
from bot.language.spoken import ngettext, number_words

#: What a sentence calls the organization ID of an end customer; also the column of a file.
ORGANIZATION = "Spot organization ID"
#: Field of an entry -> the list of names that it takes its value from.
NAMED_IN: Mapping[str, str] = MappingProxyType({"subset": "subsets", "workflow": "workflows"})


@dataclass(frozen=True, slots=True)
class ListKind:
    """One of the lists.

    Attributes:
        name: its attribute of an enrollment. title: for a menu. noun: one entry in sentences.
        entry: the type of its entries. event: tells a change of it.
        fields: attribute of an entry -> what a sentence calls it; the attribute of a name is `name`.
        keys: the fields by which an entry is recognized; another entry with the same ones is a change of it.
        public: the fields that the channel's thread may show: no addresses.
    """

    name: str
    title: str
    noun: str
    entry: Callable[..., Any]
    event: EventKind
    fields: Mapping[str, str]
    keys: tuple[str, ...]
    public: tuple[str, ...]

    @property
    def has_names(self) -> bool:
        """Whether its entries are names, which the other lists use."""
        return "name" in self.fields

    @property
    def names(self) -> Mapping[str, str]:
        """Field of an entry -> the list of names that it takes its value from."""
        return {field: NAMED_IN[field] for field in self.fields if field in NAMED_IN}

    def given(self, cells: Iterable[str]) -> Any:
        """The entry that a person gives with these values: a name, or what the list records."""
        return str(*cells) if self.has_names else self.entry(*cells)

    def recorded(self, given: Any) -> Any:
        """What the list records of an entry that a person gives."""
        return self.entry(given) if self.has_names else given

    @property
    def columns(self) -> tuple[str, ...]:
        """The header of the list as a table."""
        return tuple(map(capitalized, self.fields.values()))

    def cells(self, entry: Any) -> tuple[str, ...]:
        """The entry as a row of that table."""
        return tuple(field_of(entry, field) for field in self.fields)

    def key(self, entry: Any) -> tuple[str, ...]:
        """What an entry is recognized by."""
        return tuple(field_of(entry, field) for field in self.keys)

    def shown(self, entry: Any) -> str:
        """The entry in the channel's thread."""
        return " : ".join(shown_field(entry, field) for field in self.public)

    def counted(self, count: int) -> str:
        """`1 pair`, `3 pairs`, in the language that is spoken."""
        return f"{number_words(count)} {ngettext(self.noun, f'{self.noun}s', count)}"


def _kind(
    name: str,
    title: str,
    noun: str,
    entry: Callable[..., Any],
    event: EventKind,
    fields: Mapping[str, str],
    *,
    keys: tuple[str, ...],
    public: tuple[str, ...],
) -> ListKind:
    return ListKind(name, title, noun, entry, event, MappingProxyType(fields), keys, public)


_NAME, _SUBSET, _BOTH = ("name",), ("subset",), ("subset", "workflow")
_CUSTOMER = {"subset": "subset", "email": "console email", "spot_org_id": ORGANIZATION}
KINDS: Mapping[str, ListKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            _kind(
                *("subsets", "Subsets", "subset", str, EventKind.NAMES_CHANGED, {"name": "subset"}),
                keys=_NAME,
                public=_NAME,
            ),
            _kind(
                *("workflows", "Billing workflows", "billing workflow", BillingWorkflow, EventKind.NAMES_CHANGED),
                {"name": "billing workflow"},
                keys=_NAME,
                public=_NAME,
            ),
            _kind(
                *("pairs", "Pairs", "pair", Pair, EventKind.PAIRS_CHANGED),
                {"subset": "subset", "workflow": "billing workflow"},
                keys=_SUBSET,
                public=_BOTH,
            ),
            _kind(
                *("customers", "End customers", "end customer", Customer, EventKind.CUSTOMERS_CHANGED, _CUSTOMER),
                keys=("subset", "spot_org_id"),
                public=_SUBSET,
            ),
            _kind(
                *("subset_accounts", "AWS accounts", "AWS account", SubsetAccount, EventKind.ACCOUNTS_CHANGED),
                {"subset": "subset", "account_id": "AWS account"},
                keys=("account_id",),
                public=("subset", "account_id"),
            ),
        )
    }
)


#: The lists of names.
NAMED = tuple(kind.name for kind in KINDS.values() if kind.has_names)


class Counted(Words):
    """`1 pair`, `3 pairs`, as a value of a sentence.

    Attributes:
        list_name, number: of which list, and how many.
    """

    list_name: str
    number: int

    def __new__(cls, list_name: str, number: int) -> Counted:
        noun = KINDS[list_name].noun
        made = super().__new__(cls, f"{number:,} {noun}{'' if number == 1 else 's'}")
        made.list_name, made.number = list_name, number
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.list_name, self.number

    def in_language(self) -> str:
        return KINDS[self.list_name].counted(self.number)


def entry_line(entry: Any) -> str:
    """An entry as a person types it."""
    match entry:
        case Pair():
            return f"{format_name(entry.subset)} : {format_name(entry.workflow)}"
        case Customer():
            return f"{format_name(entry.subset)} : {entry.email} : {entry.spot_org_id}"
        case SubsetAccount():
            return f"{format_name(entry.subset)} : {format_account_id(entry.account_id)}"
        case _:
            return format_name(name_of(entry))


def name_of(entry: str | BillingWorkflow) -> str:
    """The name of a subset or billing workflow."""
    return entry if isinstance(entry, str) else entry.name


def field_of(entry: Any, field: str) -> str:
    """The value of a field of an entry."""
    return entry if isinstance(entry, str) else str(getattr(entry, field))


def shown_field(entry: Any, field: str) -> str:
    """A field of an entry as people read it: an account ID has dashes."""
    value = field_of(entry, field)
    return format_account_id(value) if field == "account_id" else value


def entry_key(entry: Any) -> str:
    """A short name of an entry, by what it says: its place in the list may be another one's when it is used."""
    return line_key(entry_line(entry))


def line_key(line: str) -> str:
    """`entry_key` of the entry with that line."""
    return hashlib.sha256(line.encode()).hexdigest()[:16]


def entries_of(enrollment: Enrollment, list_name: str) -> tuple[Any, ...]:
    """The entries of a list, in order."""
    found: tuple[Any, ...] = getattr(enrollment, list_name)
    return found


def matching(enrollment: Enrollment, list_name: str, words: str) -> list[tuple[int, Any]]:
    """The entries that contain some words, each with its place; `words` as `search_key` makes them."""
    entries = enumerate(entries_of(enrollment, list_name))
    return [(place, entry) for place, entry in entries if not words or words in entry_line(entry).casefold()]


def lists_using(list_name: str) -> dict[str, str]:
    """List -> its field that takes its value from a list of names."""
    return {kind.name: field for kind in KINDS.values() for field, names in kind.names.items() if names == list_name}


def names_used(enrollment: Enrollment, list_name: str) -> list[str]:
    """The names of one list that the other lists use, each as often as it is used."""
    return [
        field_of(entry, field)
        for listed, field in lists_using(list_name).items()
        for entry in entries_of(enrollment, listed)
    ]
