"""The fields for the people of a procedure's parties, in the start form and in **Edit**."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import InputBlock

from bot.domain.party_people import FIELD, field_names
from bot.domain.step_spec import Procedure
from bot.handlers import forms
from bot.language.spoken import gettext


def inputs(procedure: Procedure, typed: Mapping[str, Any]) -> list[InputBlock]:
    """A field for the people of each party; people of another workspace can be chosen, too."""
    return [
        forms.people(
            f"{FIELD}{key}",
            party.label,
            typed,
            gettext("They do the steps of {party}, and see only those.").format(party=party.name),
        )
        for key, party in procedure.told.parties.items()
    ]


def chosen(procedure: Procedure, typed: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """Name of a field -> the user IDs that were chosen."""
    return {name: typed.get(name) or () for name in field_names(procedure)}
