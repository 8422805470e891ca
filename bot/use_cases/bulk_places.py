"""The rows of a bulk start with their people and channels: each is looked up, and wrong ones are faults of the row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from bot.domain.errors import InvalidInput
from bot.domain.party_people import PartyPerson
from bot.list_files.start_rows import StartRow
from bot.list_files.table import LineFault
from bot.use_cases.bulk_start import Candidate


class Places(Protocol):
    """What Slack knows of people and channels; the methods raise `InvalidInput` for what cannot be chosen."""

    def person(self, words: str) -> str:
        """The user ID of somebody who can be an owner, or act for a party."""

    def channel(self, words: str) -> str:
        """The ID of a channel that can be a progress channel."""

    def zone(self, user: str) -> str:
        """Somebody's time zone."""

    def channel_warnings(self, channel: str) -> Sequence[str]:
        """What to confirm about a channel."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What applies to the rows that name no owner, or no channel."""

    owner: str = ""
    channel: str = ""


def place(
    rows: Sequence[StartRow], places: Places, defaults: Defaults
) -> tuple[tuple[Candidate, ...], tuple[LineFault, ...]]:
    """The rows with the IDs of their people and channels, and the faults of the others; asks once for each."""
    person, channel = cache(_caught(places.person)), cache(_caught(places.channel))
    warnings = cache(lambda found: tuple(places.channel_warnings(found)))
    good, faults = list[Candidate](), list[LineFault]()
    for row in rows:
        owner, where = person(row.owner or defaults.owner), channel(row.channel or defaults.channel)
        others = [person(words) for words in row.collaborators]
        of_parties = [(party, person(words)) for party, named in row.party_people.items() for words in named]
        looked_up = (owner, *others, *(found for _, found in of_parties), where)
        wrong = dict.fromkeys(str(found) for found in looked_up if isinstance(found, InvalidInput))
        if isinstance(owner, InvalidInput) or isinstance(where, InvalidInput) or wrong:
            faults.append(LineFault(row.number, row.line, " ".join(wrong)))
            continue
        acting = dict.fromkeys(PartyPerson(party, user) for party, user in of_parties if isinstance(user, str))
        form = row.values.form(
            channel_id=where,
            owner=owner,
            owner_zone=places.zone(owner),
            collaborators=tuple(other for other in others if isinstance(other, str)),
            party_people=tuple(acting),
            lists=row.lists,
        )
        good.append(Candidate(row.number, row.line, form, warnings(where)))
    return tuple(good), tuple(faults)


def _caught(find: Callable[[str], str]) -> Callable[[str], str | InvalidInput]:
    def found(words: str) -> str | InvalidInput:
        try:
            return find(words)
        except InvalidInput as fault:
            return fault

    return found
