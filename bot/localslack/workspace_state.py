"""The state of one workspace: people, channels, messages and views, with a notification after every change.

Read and changed on the server's loop only, so it needs no locks; listeners are called after each change and must
not block.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Collection, Iterator
from dataclasses import fields
from datetime import datetime

from .time_machine import Clock
from .workspace_model import (
    Conversation,
    ResponseUrl,
    StoredFile,
    StoredMessage,
    StoredView,
    Trigger,
    User,
    UserGroup,
)
from .workspace_seed import CHANNEL_AGE, SeedPerson, WorkspaceSeed, readable_id

ALPHABET = string.ascii_letters + string.digits


class Workspace:
    """Everything a Slack workspace would remember."""

    def __init__(self, clock: Clock, seed: WorkspaceSeed) -> None:
        self.clock = clock
        self.team_id, self.team_name, self.team_domain = seed.team_id, seed.team_name, seed.team_domain
        #: The Enterprise organization that the workspace belongs to; "" for none.
        self.enterprise_id = ""
        self.users: dict[str, User] = {}
        self.groups: dict[str, UserGroup] = {}
        self.conversations: dict[str, Conversation] = {}
        #: Messages by channel and ts, in the order of their ts.
        self.messages: dict[str, dict[str, StoredMessage]] = {}
        self.ephemerals: list[StoredMessage] = []
        self.views: dict[str, StoredView] = {}
        #: Open modals by user, the bottom one first.
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.files: dict[str, StoredFile] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.version = 0
        self._listeners: list[Callable[[int], None]] = []
        #: The last `ts` that was given out, in millionths of a second, and the number of the next id.
        self.last_ts = 0
        self.next_number = 1
        self._plant(seed)

    def _plant(self, seed: WorkspaceSeed) -> None:
        """Fill the empty workspace with the seed's people, groups and channels."""
        ids: dict[str, str] = {}
        for person in seed.people:
            ids[person.name] = self.add_person(person).id
        everybody = [person.name for person in seed.people if person.is_full_member]
        for group in seed.groups:
            group_id = group.id or readable_id("S", group.handle, self.groups)
            members = [ids[name] for name in group.members]
            self.groups[group_id] = UserGroup(group_id, group.handle, group.name, members)
        creator = next((ids[person.name] for person in seed.people if person.is_admin), "")
        created = int(self.seconds()) - CHANNEL_AGE
        for channel in seed.channels:
            channel_id = channel.id or readable_id("C", channel.name, self.conversations)
            self.conversations[channel_id] = Conversation(
                id=channel_id,
                name=channel.name,
                is_private=channel.is_private,
                is_archived=channel.is_archived,
                members=[ids[name] for name in (everybody if channel.members is None else channel.members)],
                creator=creator,
                created=created,
                is_ext_shared=channel.is_ext_shared,
                is_pending_ext_shared=channel.is_pending_ext_shared,
                is_org_shared=channel.is_org_shared,
            )

    def add_person(self, person: SeedPerson) -> User:
        """Add a person, to no channel yet."""
        same = {field.name: getattr(person, field.name) for field in fields(User) if field.name != "id"}
        user = User(readable_id("U", person.name, self.users), **same)
        self.users[user.id] = user
        return user

    def add_app(self, bot: User, channels: Collection[str]) -> None:
        """Add the app's bot user, to these channels too."""
        self.users[bot.id] = bot
        for conversation in self.conversations.values():
            if conversation.name in channels:
                conversation.members.append(bot.id)

    def now(self) -> datetime:
        """The workspace's time (aware, UTC)."""
        return self.clock.now()

    def seconds(self) -> float:
        """The workspace's time as a Unix time."""
        return self.clock.now().timestamp()

    def new_ts(self) -> str:
        """A message timestamp: seconds of the clock, unique and never falling.

        Where the clock was moved back the order of messages wins over the moved time, as history is
        read by `ts`.
        """
        self.last_ts = max(int(self.seconds()) * 1_000_000 + 100, self.last_ts + 100)
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """An object id that is valid in form and readable in a log, such as V0000000A1."""
        number, self.next_number = self.next_number, self.next_number + 1
        return f"{prefix}0{number:08X}"

    def new_hash(self) -> str:
        """The version mark of a view."""
        return f"{int(self.seconds())}.{random_word(8)}"

    def on_change(self, listener: Callable[[int], None]) -> None:
        """Call `listener(version)` after each change."""
        self._listeners.append(listener)

    def changed(self) -> None:
        """Say that something changed."""
        self.version += 1
        for listener in self._listeners:
            listener(self.version)

    def conversation(self, reference: str) -> Conversation | None:
        """A conversation by id, name or #name."""
        found = self.conversations.get(reference)
        if found is not None:
            return found
        name = reference.removeprefix("#")
        for conversation in self.conversations.values():
            if conversation.name == name and not conversation.is_im:
                return conversation
        return None

    def user(self, reference: str) -> User | None:
        """A user by id or name."""
        found = self.users.get(reference)
        if found is not None:
            return found
        return next((user for user in self.users.values() if user.name == reference), None)

    def direct(self, user_id: str, bot_id: str) -> Conversation:
        """The direct messages of a user with the bot; opened when there are none yet."""
        for conversation in self.conversations.values():
            if conversation.im_user == user_id:
                return conversation
        conversation = Conversation(
            id="D" + user_id[1:],
            name="directmessage",
            is_private=True,
            members=[user_id, bot_id],
            created=int(self.seconds()),
            im_user=user_id,
        )
        self.conversations[conversation.id] = conversation
        self.changed()
        return conversation

    def add_message(self, message: StoredMessage) -> StoredMessage:
        """Keep a message (ephemeral ones apart: they are in no history)."""
        if message.only_for is not None:
            self.ephemerals.append(message)
        else:
            self.messages.setdefault(message.channel, {})[message.ts] = message
        self.changed()
        return message

    def message(self, channel: str, ts: str) -> StoredMessage | None:
        """A message that is in the history of a channel (a tombstone too)."""
        return self.messages.get(channel, {}).get(ts)

    def ephemeral(self, ts: str) -> StoredMessage | None:
        """A message that one person sees."""
        return next((message for message in self.ephemerals if message.ts == ts), None)

    def history(self, channel: str) -> Iterator[StoredMessage]:
        """The messages of the channel itself, oldest first: no replies but the broadcast ones."""
        return (m for m in self.messages.get(channel, {}).values() if not m.is_reply or m.broadcast)

    def replies(self, channel: str, thread_ts: str) -> list[StoredMessage]:
        """The replies of a thread, oldest first, without its parent."""
        return [m for m in self.messages.get(channel, {}).values() if m.is_reply and m.thread_ts == thread_ts]

    def delete_message(self, message: StoredMessage) -> None:
        """Delete as Slack does: a parent with replies leaves a tombstone, so that its thread stays."""
        if self.replies(message.channel, message.ts):
            message.tombstone = True
            message.text = "This message was deleted."
            message.user = "USLACKBOT"
            message.blocks, message.files, message.metadata, message.edited = [], [], None, None
        else:
            del self.messages[message.channel][message.ts]
            self._bury_empty_tombstone(message)
        self.changed()

    def _bury_empty_tombstone(self, message: StoredMessage) -> None:
        if not message.is_reply or message.thread_ts is None:
            return
        parent = self.message(message.channel, message.thread_ts)
        if parent is not None and parent.tombstone and not self.replies(message.channel, parent.ts):
            del self.messages[message.channel][parent.ts]

    def stack(self, user_id: str) -> list[StoredView]:
        """The modals a person has open, the topmost last."""
        return [self.views[view_id] for view_id in self.stacks.get(user_id, [])]


def random_word(length: int) -> str:
    """A random word of letters and digits, for secrets and hashes."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
