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
STEP = "step."
WHOLE = "enrollment."

_PRIMARY = frozenset({Action.MARK_DONE, Action.MARK_SENT, Action.ITS_READY})
#: The words about the whole enrollment, by the end of their action ID.
WHOLE_LABELS = {
    "edit": "Edit",
    "cancel": "Cancel enrollment",
    "resume": "Resume",
    "open": "Open",
    "audit": "History",
}


def value_of(enrollment_id: int, step: StepKey | None = None) -> str:
    """The value of a button: the enrollment's ID and the step's key, `42:key`, or `42` for the whole enrollment."""
    return f"{enrollment_id}:{step}" if step else str(enrollment_id)


def read_value(value: str) -> tuple[int, StepKey | None]:
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
    heard = shorten(f"{action.label}: {SPECS[step].title}", 75)
    value = value_of(enrollment.id, step)
    return blocks.button(action.label, f"{STEP}{action.value}", value, heard, primary=action in _PRIMARY)


def whole_button(enrollment: Enrollment, name: str) -> dict[str, Any]:
    """A button about the whole enrollment."""
    label = WHOLE_LABELS[name]
    heard = shorten(f"{label}: {enrollment.account_name}", 75)
    return blocks.button(label, f"{WHOLE}{name}", value_of(enrollment.id), heard)


def step_actions(enrollment: Enrollment, step: StepKey, actions: tuple[Action, ...]) -> blocks.Block:
    """A row of buttons for one step."""
    return blocks.actions([step_button(enrollment, step, action) for action in actions])
