"""**Still waiting** and **Remind me later**: choose the day of a step's next reminder, with a note for the others."""

from __future__ import annotations

from datetime import date
from typing import Any

from slack_sdk.models.blocks import SectionBlock

from bot.domain import snoozing, transitions
from bot.domain.actions import Action
from bot.domain.days import parse_day
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import InvalidForm
from bot.domain.inputs import MAX_NAME, parse_line
from bot.domain.schedule import day_words
from bot.domain.snoozing import UNTIL
from bot.domain.step_spec import StepKey
from bot.handlers import forms
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.handlers.step_headings import step_heading
from bot.language.spoken import gettext
from bot.presentation.buttons import STEP_PREFIX
from bot.presentation.texts import moment

STILL_WAITING = "waits.still_waiting"
REMIND_LATER = "waits.remind_later"
#: The offered days; the date picker, `UNTIL`, goes before them.
WHEN = "when"
NOTE = "note"


def register(router: Router) -> None:
    """Register the listeners of the two buttons and of their forms."""
    router.action(f"{STEP_PREFIX}{Action.STILL_WAITING.value}", open_still_waiting)
    router.action(f"{STEP_PREFIX}{Action.REMIND_LATER.value}", open_remind_later)
    router.submission(STILL_WAITING, still_waiting)
    router.submission(REMIND_LATER, remind_later)


def open_still_waiting(request: Request) -> Response:
    """Open the form of a waiting step."""
    return _open(request, STILL_WAITING, Action.STILL_WAITING, State.WAITING, State.DUE)


def open_remind_later(request: Request) -> Response:
    """Open the form of an open step."""
    return _open(request, REMIND_LATER, Action.REMIND_LATER, State.OPEN)


def still_waiting(request: Request) -> Response:
    """Postpone the next reminder of a waiting step."""
    request.enrollments.still_waiting(request.caller(), *request.step_target_ids(), *_read(request))
    return Response()


def remind_later(request: Request) -> Response:
    """Postpone the next reminder of an open step."""
    request.enrollments.remind_later(request.caller(), *request.step_target_ids(), *_read(request))
    return Response()


def _open(request: Request, callback_id: str, action: Action, *states: State) -> Response:
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), *states)
    return Response(view=_build(request, enrollment, key, callback_id, action))


def _build(request: Request, enrollment: Enrollment, key: StepKey, callback_id: str, action: Action) -> dict[str, Any]:
    now, step = request.enrollments.now(), enrollment.step(key)
    window = ""
    if step.latest and step.latest > now:
        expected = gettext("Expected by {moment}; that doesn't change.").format(moment=moment(step.latest))
        window = f"\n{expected}"
    days = snoozing.offered_days(now, enrollment)
    options = [(day.isoformat(), f"{gettext(words)} ({day_words(day)})") for words, day in days]
    chosen = {WHEN: options[1][0]}  # in two days
    note_hint = "For the others, for example: support said Friday."
    blocks = [
        SectionBlock(text=f"{step_heading(enrollment, key)}{window}"),
        forms.choice(WHEN, "Ask again", options, chosen, "On a weekend, I ask on the next working day."),
        forms.date(UNTIL, "Or on another day", {}),
        forms.text(NOTE, "Note", optional=True, longest=MAX_NAME, hint=note_hint),
    ]
    return forms.modal(callback_id, action.label, blocks, metadata={"enrollment": enrollment.id, "step": key})


def _read(request: Request) -> tuple[date, str | None]:
    fields = forms.Fields(request.values)
    until = fields.optional(UNTIL, parse_day) or fields.optional(WHEN, parse_day)
    note = fields.optional(NOTE, lambda raw: parse_line(raw, "a note"))
    fields.check()
    if until is None:
        raise InvalidForm({WHEN: gettext("Choose when I should ask again.")})
    return until, note
