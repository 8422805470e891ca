"""The chat.* methods: post, update, delete, post to one person only, permalink."""

from __future__ import annotations

import re

from . import limits
from .call_arguments import Arguments
from .core import Core
from .local_errors import SlackError
from .rendering import escape_as_slack, message_json
from .workspace_model import Conversation, Json, StoredMessage
from .workspace_state import random_word

_USER_ID = re.compile(r"[UW][A-Z0-9]{6,}")


def post_message(core: Core, args: Arguments) -> Json:
    """chat.postMessage."""
    channel = postable(core, args.required("channel", "channel_not_found"))
    text, blocks, attachments = _content(args)
    limits.check_message(text, blocks)
    metadata = args.object("metadata", "invalid_metadata_format")
    limits.check_metadata(metadata)
    thread_ts = thread_of(core, channel, args.text("thread_ts"))
    if core.pace and not core.pace.admit(channel.id, core.workspace.seconds()):
        raise SlackError("ratelimited", status=429, retry_after=1)
    message = core.workspace.add_message(
        StoredMessage(
            ts=core.workspace.new_ts(),
            channel=channel.id,
            user=core.bot_user_id,
            text=text,
            blocks=with_ids(blocks),
            attachments=attachments,
            thread_ts=thread_ts,
            broadcast=bool(thread_ts) and args.flag("reply_broadcast"),
            metadata=metadata or None,
        )
    )
    return {"channel": channel.id, "ts": message.ts, "message": message_json(core, message, metadata=True)}


def update(core: Core, args: Arguments) -> Json:
    """chat.update. Blocks and metadata stay if only the text is given."""
    channel = visible(core, args.required("channel", "channel_not_found"))
    message = core.workspace.message(channel.id, args.required("ts", "message_not_found"))
    if message is None or message.tombstone:
        raise SlackError("message_not_found")
    if message.user != core.bot_user_id:
        raise SlackError("cant_update_message")
    if channel.is_archived:
        raise SlackError("is_inactive")
    text, blocks, attachments = _content(args)
    limits.check_message(text, blocks, text_limit=limits.UPDATE_TEXT)
    metadata = args.object("metadata", "invalid_metadata_format")
    limits.check_metadata(metadata)
    if args.text("text") or blocks is None:
        message.text = text
    if blocks is not None:
        message.blocks = with_ids(blocks)
    if args.values.get("attachments") is not None:
        message.attachments = attachments
    if metadata is not None:
        message.metadata = metadata or None
    if message.is_reply and args.flag("reply_broadcast"):
        message.broadcast = True
    message.edited = {"user": core.bot_id, "ts": f"{int(core.workspace.seconds())}.000000"}
    core.workspace.changed()
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(core, message, metadata=True),
    }


def delete(core: Core, args: Arguments) -> Json:
    """chat.delete."""
    channel = visible(core, args.required("channel", "channel_not_found"))
    message = core.workspace.message(channel.id, args.required("ts", "message_not_found"))
    if message is None or message.tombstone:
        raise SlackError("message_not_found")
    if message.user != core.bot_user_id:
        raise SlackError("cant_delete_message")
    core.workspace.delete_message(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(core: Core, args: Arguments) -> Json:
    """chat.postEphemeral."""
    channel = postable(core, args.required("channel", "channel_not_found"))
    user = core.workspace.users.get(args.required("user", "user_not_in_channel"))
    if user is None or user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks, attachments = _content(args)
    limits.check_message(text, blocks)
    message = core.workspace.add_message(
        StoredMessage(
            ts=core.workspace.new_ts(),
            channel=channel.id,
            user=core.bot_user_id,
            text=text,
            blocks=with_ids(blocks),
            attachments=attachments,
            thread_ts=thread_of(core, channel, args.text("thread_ts")),
            only_for=user.id,
        )
    )
    return {"message_ts": message.ts}


def get_permalink(core: Core, args: Arguments) -> Json:
    """chat.getPermalink."""
    channel = visible(core, args.required("channel", "channel_not_found"))
    message = core.workspace.message(channel.id, args.required("message_ts", "message_not_found"))
    if message is None or message.tombstone:
        raise SlackError("message_not_found")
    link = f"{core.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def visible(core: Core, reference: str) -> Conversation:
    """A conversation the bot can know of: a private one without it does not exist for it."""
    channel = core.workspace.conversation(reference)
    if channel is None or (channel.is_private and core.bot_user_id not in channel.members):
        raise SlackError("channel_not_found")
    return channel


def postable(core: Core, reference: str) -> Conversation:
    """The conversation to post to: a channel of the bot, any public one with chat:write.public, or a person."""
    if _USER_ID.fullmatch(reference):
        user = core.workspace.users.get(reference)
        if user is None or user.is_bot or user.deleted:
            raise SlackError("channel_not_found")
        return core.workspace.direct(user.id, core.bot_user_id)
    channel = visible(core, reference)
    if channel.im_user and core.workspace.users[channel.im_user].deleted:
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    anywhere = core.scopes is None or "chat:write.public" in core.scopes
    if core.bot_user_id not in channel.members and not anywhere:
        raise SlackError("not_in_channel")
    return channel


def thread_of(core: Core, channel: Conversation, thread_ts: str) -> str | None:
    """The parent that a reply belongs under; the ts of a reply means its parent."""
    if not thread_ts:
        return None
    parent = core.workspace.message(channel.id, thread_ts)
    if parent is None:
        raise SlackError("thread_not_found")
    return parent.thread_ts if parent.is_reply else parent.ts


def _content(args: Arguments) -> tuple[str, list[Json] | None, list[Json]]:
    blocks = args.items("blocks", "invalid_blocks_format")
    attachments = args.items("attachments", "invalid_attachments") or []
    text = escape_as_slack(args.text("text"))
    if not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")
    return text, blocks, attachments


def with_ids(blocks: list[Json] | None) -> list[Json]:
    """The blocks as Slack keeps them: each with a block_id, each element with an action_id."""
    return [_with_ids(block) for block in blocks or []]


def _with_ids(block: Json) -> Json:
    result = {**block, "block_id": block.get("block_id") or random_word(5)}
    if isinstance(block.get("elements"), list) and block.get("type") == "actions":
        result["elements"] = [_with_action_id(element) for element in block["elements"]]
    for key in ("accessory", "element"):
        if isinstance(block.get(key), dict):
            result[key] = _with_action_id(block[key])
    return result


def _with_action_id(element: Json) -> Json:
    if element.get("type") == "image" or element.get("action_id"):
        return element
    return {**element, "action_id": random_word(5)}
