"""Slack's limits on the elements of blocks: buttons, selects, inputs, options, confirm dialogs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .limits_checker import Checker
from .workspace_model import Json

SELECTS = frozenset({"static_select", "external_select", "users_select", "conversations_select", "channels_select"})
MULTI_SELECTS = frozenset(f"multi_{name}" for name in SELECTS)
#: What Slack keeps to modals.
MODAL_ONLY = frozenset({"email_text_input", "url_text_input", "number_input", "file_input"})

_CHOICES = frozenset({"checkboxes", "radio_buttons"})
_MOMENTS = frozenset({"datepicker", "timepicker"})
ACCESSORIES = frozenset({"button", "image", "overflow", *_CHOICES, *_MOMENTS, *SELECTS, *MULTI_SELECTS})
ACTIONS = frozenset({"button", "overflow", "datetimepicker", *_CHOICES, *_MOMENTS, *SELECTS})
INPUTS = frozenset(
    {"plain_text_input", "rich_text_input", "datetimepicker"} | MODAL_ONLY | _CHOICES | _MOMENTS | SELECTS
) | frozenset(MULTI_SELECTS)

_ALWAYS = frozenset({"type", "action_id"})
_ASKING = _ALWAYS | {"placeholder", "focus_on_load"}
_KEYS: dict[str, frozenset[str]] = {
    "button": _ALWAYS | {"text", "url", "value", "style", "confirm", "accessibility_label"},
    "image": frozenset({"type", "image_url", "alt_text", "slack_file"}),
    "overflow": _ALWAYS | {"options", "confirm"},
    "checkboxes": _ALWAYS | {"options", "initial_options", "confirm", "focus_on_load"},
    "radio_buttons": _ALWAYS | {"options", "initial_option", "confirm", "focus_on_load"},
    "datepicker": _ASKING | {"initial_date", "confirm"},
    "timepicker": _ASKING | {"initial_time", "confirm", "timezone"},
    "datetimepicker": _ALWAYS | {"initial_date_time", "confirm", "focus_on_load"},
    "plain_text_input": _ASKING | {"initial_value", "multiline", "min_length", "max_length", "dispatch_action_config"},
    "rich_text_input": _ASKING | {"initial_value", "dispatch_action_config"},
    "email_text_input": _ASKING | {"initial_value", "dispatch_action_config"},
    "url_text_input": _ASKING | {"initial_value", "dispatch_action_config"},
    "number_input": _ASKING
    | {"initial_value", "is_decimal_allowed", "min_value", "max_value", "dispatch_action_config"},
    "file_input": _ALWAYS | {"filetypes", "max_files"},
    "static_select": _ASKING | {"options", "option_groups", "initial_option", "confirm"},
    "external_select": _ASKING | {"initial_option", "min_query_length", "confirm"},
    "users_select": _ASKING | {"initial_user", "confirm"},
    "conversations_select": _ASKING
    | {
        "initial_conversation",
        "default_to_current_conversation",
        "confirm",
        "response_url_enabled",
        "filter",
    },
    "channels_select": _ASKING | {"initial_channel", "confirm", "response_url_enabled"},
    "multi_static_select": _ASKING | {"options", "option_groups", "initial_options", "confirm", "max_selected_items"},
    "multi_external_select": _ASKING | {"initial_options", "min_query_length", "confirm", "max_selected_items"},
    "multi_users_select": _ASKING | {"initial_users", "confirm", "max_selected_items"},
    "multi_conversations_select": _ASKING
    | {
        "initial_conversations",
        "default_to_current_conversation",
        "confirm",
        "max_selected_items",
        "filter",
    },
    "multi_channels_select": _ASKING | {"initial_channels", "confirm", "max_selected_items"},
}
_REQUIRED: dict[str, tuple[str, ...]] = {
    "button": ("text",),
    "image": ("alt_text",),
    "overflow": ("options",),
    "checkboxes": ("options",),
    "radio_buttons": ("options",),
    "number_input": ("is_decimal_allowed",),
}
_OPTION_COUNT = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}


def check_element(check: Checker, element: Any, here: str, allowed: Collection[str], seen: set[str]) -> None:
    """Check one element; `seen` holds the action_ids of its block, in which they must be unique."""
    if not isinstance(element, dict):
        check.problem("must be an object", here)
        return
    kind = str(element.get("type"))
    misplaced = kind in MODAL_ONLY and check.surface != "modal"
    if kind not in allowed or misplaced or (kind == "datetimepicker" and check.surface == "home"):
        check.problem(f"unsupported type: {kind}", f"{here}/type")
        return
    check.keys(element, here, _KEYS[kind], _REQUIRED.get(kind, ()))
    check.string(element.get("action_id"), f"{here}/action_id", 255)
    check.unique("action_id", element.get("action_id"), seen, f"{here}/action_id")
    if element.get("placeholder") is not None:
        check.text(element["placeholder"], f"{here}/placeholder", 150, ("plain_text",))
    if element.get("confirm") is not None:
        _check_confirm(check, element["confirm"], f"{here}/confirm")
    if element.get("focus_on_load"):
        check.focused += 1
        if check.focused > 1:
            check.problem("only one element may have `focus_on_load` set to true", f"{here}/focus_on_load")
    if kind == "button":
        _check_button(check, element, here)
    elif kind == "plain_text_input":
        _check_text_input(check, element, here)
    elif kind == "file_input":
        _check_file_input(check, element, here)
    elif kind == "image":
        check.string(element.get("alt_text"), f"{here}/alt_text", 2000)
        check.string(element.get("image_url"), f"{here}/image_url", 3000)
    elif kind in _OPTION_COUNT or kind in ("static_select", "multi_static_select"):
        _check_choices(check, element, here, kind)


def _check_button(check: Checker, button: Json, here: str) -> None:
    if button.get("text") is not None:
        check.text(button["text"], f"{here}/text", 75, ("plain_text",))
    check.string(button.get("value"), f"{here}/value", 2000, least=0)
    check.string(button.get("url"), f"{here}/url", 3000)
    check.string(button.get("accessibility_label"), f"{here}/accessibility_label", 75)
    if button.get("style") not in (None, "primary", "danger"):
        check.problem("must be one of: primary, danger", f"{here}/style")


def _check_text_input(check: Checker, element: Json, here: str) -> None:
    check.string(element.get("initial_value"), f"{here}/initial_value", 3000, least=0)
    for key in ("min_length", "max_length"):
        length = element.get(key)
        if length is not None and not (isinstance(length, int) and 0 <= length <= 3000):
            check.problem("must be less than 3001", f"{here}/{key}")


def _check_file_input(check: Checker, element: Json, here: str) -> None:
    most = element.get("max_files")
    if most is not None and not (isinstance(most, int) and 1 <= most <= 10):
        sentence = "must be less than 11" if isinstance(most, int) and most > 10 else "must be more than 0"
        check.problem(sentence, f"{here}/max_files")
    if element.get("filetypes") is not None:
        for index, filetype in enumerate(check.items(element["filetypes"], f"{here}/filetypes", 100)):
            if not isinstance(filetype, str):
                check.problem("must be a string", f"{here}/filetypes/{index}")


def _check_choices(check: Checker, element: Json, here: str, kind: str) -> None:
    marked = ("plain_text", "mrkdwn") if kind in _CHOICES else ("plain_text",)
    groups = element.get("option_groups")
    options: list[Any] = []
    if groups is not None:
        for index, group in enumerate(check.items(groups, f"{here}/option_groups", 100)):
            pointer = f"{here}/option_groups/{index}"
            if not isinstance(group, dict):
                check.problem("must be an object", pointer)
                continue
            check.text(group.get("label"), f"{pointer}/label", 75, ("plain_text",))
            options += _check_options(check, group.get("options"), f"{pointer}/options", 100, marked)
    elif element.get("options") is None:
        if kind not in _REQUIRED:
            check.problem("missing required field: options", here)
    else:
        most = _OPTION_COUNT.get(kind, 100)
        options = _check_options(check, element["options"], f"{here}/options", most, marked)
    initial: list[Any] = []
    if element.get("initial_options"):
        initial += check.items(element["initial_options"], f"{here}/initial_options", max(1, len(options)))
    if element.get("initial_option"):
        initial.append(element["initial_option"])
    values = [option.get("value") for option in options if isinstance(option, dict)]
    for option in initial:
        if not isinstance(option, dict) or option.get("value") not in values:
            check.problem("must match one of the options", f"{here}/initial_option")


def _check_options(check: Checker, options: Any, here: str, most: int, kinds: Collection[str]) -> list[Any]:
    found = check.items(options, here, most)
    for index, option in enumerate(found):
        pointer = f"{here}/{index}"
        if not isinstance(option, dict):
            check.problem("must be an object", pointer)
            continue
        check.keys(option, pointer, {"text", "value", "description", "url"}, ("text",))
        if option.get("text") is not None:
            check.text(option["text"], f"{pointer}/text", 75, kinds)
        # Slack has raised this to 150 for some elements; 75 is what every element and client accepts.
        check.string(option.get("value"), f"{pointer}/value", 75, least=0)
        if option.get("description") is not None:
            check.text(option["description"], f"{pointer}/description", 75, kinds)
    return found


def _check_confirm(check: Checker, confirm: Any, here: str) -> None:
    if not isinstance(confirm, dict):
        check.problem("must be an object", here)
        return
    check.keys(confirm, here, {"title", "text", "confirm", "deny", "style"}, ())
    for key, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        if confirm.get(key) is not None:
            kinds = ("plain_text", "mrkdwn") if key == "text" else ("plain_text",)
            check.text(confirm[key], f"{here}/{key}", most, kinds)
