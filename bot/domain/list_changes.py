"""What saving a list would change: new, changed, removed and unchanged entries, and names that aren't recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from bot.domain.enrollment import BillingWorkflow, Enrollment
from bot.domain.inputs import shorten
from bot.domain.list_entries import KINDS, entry_line, field_of
from bot.domain.shown_values import digest_of

#: How many entries of each kind an event spells out; the audit's values before and after have all lines.
_FIRST = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """Entries that a person gave for a list, read and not saved yet.

    Attributes:
        source: the name of their file, "" for pasted lines.
        faults: number, text and sentence of each line that cannot be read.
        replace: whether the list shall have these entries alone; else they are merged into it.
        remove: entries that are chosen to be removed.
        users: Spot organization ID -> whether its users are created, where a file says so.
        typed: the form as it was submitted. acted_on: the day of the step's act that saving finishes; None if none.
    """

    list_name: str
    source: str
    entries: tuple[Any, ...]
    faults: tuple[tuple[int, str, str], ...] = ()
    replace: bool = False
    remove: frozenset[Any] = frozenset()
    typed: Mapping[str, Any] = field(default_factory=dict)
    acted_on: date | None = None
    users: Mapping[str, bool] = field(default_factory=dict)

    def changes(self, enrollment: Enrollment) -> ListChanges:
        """What saving it would change now."""
        recorded = getattr(enrollment, self.list_name)
        found = compare(self.list_name, recorded, self.entries, replace=self.replace, remove=self.remove)
        known = frozenset(enrollment.with_users)
        listed = {entry.spot_org_id for entry in found.after} if self.users else set[str]()
        new = {
            number: mark for number, mark in self.users.items() if number in listed and mark is not (number in known)
        }
        return replace(found, users=new)


@dataclass(frozen=True, slots=True)
class ListChanges:
    """What saving entries changes.

    Attributes:
        after: the whole list; what was on it keeps its place.
        users: Spot organization ID -> whether its users are created, where that changes.
        changed: recorded entries with those that take their place. unchanged: how many are recorded as they were given.
    """

    after: tuple[Any, ...]
    new: tuple[Any, ...]
    changed: tuple[tuple[Any, Any], ...]
    removed: tuple[Any, ...]
    unchanged: int
    users: Mapping[str, bool] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.removed or self.users)

    @property
    def count(self) -> int:
        """How many entries are new, changed or removed."""
        return len(self.new) + len(self.changed) + len(self.removed)

    @property
    def given(self) -> tuple[Any, ...]:
        """The entries that are not on the list yet."""
        return (*self.new, *(entry for _, entry in self.changed))

    def details(self, list_name: str, source: str = "") -> dict[str, object]:
        """The details of the event that tells of it: counts, the first entries, and the file."""
        named = {"added": self.new, "changed": [now for _, now in self.changed], "removed": self.removed}
        shown = KINDS[list_name].shown
        first = {
            what: [shorten(shown(entry)) for entry in entries[:_FIRST]] for what, entries in named.items() if entries
        }
        counts: dict[str, object] = {what: len(entries) for what, entries in named.items() if entries or what in _TOLD}
        counts |= {"users": [sum(self.users.values()), len(self.users)]} if self.users else {}
        return counts | {"count": len(self.after), "first": first} | ({"file": source} if source else {})


#: Counts that an event always tells.
_TOLD = ("added", "removed")


def compare(
    list_name: str,
    recorded: Sequence[Any],
    given: Iterable[Any],
    *,
    replace: bool = False,
    remove: frozenset[Any] = frozenset(),
) -> ListChanges:
    """What saving entries changes of a list.

    Args:
        given: names, pairs or end customers. replace: whether what is not given is removed.
        remove: entries to be removed, unless they are given, too.
    """
    key = KINDS[list_name].key
    wanted = {_identity(entry): entry for entry in map(KINDS[list_name].recorded, given)}
    there = {_identity(entry) for entry in recorded}
    going = {_identity(entry) for entry in remove}
    free: dict[object, list[Any]] = defaultdict(list)
    for entry in recorded:
        if _identity(entry) not in wanted and _identity(entry) not in going:
            free[key(entry)].append(entry)
    successors: dict[object, Any] = {}
    new = []
    for identity, entry in wanted.items():
        if identity in there:
            continue
        if before := free.get(key(entry)):
            successors[_identity(before.pop(0))] = entry
        else:
            new.append(entry)
    after, removed, changed = [], [], []
    for entry in recorded:
        identity = _identity(entry)
        if identity in successors:
            changed.append((entry, successors[identity]))
            after.append(successors[identity])
        elif identity in wanted or not (replace or identity in going):
            after.append(entry)
        else:
            removed.append(entry)
    unchanged = sum(identity in there for identity in wanted)
    return ListChanges((*after, *new), tuple(new), tuple(changed), tuple(removed), unchanged)


def _identity(entry: Any) -> object:
    """What makes two entries the same one; of a billing workflow its name alone."""
    return entry.name if isinstance(entry, BillingWorkflow) else entry


#: List of names -> names.
Names = Mapping[str, tuple[str, ...]]
NO_NAMES: Names = MappingProxyType({})


def unknown_names(enrollment: Enrollment, list_name: str, entries: Iterable[Any]) -> Names:
    """The names in entries of a list that were never recorded; none of a list without any name."""
    given = tuple(entries)
    found = {}
    for side, names in KINDS[list_name].names.items():
        recorded = frozenset(enrollment.names_in(names))
        unknown = tuple(dict.fromkeys(name for each in given if (name := field_of(each, side)) not in recorded))
        if recorded and unknown:
            found[names] = unknown
    return found


def with_names(enrollment: Enrollment, names: Names) -> Enrollment:
    """The enrollment with more names on its lists."""
    for list_name, added in names.items():
        changes = compare(list_name, getattr(enrollment, list_name), added)
        enrollment = enrollment.with_list(list_name, changes.after)
    return enrollment


def new_names(before: Enrollment, after: Enrollment, list_name: str) -> list[str]:
    """The names that came to a list of names."""
    known = frozenset(before.names_in(list_name))
    return [name for name in after.names_in(list_name) if name not in known]


def state_of(enrollment: Enrollment, list_name: str) -> str:
    """A digest of a list: another one means that somebody has changed it."""
    cells = KINDS[list_name].cells
    return digest_of([cells(entry) for entry in getattr(enrollment, list_name)])


#: The end of the name under which the audit keeps the lines that left a list or came to it.
LINES = ".lines"
#: Follows the line of a billing workflow that is validated.
_MARK = " (validated)"


def lines_changed(before: Sequence[Any], after: Sequence[Any]) -> tuple[list[str], list[str]]:
    """The lines that left a list, and those that came to it, for the audit."""
    old, new = frozenset(before), frozenset(after)
    gone = [_audited(entry) for entry in before if entry not in new]
    return gone, [_audited(entry) for entry in after if entry not in old]


def _audited(entry: Any) -> str:
    validated = isinstance(entry, BillingWorkflow) and entry.validated
    return f"{entry_line(entry)}{_MARK if validated else ''}"


def without_mark(line: str) -> str:
    """The line of a billing workflow in the audit without what says that it is validated."""
    return line.removesuffix(_MARK)
