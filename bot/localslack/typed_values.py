"""Converts what a person types or picks into Slack's values, and checks inputs as Slack does before submitting."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from typing import Any

from .core import Core
from .file_rendering import file_json
from .file_uploads import file_fault, uploaded
from .input_state import MANY, current
from .local_errors import NotPossible
from .plaintext import words
from .workspace_model import Json, StoredView, User

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+\.\S+|https?://localhost\S*")
_TEXTS = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})


def typed(core: Core, user: User, element: Json, value: Any) -> Any:
    """Convert a person's input to its value in `state.values`; NotPossible if it is not offered."""
    kind: str = element["type"]
    if kind == "file_input":
        return [file_json(core, file) for file in uploaded(core, user, value)]
    if kind in MANY:
        given = [] if value is None else [value] if isinstance(value, str) else list(value)
        most = element.get("max_selected_items")
        if most is not None and len(given) > most:
            raise NotPossible(f"At most {most} can be chosen.")
        return [_one(core, user, element, item) for item in given]
    if value is None or value == "":
        return None
    return _one(core, user, element, value)


def options_of(element: Json) -> list[Json]:
    """The options a menu offers, through its groups too."""
    groups: list[Json] = element.get("option_groups") or []
    return list(element.get("options") or []) + [o for group in groups for o in group.get("options") or []]


def pick(options: list[Json], wanted: str) -> Json:
    """The option with this value, or this text."""
    for option in options:
        if wanted == option.get("value"):
            return option
    named = [option for option in options if words(option.get("text")) == wanted]
    if len(named) == 1:
        return named[0]
    offered = ", ".join(repr(words(option.get("text"))) for option in options) or "nothing"
    raise NotPossible(f"{wanted!r} is not offered here; there is: {offered}.")


def fault(block: Json, element: Json, state: Json | None) -> str | None:
    """Why Slack's client would not submit this input, or None."""
    value = current(element, state)
    label = words(block.get("label"))
    if value in (None, "", []):
        return None if block.get("optional") else f"“{label}” is required."
    if element["type"] == "file_input":
        return file_fault(element, value)
    if element["type"] not in _TEXTS:
        return None
    least, most = element.get("min_length"), element.get("max_length") or 3000
    if least is not None and len(value) < least:
        return f"“{label}” must be at least {least} characters."
    if len(value) > most:
        return f"“{label}” must be less than {most + 1} characters."
    if element["type"] == "email_text_input" and not _EMAIL.fullmatch(value):
        return f"“{label}” must be an email address."
    if element["type"] == "url_text_input" and not _URL.fullmatch(value):
        return f"“{label}” must be a URL."
    return _number_fault(element, value, label) if element["type"] == "number_input" else None


def required_faults(view: StoredView) -> dict[str, str]:
    """All that keeps a form from being submitted, by block_id."""
    faults = {}
    for block in view.blocks:
        if block.get("type") == "input":
            element: Json = block["element"]
            state = view.values.get(block["block_id"], {}).get(element["action_id"])
            if sentence := fault(block, element, state):
                faults[block["block_id"]] = sentence
    return faults


def _one(core: Core, user: User, element: Json, value: Any) -> Any:
    kind = element["type"].removeprefix("multi_")
    if kind in _TEXTS:
        return str(value)
    if kind in ("static_select", "radio_buttons", "checkboxes", "overflow"):
        return pick(options_of(element), str(value))
    if kind == "external_select" and isinstance(value, dict):
        return value
    if kind == "users_select":
        return _user_id(core, str(value))
    if kind in ("conversations_select", "channels_select"):
        return _channel_id(core, user, str(value), public_only=kind == "channels_select")
    if kind == "datepicker":
        return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()
    if kind == "timepicker":
        return (value if isinstance(value, time) else time.fromisoformat(str(value))).strftime("%H:%M")
    if kind == "datetimepicker":
        return int(value.timestamp()) if isinstance(value, datetime) else int(value)
    if kind == "rich_text_input":
        return _rich_text(str(value))
    raise NotPossible(f"The sandbox cannot fill a {element['type']}.")


def _user_id(core: Core, reference: str) -> str:
    user = core.workspace.user(reference.removeprefix("@"))
    if user is None or user.deleted:
        raise NotPossible(f"There is no {reference!r} to choose.")
    return user.id


def _channel_id(core: Core, user: User, reference: str, *, public_only: bool) -> str:
    channel = core.workspace.conversation(reference)
    hidden = channel is None or (channel.is_private and user.id not in channel.members)
    if channel is None or hidden or channel.is_archived or (public_only and channel.is_private):
        raise NotPossible(f"{user.name} is not offered the channel {reference!r}.")
    return channel.id


def _rich_text(text: str) -> Json:
    section: Json = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _number_fault(element: Json, value: str, label: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        return f"“{label}” must be a number."
    if not element.get("is_decimal_allowed") and number != int(number):
        return f"“{label}” must be a whole number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < float(least):
        return f"“{label}” must be at least {least}."
    if most is not None and number > float(most):
        return f"“{label}” must be at most {most}."
    return None
