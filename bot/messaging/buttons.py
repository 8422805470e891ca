"""Buttons and their values: made here, read back here, so that cards and handlers agree on them."""

from __future__ import annotations

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject, PlainTextObject

from bot.domain.actions import Action
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import shorten
from bot.domain.procedure import SPECS, StepKey

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
    """What a button carries: `42:full_eco`, or `42` where it is about the whole enrollment."""
    return f"{enrollment_id}:{step.value}" if step else str(enrollment_id)


def read_value(value: str) -> tuple[int, StepKey | None]:
    """The enrollment and the step that a button's value names.

    Raises:
        ValueError: it is no value of ours.
    """
    number, _, step = value.partition(":")
    return int(number), StepKey(step) if step else None


def step_button(enrollment: Enrollment, step: StepKey, action: Action) -> ButtonElement:
    """The button for one action on one step; a screen reader hears which step it is for."""
    return ButtonElement(
        text=action.label,
        action_id=f"{STEP}{action.value}",
        value=value_of(enrollment.id, step),
        style="primary" if action in _PRIMARY else None,
        accessibility_label=shorten(f"{action.label}: {SPECS[step].title}", 75),
    )


def whole_button(enrollment: Enrollment, name: str) -> ButtonElement:
    """A button about the whole enrollment."""
    return ButtonElement(
        text=WHOLE_LABELS[name],
        action_id=f"{WHOLE}{name}",
        value=value_of(enrollment.id),
        accessibility_label=shorten(f"{WHOLE_LABELS[name]}: {enrollment.account_name}", 75),
    )


def step_actions(enrollment: Enrollment, step: StepKey, actions: tuple[Action, ...]) -> ActionsBlock:
    """A row of buttons for one step."""
    return ActionsBlock(elements=[step_button(enrollment, step, action) for action in actions])


def confirm(title: str, text: str, yes: str, no: str = "Back") -> ConfirmObject:
    """A dialog that asks before a button does anything."""
    return ConfirmObject(title=title, text=PlainTextObject(text=shorten(text, 300)), confirm=yes, deny=no)
