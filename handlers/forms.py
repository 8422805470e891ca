"""Modals and their inputs, and reading back what a person typed.

The block ID of an input is the field's name. An input that is drawn again, after a warning, keeps what was typed.
Titles, buttons, labels, hints and placeholders are given in English and looked up here, in the language that is spoken;
the texts of sections and the words of options come as they are to be read.
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
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
    SectionBlock,
    StaticMultiSelectElement,
    StaticSelectElement,
    UserMultiSelectElement,
    UserSelectElement,
)
from slack_sdk.models.views import View

from bot.domain.errors import InvalidForm, InvalidInput
from bot.domain.inputs import MAX_SENTENCE, parse_line, shorten
from bot.domain.sentences import told
from bot.handlers import speech
from bot.language.spoken import gettext
from bot.presentation.texts import escape

#: Every input has this action ID; its block ID is the field's name.
VALUE = "value"
#: A select shows at most this many options in a group, and this many groups.
_OPTIONS = 100
#: Bytes of all options of a field together, and of one beside its words.
_ROOM, _OPTION_BYTES = 25_000, 90

Typed = Mapping[str, Any]
Options = Sequence[tuple[str, str]]  # (value, words) of each
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
    """A modal. Warnings stand on top and in the metadata; submitting by “… anyway” confirms them."""
    button = gettext(submit) if submit else None
    if warnings:
        metadata = {**(metadata or {}), "warnings": list(warnings)}
        words = "\n".join(f":warning: {_with_mentions(escape(told(warning)))}" for warning in warnings)
        button = gettext("{button} anyway").format(button=button) if button else None
        blocks = [SectionBlock(block_id="warnings", text=shorten(words, 3000)), *blocks]
    return View(
        type="modal",
        callback_id=callback_id,
        title=shorten(gettext(title), 24),
        submit=button,
        close=gettext(close if button else "Close"),
        private_metadata=_as_json({**(metadata or {}), **speech.kept()}),
        blocks=list(blocks),
    ).to_dict()


def _with_mentions(escaped: str) -> str:
    """The mentions of an escaped sentence; in quotes, where typed text stands, `<@U1>` stays text."""
    return re.sub(r"“[^”]*”|&lt;([@#][A-Z0-9]+)&gt;", lambda found: f"<{found[1]}>" if found[1] else found[0], escaped)


def notice(title: str, text: str) -> dict[str, Any]:
    """A modal that only says something."""
    return modal("notice", title, [SectionBlock(text=text)], submit=None)


def with_metadata(view: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a modal with more metadata."""
    return {**view, "private_metadata": _as_json({**metadata_of(view), **more})}


