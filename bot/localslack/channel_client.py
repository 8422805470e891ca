"""One channel of the local Slack: its messages and members, and changes an admin makes; from any thread."""

from __future__ import annotations

from typing import Protocol

from .core import Core
from .event_loop import LoopThread
from .snapshots import Message, message_snapshot
from .workspace_model import Conversation


class Member(Protocol):
    """Someone with an id: a Person."""

    id: str


class Channel:
    """A channel of the workspace."""

    def __init__(self, core: Core, loop: LoopThread, conversation: Conversation) -> None:
        self._core = core
        self._loop = loop
        self._conversation = conversation
        self.id = conversation.id

    def __repr__(self) -> str:
        return f"<#{self.name}>"

    @property
    def name(self) -> str:
        """The name, without #."""
        return self._conversation.name

    @property
    def is_private(self) -> bool:
        """Whether only its members know of it."""
        return self._conversation.is_private

    @property
    def is_archived(self) -> bool:
        """Whether it was archived."""
        return self._conversation.is_archived

    @property
    def members(self) -> list[str]:
        """The ids of its members."""
        return self._loop.read(lambda: list(self._conversation.members))

    @property
    def messages(self) -> list[Message]:
        """The messages of the channel itself (broadcast replies too), oldest first."""
        workspace = self._core.workspace
        return self._loop.read(lambda: [message_snapshot(workspace, m) for m in workspace.history(self.id)])

    def thread(self, ts: str) -> list[Message]:
        """The replies under a message, oldest first."""
        workspace = self._core.workspace
        return self._loop.read(lambda: [message_snapshot(workspace, m) for m in workspace.replies(self.id, ts)])

    def message(self, ts: str) -> Message | None:
        """A message as it is now, a reply too."""
        workspace = self._core.workspace

        def look() -> Message | None:
            found = workspace.message(self.id, ts)
            return message_snapshot(workspace, found) if found else None

        return self._loop.read(look)

    def add_member(self, user: Member | str) -> None:
        """Invite someone, by name, id or Person; "bot" is the bot."""
        self._loop.read(lambda: self._change_members(user, add=True))

    def remove_member(self, user: Member | str) -> None:
        """Remove someone, by name, id or Person; "bot" is the bot."""
        self._loop.read(lambda: self._change_members(user, add=False))

    def archive(self) -> None:
        """Archive the channel."""
        self._loop.read(lambda: self._set_archived(True))

    def unarchive(self) -> None:
        """Take the channel back into use."""
        self._loop.read(lambda: self._set_archived(False))

    def _change_members(self, user: Member | str, *, add: bool) -> None:
        user_id = member_id(self._core, user)
        members = self._conversation.members
        if add and user_id not in members:
            members.append(user_id)
        elif not add and user_id in members:
            members.remove(user_id)
        self._core.workspace.changed()

    def _set_archived(self, archived: bool) -> None:
        self._conversation.is_archived = archived
        self._core.workspace.changed()


def member_id(core: Core, user: Member | str) -> str:
    """The id of a Person, a name, an id, or "bot"."""
    if not isinstance(user, str):
        return user.id
    if user == "bot":
        return core.bot_user_id
    found = core.workspace.user(user)
    if found is None:
        raise KeyError(f"no person {user!r}")
    return found.id
