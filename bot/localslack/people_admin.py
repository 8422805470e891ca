"""What becomes of the people of the workspace: guests added, admins made, zones and companies changed."""

from __future__ import annotations

from .channel_client import Member, member_id
from .core import Core
from .event_loop import LoopThread
from .workspace_seed import SeedPerson


class PeopleAdmin:
    """Changes people and user groups; from any thread."""

    def __init__(self, core: Core, loop: LoopThread) -> None:
        self._core = core
        self._loop = loop

    def add(self, seed: SeedPerson, *channels: str) -> str:
        """Add somebody to the workspace and to these channels: a guest, a person of another workspace, an app.

        Returns:
            Their ID.
        """

        def add() -> str:
            workspace = self._core.workspace
            user = workspace.add_person(seed)
            for conversation in workspace.conversations.values():
                if conversation.name in channels:
                    conversation.members.append(user.id)
            workspace.changed()
            return user.id

        return self._loop.read(add)

    def set_admin(self, user: Member | str, is_admin: bool) -> None:
        """Make a member an admin of the workspace, or no longer."""
        self._loop.read(lambda: setattr(self._core.workspace.users[member_id(self._core, user)], "is_admin", is_admin))

    def set_group(self, group_id: str, *users: Member | str) -> None:
        """Set the members of a user group."""
        members = [member_id(self._core, user) for user in users]
        self._loop.read(lambda: setattr(self._core.workspace.groups[group_id], "members", members))

    def move_to_zone(self, user: Member | str, zone: str) -> None:
        """Give a person another time zone, as their profile would say."""

        def move() -> None:
            self._core.workspace.users[member_id(self._core, user)].tz = zone
            self._core.workspace.changed()

        self._loop.read(move)

    def join_enterprise(self, enterprise_id: str) -> None:
        """Let the workspace join an Enterprise organization: its team ID stays, and payloads name the organization."""
        self._loop.read(lambda: setattr(self._core.workspace, "enterprise_id", enterprise_id))

    def move_person(self, user: Member | str, team_id: str, enterprise_id: str = "") -> None:
        """Make somebody a person of another workspace (and organization), who is here through shared channels."""

        def move() -> None:
            found = self._core.workspace.users[member_id(self._core, user)]
            found.team_id, found.enterprise_id = team_id, enterprise_id
            self._core.workspace.changed()

        self._loop.read(move)