def metadata_of(view: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata that a modal was built with."""
    return dict(json.loads(view.get("private_metadata") or "{}"))


def _as_json(metadata: Mapping[str, Any]) -> str:
    # Slack counts characters: letters beyond ASCII must not be spelled out.
    return json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)


def reason(hint: str | None = None) -> InputBlock:
    """The field for a reason; `read_reason` reads it."""
    return text("reason", "Reason", longest=MAX_SENTENCE, hint=hint)


def read_reason(typed: Typed) -> str:
    """The reason that was typed; raises `InvalidForm` without one."""
    return read_field(typed, "reason", lambda raw: parse_line(raw, "a reason", MAX_SENTENCE))


def _input(field: str, label: str, element: InputInteractiveElement, optional: bool, hint: str | None) -> InputBlock:
    hint = gettext(hint) if hint else None
    return InputBlock(block_id=field, label=gettext(label), element=element, optional=optional, hint=hint)


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
        placeholder=gettext(placeholder) if placeholder else None,
    )
    return _input(field, label, element, optional, hint)


def date(field: str, label: str, typed: Typed, *, optional: bool = True, hint: str | None = None) -> InputBlock:
    """A day."""
    element = DatePickerElement(action_id=VALUE, initial_date=typed.get(field) or None)
    return _input(field, label, element, optional, hint)


def verbatim(block_id: str, text: str) -> RichTextBlock:
    """A text to be copied as it stands."""
    whole = RichTextPreformattedElement(elements=[RichTextElementParts.Text(text=text)])
    return RichTextBlock(block_id=block_id, elements=[whole])


def person(field: str, label: str, typed: Typed, *, optional: bool = False, hint: str | None = None) -> InputBlock:
    """One person of the workspace."""
    element = UserSelectElement(action_id=VALUE, initial_user=typed.get(field) or None)
    return _input(field, label, element, optional, hint)


def people(field: str, label: str, typed: Typed, hint: str | None = None) -> InputBlock:
    """Any number of people."""
    element = UserMultiSelectElement(action_id=VALUE, initial_users=list(typed.get(field) or ()) or None)
    return _input(field, label, element, True, hint)


def channel(field: str, label: str, typed: Typed, hint: str) -> InputBlock:
    """A public or private channel; by default the one in which the form was opened."""
    initial = typed.get(field) or None
    element = ConversationSelectElement(
        action_id=VALUE,
        initial_conversation=initial,
        default_to_current_conversation=None if initial else True,
        filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
    )
    return _input(field, label, element, False, hint)


def choice(
    field: str, label: str, options: Options, typed: Typed, hint: str | None, *, optional: bool = True
) -> InputBlock:
    """At most one of some (value, words); more than a hundred come in numbered groups."""
    made, offered = _options(options)
    initial = next((option for option in made if option.value == typed.get(field)), None)
    element = StaticSelectElement(action_id=VALUE, **offered, initial_option=initial)
    return _input(field, label, element, optional, hint)


def choices(
    field: str,
    label: str,
    options: Options,
    typed: Typed | None = None,
    *,
    optional: bool = False,
    hint: str | None = None,
) -> InputBlock:
    """Any number of many (value, words); more than a hundred come in numbered groups.

    The initial choice has to be made of the same options that are offered, or Slack refuses the view.
    """
    (made, offered), chosen = _options(options), set((typed or {}).get(field) or ())
    initial = [option for option in made if option.value in chosen] or None
    element = StaticMultiSelectElement(action_id=VALUE, **offered, initial_options=initial)
    return _input(field, label, element, optional, hint)


def translated(options: Options) -> Options:
    """Options with fixed English words, in the language that is spoken; their values stay."""
    return [(value, gettext(words)) for value, words in options]


def _options(options: Options) -> tuple[list[Option], dict[str, Any]]:
    """The options of a select, and how it offers them: in groups where there are too many for one."""
    made = [Option(value=value, text=shorten(words, 75)) for value, words in options]
    if len(made) <= _OPTIONS:
        return made, {"options": made}
    parts = {at: made[at : at + _OPTIONS] for at in range(0, len(made), _OPTIONS)}
    label = gettext("{first} to {last}")
    groups = [OptionGroup(label=label.format(first=at + 1, last=at + len(of)), options=of) for at, of in parts.items()]
    return made, {"option_groups": groups}


def key_of(words: str) -> str:
    """The value of an option, made from its words: its place in a list may be another entry's when it is chosen."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def fits(options: Options) -> bool:
    """Whether a form can offer all of these.

    Slack takes 250 KB, but its client for Socket Mode cannot answer with more than 64 KB, and an option that is
    chosen is there twice.
    """
    return sum(_OPTION_BYTES + len(json.dumps(shorten(words, 75))) for _, words in options) <= _ROOM


def read_state(view: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a submitted form, by field: a text, ID, date, chosen value, or a list of them or of files."""
    values: Mapping[str, Mapping[str, Any]] = (view.get("state") or {}).get("values") or {}
    return {field: _read(next(iter(element.values()))) for field, element in values.items() if element}


def _read(element: Mapping[str, Any]) -> Any:
    for name in ("value", "selected_date", "selected_user", "selected_conversation", "files"):
        if name in element:
            return element[name]
    if "selected_users" in element:
        return list(element["selected_users"] or ())
    if "selected_option" in element:
        option = element["selected_option"]
        return option["value"] if option else None
    if "selected_options" in element:
        return [option["value"] for option in element["selected_options"] or ()]
    return None


def first_field(view: Mapping[str, Any]) -> str | None:
    """The name of a form's first input, which shows faults of no field; None without one. Not one that redraws it."""
    inputs = (b for b in view.get("blocks", ()) if b.get("type") == "input" and not b.get("dispatch_action"))
    return next((b["block_id"] for b in inputs), None)


def read_field(typed: Typed, field: str, parse: Callable[[str], T]) -> T:
    """The value of a form's only field; raises `InvalidForm`."""
    try:
        return parse(typed.get(field) or "")
    except InvalidInput as fault:
        raise InvalidForm({field: str(fault)}) from fault


class Fields:
    """Reads the fields of a form one after the other and collects their faults, so that all are shown at once."""

    def __init__(self, typed: Mapping[str, Any]) -> None:
        self._typed = typed
        self.faults: dict[str, str] = {}

    def take(self, field: str, parse: Callable[[str], T]) -> T | None:
        """The value of a field; None if it is faulty."""
        try:
            return parse(self._typed.get(field) or "")
        except InvalidInput as fault:
            self.faults[field] = str(fault)
            return None

    def optional(self, field: str, parse: Callable[[str], T]) -> T | None:
        """The value of a field that may be left empty; None if it is, or is faulty."""
        return self.take(field, parse) if (self._typed.get(field) or "").strip() else None

    def check(self) -> None:
        """Raise `InvalidForm` with all faults, if there are any."""
        if self.faults:
            raise InvalidForm(self.faults)
