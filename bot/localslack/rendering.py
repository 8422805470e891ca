"""Slack's JSON for messages, users, conversations and views."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from .core import Core
from .file_rendering import file_json, file_reference
from .workspace_model import Conversation, Json, StoredMessage, StoredView, User

_ENTITY = re.compile(r"<(?:[@#!][^<>\s][^<>]*|(?:https?|mailto|tel|ftp|slack)[:][^<>]+)>")
_BARE_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")


def escape_as_slack(text: str) -> str:
    """The text as Slack stores it: escaped, but for mentions, links and entities."""
    parts: list[str] = []
    position = 0
    for match in _ENTITY.finditer(text):
        parts.append(_escape(text[position : match.start()]))
        parts.append(_BARE_AMPERSAND.sub("&amp;", match.group()))
        position = match.end()
    parts.append(_escape(text[position:]))
    return "".join(parts)


def _escape(text: str) -> str:
    return _BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def message_json(core: Core, message: StoredMessage, *, metadata: bool = False) -> Json:
    """A message as history, `chat.postMessage` and payloads show it."""
    if message.tombstone:
        return _tombstone(core, message)
    result: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    if message.user == core.bot_user_id:
        result |= {"bot_id": core.bot_id, "app_id": core.app_id, "bot_profile": bot_profile(core)}
    result["team"] = core.workspace.team_id
    if message.blocks:
        result["blocks"] = message.blocks
    if message.attachments:
        result["attachments"] = message.attachments
    if message.edited:
        result["edited"] = message.edited
    if message.files:
        files = [core.workspace.files[file_id] for file_id in message.files]
        is_shared = core.workspace.conversations[message.channel].is_ext_shared
        result["files"] = [file_reference(file) if is_shared else file_json(core, file) for file in files]
        result["upload"] = False
    if metadata and message.metadata:
        result["metadata"] = message.metadata
    return result | _thread_fields(core, message)


def _thread_fields(core: Core, message: StoredMessage) -> Json:
    if message.is_reply and message.thread_ts:
        parent = core.workspace.message(message.channel, message.thread_ts)
        fields: Json = {
            "thread_ts": message.thread_ts,
            "parent_user_id": parent.user if parent else "USLACKBOT",
        }
        if message.broadcast:
            fields["subtype"] = "thread_broadcast"
        return fields
    replies = core.workspace.replies(message.channel, message.ts)
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "reply_users": users[:5],
        "is_locked": False,
        "subscribed": False,
    }


def _tombstone(core: Core, message: StoredMessage) -> Json:
    return {
        "type": "message",
        "subtype": "tombstone",
        "hidden": True,
        "user": "USLACKBOT",
        "ts": message.ts,
        "text": message.text,
    } | _thread_fields(core, message)


def bot_profile(core: Core) -> Json:
    """The bot as messages name it."""
    return {
        "id": core.bot_id,
        "app_id": core.app_id,
        "user_id": core.bot_user_id,
        "name": core.workspace.users[core.bot_user_id].real_name,
        "icons": {},
        "deleted": False,
        "updated": 1_700_000_000,
        "team_id": core.workspace.team_id,
    }


def user_json(core: Core, user: User) -> Json:
    """A user as `users.info` shows it; a deactivated one loses its time zone, as in Slack."""
    result: Json = {
        "id": user.id,
        "team_id": user.team_id or core.workspace.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "profile": _profile(core, user),
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }
    if user.team_id:
        result["is_stranger"] = True
    if core.workspace.enterprise_id and not user.enterprise_id:
        organization = core.oauth.organizations.get(core.workspace.enterprise_id)
        teams = organization.teams_of(user.id) if organization else [core.workspace.team_id]
        result["enterprise_user"] = {"id": user.id, "enterprise_id": core.workspace.enterprise_id, "teams": teams}
    if user.deleted:
        return result
    offset = core.workspace.now().astimezone(ZoneInfo(user.tz)).utcoffset()
    return result | {
        "color": "9f69e7",
        "tz": user.tz,
        "tz_label": user.tz.split("/")[-1].replace("_", " "),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": user.is_primary_owner,
        "is_restricted": user.is_restricted or user.is_ultra_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "who_can_share_contact_card": "EVERYONE",
        "is_email_confirmed": not user.is_bot,
    }


def _profile(core: Core, user: User) -> Json:
    profile: Json = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "first_name": user.real_name.split()[0],
        "last_name": user.real_name.split()[-1],
        "team": core.workspace.team_id,
    }
    if not user.is_bot and (core.scopes is None or "users:read.email" in core.scopes):
        profile["email"] = f"{user.name}@{core.workspace.team_domain}.example"
    return profile


def conversation_json(core: Core, conversation: Conversation) -> Json:
    """A conversation as `conversations.info` shows it."""
    if conversation.is_im:
        return {
            "id": conversation.id,
            "created": conversation.created,
            "is_archived": False,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": core.workspace.team_id,
            "user": conversation.im_user,
            "is_user_deleted": core.workspace.users[conversation.im_user or ""].deleted,
            "is_open": True,
        }
    return {
        "id": conversation.id,
        "name": conversation.name,
        "name_normalized": conversation.name,
        "is_channel": not conversation.is_private,
        "is_group": conversation.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": conversation.is_private,
        "is_archived": conversation.is_archived,
        "is_general": False,
        "is_shared": conversation.is_ext_shared or conversation.is_org_shared,
        "is_ext_shared": conversation.is_ext_shared,
        "is_pending_ext_shared": conversation.is_pending_ext_shared,
        "is_org_shared": conversation.is_org_shared,
        "is_member": core.bot_user_id in conversation.members,
        "created": conversation.created,
        "creator": conversation.creator,
        "context_team_id": core.workspace.team_id,
        "topic": {"value": conversation.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def view_json(core: Core, view: StoredView, *, state: bool = True) -> Json:
    """A view as answers and payloads show it."""
    source = view.source
    result: Json = {
        "id": view.id,
        "team_id": core.workspace.team_id,
        "type": view.type,
        "blocks": view.blocks,
        "private_metadata": source.get("private_metadata") or "",
        "callback_id": source.get("callback_id") or "",
        "hash": view.hash,
        "state": {"values": view.values if state else {}},
        "clear_on_close": bool(source.get("clear_on_close")),
        "notify_on_close": bool(source.get("notify_on_close")),
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "external_id": source.get("external_id") or "",
        "app_id": core.app_id,
        "bot_id": core.bot_id,
        "app_installed_team_id": core.organization.id if core.organization else core.workspace.team_id,
    }
    for key in ("title", "close", "submit"):
        result[key] = plain_text(source.get(key))
    if view.type == "modal":
        result["submit_disabled"] = bool(source.get("submit_disabled"))
    return result


def plain_text(value: Any) -> Json | None:
    """A text object with the default that Slack writes into it."""
    if not isinstance(value, dict):
        return None
    return {"emoji": True, **value} if value.get("type") == "plain_text" else dict(value)
