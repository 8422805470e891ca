"""Changes of single entries of an enrollment's lists: one is edited, some are removed, names are added.

A name that is changed is changed in the lists that use it, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.consequences import settle
from bot.domain.enrollment import (
    FINISHED,
    Change,
    Customer,
    Enrollment,
    Event,
    Pair,
    Policy,
    SubsetAccount,
)
from bot.domain.errors import InvalidInput, NothingToDo, StepConflict
from bot.domain.inputs import format_account_id, shorten
from bot.domain.lifecycle import require_live
from bot.domain.list_entries import KINDS, Counted, entries_of, entry_key, field_of, lists_using, name_of
from bot.domain.procedure import ORGANIZATION
from bot.domain.retold import Phrase
from bot.domain.sentences import sentence
from bot.domain.several_inputs import org_ids
from bot.domain.shown_values import FormValue
from bot.domain.transitions import withdraw_incomplete

#: The field of a form with names to add.
NAMES = "names"
#: How many names an event keeps; the rest is counted.
_NAMES_KEPT = 3


def find(enrollment: Enrollment, list_name: str, key: str) -> int:
    """The place at which the entry with that key is; raises `StepConflict` if it is not on the list any more."""
    for place, entry in enumerate(entries_of(enrollment, list_name)):
        if entry_key(entry) == key:
            return place
    words = "Somebody has removed this {noun} from the list since you opened this form."
    raise StepConflict(sentence(words, noun=Phrase(KINDS[list_name].noun)))


def entry_values(enrollment: Enrollment, list_name: str, place: int) -> dict[str, FormValue]:
    """What the form of an entry shows, by field."""
    entry, fields = entries_of(enrollment, list_name)[place], KINDS[list_name].fields
    return {field: FormValue(noun, field_of(entry, field), list_name) for field, noun in fields.items()}


def change_entry(
    enrollment: Enrollment,
    list_name: str,
    place: int,
    given: Mapping[str, str],
    by: str,
    now: datetime,
    policy: Policy,
) -> Change:
    """Change the fields of one entry; it keeps its place.

    Raises:
        InvalidInput: the list has such an entry already, or the value cannot be right, at the field.
        NothingToDo: it says that already. StepConflict: the enrollment was cancelled.
    """
    require_live(enrollment)
    entries = entries_of(enrollment, list_name)
    was, kind = entries[place], KINDS[list_name]
    new = given["name"] if isinstance(was, str) else replace(was, **given)
    if new == was:
        raise NothingToDo(sentence("Nothing was changed."))
    if new in entries or (kind.has_names and given["name"] in enrollment.names_in(list_name)):
        *_, field = kind.fields
        raise InvalidInput(sentence("The list has this {noun} already.", noun=Phrase(kind.noun)), field=field)
    _check(enrollment, was, new)
    after = enrollment.with_list(list_name, (*entries[:place], new, *entries[place + 1 :]))
    if kind.has_names:
        after = _carried_over(after, list_name, name_of(was), name_of(new))
        carried = _used(enrollment, list_name, {name_of(was)})
        event = _event(list_name, len(entries), changed=1, renamed=[name_of(was), name_of(new)], **carried)
    else:
        event = _event(list_name, len(entries), changed=1)
    return settle(enrollment, after, (event,), by, now, policy)


def remove_entries(
    enrollment: Enrollment, list_name: str, gone: frozenset[Any], by: str, now: datetime, policy: Policy
) -> Change:
    """Remove entries from a list; the other lists keep a name that is removed.

    Raises:
        NothingToDo: none of them is there any more. StepConflict: the enrollment was cancelled.
        InvalidInput: the step that asks for the names is done, and none would be left.
    """
    require_live(enrollment)
    entries, kind = entries_of(enrollment, list_name), KINDS[list_name]
    kept = tuple(entry for entry in entries if entry not in gone)
    removed = [entry for entry in entries if entry in gone]
    if not removed:
        raise NothingToDo(sentence("Somebody has removed these already."))
    step = enrollment.procedure.step_with(list_name)
    if kind.has_names and not kept and step is not None and enrollment.step(step).state in FINISHED:
        words = "“{title}” is done, so keep at least one {noun}, or reopen the step."
        raise InvalidInput(sentence(words, title=Phrase(enrollment.spec(step).title), noun=Phrase(kind.noun)))
    after = enrollment.with_list(list_name, kept)
    names = [name_of(entry) for entry in removed[:_NAMES_KEPT]] if kind.has_names else []
    event = _event(list_name, len(kept), removed=len(removed), first={"removed": names} if names else {})
    return settle(enrollment, after, (event,), by, now, policy)


def add_names(
    enrollment: Enrollment, list_name: str, names: Sequence[str], by: str, now: datetime, policy: Policy
) -> Change:
    """Add names to the end of a list; a billing workflow is not validated yet, so it takes that step back.

    Raises:
        InvalidInput: the list has one of them already. StepConflict: the enrollment was cancelled.
    """
    require_live(enrollment)
    recorded = frozenset(enrollment.names_in(list_name))
    if twice := [name for name in names if name in recorded]:
        raise InvalidInput(sentence("“{name}” is already on the list.", name=shorten(twice[0])), field=NAMES)
    entries = (*entries_of(enrollment, list_name), *map(KINDS[list_name].recorded, names))
    after = withdraw_incomplete(enrollment.with_list(list_name, entries), now)
    event = _event(list_name, len(entries), added=len(names), first={"added": list(names[:_NAMES_KEPT])})
    return settle(enrollment, after, (event,), by, now, policy)


def used_names(enrollment: Enrollment, list_name: str, gone: Iterable[Any]) -> str | None:
    """A warning that names are removed which other lists use; None if none is used."""
    names = {name_of(entry) for entry in gone} if KINDS[list_name].has_names else set()
    used = _used(enrollment, list_name, names)
    said: list[str] = [Counted(name, count) for name, count in used.items() if count]
    if not said:
        return None
    lists = sentence("{names} and {last}", names=said[:-1], last=said[-1]) if len(said) > 1 else said[0]
    words = "Some of these names are used by {lists}, where they stay."
    if len(names) == 1:
        words = "This name is used by {lists}, where it stays."
    return sentence(words, lists=lists)


def _used(enrollment: Enrollment, list_name: str, names: set[str]) -> dict[str, int]:
    """List -> how many of its entries use one of these names."""
    return {
        listed: sum(field_of(entry, field) in names for entry in entries_of(enrollment, listed))
        for listed, field in lists_using(list_name).items()
    }


def _carried_over(enrollment: Enrollment, list_name: str, was: str, new: str) -> Enrollment:
    """The enrollment whose other lists have the new name."""
    mine = {pair.workflow for pair in enrollment.pairs if pair.subset == was}
    theirs = {pair.workflow for pair in enrollment.pairs if pair.subset == new}
    if list_name == "subsets" and mine and theirs - mine:
        words = "Your pairs have “{name}” with another billing workflow already: “{workflow}”."
        said = sentence(words, name=shorten(new), workflow=shorten(min(theirs - mine)))
        raise InvalidInput(said, field="name")
    for listed, field in lists_using(list_name).items():
        renamed = [
            replace(entry, **{field: new}) if field_of(entry, field) == was else entry
            for entry in entries_of(enrollment, listed)
        ]
        enrollment = enrollment.with_list(listed, tuple(dict.fromkeys(renamed)))
    return enrollment


def _check(enrollment: Enrollment, was: object, new: object) -> None:
    """Raise `InvalidInput` for an entry that the forms of the lists refuse, too."""
    if isinstance(new, Customer) and new.spot_org_id in org_ids(enrollment.value(ORGANIZATION.key)):
        words = "{organization} is your own Spot organization. Enter the one of the end customer."
        raise InvalidInput(sentence(words, organization=new.spot_org_id), field="spot_org_id")
    if isinstance(new, SubsetAccount):
        _check_account(enrollment, was, new)
    if not isinstance(new, Pair):
        return
    other = next((pair for pair in enrollment.pairs if pair.subset == new.subset and pair != was), None)
    if other is not None:
        words = "“{subset}” has “{workflow}” on the list already. A subset has one billing workflow."
        said = sentence(words, subset=shorten(new.subset), workflow=shorten(other.workflow))
        raise InvalidInput(said, field="subset")


def _check_account(enrollment: Enrollment, was: object, new: SubsetAccount) -> None:
    others = (each for each in enrollment.subset_accounts if each.account_id == new.account_id and each != was)
    if (other := next(others, None)) is not None:
        words = "{account} is already in “{subset}” on the list. An AWS account belongs to one subset."
        said = sentence(words, account=format_account_id(new.account_id), subset=shorten(other.subset))
        raise InvalidInput(said, field="account_id")


def _event(list_name: str, count: int, *, added: int = 0, changed: int = 0, removed: int = 0, **more: object) -> Event:
    """The event that tells of a change; `count` entries are left."""
    counts: dict[str, object] = {"added": added, "removed": removed, "count": count}
    told = {name: value for name, value in more.items() if value} | ({"changed": changed} if changed else {})
    return Event(KINDS[list_name].event, None, counts | {"list": KINDS[list_name].title.lower()} | told)
