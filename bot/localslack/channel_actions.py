"""Carries out what a person does in channels (commands, shortcuts, clicks, posts) as Slack's client would.

Everything here runs on the server's loop. What people do in modals is in modal_actions.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import payloads, response_urls
from .call_arguments import Arguments
from .core import Core
from .element_search import FoundElement, find_button, find_menu, pressed
from .event_delivery import EventSender
from .input_state import VALUE_KEYS
from .local_errors import NotPossible, SlackError
from .recorder import Delivery
from .rendering import escape_as_slack
from .typed_mentions import with_mentions
from .typed_values import options_of, pick, typed
from .workspace_model import Conversation, Json, StoredFile, StoredMessage, User


class ChannelActions:
    """Carries out what people do in channels."""

    def __init__(self, core: Core, sender: EventSender) -> None:
        self.core = core
        self.sender = sender

    async def command(self, user: User, name: str, text: str, channel_ref: str, thread: str | None) -> Delivery:
        """Type a slash command into the composer of a channel."""
        self.require_active(user)
        channel = self.open_channel(user, channel_ref)
        if not self.core.manifest.has_command(name):
            raise NotPossible(f"{name} is not a valid command.")
        if thread is not None:
            raise NotPossible(f"{name} is not supported in threads. Sorry!")
        if user.id not in channel.members:
            raise NotPossible(f"{user.name} is not in #{channel.name}, so there is no composer to type into.")
        if channel.is_archived:
            raise NotPossible(f"#{channel.name} is archived, so there is no composer to type into.")
        delivery_id = self.sender.new_id()
        url = self.core.new_response_url("commands", user.id, channel, delivery_id)
        if self.core.manifest.escapes(name):
            text = with_mentions(self.core.workspace, user, text, named=True)
        payload = payloads.slash_command(self.core, user, channel, name, text, url)
        delivery = await self.sender.deliver("slash_commands", payload, delivery_id)
        if delivery.ok and delivery.response:
            self._show_answer(delivery, url)
        return delivery

    async def shortcut(self, user: User, callback_id: str) -> Delivery:
        """Run a global shortcut."""
        self.require_active(user)
        self._require_shortcut(callback_id, "global")
        return await self.sender.deliver("shortcut", payloads.shortcut(self.core, user, callback_id))

    async def message_shortcut(self, user: User, callback_id: str, channel_ref: str, ts: str) -> Delivery:
        """Run a message shortcut from the menu of a message."""
        self.require_active(user)
        self._require_shortcut(callback_id, "message")
        channel = self.open_channel(user, channel_ref)
        message = self.core.workspace.message(channel.id, ts)
        if message is None or message.tombstone:
            raise NotPossible("That message is gone.")
        delivery_id = self.sender.new_id()
        url = self.core.new_response_url("app", user.id, channel, delivery_id)
        payload = payloads.message_action(self.core, user, channel, message, callback_id, url)
        return await self.sender.deliver("message_action", payload, delivery_id)

    async def click(
        self, user: User, channel_ref: str, ts: str, wanted: str, near: str | None, confirm: bool
    ) -> Delivery:
        """Press a button of a message, or an option of its overflow menu."""
        channel, message = self._clickable(user, channel_ref, ts)
        found = find_button(message.blocks, wanted, near)
        if found.element.get("confirm") and not confirm:
            return self.declined("block_actions")
        return await self._act(user, channel, message, found, pressed(found))

    async def choose(
        self, user: User, channel_ref: str, ts: str, action_id: str, value: Any, near: str | None
    ) -> Delivery:
        """Pick from a menu of a message."""
        channel, message = self._clickable(user, channel_ref, ts)
        found = find_menu(message.blocks, action_id, near)
        return await self._act(user, channel, message, found, chosen(self.core, user, found, value))

    def writable(self, user: User, channel_ref: str) -> Conversation:
        """A channel this person can write in."""
        self.require_active(user)
        channel = self.open_channel(user, channel_ref)
        if user.id not in channel.members or channel.is_archived:
            raise NotPossible(f"{user.name} cannot write in #{channel.name}.")
        return channel

    def post(
        self,
        user: User,
        channel_ref: str,
        text: str,
        thread_ts: str | None,
        broadcast: bool = False,
        files: Sequence[StoredFile] = (),
    ) -> StoredMessage:
        """Write a message as this person; `broadcast` sends a reply to the channel as well."""
        channel = self.writable(user, channel_ref)
        message = self.core.workspace.add_message(
            StoredMessage(
                ts=self.core.workspace.new_ts(),
                channel=channel.id,
                user=user.id,
                text=escape_as_slack(text),
                thread_ts=thread_ts,
                broadcast=broadcast and thread_ts is not None,
                files=[file.id for file in files],
            )
        )
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        for file in files:
            file.shares.append({"channel": channel.id, "ts": message.ts, **thread})
        return message

    def delete(self, user: User, channel_ref: str, ts: str) -> None:
        """Delete a message: one's own, or any as an admin or owner of the workspace."""
        channel = self.open_channel(user, channel_ref)
        message = self.core.workspace.message(channel.id, ts)
        if message is None or message.tombstone:
            raise NotPossible("That message is gone.")
        if message.user != user.id and not (user.is_admin or user.is_owner):
            raise NotPossible(f"{user.name} may not delete that message.")
        self.core.workspace.delete_message(message)

    def open_channel(self, user: User, reference: str) -> Conversation:
        """A channel this person can look into."""
        channel = self.core.workspace.conversation(reference)
        if channel is None or (channel.is_private and user.id not in channel.members):
            raise NotPossible(f"{user.name} sees no channel {reference!r}.")
        return channel

    def require_active(self, user: User) -> None:
        """Refuse what a deactivated person tries to do."""
        if user.deleted:
            raise NotPossible(f"{user.name} was deactivated.")

    def declined(self, kind: str) -> Delivery:
        """The result of pressing "Cancel" in a confirm dialog, which sends nothing; it is not recorded."""
        return Delivery("", kind, {}, self.core.workspace.now(), error="declined")

    def _require_shortcut(self, callback_id: str, kind: str) -> None:
        if not self.core.manifest.has_shortcut(callback_id, kind):
            raise NotPossible(f"The app has no {kind} shortcut {callback_id!r}.")

    def _clickable(self, user: User, channel_ref: str, ts: str) -> tuple[Conversation, StoredMessage]:
        self.require_active(user)
        channel = self.open_channel(user, channel_ref)
        message = self.core.workspace.message(channel.id, ts) or self.core.workspace.ephemeral(ts)
        if message is None or message.tombstone:
            raise NotPossible("That message is gone.")
        if message.only_for not in (None, user.id):
            raise NotPossible(f"{user.name} does not see that message: it is for someone else only.")
        return channel, message

    async def _act(
        self, user: User, channel: Conversation, message: StoredMessage, found: FoundElement, extra: Json
    ) -> Delivery:
        delivery_id = self.sender.new_id()
        url = self.core.new_response_url(
            "actions", user.id, channel, delivery_id, message.ts, message.only_for is not None
        )
        action = payloads.block_action(self.core, found, extra)
        payload = payloads.message_block_actions(self.core, user, channel, message, action, url)
        return await self.sender.deliver("block_actions", payload, delivery_id)

    def _show_answer(self, delivery: Delivery, response_url: str) -> None:
        """Show the message that an acknowledgement of a command may carry."""
        url = self.core.workspace.response_urls[response_url.rsplit("/", 1)[-1]]
        try:
            message = response_urls.compose(self.core, Arguments(delivery.response or {}), url)
        except SlackError as refusal:
            delivery.error, delivery.detail = "invalid_command_response", str(refusal.answer())
            return
        if message is not None:
            self.core.workspace.add_message(message)


def chosen(core: Core, user: User, found: FoundElement, value: Any) -> Json:
    """The part of an action that a menu adds."""
    element = found.element
    if element["type"] == "overflow":
        return {"selected_option": pick(options_of(element), str(value))}
    if element["type"] not in VALUE_KEYS:
        raise NotPossible(f"A {element['type']} is not chosen from.")
    try:
        return {VALUE_KEYS[element["type"]][0]: typed(core, user, element, value)}
    except ValueError as wrong:
        raise NotPossible(f"That is not offered here: {wrong}") from wrong
