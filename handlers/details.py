"""**Details** of a step: its assignee, target date, block and notes, in one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain import transitions
from bot.domain.access import may_assign, may_change, may_see, require_change
from bot.domain.actions import Action
from bot.domain.days import parse_day
from bot.domain.details import ASSIGNEE, BLOCKED_BY, BLOCKED_WHY, NOTE, TARGET, Blocker, detail_values
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import NeedsConfirmation, StepConflict
from bot.domain.inputs import MAX_NAME, MAX_SENTENCE, parse_line
from bot.domain.lifecycle import require_live
from bot.domain.shown_values import shown
from bot.domain.step_spec import StepKey
from bot.handlers import forms
from bot.handlers.request import SHOWN, Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.handlers.step_headings import step_heading
from bot.language.spoken import gettext
from bot.presentation import card, texts
from bot.presentation.buttons import STEP_PREFIX

SAVE = "details.save"
CHOOSE_STEP = "details.choose_step"
#: The option for a step that nothing blocks.
_NOBODY = "nobody"
_ASSIGNEE_HINT = "Acts on this step, and gets its reminders instead of the owner. Choose the owner to end that."
BLOCKERS = [(_NOBODY, "Nobody"), *((party.value, f"{party.words[0].upper()}{party.words[1:]}") for party in Blocker)]


def register(router: Router) -> None:
    """Register the listeners of the button and of the forms."""
    router.action(f"{STEP_PREFIX}{Action.DETAILS.value}", open_form)
    router.submission(CHOOSE_STEP, step_chosen)
    router.submission(SAVE, save)


def open_form(request: Request) -> Response:
    """Open the form, if the step is not over and the person may act on it."""
    enrollment, key = request.load_target_for_change()
    return Response(view=_view(request, enrollment, key))


def open_for(request: Request, enrollment: Enrollment) -> Response:
    """Open the form of the only step that the person may act on now; with several, ask which one."""
    require_live(enrollment)
    actor = request.actor()
    under_way = [step.key for step, _ in card.next_actions(enrollment, request.enrollments.now())]
    steps = [key for key in under_way if may_change(enrollment, actor, key)]
    if not steps:
        require_change(enrollment, actor)
        raise StepConflict(gettext("Every step is done or skipped, so there are no details to change."))
    if len(steps) == 1:
        return Response(view=_view(request, enrollment, steps[0]))
    options = [(key, enrollment.spec(key).title) for key in steps]
    blocks = [forms.choice("step", "Step", options, {}, hint="Its details come next.", optional=False)]
    metadata = {"enrollment": enrollment.id}
    return Response(view=forms.modal(CHOOSE_STEP, Action.DETAILS.label, blocks, submit="Next", metadata=metadata))


def step_chosen(request: Request) -> Response:
    """Replace the choice by the form of that step."""
    enrollment, _ = request.load_target()
    key = str(request.values["step"])
    require_change(enrollment, request.actor(), key)
    return replace_view(_view(request, enrollment, key))


def _view(request: Request, enrollment: Enrollment, key: StepKey) -> dict[str, Any]:
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN, State.WAITING, State.DUE)
    return build(enrollment, key, assigns=may_assign(enrollment, request.actor(), key))


def build(
    enrollment: Enrollment,
    key: StepKey,
    typed: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    *,
    assigns: bool = True,
) -> dict[str, Any]:
    """The form with what was typed so far; without it, with what is recorded. The last note stands above it.

    Args:
        assigns: whether the person may say who does the step.
    """
    values = detail_values(enrollment, key)
    known = typed if typed is not None else {name: each.value for name, each in values.items()}
    blocks: list[Block] = [
        SectionBlock(text=step_heading(enrollment, key)),
        *([forms.person(ASSIGNEE, "Assignee", known, optional=True, hint=_ASSIGNEE_HINT)] if assigns else []),
        forms.date(TARGET, "Target date", known, hint="I ask once on that day."),
        forms.choice(
            BLOCKED_BY,
            "Blocked by",
            forms.translated(BLOCKERS),
            known,
            hint="It ends when somebody acts on the step.",
        ),
        forms.text(BLOCKED_WHY, "Why is it blocked?", known, optional=True, longest=MAX_NAME),
        forms.text(NOTE, "Add a note", typed, optional=True, lines=True, longest=MAX_SENTENCE),
    ]
    if enrollment.step(key).note:
        blocks.append(SectionBlock(text=texts.say("details/last_note", step=enrollment.step(key))))
    metadata = {"enrollment": enrollment.id, "step": key, SHOWN: asdict(shown(enrollment, values))}
    return forms.modal(SAVE, Action.DETAILS.label, blocks, metadata=metadata, warnings=warnings)


def save(request: Request) -> Response:
    """Store the form."""
    enrollment, key = request.load_target_for_change()
    typed = request.values
    given = _parse(request, enrollment, key, typed)
    try:
        saved = request.enrollments.change_details(request.caller(), enrollment.id, key, given)
    except NeedsConfirmation as question:
        assigns = may_assign(enrollment, request.actor(), key)
        return replace_view(build(enrollment, key, typed, question.warnings, assigns=assigns))
    if not may_see(saved, request.actor(), key):  # they have handed on what they saw it for
        return Response(ack={"response_action": "clear"})
    return Response()


def _parse(request: Request, enrollment: Enrollment, key: StepKey, typed: Mapping[str, Any]) -> dict[str, str | None]:
    """The values of the form; raises `InvalidForm` with every fault."""
    fields, assignee, party = forms.Fields(typed), typed.get(ASSIGNEE), typed.get(BLOCKED_BY)
    target = fields.optional(TARGET, parse_day)
    why = fields.optional(BLOCKED_WHY, lambda raw: parse_line(raw, "the reason"))
    note = fields.optional(NOTE, lambda raw: parse_line(raw, "a note", MAX_SENTENCE))
    if assignee and assignee not in (enrollment.owner, enrollment.step(key).assignee):
        fault = request.workspace.rights.why_not_full_member(assignee)
        fields.faults |= {ASSIGNEE: fault} if fault is not None else {}
    fields.check()
    chosen = {ASSIGNEE: assignee} if ASSIGNEE in typed else {}  # the form may have been drawn without it
    return chosen | {
        TARGET: target.isoformat() if target else None,
        BLOCKED_BY: party if party != _NOBODY else None,
        BLOCKED_WHY: why,
        NOTE: note,
    }
