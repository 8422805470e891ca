"""One person's view of the workspace as JSON for the page, without what Slack hides from that person."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from ..core import Core
from ..file_rendering import file_type, is_snippet
from ..input_state import current, simple, stateful_elements
from ..transcript import EMOJI
from ..workspace_model import PNG, Conversation, Json, StoredFile, StoredMessage, StoredView, User
from .page_state import PageState


def setup(core: Core) -> Json:
    """Data that stays the same while the local Slack runs."""
    workspace, manifest = core.workspace, core.manifest
    return {
        "team": workspace.team_name,
        "app": manifest.bot_name,
        "bot": core.bot_user_id,
        "people": [
            {"id": user.id, "name": user.name, "real_name": user.real_name, "tz": user.tz}
            | {"is_bot": user.is_bot, "role": core.seed.note_of(user.name)}
            for user in workspace.users.values()
        ],
        "groups": [{"id": group.id, "handle": group.handle} for group in workspace.groups.values()],
        "commands": [vars(command) for command in manifest.commands or ()],
        "shortcuts": [vars(shortcut) for shortcut in manifest.shortcuts or ()],
        "home_tab": manifest.home_tab,
        "hint": _hint(core),
        "emoji": EMOJI,
    }


def _hint(core: Core) -> str:
    """A hint for newcomers at the beginning of a channel that the app is in."""
    if core.seed.hint or not core.manifest.commands:
        return core.seed.hint
    return f"Type `{core.manifest.commands[0].name}` to begin. Then act as somebody else, or jump ahead in time."


def page_view(core: Core, state: PageState, user: User) -> Json:
    """Everything that this person can see now."""
    workspace = core.workspace
    seen = [
        conversation
        for conversation in workspace.conversations.values()
        if user.id in conversation.members or not conversation.is_private
    ]
    home = workspace.views.get(workspace.homes.get(user.id, ""))
    return {
        "version": workspace.version,
        "me": user.id,
        "now": workspace.now().timestamp(),
        "frozen": state.clock.is_frozen,
        "moments": [{"name": name, "at": at.timestamp() if at else None} for name, at in _moments(state)],
        "busy": state.busy,
        "channels": [_channel(core, state, user, conversation) for conversation in seen],
        "messages": {conversation.id: _messages(core, user, conversation) for conversation in seen},
        "views": [_view(view) for view in workspace.stack(user.id)],
        "home": _view(home) if home else None,
        "crashes": [{**vars(crash), "at": crash.at.timestamp()} for crash in state.crashes],
        "faults": [{"method": f.method, "kind": f.kind, "times": f.times} for f in core.faults.pending],
        "late": core.late_deliveries,
        "calls": len(core.recorder.calls),
        "deliveries": len(core.recorder.deliveries),
    }


def _moments(state: PageState) -> list[tuple[str, datetime | None]]:
    return [(name, state.coming.get(name)) for name in state.moments]


def _channel(core: Core, state: PageState, user: User, channel: Conversation) -> Json:
    read = float(state.read.get(user.id, {}).get(channel.id, "0"))
    unread = [m for m in core.workspace.history(channel.id) if float(m.ts) > read and m.user != user.id]
    named = re.compile(rf"<@{user.id}(\|[^>]*)?>|<!(channel|here|everyone)(\|[^>]*)?>")
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "members": len(channel.members),
        "with_bot": core.bot_user_id in channel.members,
        "no_composer": _no_composer(core, user, channel),
        "unread": len(unread),
        "mentions": len(unread) if channel.is_im else sum(1 for m in unread if named.search(m.text)),
    }


def _no_composer(core: Core, user: User, channel: Conversation) -> str | None:
    """Why this person cannot write here."""
    if channel.is_archived:
        return f"You are viewing #{channel.name}, an archived channel."
    if user.id not in channel.members:
        return f"You are not in #{channel.name}."
    if channel.is_im and core.manifest.read_only_messages:
        return "Sending messages to this app has been turned off."
    return None


def _messages(core: Core, user: User, channel: Conversation) -> list[Json]:
    workspace = core.workspace
    told = [m for m in workspace.ephemerals if m.channel == channel.id and m.only_for == user.id]
    found = [*workspace.messages.get(channel.id, {}).values(), *told]
    return [_message(core, message) for message in sorted(found, key=lambda m: float(m.ts))]


def _message(core: Core, message: StoredMessage) -> Json:
    files = [core.workspace.files[file_id] for file_id in message.files]
    return {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts if message.is_reply else None,
        "broadcast": message.broadcast,
        "edited": bool(message.edited),
        "files": [_file(file) for file in files],
        "tombstone": message.tombstone,
        "only_me": message.only_for is not None,
    }


def _file(file: StoredFile) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "size": file.length,
        "picture": (file.content or b"").startswith(PNG),
        "alternative": file.alternative,
        "readable": is_snippet(file) or file_type(file)[2].startswith("text/"),
        "deleted": file.deleted,
        "url": file.external_url,
    }


def chosen_file(file: Json) -> Json:
    """A file that a person has chosen and not sent yet."""
    return {"id": file["id"], "name": file["name"], "size": file["size"]}


def _view(view: StoredView) -> Json:
    source = view.source
    return {
        "id": view.id,
        "hash": view.hash,
        "title": source.get("title"),
        "submit": source.get("submit"),
        "close": source.get("close"),
        "submit_disabled": bool(source.get("submit_disabled")),
        "blocks": view.blocks,
        "errors": view.errors,
        "values": _values(view),
    }


def _values(view: StoredView) -> dict[str, dict[str, Any]]:
    """The value of each element in the page's own form; options of external selects and files are given whole."""
    found: dict[str, dict[str, Any]] = {}
    for block in view.blocks:
        for element in stateful_elements(block):
            state = view.values.get(block["block_id"], {}).get(element["action_id"])
            look = current if element["type"].endswith(("external_select", "file_input")) else simple
            value = look(element, state)
            if element["type"] == "file_input":
                value = [chosen_file(file) for file in value or []]
            found.setdefault(block["block_id"], {})[element["action_id"]] = value
    return found
