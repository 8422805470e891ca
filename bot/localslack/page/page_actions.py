"""Carries out what a person does on the page: one named action for each request of the page's script.

The answer is {} for success, {"refused": sentence} for what Slack's own client would not do, {"faults": …} for
fields that keep a form from being sent, and {"error": name} if the bot did not acknowledge.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from ..channel_actions import ChannelActions
from ..core import Core
from ..element_search import block_of
from ..file_rendering import file_json
from ..file_sharing import FileSharing
from ..file_uploads import Upload, store
from ..local_errors import Incomplete, NotPossible
from ..modal_actions import ModalActions
from ..recorder import Delivery
from ..typed_mentions import with_mentions
from ..workspace_model import Json, StoredMessage, User
from .page_state import PageState
from .page_view import chosen_file

Action = Callable[[User, Json], Awaitable[Json]]


class PageActions:
    """Carries actions out on the server's loop."""

    def __init__(
        self,
        core: Core,
        state: PageState,
        channel_actions: ChannelActions,
        modal_actions: ModalActions,
        file_sharing: FileSharing,
    ) -> None:
        self.core, self.state, self.channel_actions, self.modal_actions = core, state, channel_actions, modal_actions
        self.file_sharing = file_sharing
        self._actions: dict[str, Action] = {
            "command": self._command,
            "shortcut": self._shortcut,
            "message_shortcut": self._message_shortcut,
            "post": self._post,
            "upload": self._upload,
            "delete": self._delete,
            "delete_file": self._delete_file,
            "dismiss": self._dismiss,
            "read": self._read,
            "click": self._click,
            "choose": self._choose,
            "view_click": self._view_click,
            "view_choose": self._view_choose,
            "suggest": self._suggest,
            "fill": self._fill,
            "submit": self._submit,
            "close": self._close,
            "close_all": self._close_all,
            "open_home": self._open_home,
        }

    def knows(self, name: str) -> bool:
        """Whether there is such an action."""
        return name in self._actions

    async def carry_out(self, name: str, user: User, order: Json) -> Json:
        """Carry out one action; a refusal is an answer, not an exception."""
        try:
            return await self._actions[name](user, order)
        except Incomplete as incomplete:
            return {"faults": incomplete.faults}
        except NotPossible as refusal:
            return {"refused": str(refusal)}

    async def _command(self, user: User, order: Json) -> Json:
        name, _, text = str(order["text"]).strip().partition(" ")
        channel, thread = str(order["channel"]), order.get("thread")
        if not self.core.manifest.has_command(name):
            self._whisper(user, channel, f"`{_escape(name)}` is not a valid command.", thread)
            return {}
        delivery = await self.channel_actions.command(user, name, text.strip(), channel, thread)
        if delivery.error:
            self._whisper(user, channel, f"{name} failed with the error “{delivery.error}”")
        return {}

    def _whisper(self, user: User, channel: str, text: str, thread: str | None = None) -> None:
        """Show one person a message of Slack's own."""
        place = self.channel_actions.open_channel(user, channel)
        message = StoredMessage(
            self.core.workspace.new_ts(), place.id, "USLACKBOT", text, only_for=user.id, thread_ts=thread
        )
        self.core.workspace.add_message(message)

    async def _shortcut(self, user: User, order: Json) -> Json:
        return _answer(await self.channel_actions.shortcut(user, order["callback_id"]))

    async def _message_shortcut(self, user: User, order: Json) -> Json:
        return _answer(
            await self.channel_actions.message_shortcut(user, order["callback_id"], order["channel"], order["ts"])
        )

    async def _post(self, user: User, order: Json) -> Json:
        text, files = str(order["text"]).strip(), order.get("files")
        if not text and not files:
            raise NotPossible("Type a message or attach a file first.")
        channel = self.channel_actions.open_channel(user, order["channel"])
        if channel.is_im and self.core.manifest.read_only_messages:
            raise NotPossible("Sending messages to this app has been turned off.")
        broadcast = bool(order.get("broadcast"))
        sent = with_mentions(self.core.workspace, user, text)
        message = await self.file_sharing.post(user, channel.id, sent, order.get("thread"), files, broadcast)
        self.state.has_read(user.id, channel.id, message.ts)
        return {"ts": message.ts}

    async def _upload(self, user: User, order: Json) -> Json:
        """Upload a file that was chosen; a message or a form sends it later."""
        content = base64.b64decode(str(order["content"]), validate=True)
        return {
            "file": chosen_file(file_json(self.core, store(self.core, user, Upload(str(order["filename"]), content))))
        }

    async def _delete(self, user: User, order: Json) -> Json:
        self.channel_actions.delete(user, order["channel"], order["ts"])
        return {}

    async def _delete_file(self, user: User, order: Json) -> Json:
        await self.file_sharing.delete(user, str(order["file"]))
        return {}

    async def _dismiss(self, user: User, order: Json) -> Json:
        message = self.core.workspace.ephemeral(order["ts"])
        if message is None or message.only_for != user.id:
            raise NotPossible("That message is gone.")
        self.core.workspace.ephemerals.remove(message)
        self.core.workspace.changed()
        return {}

    async def _read(self, user: User, order: Json) -> Json:
        if self.state.has_read(user.id, order["channel"], order["ts"]):
            self.core.workspace.changed()
        return {}

    async def _click(self, user: User, order: Json) -> Json:
        place = (order["channel"], order["ts"], order["action_id"])
        near = self._near(self._blocks(order["channel"], order["ts"]), order)
        return _answer(await self.channel_actions.click(user, *place, near, confirm=True))

    async def _choose(self, user: User, order: Json) -> Json:
        place = (order["channel"], order["ts"], order["action_id"])
        near = self._near(self._blocks(order["channel"], order["ts"]), order)
        return _answer(await self.channel_actions.choose(user, *place, order["chosen"], near))

    async def _view_click(self, user: User, order: Json) -> Json:
        await self._keep_typed(user, order)
        place = (order["view_id"], order["action_id"])
        near = self._near(self.modal_actions.reachable(user, order["view_id"]).blocks, order)
        return _answer(await self.modal_actions.click(user, *place, near, confirm=True))

    async def _view_choose(self, user: User, order: Json) -> Json:
        await self._keep_typed(user, order)
        place = (order["view_id"], order["action_id"])
        near = self._near(self.modal_actions.reachable(user, order["view_id"]).blocks, order)
        return _answer(await self.modal_actions.choose(user, *place, order["chosen"], near))

    def _blocks(self, channel: str, ts: str) -> list[Json]:
        message = self.core.workspace.message(channel, ts) or self.core.workspace.ephemeral(ts)
        return message.blocks if message else []

    def _near(self, blocks: list[Json], order: Json) -> str | None:
        # Without blocks, the lookup of the message refuses the action.
        return block_of(blocks, order["block_id"], order["action_id"], order.get("value")) if blocks else None

    async def _suggest(self, user: User, order: Json) -> Json:
        return {
            "options": await self.modal_actions.suggest(user, order["view_id"], order["block_id"], str(order["typed"]))
        }

    async def _fill(self, user: User, order: Json) -> Json:
        await self._keep_typed(user, order)
        return {}

    async def _submit(self, user: User, order: Json) -> Json:
        await self._keep_typed(user, order)
        return _answer(await self.modal_actions.submit(user))

    async def _close(self, user: User, order: Json) -> Json:
        self.modal_actions.reachable(user, order["view_id"])
        await self.modal_actions.close(user)
        return {}

    async def _close_all(self, user: User, order: Json) -> Json:
        await self.modal_actions.close_all(user)
        return {}

    async def _open_home(self, user: User, order: Json) -> Json:
        return _answer(await self.modal_actions.open_home(user))

    async def _keep_typed(self, user: User, order: Json) -> None:
        """Store the values typed into a form so far."""
        typed: dict[str, Any] = order.get("values") or {}
        view = self.modal_actions.reachable(user, order["view_id"])
        if typed and view.type == "modal":
            for delivery in await self.modal_actions.fill(user, typed):
                if delivery.error:
                    raise NotPossible(f"The app didn't answer ({delivery.error}).")


def _answer(delivery: Delivery) -> Json:
    return {"error": delivery.error, "detail": delivery.detail} if delivery.error else {}


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
