"""People of a procedure's parties, such as the MSP: they do the steps of their party, and see nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.inputs import capitalized
from bot.domain.step_spec import Procedure, StepKey
from bot.language.spoken import gettext

#: Precedes the key of a party in the name of the form field that asks for its people.
FIELD = "party."


@dataclass(frozen=True, slots=True)
class PartyPerson:
    """Somebody who acts for a party of the procedure: the key of the party, and a user ID."""

    party: str
    user_id: str


def step_name(procedure: Procedure, key: StepKey) -> str:
    """The title of a step, behind the name of the party that does it: "The MSP: Create the report"."""
    spec = procedure.told.spec(key)
    if (party := procedure.told.parties.get(spec.party)) is None:
        return spec.title
    return f"{capitalized(party.name)}: {spec.title}"


def field_names(procedure: Procedure) -> tuple[str, ...]:
    """The names of the form fields that ask for the people of a procedure's parties."""
    return tuple(f"{FIELD}{key}" for key in procedure.parties)


def nouns(procedure: Procedure) -> dict[str, str]:
    """Name of a form field -> what it holds, in sentences: "people of the MSP"."""
    people = gettext("people of {party}")
    return {f"{FIELD}{key}": people.format(party=party.name) for key, party in procedure.told.parties.items()}


def of_fields(procedure: Procedure, chosen: Mapping[str, Sequence[str]]) -> tuple[PartyPerson, ...]:
    """The people who were chosen, each once for a party, in the order of the fields.

    Args:
        chosen: name of a field -> user IDs; a field that is missing is empty.
    """
    return tuple(
        PartyPerson(key, user) for key in procedure.parties for user in dict.fromkeys(chosen.get(f"{FIELD}{key}") or ())
    )
