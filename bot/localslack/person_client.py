"""One person in the local Slack: her commands, clicks, forms and messages; from any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .channel_actions import ChannelActions
from .channel_client import Channel
from .core import Core
from .event_loop import LoopThread
from .file_sharing import FileSharing
from .file_uploads import Upload
from .modal_actions import ModalActions
from .recorder import Delivery
from .snapshots import File, Message, View, message_snapshot, view_snapshot
from .state_dump import dump
from .workspace_model import User

Where = Message | View | Literal["home"]


class Person:
    """Someone in the workspace."""

    def __init__(
        self,
        core: Core,
        loop: LoopThread,
        user: User,
        channel_actions: ChannelActions,
        modal_actions: ModalActions,
        file_sharing: FileSharing,
    ) -> None:
        self._core = core
        self._loop = loop
        self._channel_actions = channel_actions
        self._modal_actions = modal_actions
        self._file_sharing = file_sharing
        self._user = user
        self.id = user.id
        self.name = user.name
        self.real_name = user.real_name

    def __repr__(self) -> str:
        return f"<{self.real_name}>"

    @property
    def tz(self) -> str:
        """The time zone, such as "Europe/London"."""
        return self._user.tz

    def command(
        self,
        name: str,
        text: str = "",
        channel: Channel | str | None = None,
        thread: str | None = None,
    ) -> Delivery:
        """Type a slash command in a channel (by name or id), else in the first one that the app is in."""
        place = self._core.seed.home_channel if channel is None else _reference(channel)
        return self._loop.run(self._channel_actions.command(self._user, name, text, place, thread))

    def shortcut(self, callback_id: str) -> Delivery:
        """Run a global shortcut."""
        return self._loop.run(self._channel_actions.shortcut(self._user, callback_id))

    def message_shortcut(self, callback_id: str, message: Message) -> Delivery:
        """Run a message shortcut on a message."""
        return self._loop.run(
            self._channel_actions.message_shortcut(self._user, callback_id, message.channel, message.ts)
        )

    def click(
        self, where: Where, label_or_action_id: str, *, near: str | None = None, confirm: bool = True
    ) -> Delivery:
        """Press a button, by its words or action_id, or an option of an overflow menu, by its words. `near` is a
        part of the words it stands under, `confirm` what is answered to a confirm
        dialog ("declined" is then the delivery's error)."""
        if isinstance(where, Message):
            return self._loop.run(
                self._channel_actions.click(self._user, where.channel, where.ts, label_or_action_id, near, confirm)
            )
        return self._loop.run(
            self._modal_actions.click(self._user, self._view_id(where), label_or_action_id, near, confirm)
        )

    def choose(self, where: Where, action_id: str, value: Any, *, near: str | None = None) -> Delivery:
        """Pick from a select, an overflow menu, checkboxes or a date picker outside of inputs."""
        if isinstance(where, Message):
            return self._loop.run(
                self._channel_actions.choose(self._user, where.channel, where.ts, action_id, value, near)
            )
        return self._loop.run(self._modal_actions.choose(self._user, self._view_id(where), action_id, value, near))

    @property
    def view(self) -> View | None:
        """The topmost open form."""
        views = self.views
        return views[-1] if views else None

    @property
    def views(self) -> list[View]:
        """The open forms, the topmost last."""
        workspace = self._core.workspace
        return self._loop.read(lambda: [view_snapshot(view) for view in workspace.stack(self.id)])

    def wait_view(self, title: str | None = None, timeout: float = 30.0) -> View:
        """The topmost form, as soon as there is one (with this title)."""

        def there() -> View | None:
            view = self.view
            return view if view is not None and title in (None, view.title) else None

        what = f"a form {title!r}" if title else "a form"
        view = self._loop.wait_for(there, timeout)
        if view is None:
            so_far = self._loop.read(lambda: dump(self._core))
            raise AssertionError(f"waited {timeout:g} s for {self.name} to see {what}; what there is:\n{so_far}")
        return view

    def fill(self, entries: Mapping[str, Any]) -> list[Delivery]:
        """Fill inputs of the topmost form, by label, block_id or action_id; None clears one.

        A `file_input` takes names with bytes: `{"Customers": [("customers.csv", b"...")]}`.
        """
        return self._loop.run(self._modal_actions.fill(self._user, entries))

    def submit(self) -> Delivery:
        """Submit the topmost form."""
        return self._loop.run(self._modal_actions.submit(self._user))

    def close(self) -> Delivery | None:
        """Close the topmost form; returns a delivery only for forms with `notify_on_close`."""
        return self._loop.run(self._modal_actions.close(self._user))

    def close_all(self) -> list[Delivery]:
        """Close all open forms."""
        return self._loop.run(self._modal_actions.close_all(self._user))

    def open_home(self) -> Delivery:
        """Open the app's home tab."""
        return self._loop.run(self._modal_actions.open_home(self._user))

    @property
    def home(self) -> View | None:
        """The home tab as last published to this person."""
        workspace = self._core.workspace

        def look() -> View | None:
            view = workspace.views.get(workspace.homes.get(self.id, ""))
            return view_snapshot(view) if view else None

        return self._loop.read(look)

    def ephemerals(self, channel: Channel | str | None = None) -> list[Message]:
        """The messages that only this person sees (in one channel, by name or id)."""
        core = self._core

        def look() -> list[Message]:
            place = core.workspace.conversation(_reference(channel)) if channel else None
            return [
                message_snapshot(core.workspace, message)
                for message in core.workspace.ephemerals
                if message.only_for == self.id and (place is None or message.channel == place.id)
            ]

        return self._loop.read(look)

    @property
    def direct_messages(self) -> list[Message]:
        """The direct messages with the bot, replies too, oldest first."""
        core = self._core

        def look() -> list[Message]:
            channel = core.workspace.direct(self.id, core.bot_user_id)
            messages = core.workspace.messages.get(channel.id, {}).values()
            return [message_snapshot(core.workspace, message) for message in messages]

        return self._loop.read(look)

    def post(
        self,
        channel: Channel | str,
        text: str,
        thread_ts: str | None = None,
        files: Sequence[Upload | tuple[str, bytes]] = (),
    ) -> Message:
        """Write a message, with files: names with bytes."""

        async def write() -> Message:
            place = _reference(channel)
            message = await self._file_sharing.post(self._user, place, text, thread_ts, list(files))
            return message_snapshot(self._core.workspace, message)

        return self._loop.run(write())

    def link_file(self, channel: Channel | str, name: str, url: str, thread_ts: str | None = None) -> Message:
        """Share a file that lies on another host, such as a spreadsheet of Google Drive."""

        async def link() -> Message:
            message = await self._file_sharing.link(self._user, _reference(channel), name, url, thread_ts)
            return message_snapshot(self._core.workspace, message)

        return self._loop.run(link())

    def delete_file(self, file: File | str) -> None:
        """Delete a file: one's own, or any as an admin or owner. Its message stays."""
        file_id = file if isinstance(file, str) else file.id
        self._loop.run(self._file_sharing.delete(self._user, file_id))

    def delete_message(self, message: Message) -> None:
        """Delete a message: one's own, or any as an admin or owner."""
        self._loop.read(lambda: self._channel_actions.delete(self._user, message.channel, message.ts))

    def _view_id(self, where: View | Literal["home"]) -> str:
        if isinstance(where, View):
            return where.id
        return self._loop.read(lambda: self._modal_actions.home(self._user).id)


def _reference(channel: Channel | str) -> str:
    return channel if isinstance(channel, str) else channel.id
