"""**It's ready**, **Skip** and **Reopen**: end a step's wait, skip or reopen a step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import SectionBlock

from bot.domain import transitions
from bot.domain.access import require_change
from bot.domain.actions import Action
from bot.domain.days import ON, day_at, usual_end
from bot.domain.enrollment import FINISHED, Enrollment, State
from bot.domain.errors import StepConflict
from bot.domain.procedure import SPECS
from bot.domain.step_spec import StepKey
from bot.presentation.buttons import ENROLLMENT_PREFIX, STEP_PREFIX
from bot.presentation.texts import day, escape
from handlers import forms
from handlers.card_copies import refresh_copies
from handlers.request import Request
from handlers.response import Response, replace_view
from handlers.router import Router
from handlers.value_inputs import read_day

EARLY = "waits.early"
SKIP = "waits.skip"
REOPEN = "waits.reopen"
CHOOSE_STEP = "waits.choose_step"


def register(router: Router) -> None:
    """Register the listeners of the buttons and of their forms."""
    router.action(f"{STEP_PREFIX}{Action.ITS_READY.value}", its_ready)
    router.action(f"{STEP_PREFIX}{Action.SKIP.value}", open_skip)
    router.action(f"{STEP_PREFIX}{Action.REOPEN.value}", open_reopen)
    router.action(f"{ENROLLMENT_PREFIX}reopen", choose_step)
    router.submission(CHOOSE_STEP, step_chosen)
    router.submission(EARLY, early)
    router.submission(SKIP, skip)
    router.submission(REOPEN, reopen)


def its_ready(request: Request) -> Response:
    """Confirm that the wait has ended; before it usually does, ask first."""
    enrollment_id, key = request.step_target_ids()
    enrollment = request.enrollments.get(request.workspace_id, enrollment_id)
    end = usual_end(enrollment, key, request.enrollments.now())
    if end is None:
        return refresh_copies(request, request.enrollments.confirm(request.caller(), enrollment_id, key))
    require_change(enrollment, request.actor(), key)
    return Response(view=_early_form(enrollment, key, end, request.enrollments.now()))


def _early_form(enrollment: Enrollment, key: StepKey, end: datetime, now: datetime) -> dict[str, Any]:
    spec = SPECS[key]
    words = (
        f"*{escape(enrollment.account_name)}*: {escape(spec.waiting_on)} usually need until {day(end)}. "
        f"Is it there already? _{escape(spec.confirm)}_"
    )
    today = {ON: day_at(now, enrollment.zone).isoformat()}
    return forms.modal(
        EARLY,
        Action.ITS_READY.label,
        [SectionBlock(text=words), forms.date(ON, "Ready since", today, optional=False)],
        submit="Yes, it's ready",
        metadata={"enrollment": enrollment.id, "step": key},
    )


def early(request: Request) -> Response:
    """Confirm that the wait has ended sooner than usual, since a day."""
    fields = forms.Fields(request.values)
    on = read_day(fields)
    fields.check()
    request.enrollments.confirm(request.caller(), *request.step_target_ids(), on)
    return Response()


def open_skip(request: Request) -> Response:
    """Open the form that asks for the reason."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN, State.WAITING, State.DUE)
    blocks = [
        SectionBlock(text=f"Skip *{escape(SPECS[key].title)}* for {escape(enrollment.account_name)}?"),
        forms.reason(hint="The card shows it."),
    ]
    metadata = {"enrollment": enrollment.id, "step": key}
    return Response(view=forms.modal(SKIP, "Skip", blocks, submit="Skip", metadata=metadata))


def skip(request: Request) -> Response:
    """Skip the step."""
    enrollment_id, key = request.step_target_ids()
    request.enrollments.skip(request.caller(), enrollment_id, key, forms.read_reason(request.values))
    return Response()


def choose_step(request: Request) -> Response:
    """Open the form that asks which step to reopen."""
    enrollment, _ = request.load_target()
    require_change(enrollment, request.actor())
    finished = [(step.key, SPECS[step.key].title) for step in enrollment.steps if step.state in FINISHED]
    if not finished:
        raise StepConflict("There's nothing to reopen: no step is done or skipped yet.")
    blocks = [forms.choice("step", "Step", finished, {}, hint="I ask again before I reopen it.", optional=False)]
    metadata = {"enrollment": enrollment.id}
    return Response(view=forms.modal(CHOOSE_STEP, "Reopen a step", blocks, submit="Next", metadata=metadata))


def step_chosen(request: Request) -> Response:
    """Replace the choice by the form that asks for confirmation."""
    enrollment, _ = request.load_target()
    require_change(enrollment, request.actor())
    return replace_view(_reopen_form(request, enrollment, str(request.values["step"])))


def open_reopen(request: Request) -> Response:
    """Open the form that names the steps to be locked again, and asks for confirmation."""
    enrollment, key = request.load_step_target()
    require_change(enrollment, request.actor())
    return Response(view=_reopen_form(request, enrollment, key))


def _reopen_form(request: Request, enrollment: Enrollment, key: StepKey) -> dict[str, Any]:
    transitions.require_state(enrollment, key, request.enrollments.now(), State.DONE, State.SKIPPED)
    locked = [f"• {escape(SPECS[later].title)}" for later in transitions.locks_again(enrollment, key)]
    consequence = "These steps have to wait for it again:\n" + "\n".join(locked) if locked else "No other step changes."
    words = (
        f"Reopen *{escape(SPECS[key].title)}* for {escape(enrollment.account_name)}?\n{consequence}\n"
        "Steps that somebody has already worked on stay as they are."
    )
    metadata = {"enrollment": enrollment.id, "step": key}
    blocks = [SectionBlock(text=words)]
    return forms.modal(REOPEN, "Reopen", blocks, submit="Reopen", metadata=metadata)


def reopen(request: Request) -> Response:
    """Reopen the step."""
    request.enrollments.reopen(request.caller(), *request.step_target_ids())
    return Response()
