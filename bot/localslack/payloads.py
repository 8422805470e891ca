"""The payloads that Slack sends to an app, complete and in Slack's shapes."""

from __future__ import annotations

from .core import Core
from .element_search import FoundElement
from .input_state import stateful_elements, values_of
from .rendering import message_json, plain_text, view_json
from .workspace_model import Conversation, Json, StoredMessage, StoredView, User


def slash_command(core: Core, user: User, channel: Conversation, command: str, text: str, response_url: str) -> Json:
    """A slash command: the fields of a form, all of them texts."""
    return {
        "token": core.verification_token,
        "team_id": core.workspace.team_id,  # where it was typed; Slack has it in the app's workspace only
        "team_domain": core.workspace.team_domain,
        **({"enterprise_id": core.workspace.enterprise_id} if core.workspace.enterprise_id else {}),
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": core.app_id,
        "is_enterprise_install": "true" if core.organization else "false",
        "response_url": response_url,
        "trigger_id": core.new_trigger(user.id, channel=channel.id),
    }


def shortcut(core: Core, user: User, callback_id: str) -> Json:
    """A global shortcut."""
    return {
        "type": "shortcut",
        "token": core.verification_token,
        "action_ts": action_ts(core),
        "team": _team(core),
        "user": {"id": user.id, "username": user.name, "team_id": user.team_id or core.workspace.team_id},
        "is_enterprise_install": core.organization is not None,
        "enterprise": _enterprise(core.workspace.enterprise_id),
        "callback_id": callback_id,
        "trigger_id": core.new_trigger(user.id),
    }


def message_action(
    core: Core,
    user: User,
    channel: Conversation,
    message: StoredMessage,
    callback_id: str,
    response_url: str,
) -> Json:
    """A message shortcut."""
    return {
        "type": "message_action",
        "token": core.verification_token,
        "action_ts": action_ts(core),
        "team": _team(core),
        "user": _user(core, user),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "is_enterprise_install": core.organization is not None,
        "enterprise": _enterprise(core.workspace.enterprise_id),
        "callback_id": callback_id,
        "trigger_id": core.new_trigger(user.id, channel=channel.id),
        "response_url": response_url,
        "message_ts": message.ts,
        "message": message_json(core, message),
    }


def block_action(core: Core, found: FoundElement, chosen: Json) -> Json:
    """The one entry of `actions`: the element as it was used; `chosen` are the fields that a menu adds."""
    element = found.element
    action: Json = {
        "action_id": element["action_id"],
        "block_id": found.block["block_id"],
        "type": element["type"],
        "action_ts": action_ts(core),
    }
    if element["type"] == "button":
        action["text"] = plain_text(element.get("text"))
        for key in ("value", "url", "style"):
            if element.get(key) is not None:
                action[key] = element[key]
    if element.get("placeholder"):
        action["placeholder"] = plain_text(element["placeholder"])
    return action | chosen


