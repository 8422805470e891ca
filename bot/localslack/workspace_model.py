"""The workspace's records: users, conversations, messages, views, files.

Every field is JSON-ready (but a file's content), so that the whole state can be shown on a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class User:
    """Somebody whom the workspace knows: a member, a guest, a person of another workspace, or a bot.

    Attributes:
        is_restricted: a guest; `is_ultra_restricted`: one of a single channel.
        team_id, enterprise_id: of the workspace (and organization) that they belong to; "" for those of this one.
    """

    id: str
    name: str
    real_name: str
    tz: str
    is_owner: bool = False
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False
    is_primary_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    team_id: str = ""
    enterprise_id: str = ""


@dataclass
class UserGroup:
    """A user group such as @admins."""

    id: str
    handle: str
    name: str
    members: list[str]


@dataclass
class Conversation:
    """A channel, or the direct messages of one person with the bot (`im_user`).

    Attributes:
        is_ext_shared: shared with another company; `is_pending_ext_shared`: invited, and not yet accepted.
        is_org_shared: shared with other workspaces of the same Enterprise organization.
    """

    id: str
    name: str
    is_private: bool = False
    is_archived: bool = False
    members: list[str] = field(default_factory=list)
    creator: str = ""
    created: int = 0
    im_user: str | None = None
    topic: str = ""
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_org_shared: bool = False

    @property
    def is_im(self) -> bool:
        """Whether this is a direct-message conversation."""
        return self.im_user is not None


@dataclass
class StoredMessage:
    """A message as Slack keeps it. `only_for` makes it ephemeral: one person sees it, history does not."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: Json | None = None
    edited: Json | None = None
    files: list[str] = field(default_factory=list)
    tombstone: bool = False
    only_for: str | None = None
    #: The delivery that this ephemeral message answers, so that a person sees the answer to her command.
    answers: str | None = None

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass
class StoredView:
    """A modal or a home tab: what the bot sent, and what the person did to it."""

    id: str
    type: str
    user: str
    source: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    #: Where the person was when it opened: what `default_to_current_conversation` means.
    opened_in: str | None = None

    @property
    def blocks(self) -> list[Json]:
        """The blocks, each with its block_id."""
        blocks: list[Json] = self.source["blocks"]
        return blocks


#: How a picture of the kind PNG begins.
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class StoredFile:
    """An uploaded file; private until it is shared, by the app (which completes the upload) or by a person.

    Attributes:
        user: the ID of the person who uploaded it; "" for the app.
        external_url: where it lies, if that is another host; such a file has no content here.
    """

    id: str
    name: str
    length: int
    created: int
    title: str = ""
    content: bytes | None = None
    complete: bool = False
    #: What a picture shows, for screen readers.
    alternative: str = ""
    #: Where it was shared: {"channel": …, "ts": …}.
    shares: list[dict[str, str]] = field(default_factory=list)
    user: str = ""
    external_url: str = ""
    deleted: bool = False


@dataclass
class Trigger:
    """A `trigger_id`: good once, for three seconds."""

    id: str
    user: str
    created: float
    view_id: str | None = None
    channel: str | None = None
    used: bool = False


@dataclass
class ResponseUrl:
    """A `response_url`: good five times, for thirty minutes."""

    token: str
    kind: str
    user: str
    channel: str
    delivery: str
    created: float
    message_ts: str | None = None
    ephemeral: bool = False
    uses: int = 0
