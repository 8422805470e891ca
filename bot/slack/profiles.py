"""What Slack's `user` objects tell of people: names, zones, and what somebody is in a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: What `users.list` tells of somebody's role in a workspace.
ROLES = ("is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted")
#: The role of somebody whom `users.list` of a workspace does not have: they have no rights there.
NO_ROLE = dict.fromkeys(ROLES, False) | {"is_restricted": True}


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the workspace.

    Attributes:
        zone: an IANA time zone. email: "" if the app lacks the scope for it, or the profile has none.
        is_guest: of one or several channels. runs_workspace: an admin or owner of a workspace.
        teams: the IDs of the workspaces that they belong to; empty if Slack has not told.
    """

    id: str
    name: str
    zone: str
    deactivated: bool = False
    email: str = ""
    is_app: bool = False
    is_guest: bool = False
    runs_workspace: bool = False
    teams: frozenset[str] = frozenset()

    def is_full_member(self, team: str) -> bool:
        """Whether it is a living person of that workspace, and no guest there."""
        return team in self.teams and not (self.is_guest or self.is_app or self.deactivated)


def person_of(user_id: str, user: dict[str, Any]) -> Person:
    """A `user` object of Slack as a value."""
    profile = user.get("profile", {})
    name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user.get("name")
    in_organization = (user.get("enterprise_user") or {}).get("teams") or ()
    return Person(
        user_id,
        str(name or user_id),
        str(user.get("tz") or "UTC"),
        bool(user.get("deleted")),
        str(profile.get("email") or ""),
        is_app=bool(user.get("is_bot")) or user_id == "USLACKBOT",
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        runs_workspace=any(user.get(flag) for flag in ("is_admin", "is_owner", "is_primary_owner")),
        teams=frozenset(str(team) for team in (user.get("team_id"), *in_organization) if team),
    )