def message_block_actions(
    core: Core,
    user: User,
    channel: Conversation,
    message: StoredMessage,
    action: Json,
    response_url: str,
) -> Json:
    """A click in a message. The message itself is left out where it is ephemeral, as Slack does."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    values = values_of(message.blocks, {}, None)
    chosen_in = values.get(action["block_id"], {})
    if action["action_id"] in chosen_in:
        chosen_in[action["action_id"]] = _state_entry(action)
    payload = _interaction(core, user, "block_actions") | {
        "container": container,
        "trigger_id": core.new_trigger(user.id, channel=channel.id),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": values},
        "response_url": response_url,
        "actions": [action],
    }
    if message.only_for is None:
        payload["message"] = message_json(core, message)
    return payload


def view_block_actions(core: Core, user: User, view: StoredView, action: Json) -> Json:
    """A click in a modal or on the home tab."""
    return _interaction(core, user, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": core.new_trigger(user.id, view if view.type == "modal" else None, view.opened_in),
        "view": view_json(core, view),
        "actions": [action],
    }


def block_suggestion(core: Core, user: User, view: StoredView, found: FoundElement, typed: str) -> Json:
    """A request for the options of an external select."""
    return _interaction(core, user, "block_suggestion") | {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(core, view),
        "action_id": found.element["action_id"],
        "block_id": found.block["block_id"],
        "value": typed,
    }


def view_submission(core: Core, user: User, view: StoredView, delivery: str) -> Json:
    """A form that was submitted, with the state of every input.

    `team` and `enterprise` are those of the person, where others are those of the app.
    """
    return (
        _interaction(core, user, "view_submission")
        | _own(core, user)
        | {
            "trigger_id": core.new_trigger(user.id, view, view.opened_in),
            "view": view_json(core, view),
            "response_urls": _response_urls(core, user, view, delivery),
        }
    )


def view_closed(core: Core, user: User, view: StoredView, is_cleared: bool) -> Json:
    """A closed form, for forms with `notify_on_close`."""
    return (
        _interaction(core, user, "view_closed")
        | _own(core, user)
        | {
            "view": view_json(core, view),
            "is_cleared": is_cleared,
        }
    )


def event(core: Core, event_: Json) -> Json:
    """The envelope of the Events API around one event."""
    return {
        "token": core.verification_token,
        "team_id": core.workspace.team_id,
        "context_team_id": core.workspace.team_id,
        "context_enterprise_id": core.workspace.enterprise_id or None,
        **({"enterprise_id": core.workspace.enterprise_id} if core.workspace.enterprise_id else {}),
        "api_app_id": core.app_id,
        "event": event_,
        "type": "event_callback",
        "event_id": core.workspace.new_id("Ev"),
        "event_time": int(core.workspace.seconds()),
        "authorizations": [
            {
                "enterprise_id": core.workspace.enterprise_id or None,
                "team_id": None if core.organization else core.workspace.team_id,
                "user_id": core.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": core.organization is not None,
            }
        ],
        "is_ext_shared_channel": False,
    }


def app_home_opened(core: Core, user: User, home: StoredView | None) -> Json:
    """The event of someone who opens the app's home tab."""
    body: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": core.workspace.direct(user.id, core.bot_user_id).id,
        "tab": "home",
        "event_ts": action_ts(core),
    }
    if home is not None:
        body["view"] = view_json(core, home)
    return event(core, body)


def channel_name(channel: Conversation) -> str:
    """The name that payloads carry: Slack hides those of private channels and direct messages."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def action_ts(core: Core) -> str:
    """The time of an interaction."""
    return f"{core.workspace.seconds():.6f}"


def _state_entry(action: Json) -> Json:
    left_out = ("action_id", "block_id", "action_ts", "text", "placeholder", "style", "url")
    return {key: value for key, value in action.items() if key not in left_out}


def _response_urls(core: Core, user: User, view: StoredView, delivery: str) -> list[Json]:
    found = []
    for block in view.blocks:
        for element in stateful_elements(block):
            if not element.get("response_url_enabled"):
                continue
            state = view.values[block["block_id"]][element["action_id"]]
            channel_id = state.get("selected_conversation") or state.get("selected_channel")
            if channel := core.workspace.conversations.get(channel_id or ""):
                url = core.new_response_url("app", user.id, channel, delivery)
                found.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel.id,
                        "response_url": url,
                    }
                )
    return found


def _interaction(core: Core, user: User, kind: str) -> Json:
    return {
        "type": kind,
        "user": _user(core, user),
        "api_app_id": core.app_id,
        "token": core.verification_token,
        "team": _team(core),
        "enterprise": _enterprise(core.workspace.enterprise_id),
        "is_enterprise_install": core.organization is not None,
    }


def _own(core: Core, user: User) -> Json:
    """Team and organization of a person of another workspace."""
    if not user.team_id:
        return {}
    return {"team": {"id": user.team_id, "domain": "another"}, "enterprise": _enterprise(user.enterprise_id)}


def _enterprise(enterprise_id: str) -> Json | None:
    return {"id": enterprise_id, "name": "Organization"} if enterprise_id else None


def _team(core: Core) -> Json | None:
    if core.organization:
        return None
    return {"id": core.workspace.team_id, "domain": core.workspace.team_domain}


def _user(core: Core, user: User) -> Json:
    return {
        "id": user.id,
        "username": user.name,
        "name": user.name,
        "team_id": user.team_id or core.workspace.team_id,
    }
