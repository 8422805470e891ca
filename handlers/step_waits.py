"""**It's ready**, **Still waiting**, **Skip** and **Reopen**: end or prolong a step's wait, skip or reopen a step."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import SectionBlock

from bot.domain import transitions
from bot.domain.access import require_change
from bot.domain.actions import Action
from bot.domain.enrollment import FINISHED, Enrollment, State
from bot.domain.errors import StepConflict
from bot.domain.procedure import SPECS
from bot.domain.schedule import parse_duration
from bot.domain.step_spec import StepKey
from bot.presentation.buttons import ENROLLMENT_PREFIX, STEP_PREFIX
from bot.presentation.texts import escape, moment
from handlers import forms
from handlers.card_copies import refresh_copies
from handlers.request import Request, Response, replace_view
from handlers.router import Router

STILL_WAITING = "waits.still_waiting"
SKIP = "waits.skip"
REOPEN = "waits.reopen"
CHOOSE_STEP = "waits.choose_step"

_DEFAULT_SPAN = "2d"


def register(router: Router) -> None:
    """Register the listeners of the buttons and of their forms."""
    router.action(f"{STEP_PREFIX}{Action.ITS_READY.value}", its_ready)
    router.action(f"{STEP_PREFIX}{Action.STILL_WAITING.value}", open_still_waiting)
    router.action(f"{STEP_PREFIX}{Action.SKIP.value}", open_skip)
    router.action(f"{STEP_PREFIX}{Action.REOPEN.value}", open_reopen)
    router.action(f"{ENROLLMENT_PREFIX}reopen", choose_step)
    router.submission(CHOOSE_STEP, step_chosen)
    router.submission(STILL_WAITING, still_waiting)
    router.submission(SKIP, skip)
    router.submission(REOPEN, reopen)


def its_ready(request: Request) -> Response:
    """Confirm that the wait has ended; there is no form."""
    return refresh_copies(request, request.enrollments.confirm(request.caller(), *request.step_target_ids()))


def open_still_waiting(request: Request) -> Response:
    """Open the form that asks for the time until the next reminder."""
    enrollment, key = request.load_target_for_change()
    now = request.enrollments.now()
    step = transitions.require_state(enrollment, key, now, State.WAITING, State.DUE)
    window = f" The window ends {moment(step.latest)}; it stays." if step.latest and step.latest > now else ""
    blocks = [
        SectionBlock(text=f"*{escape(SPECS[key].title)}* of {escape(enrollment.account_name)}.{window}"),
        forms.text("span", "Remind me again in", {"span": _DEFAULT_SPAN}, hint="For example 12h, 3d, 1w."),
    ]
    metadata = {"enrollment": enrollment.id, "step": key}
    return Response(view=forms.modal(STILL_WAITING, "Still waiting", blocks, metadata=metadata))


def still_waiting(request: Request) -> Response:
    """Postpone the next reminder."""
    enrollment_id, key = request.step_target_ids()
    span = forms.read_field(request.values, "span", parse_duration)
    request.enrollments.still_waiting(request.caller(), enrollment_id, key, span)
    return Response()


def open_skip(request: Request) -> Response:
    """Open the form that asks for the reason."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN, State.WAITING, State.DUE)
    blocks = [
        SectionBlock(text=f"Leave out *{escape(SPECS[key].title)}* of {escape(enrollment.account_name)}?"),
        forms.reason(hint="It stands on the card."),
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
        raise StepConflict("No step is done or skipped, so there is none to reopen.")
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
    return Response(view=_reopen_form(request, *request.load_target_for_change()))


def _reopen_form(request: Request, enrollment: Enrollment, key: StepKey) -> dict[str, Any]:
    transitions.require_state(enrollment, key, request.enrollments.now(), State.DONE, State.SKIPPED)
    locked = [f"• {escape(SPECS[later].title)}" for later in transitions.locks_again(enrollment, key)]
    consequence = "This locks again:\n" + "\n".join(locked) if locked else "No other step is locked by this."
    words = (
        f"Reopen *{escape(SPECS[key].title)}* of {escape(enrollment.account_name)}?\n{consequence}\n"
        "Steps that somebody has acted on already keep their state."
    )
    metadata = {"enrollment": enrollment.id, "step": key}
    blocks = [SectionBlock(text=words)]
    return forms.modal(REOPEN, "Reopen", blocks, submit="Reopen", metadata=metadata)


def reopen(request: Request) -> Response:
    """Reopen the step."""
    request.enrollments.reopen(request.caller(), *request.step_target_ids())
    return Response()
