"""Carries out what a person does with files in channels: share them, link one of another host, delete one."""

from __future__ import annotations

from typing import Any

from . import payloads
from .channel_actions import ChannelActions
from .core import Core
from .event_delivery import EventSender
from .file_uploads import uploaded
from .local_errors import NotPossible
from .rendering import message_json
from .workspace_model import Conversation, Json, StoredFile, StoredMessage, User


class FileSharing:
    """Carries out what people do with files; an app whose manifest subscribes to the events is told."""

    def __init__(self, core: Core, sender: EventSender, channel_actions: ChannelActions) -> None:
        self.core = core
        self.sender = sender
        self.channel_actions = channel_actions

    async def post(
        self, user: User, channel_ref: str, text: str, thread_ts: str | None, files: Any, broadcast: bool = False
    ) -> StoredMessage:
        """Write a message with files: a name with bytes, or the ID of an uploaded file."""
        channel = self.channel_actions.writable(user, channel_ref)
        shared = uploaded(self.core, user, files)
        message = self.channel_actions.post(user, channel.id, text, thread_ts, broadcast, shared)
        if shared and self.core.bot_user_id in channel.members:
            await self._tell(user, channel, message, shared)
        return message

    async def link(
        self, user: User, channel_ref: str, name: str, url: str, thread_ts: str | None = None
    ) -> StoredMessage:
        """Share a file that lies on another host, such as a spreadsheet of Google Drive."""
        self.channel_actions.writable(user, channel_ref)
        if not url.startswith(("https://", "http://")):
            raise NotPossible("That is no address of a file.")
        file = StoredFile(
            id=self.core.workspace.new_id("F"),
            name=name,
            length=0,
            created=int(self.core.workspace.seconds()),
            complete=True,
            user=user.id,
            external_url=url,
        )
        self.core.workspace.files[file.id] = file
        return await self.post(user, channel_ref, "", thread_ts, [file.id])

    async def delete(self, user: User, file_id: str) -> None:
        """Delete a file: one's own, or any as an admin or owner of the workspace. Its message stays."""
        file = self.core.workspace.files.get(file_id)
        if file is None or file.deleted:
            raise NotPossible("That file is gone.")
        if file.user != user.id and not (user.is_admin or user.is_owner):
            raise NotPossible(f"{user.name} may not delete that file.")
        file.deleted, file.content = True, None
        self.core.workspace.changed()
        await self._deliver("file_deleted", {"type": "file_deleted", "file_id": file.id})

    async def _tell(self, user: User, channel: Conversation, message: StoredMessage, files: list[StoredFile]) -> None:
        for file in files:
            told: Json = {"type": "file_shared", "channel_id": channel.id, "file_id": file.id, "user_id": user.id}
            await self._deliver("file_shared", told | {"file": {"id": file.id}})
        kind = "im" if channel.is_im else "group" if channel.is_private else "channel"
        shared = {"subtype": "file_share", "upload": True, "display_as_bot": False}
        place = {"channel": channel.id, "channel_type": kind}
        event = message_json(self.core, message) | shared | place
        await self._deliver("message.im" if kind == "im" else f"message.{kind}s", event)

    async def _deliver(self, subscription: str, event: Json) -> None:
        if subscription in self.core.manifest.events:
            event_ts = event.get("ts") or payloads.action_ts(self.core)
            await self.sender.deliver("event_callback", payloads.event(self.core, event | {"event_ts": event_ts}))
