"""**Fix and upload again** in a preview, back to the form with what was typed, and previews that a message opens."""

from __future__ import annotations

from typing import Any

from bot.domain.access import require_change
from bot.handlers import complete_step, list_preview
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.handlers.ticket_lists import FORMS
from bot.use_cases import Preview


def register(router: Router) -> None:
    """Register the listeners of the buttons."""
    router.action(list_preview.FIX, fix)
    router.action(list_preview.SHOW, show)


def fix(request: Request) -> Response:
    """Show the form that the preview came from; the file has to be chosen again."""
    preview = request.enrollments.preview(request.caller(), list_preview.preview_id(request))
    return list_preview.shown_in_place(request, _form(request, preview))


def show(request: Request) -> Response:
    """Show a preview whose window was closed; of a file that could not be read, the form."""
    number = str(request.action["value"])
    preview = request.enrollments.preview(request.caller(), int(number) if number.isdecimal() else 0)
    if preview.is_saved or preview.draft.entries or preview.draft.faults:
        return Response(view=list_preview.view(preview))
    return Response(view=_form(request, preview))


def _form(request: Request, preview: Preview) -> dict[str, Any]:
    enrollment, draft = preview.enrollment, preview.draft
    draft_step = enrollment.procedure.step_with(draft.list_name)
    require_change(enrollment, request.actor(), draft_step)
    if draft.acted_on is None or draft_step is None:
        return FORMS[draft.list_name].build(enrollment, draft.typed or None)
    return complete_step.build(enrollment, draft_step, request.enrollments.now(), draft.typed)
