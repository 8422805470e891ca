"""**Edit**: changes the name, people, channel and shared values of an enrollment, those that were typed anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain import party_people
from bot.domain.consequences import settle
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, Policy
from bot.domain.errors import InvalidForm, NothingToDo
from bot.domain.lifecycle import others, require_live
from bot.domain.party_people import PartyPerson
from bot.domain.retold import Phrase
from bot.domain.sentences import sentence
from bot.domain.shown_values import FormValue, Shown, quoted


@dataclass(frozen=True, slots=True)
class Edit:
    """The edit form: every field as it shall be; `values` holds those that are shared by key."""

    account_name: str
    owner: str
    owner_zone: str
    collaborators: tuple[str, ...]
    channel_id: str
    values: Mapping[str, str | None]
    party_people: tuple[PartyPerson, ...] = ()


def edit(
    enrollment: Enrollment, wanted: Edit, by: str, now: datetime, policy: Policy, shown: Shown | None = None
) -> Change:
    """Change the values, people and channel of the enrollment; what was left as it was `shown` keeps its value.

    Raises:
        NothingToDo: the form says what is the case already.
        InvalidForm: a required value was cleared. StepConflict: the enrollment was cancelled.
    """
    require_live(enrollment)
    wanted = merged(enrollment, wanted, shown)
    wanted = replace(wanted, collaborators=others(wanted.owner, wanted.collaborators))
    told = {
        name: [recorded(enrollment, name), _wanted(wanted, name)]
        for name in edited_fields(enrollment)
        if recorded(enrollment, name) != _wanted(wanted, name)
    }
    if not told:
        raise NothingToDo(sentence("Nothing was changed."))
    faults = {
        key: sentence("You can change the {noun}, but not remove it.", noun=Phrase(field.noun))
        for key, (_, field) in enrollment.procedure.shared.items()
        if key in told and not field.optional and wanted.values[key] is None
    }
    if faults:
        raise InvalidForm(faults)
    after = replace(
        enrollment.with_shared(wanted.values),
        account_name=wanted.account_name,
        owner=wanted.owner,
        owner_zone=wanted.owner_zone,
        collaborators=wanted.collaborators,
        channel_id=wanted.channel_id,
        party_people=wanted.party_people,
    )
    return settle(enrollment, after, (Event(EventKind.EDITED, None, {"changed": told}),), by, now, policy)


def recorded(enrollment: Enrollment, name: str) -> object:
    """The recorded value of a field of the edit form."""
    if name in enrollment.procedure.shared:
        return enrollment.value(name)
    return _of_party(enrollment.party_people, name) if _is_of_party(name) else getattr(enrollment, name)


def _is_of_party(name: str) -> bool:
    """Whether a field asks for the people of a party."""
    return name.startswith(party_people.FIELD)


def _of_party(people: tuple[PartyPerson, ...], name: str) -> tuple[str, ...]:
    return tuple(each.user_id for each in people if f"{party_people.FIELD}{each.party}" == name)


def edited_fields(enrollment: Enrollment) -> tuple[str, ...]:
    """The fields of the edit form in its order: values that the start form asks for stand beside the account's name."""
    shared = enrollment.procedure.shared
    at_start = tuple(key for key, (_, field) in shared.items() if field.at_start)
    others = (key for key in shared if key not in at_start)
    of_parties = party_people.field_names(enrollment.procedure)
    return ("account_name", *at_start, "owner", "collaborators", *of_parties, "channel_id", *others)


def merged(enrollment: Enrollment, wanted: Edit, shown: Shown | None) -> Edit:
    """The edit form with the recorded value in each field that was left as it was shown."""
    same = frozenset(untouched(enrollment, wanted, shown))
    values = {key: enrollment.value(key) if key in same else value for key, value in wanted.values.items()}
    kept = {name: getattr(enrollment, name) for name in same if name not in wanted.values and not _is_of_party(name)}
    chosen = {
        name: _of_party((enrollment if name in same else wanted).party_people, name)
        for name in party_people.field_names(enrollment.procedure)
    }
    # The form shows no people of parties that only a former procedure has; they come back with it.
    unseen = [each for each in enrollment.party_people if each.party not in enrollment.procedure.parties]
    kept["party_people"] = (*party_people.of_fields(enrollment.procedure, chosen), *unseen)
    if "owner" in same:
        kept["owner_zone"] = enrollment.owner_zone
    return replace(wanted, values=values, **kept)


def untouched(enrollment: Enrollment, wanted: Edit, shown: Shown | None) -> list[str]:
    """The fields of the edit form that hold what was shown in them."""
    names = edited_fields(enrollment) if shown is not None else ()
    return [name for name in names if shown and shown.is_untouched(name, _compared(name, _wanted(wanted, name)))]


def edit_values(enrollment: Enrollment) -> dict[str, FormValue]:
    """What the edit form shows, by field."""
    shared = enrollment.procedure.shared
    nouns = {"account_name": "account name", "channel_id": "progress channel"}
    nouns |= party_people.nouns(enrollment.procedure)
    return {
        name: FormValue(
            shared[name][1].noun if name in shared else nouns.get(name, name),
            _compared(name, recorded(enrollment, name)),
            name,
            _WORDS.get("collaborators" if _is_of_party(name) else name, quoted),
        )
        for name in edited_fields(enrollment)
    }


_WORDS: Mapping[str, Callable[[str], str]] = {
    "owner": lambda user: f"<@{user}>",
    "collaborators": lambda user: f"<@{user}>",
    "channel_id": lambda channel: f"<#{channel}>",
}


def _compared(name: str, value: object) -> object:
    # Slack returns the chosen people in an order of its own.
    are_people = name == "collaborators" or _is_of_party(name)
    return frozenset(value) if are_people and isinstance(value, tuple) else value


def _wanted(wanted: Edit, name: str) -> object:
    if name in wanted.values:
        return wanted.values[name]
    return _of_party(wanted.party_people, name) if _is_of_party(name) else getattr(wanted, name)
