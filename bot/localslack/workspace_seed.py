"""The people, user groups and channels that a new workspace starts with, as data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: How old the channels of a new workspace are, in seconds.
CHANNEL_AGE = 90 * 86_400


@dataclass(frozen=True)
class SeedPerson:
    """Somebody whom the workspace knows. `note` stands beside the name on the page.

    `is_restricted`, `is_ultra_restricted`: a guest, one of a single channel. `team_id`: a person of another workspace.
    """

    name: str
    real_name: str
    tz: str = "UTC"
    is_admin: bool = False
    note: str = ""
    is_owner: bool = False
    is_primary_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    team_id: str = ""
    enterprise_id: str = ""

    @property
    def is_full_member(self) -> bool:
        """Whether it is a person who is in every channel of which the seed says "everybody"."""
        return not (self.is_restricted or self.is_ultra_restricted or self.is_bot or self.team_id)


@dataclass(frozen=True)
class SeedGroup:
    """A user group, with the names of its members."""

    handle: str
    name: str
    members: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True)
class SeedChannel:
    """A channel. `members` are names; None is every full member. `has_app`: the app is a member too."""

    name: str
    members: tuple[str, ...] | None = None
    has_app: bool = False
    is_private: bool = False
    is_archived: bool = False
    id: str = ""
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_org_shared: bool = False


@dataclass(frozen=True)
class WorkspaceSeed:
    """A workspace before anything was said in it.

    Attributes:
        hint: shown at the beginning of a channel that the app is in, in Slack's markup.

    Ids are made from names where none is given.
    """

    team_id: str
    team_name: str
    team_domain: str
    people: tuple[SeedPerson, ...]
    channels: tuple[SeedChannel, ...]
    groups: tuple[SeedGroup, ...] = ()
    hint: str = ""

    @property
    def home_channel(self) -> str:
        """The first channel that the app is in: the default for commands."""
        return next((channel.name for channel in self.channels if channel.has_app), self.channels[0].name)

    def note_of(self, name: str) -> str:
        """The note beside a person's name on the page."""
        return next((person.note for person in self.people if person.name == name), "")


def readable_id(prefix: str, name: str, taken: Iterable[str] = ()) -> str:
    """An id in Slack's form that tells in a log whose it is, such as U0ANA00001."""
    letters = re.sub("[^A-Z0-9]", "", name.upper())[:7].ljust(7, "0")
    number = 1
    while (found := f"{prefix}0{letters}{number}") in taken:
        number += 1
    return found


#: A workspace for any app: an admin, somebody far away, private, archived and ordinary channels.
SAMPLE_WORKSPACE = WorkspaceSeed(
    team_id="T0SAMPLE01",
    team_name="Sample workspace",
    team_domain="sample",
    people=(
        SeedPerson("ana", "Ana Lima", "America/Sao_Paulo"),
        SeedPerson("ben", "Ben Okafor", "Europe/London"),
        SeedPerson("chi", "Chi Nguyen", "America/New_York", is_admin=True, note="admin"),
        SeedPerson("dev", "Dev Patel", "Asia/Kolkata", note="in public channels only"),
        SeedPerson("eve", "Eve Sato", "Asia/Tokyo", note="far time zone"),
    ),
    groups=(SeedGroup("admins", "Admins", ("chi",)),),
    channels=(
        SeedChannel("general", has_app=True),
        SeedChannel("random"),
        SeedChannel("secret", members=("ana", "ben"), is_private=True),
        SeedChannel("team", members=("ana", "ben"), has_app=True, is_private=True),
        SeedChannel("archive", is_archived=True),
    ),
)
