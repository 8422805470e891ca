"""Answers to a `response_url`: five within thirty minutes, which may replace or delete the original."""

from __future__ import annotations

from . import limits
from .api_chat import thread_of, with_ids
from .call_arguments import Arguments
from .core import Core
from .local_errors import SlackError
from .rendering import escape_as_slack
from .workspace_model import Json, ResponseUrl, StoredMessage

MOST_USES = 5
LIFETIME_SECONDS = 30 * 60


def respond(core: Core, token: str, body: Json) -> None:
    """Carry out one answer; raises SlackError when the address is used up or the answer is malformed."""
    url = core.workspace.response_urls.get(token)
    if url is None:
        raise SlackError("invalid_url", status=404)
    if core.workspace.seconds() - url.created > LIFETIME_SECONDS:
        raise SlackError("expired_url", status=404)
    if url.uses >= MOST_USES:
        raise SlackError("used_url", status=404)
    try:
        _carry_out(core, url, Arguments(body))
    except SlackError as refusal:
        raise SlackError(refusal.error, status=400, **refusal.extra) from refusal
    url.uses += 1


def _carry_out(core: Core, url: ResponseUrl, args: Arguments) -> None:
    original = _original(core, url)
    if args.flag("delete_original"):
        if original is not None:
            _delete(core, original)
        return
    replacing = original is not None and args.flag("replace_original")
    message = compose(core, args, url)
    if message is None:
        raise SlackError("no_text")
    if replacing and original is not None:
        original.text, original.blocks = message.text, message.blocks
        original.attachments = message.attachments
        if original.only_for is None:
            original.edited = {"user": core.bot_id, "ts": f"{int(core.workspace.seconds())}.000000"}
        core.workspace.changed()
    else:
        core.workspace.add_message(message)


def compose(core: Core, args: Arguments, url: ResponseUrl) -> StoredMessage | None:
    """The message in an answer or an acknowledgement; None when it holds none."""
    text = escape_as_slack(args.text("text"))
    blocks = args.items("blocks", "invalid_blocks_format")
    if not text.strip() and not blocks:
        return None
    limits.check_message(text, blocks)
    channel = core.workspace.conversations[url.channel]
    return StoredMessage(
        ts=core.workspace.new_ts(),
        channel=channel.id,
        user=core.bot_user_id,
        text=text,
        blocks=with_ids(blocks),
        attachments=args.items("attachments", "invalid_attachments") or [],
        thread_ts=thread_of(core, channel, args.text("thread_ts")),
        only_for=None if args.text("response_type") == "in_channel" else url.user,
        answers=url.delivery,
    )


def _original(core: Core, url: ResponseUrl) -> StoredMessage | None:
    if url.message_ts is None:
        return None
    if url.ephemeral:
        return core.workspace.ephemeral(url.message_ts)
    return core.workspace.message(url.channel, url.message_ts)


def _delete(core: Core, original: StoredMessage) -> None:
    if original.only_for is None:
        core.workspace.delete_message(original)
    else:
        core.workspace.ephemerals.remove(original)
        core.workspace.changed()
