"""Building blocks of modals: inputs whose block ID is the field's name, and reading back what was typed.

A field that is drawn again (after a warning) gets what was typed as its initial value, so nothing is lost.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from slack_sdk.models.blocks import (
    Block,
    ConversationFilter,
    ConversationSelectElement,
    DatePickerElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    OptionGroup,
    PlainTextInputElement,
    SectionBlock,
    StaticMultiSelectElement,
    StaticSelectElement,
    UserMultiSelectElement,
    UserSelectElement,
)
from slack_sdk.models.views import View

from bot.domain.errors import InvalidForm, InvalidInput
from bot.domain.inputs import shorten
from bot.presentation.texts import escape

#: Every input has this action ID; its block ID is the field's name.
VALUE = "value"
#: A select shows at most this many options in a group, and this many groups.
_OPTIONS = 100
#: Bytes of all options of a field together, and of one beside its words.
_ROOM = 25_000
_OPTION_BYTES = 90

Typed = Mapping[str, Any]
T = TypeVar("T")


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str | None = "Save",
    close: str = "Cancel",
    metadata: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """A modal; with warnings it says so on top, and carries them so that submitting again confirms them."""
    carried = dict(metadata or {})
    if warnings:
        carried["warnings"] = list(warnings)
        words = "\n".join(f":warning: {escape(warning)}" for warning in warnings)
        words += "\n*Submit again to confirm, or correct it below.*"
        blocks = [SectionBlock(block_id="warnings", text=shorten(words, 3000)), *blocks]
    return View(
        type="modal",
        callback_id=callback_id,
        title=shorten(title, 24),
        submit=submit,
        close=close if submit else "Close",
        private_metadata=_packed(carried),
        blocks=list(blocks),
    ).to_dict()


def notice(title: str, text: str) -> dict[str, Any]:
    """A modal that only says something."""
    return modal("notice", title, [SectionBlock(text=text)], submit=None)


def carrying(view: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The view with something more to carry."""
    carried = {**metadata_of(view), **more}
    return {**view, "private_metadata": _packed(carried)}


def _packed(carried: Mapping[str, Any]) -> str:
    # Slack counts characters: letters beyond ASCII must not be spelled out.
    return json.dumps(carried, separators=(",", ":"), ensure_ascii=False)


def metadata_of(view: Mapping[str, Any]) -> dict[str, Any]:
    """What `modal` was given to carry."""
    carried = view.get("private_metadata") or "{}"
    return dict(json.loads(carried))


def _input(field: str, label: str, element: InputInteractiveElement, optional: bool, hint: str | None) -> InputBlock:
    return InputBlock(block_id=field, label=label, element=element, optional=optional, hint=hint)


def text(
    field: str,
    label: str,
    typed: Typed | None = None,
    *,
    optional: bool = False,
    lines: bool = False,
    hint: str | None = None,
    placeholder: str | None = None,
    longest: int | None = None,
) -> InputBlock:
    """A line of text, or a field of several lines."""
    element = PlainTextInputElement(
        action_id=VALUE,
        initial_value=(typed or {}).get(field) or None,
        multiline=lines,
        max_length=longest,
        placeholder=placeholder,
    )
    return _input(field, label, element, optional, hint)


def date(
    field: str, label: str, typed: Typed | None = None, *, optional: bool = True, hint: str | None = None
) -> InputBlock:
    """A day."""
    element = DatePickerElement(action_id=VALUE, initial_date=(typed or {}).get(field) or None)
    return _input(field, label, element, optional, hint)


def person(field: str, label: str, typed: Typed | None = None) -> InputBlock:
    """One person of the workspace."""
    element = UserSelectElement(action_id=VALUE, initial_user=(typed or {}).get(field) or None)
    return _input(field, label, element, False, None)


def people(field: str, label: str, typed: Typed | None = None, hint: str | None = None) -> InputBlock:
    """Any number of people."""
    element = UserMultiSelectElement(action_id=VALUE, initial_users=list((typed or {}).get(field) or ()) or None)
    return _input(field, label, element, True, hint)


def channel(field: str, label: str, typed: Typed | None = None, hint: str | None = None) -> InputBlock:
    """A public or private channel; where the form was opened in one, that one is proposed."""
    initial = (typed or {}).get(field) or None
    element = ConversationSelectElement(
        action_id=VALUE,
        initial_conversation=initial,
        default_to_current_conversation=None if initial else True,
        filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
    )
    return _input(field, label, element, False, hint)


