"""Slack's `state.values`: defaults, entries, and reading values back."""

from __future__ import annotations

from typing import Any

from .workspace_model import Json

#: Where each element keeps its value in `state.values`, and the property it starts from.
VALUE_KEYS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "file_input": ("files", ""),
}
MANY = frozenset({"checkboxes", "file_input"} | {element for element in VALUE_KEYS if element.startswith("multi_")})


def stateful_elements(block: Json) -> list[Json]:
    """The elements of a block that hold a value."""
    candidates: list[Any] = [block.get("element"), block.get("accessory")]
    if block.get("type") == "actions":
        candidates += block.get("elements") or []
    return [c for c in candidates if isinstance(c, dict) and c.get("type") in VALUE_KEYS]


def values_of(
    blocks: list[Json], typed: dict[str, dict[str, Json]], opened_in: str | None
) -> dict[str, dict[str, Json]]:
    """`state.values` of these blocks: typed values are kept, new elements start from their defaults."""
    values: dict[str, dict[str, Json]] = {}
    for block in blocks:
        for element in stateful_elements(block):
            kept = typed.get(block["block_id"], {}).get(element["action_id"])
            if kept is None or kept["type"] != element["type"]:
                kept = _initial(element, opened_in)
            values.setdefault(block["block_id"], {})[element["action_id"]] = kept
    return values


def entry(element: Json, value: Any) -> Json:
    """One entry of `state.values`."""
    return {"type": element["type"], VALUE_KEYS[element["type"]][0]: value}


def current(element: Json, state: Json | None) -> Any:
    """The raw value of an entry: a text, an option, a list; None or [] when it is empty."""
    return None if state is None else state.get(VALUE_KEYS[element["type"]][0])


def simple(element: Json, state: Json | None) -> Any:
    """The value as a person would say it: options become their values, files their names."""
    value = current(element, state)
    if isinstance(value, list):
        return [item.get("value", item.get("name")) if isinstance(item, dict) else item for item in value]
    if isinstance(value, dict) and "value" in value:
        return value["value"]
    return value


def _initial(element: Json, opened_in: str | None) -> Json:
    value = element.get(VALUE_KEYS[element["type"]][1])
    if value is None and element.get("default_to_current_conversation") and opened_in:
        value = [opened_in] if element["type"] in MANY else opened_in
    if value is None and element["type"] in MANY:
        value = []
    return entry(element, value)
