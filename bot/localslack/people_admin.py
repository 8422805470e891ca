"""What an admin of the workspace does to its people: add guests and others, make admins, change user groups."""

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