def choice(
    field: str,
    label: str,
    options: Sequence[tuple[str, str]],
    typed: Typed | None = None,
    *,
    optional: bool = False,
    hint: str | None = None,
) -> InputBlock:
    """One of a few (value, words)."""
    made = [Option(value=value, text=shorten(words, 75)) for value, words in options]
    chosen = (typed or {}).get(field)
    initial = next((option for option in made if option.value == chosen), None)
    element = StaticSelectElement(action_id=VALUE, options=made, initial_option=initial)
    return _input(field, label, element, optional, hint)


def choices(
    field: str,
    label: str,
    options: Sequence[tuple[str, str]],
    typed: Typed | None = None,
    *,
    optional: bool = False,
    hint: str | None = None,
) -> InputBlock:
    """Any number of many (value, words); more than a hundred come in numbered groups.

    The initial choice has to be made of the same options that are offered, or Slack refuses the view.
    """
    made = [Option(value=value, text=shorten(words, 75)) for value, words in options]
    chosen = set((typed or {}).get(field) or ())
    initial = [option for option in made if option.value in chosen] or None
    if len(made) <= _OPTIONS:
        element = StaticMultiSelectElement(action_id=VALUE, options=made, initial_options=initial)
    else:
        groups = [
            OptionGroup(
                label=f"{start + 1} to {min(start + _OPTIONS, len(made))}",
                options=made[start : start + _OPTIONS],
            )
            for start in range(0, len(made), _OPTIONS)
        ]
        element = StaticMultiSelectElement(action_id=VALUE, option_groups=groups, initial_options=initial)
    return _input(field, label, element, optional, hint)


def key_of(words: str) -> str:
    """A short name for an option, by what it says: a place in a list may be another entry's by the time it is used."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def fits(options: Sequence[tuple[str, str]]) -> bool:
    """Whether a form can offer all of these.

    Slack takes 250 KB, but its client for Socket Mode cannot answer with more than 64 KB, and an option that is
    chosen is there twice.
    """
    return sum(_OPTION_BYTES + len(json.dumps(shorten(words, 75))) for _, words in options) <= _ROOM


def read_state(view: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, by field: a text, an ID, a date, a chosen value, or a list of them; None where left out."""
    values: Mapping[str, Mapping[str, Any]] = (view.get("state") or {}).get("values") or {}
    return {field: _read(next(iter(element.values()))) for field, element in values.items() if element}


def _read(element: Mapping[str, Any]) -> Any:
    for name in ("value", "selected_date", "selected_user", "selected_conversation", "selected_channel"):
        if name in element:
            return element[name]
    for name in ("selected_users", "selected_conversations"):
        if name in element:
            return list(element[name] or ())
    if "selected_option" in element:
        option = element["selected_option"]
        return option["value"] if option else None
    if "selected_options" in element:
        return [option["value"] for option in element["selected_options"] or ()]
    return None


def first_field(view: Mapping[str, Any]) -> str | None:
    """The first input of a form: where a fault is shown that belongs to none of them."""
    return next((block["block_id"] for block in view.get("blocks", ()) if block.get("type") == "input"), None)


def readable(said: str, name_of: Callable[[str], str], place_of: Callable[[str], str]) -> str:
    """A sentence for a place that shows plain text: people and channels by name instead of `<@ID>` and `<#ID>`."""
    named = re.sub(r"<@([A-Z0-9]+)>", lambda match: name_of(match[1]), said)
    return re.sub(r"<#([A-Z0-9]+)>", lambda match: place_of(match[1]), named)


class Fields:
    """Reads the fields of a form one after the other and keeps every fault for its field."""

    def __init__(self, typed: Mapping[str, Any]) -> None:
        self._typed = typed
        self.faults: dict[str, str] = {}

    def take(self, field: str, parse: Callable[[str], T]) -> T | None:
        """The value of a field; None, and a fault that is kept, where it cannot be read."""
        try:
            return parse(self._typed.get(field) or "")
        except InvalidInput as fault:
            self.faults[field] = str(fault)
            return None

    def optional(self, field: str, parse: Callable[[str], T]) -> T | None:
        """The same for a field that may be left empty."""
        return self.take(field, parse) if (self._typed.get(field) or "").strip() else None

    def check(self) -> None:
        """Raise `InvalidForm` with all faults, if there are any."""
        if self.faults:
            raise InvalidForm(self.faults)
