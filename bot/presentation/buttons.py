"""Buttons of cards: action IDs, labels and values. A value holds the ID of an enrollment and optionally a step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.domain.actions import Action
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import shorten
from bot.domain.step_spec import StepKey
from bot.language.spoken import gettext
from bot.presentation import blocks

#: Prefixes of the action IDs that handlers listen to: of a step's buttons, of buttons of the whole enrollment.
STEP_PREFIX = "step."
ENROLLMENT_PREFIX = "enrollment."
#: The action ID of every overflow menu; its options name the button that each of them stands for.
MENU = "menu"

#: The action ID of the button that exports the list of enrollments, and its label.
EXPORT_LIST, EXPORT_LIST_LABEL = "export.list", "Export list"

_PRIMARY = frozenset({Action.MARK_DONE, Action.MARK_SENT, Action.ITS_READY})
#: Actions that stand in the menu at the end of a step's row.
_SELDOM = frozenset({Action.CORRECT, Action.REMIND_LATER, Action.DETAILS, Action.CUSTOM_WORKFLOW, Action.ADD_ACCOUNTS})
#: Labels of the buttons of the whole enrollment, by the part of the action ID after the prefix.
ENROLLMENT_LABELS = {
    "edit": "Edit",
    "cancel": "Cancel enrollment",
    "resume": "Resume",
    "open": "Open",
    "audit": "History",
    "export": "Export",
    "undo": "Undo",
    "reopen": "Reopen a step…",
    "timeline": "Show timeline",
    "calendar": "Add to calendar",
    "lists": "See the lists",
    "check_data": "Check data",
    "more": "More…",
}
#: What the entries behind **More…** do, beside their buttons.
ENROLLMENT_HELP = {
    "edit": "Change the name, the people or the channel.",
    "cancel": "End it without finishing.",
    "lists": "Pairs, end customers, subsets, billing workflows and AWS accounts: search, edit and remove.",
    "check_data": "What is wrong or may be a mistake in the lists, before a ticket goes out.",
    "audit": "What happened, who did it, and when.",
    "export": "All that is recorded, as a file in a direct message.",
    "timeline": "A picture of what each step took and what is expected, in the card's thread.",
    "calendar": "The dates as a file for your calendar, and a private feed.",
}
#: Options of an overflow menu, at most.
_MOST_OPTIONS = 5


def format_value(enrollment_id: int, step: StepKey | None = None) -> str:
    """The value of a button: the enrollment's ID and the step's key, `42:key`, or `42` for the whole enrollment."""
    return f"{enrollment_id}:{step}" if step else str(enrollment_id)


def parse_value(value: str) -> tuple[int, StepKey | None]:
    """The enrollment's ID and the step of a button's value.

    Raises:
        ValueError: `format_value` has not made it.
    """
    enrollment_id, _, step = value.partition(":")
    if not re.fullmatch(r"[a-z0-9_]*", step):
        raise ValueError(f"{value} names no step")
    return int(enrollment_id), step or None


def step_button(enrollment: Enrollment, step: StepKey, action: Action) -> dict[str, Any]:
    """The button for an action on a step; its accessibility label names the step."""
    label = label_of(enrollment, step, action)
    accessibility_label = shorten(f"{label}: {enrollment.spec(step).title}", 75)
    value = format_value(enrollment.id, step)
    return blocks.button(label, f"{STEP_PREFIX}{action.value}", value, accessibility_label, primary=action in _PRIMARY)


def label_of(enrollment: Enrollment, step: StepKey, action: Action) -> str:
    """The words on a step's button: "Text for the MSP" names the party that does the step."""
    if action is not Action.PARTY_TEXT:
        return gettext(action.label)
    return shorten(gettext("Text for {party}").format(party=enrollment.procedure.turn(step, "")), 75)


def enrollment_button(enrollment: Enrollment, name: str) -> dict[str, Any]:
    """A button of the whole enrollment."""
    label = gettext(ENROLLMENT_LABELS[name])
    accessibility_label = shorten(f"{label}: {enrollment.account_name}", 75)
    return blocks.button(label, f"{ENROLLMENT_PREFIX}{name}", format_value(enrollment.id), accessibility_label)


def enrollment_menu(enrollment: Enrollment, names: Sequence[str]) -> dict[str, Any]:
    """The overflow menu with actions of the whole enrollment; **More…** stands for those that have no room."""
    shown = [name for name in names if name not in beyond_menu(names)]
    shown += ["more"] if len(shown) < len(names) else []
    value = format_value(enrollment.id)
    options = [(f"{ENROLLMENT_PREFIX}{name}|{value}", gettext(ENROLLMENT_LABELS[name])) for name in shown]
    return blocks.overflow(MENU, options)


def beyond_menu(names: Sequence[str]) -> Sequence[str]:
    """The actions for which the overflow menu has no room."""
    return () if len(names) <= _MOST_OPTIONS else names[_MOST_OPTIONS - 1 :]


def export_list_button() -> dict[str, Any]:
    """The button that exports the list of all enrollments that a person may see."""
    spoken = gettext("Export the list of enrollments as CSV")
    return blocks.button(gettext(EXPORT_LIST_LABEL), EXPORT_LIST, "list", spoken)


def parse_option(option: str) -> tuple[str, str]:
    """The action ID and the value of the button that an option of an overflow menu stands for."""
    action_id, _, value = option.partition("|")
    return action_id, value


def step_actions(
    enrollment: Enrollment, step: StepKey, actions: tuple[Action, ...], *, short: bool = False
) -> blocks.Block:
    """The row of buttons of a step, and behind three dots what is seldom needed; `short` leaves that out if it can."""
    row = [step_button(enrollment, step, action) for action in actions if action not in _SELDOM]
    seldom = [] if short and row else [action for action in actions if action in _SELDOM]
    if seldom:
        row.append(step_menu(enrollment, step, seldom))
    return blocks.actions(row)


def step_menu(enrollment: Enrollment, step: StepKey, actions: Sequence[Action]) -> dict[str, Any]:
    """The overflow menu with actions of a step, at most five."""
    value = format_value(enrollment.id, step)
    options = [(f"{STEP_PREFIX}{each.value}|{value}", label_of(enrollment, step, each)) for each in actions]
    return blocks.overflow(MENU, options)
