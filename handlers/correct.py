"""**Correct**: change the day of a waiting step and what it collected, or take its act back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import Block, CheckboxesElement, InputBlock, Option, SectionBlock

from bot.domain import transitions
from bot.domain.actions import Action
from bot.domain.corrections import day_of_act
from bot.domain.days import ON, day_field
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import NeedsConfirmation
from bot.domain.step_spec import StepKey
from bot.handlers import forms, value_inputs
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.handlers.step_headings import step_heading
from bot.language.spoken import gettext
from bot.presentation.buttons import STEP_PREFIX

SUBMIT = "acts.correct"
#: The checkbox that takes the act back, and its value.
TAKE_BACK = "take_back"
YES = "yes"


def register(router: Router) -> None:
    """Register the listeners of the button and of the form."""
    router.action(f"{STEP_PREFIX}{Action.CORRECT.value}", open_form)
    router.submission(SUBMIT, submitted)


def open_form(request: Request) -> Response:
    """Open the form, if the step waits and the person may act."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.WAITING, State.DUE)
    return Response(view=build(enrollment, key))


def build(
    enrollment: Enrollment, key: StepKey, typed: Mapping[str, Any] | None = None, warnings: Sequence[str] = ()
) -> dict[str, Any]:
    """The form; without `typed` it begins with what is recorded."""
    spec, known = enrollment.spec(key), _recorded(enrollment, key)
    blocks = [
        SectionBlock(text=step_heading(enrollment, key)),
        *value_inputs.inputs(enrollment, spec.collects, typed, None, known),
        *value_inputs.day_input(spec, typed if typed is not None else known),
        _take_back_input(bool(spec.ticket), typed or {}),
    ]
    metadata = value_inputs.metadata(enrollment, key)
    return forms.modal(SUBMIT, Action.CORRECT.label, blocks, submit="Save", metadata=metadata, warnings=warnings)


def _recorded(enrollment: Enrollment, key: StepKey) -> dict[str, str]:
    """What the step has collected, and the day of its act under the name of the field that holds it."""
    day, field = day_of_act(enrollment, key), day_field(enrollment.spec(key))
    known = dict(enrollment.step(key).values)
    return known | {field.key if field else ON: day.isoformat()} if day else known


def _take_back_input(is_ticket: bool, typed: Mapping[str, Any]) -> Block:
    words = (
        gettext("Take it back: it was not sent. This opens the step again.")
        if is_ticket
        else gettext("Take it back: it was not done. This opens the step again.")
    )
    option = Option(value=YES, text=words)
    chosen = [option] if YES in (typed.get(TAKE_BACK) or ()) else None
    element = CheckboxesElement(action_id=forms.VALUE, options=[option], initial_options=chosen)
    return InputBlock(block_id=TAKE_BACK, label=gettext("Marked by mistake?"), element=element, optional=True)


def submitted(request: Request) -> Response:
    """Store the correction, or take the act back."""
    enrollment, key = request.load_step_target()
    typed = request.values
    if YES in (typed.get(TAKE_BACK) or ()):
        request.enrollments.take_back(request.caller(), enrollment.id, key)
        return Response()
    values, on = value_inputs.read_act(enrollment, key, typed)
    try:
        request.enrollments.correct(request.caller(), enrollment.id, key, values, on)
    except NeedsConfirmation as question:
        return replace_view(build(enrollment, key, typed, question.warnings))
    return Response()
