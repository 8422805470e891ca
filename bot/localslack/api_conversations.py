"""The conversations.* methods: list, info, members, join, open, history and replies."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from .api_chat import visible
from .call_arguments import Arguments
from .core import Core
from .local_errors import SlackError
from .rendering import conversation_json, message_json
from .workspace_model import Conversation, Json, StoredMessage

T = TypeVar("T")

_READ_SCOPES = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read"}
_TS = re.compile(r"\d+(\.\d+)?")


def info(core: Core, args: Arguments) -> Json:
    """conversations.info."""
    channel = visible(core, args.required("channel", "channel_not_found"))
    result = conversation_json(core, channel)
    if args.flag("include_num_members"):
        result["num_members"] = len(channel.members)
    return {"channel": result}


def join(core: Core, args: Arguments) -> Json:
    """conversations.join: public channels only."""
    channel = visible(core, args.required("channel", "channel_not_found"))
    if channel.is_private:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    already = core.bot_user_id in channel.members
    if not already:
        channel.members.append(core.bot_user_id)
        core.workspace.changed()
    answer: Json = {"channel": conversation_json(core, channel)}
    if already:
        answer |= {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return answer


def open_(core: Core, args: Arguments) -> Json:
    """conversations.open: the direct messages with one person."""
    users = [name for name in args.text("users").split(",") if name]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        raise SlackError("method_not_supported_for_channel_type")
    user = core.workspace.users.get(users[0])
    if user is None:
        raise SlackError("user_not_found")
    if user.deleted:
        raise SlackError("user_disabled")
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    channel = core.workspace.direct(user.id, core.bot_user_id)
    full = conversation_json(core, channel)
    return {"channel": full if args.flag("return_im") else {"id": channel.id}}


def members(core: Core, args: Arguments) -> Json:
    """conversations.members."""
    channel = visible(core, args.required("channel", "channel_not_found"))
    page, cursor = paged(channel.members, args, default=100)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def list_(core: Core, args: Arguments) -> Json:
    """conversations.list: public ones unless `types` asks for more; private ones the bot is in."""
    types = set((args.text("types") or "public_channel").split(","))
    for kind in sorted(types):
        core.require_scope([_READ_SCOPES.get(kind, "channels:read")])
    found = [
        channel
        for channel in core.workspace.conversations.values()
        if _type_of(channel) in types
        and (not channel.is_private or core.bot_user_id in channel.members)
        and not (channel.is_archived and args.flag("exclude_archived"))
    ]
    page, cursor = paged(found, args, default=100)
    return {
        "channels": [conversation_json(core, channel) for channel in page],
        "response_metadata": {"next_cursor": cursor},
    }


def history(core: Core, args: Arguments) -> Json:
    """conversations.history: the messages of the channel itself, newest first."""
    most = _most_objects(core, "conversations.history")
    channel = _readable(core, args)
    in_window = _window(args)
    found = [m for m in core.workspace.history(channel.id) if in_window(m)]
    page, cursor = paged(found[::-1], args, default=100, most=most)
    metadata = args.flag("include_all_metadata")
    return _page({"messages": [message_json(core, m, metadata=metadata) for m in page], "pin_count": 0}, cursor)


def replies(core: Core, args: Arguments) -> Json:
    """conversations.replies: the parent first, on every page, then the replies, oldest first."""
    most = _most_objects(core, "conversations.replies")
    channel = _readable(core, args)
    message = core.workspace.message(channel.id, args.required("ts", "thread_not_found"))
    if message is None:
        raise SlackError("thread_not_found")
    in_window = _window(args)
    metadata = args.flag("include_all_metadata")
    if message.is_reply:
        return _page({"messages": [message_json(core, message, metadata=metadata)]}, "")
    found = [m for m in core.workspace.replies(channel.id, message.ts) if in_window(m)]
    page, cursor = paged(found, args, default=1000, most=most - 1)  # the parent counts
    shown = [message, *page]
    return _page({"messages": [message_json(core, m, metadata=metadata) for m in shown]}, cursor)


def _most_objects(core: Core, method: str) -> int:
    """The most messages of an answer; refuses a request that comes too early for the limit on history."""
    limit = core.faults.history_limit
    if limit is None:
        return 1000
    wait = limit.wait(method, core.workspace.seconds())
    if wait:
        raise SlackError("ratelimited", status=429, retry_after=wait)
    return limit.objects


def paged(items: Sequence[T], args: Arguments, default: int, most: int = 1000) -> tuple[list[T], str]:
    """One page of `items` and the cursor of the next one ("" on the last)."""
    limit = max(1, min(args.number("limit", default) or default, most))
    start = _position(args.text("cursor"))
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), cursor


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except ValueError:
        raise SlackError("invalid_cursor") from None


def _page(answer: Json, cursor: str) -> Json:
    answer["has_more"] = bool(cursor)
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


def _readable(core: Core, args: Arguments) -> Conversation:
    channel = visible(core, args.required("channel", "channel_not_found"))
    if core.bot_user_id not in channel.members and not channel.is_im:
        raise SlackError("not_in_channel")
    return channel


def _window(args: Arguments) -> Callable[[StoredMessage], bool]:
    """Whether a message is between `oldest` and `latest`; malformed ones are refused, also without any message."""
    inclusive = args.flag("inclusive")
    latest, oldest = _moment(args, "latest"), _moment(args, "oldest")

    def holds(message: StoredMessage) -> bool:
        ts = _micro(message.ts)
        if latest is not None and (ts > latest or (ts == latest and not inclusive)):
            return False
        return not (oldest is not None and (ts < oldest or (ts == oldest and not inclusive)))

    return holds


def _moment(args: Arguments, name: str) -> int | None:
    value = args.text(name)
    if not value or value == "0":
        return None
    if not _TS.fullmatch(value):
        raise SlackError(f"invalid_ts_{name}")
    return _micro(value)


def _micro(ts: str) -> int:
    """A ts in millionths of a second: floats would lose the last digit."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])


def _type_of(channel: Conversation) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"
