"""Buttons and their values: made here, read back here, so that cards and handlers agree on them."""

from __future__ import annotations

from typing import Any

from bot.domain.actions import Action
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import shorten
from bot.domain.procedure import SPECS
from bot.domain.step_spec import StepKey
from bot.presentation import blocks

#: Prefixes of action IDs; handlers listen to these.
STEP_PREFIX = "step."
ENROLLMENT_PREFIX = "enrollment."

_PRIMARY = frozenset({Action.MARK_DONE, Action.MARK_SENT, Action.ITS_READY})
#: The words about the whole enrollment, by the end of their action ID.
ENROLLMENT_LABELS = {
    "edit": "Edit",
    "cancel": "Cancel enrollment",
    "resume": "Resume",
    "open": "Open",
    "audit": "History",
}


def format_value(enrollment_id: int, step: StepKey | None = None) -> str:
    """The value of a button: the enrollment's ID and the step's key, `42:key`, or `42` for the whole enrollment."""
    return f"{enrollment_id}:{step}" if step else str(enrollment_id)


def parse_value(value: str) -> tuple[int, StepKey | None]:
    """The enrollment and the step that a button's value names.

    Raises:
        ValueError: it is no value of ours.
    """
    number, _, step = value.partition(":")
    if step and step not in SPECS:
        raise ValueError(f"{value} names no step of the procedure")
    return int(number), step or None


def step_button(enrollment: Enrollment, step: StepKey, action: Action) -> dict[str, Any]:
    """The button for one action on one step; a screen reader hears which step it is for."""
    accessibility_label = shorten(f"{action.label}: {SPECS[step].title}", 75)
    value = format_value(enrollment.id, step)
    return blocks.button(
        action.label, f"{STEP_PREFIX}{action.value}", value, accessibility_label, primary=action in _PRIMARY
    )


def enrollment_button(enrollment: Enrollment, name: str) -> dict[str, Any]:
    """A button about the whole enrollment."""
    label = ENROLLMENT_LABELS[name]
    accessibility_label = shorten(f"{label}: {enrollment.account_name}", 75)
    return blocks.button(label, f"{ENROLLMENT_PREFIX}{name}", format_value(enrollment.id), accessibility_label)


def step_actions(enrollment: Enrollment, step: StepKey, actions: tuple[Action, ...]) -> blocks.Block:
    """A row of buttons for one step."""
    return blocks.actions([step_button(enrollment, step, action) for action in actions])
