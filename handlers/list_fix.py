"""**Fix and upload again** in a preview: back to the form, with what was typed in it."""

from __future__ import annotations

from bot.domain.access import require_change
from bot.domain.list_entries import KINDS
from handlers import complete_step, list_preview
from handlers.request import Request
from handlers.response import Response
from handlers.router import Router
from handlers.ticket_lists import FORMS


def register(router: Router) -> None:
    """Register the listener of the button."""
    router.action(list_preview.FIX, fix)


def fix(request: Request) -> Response:
    """Show the form that the preview came from; the file has to be chosen again."""
    preview = request.enrollments.preview(request.caller(), list_preview.preview_id(request))
    enrollment, draft = preview.enrollment, preview.draft
    require_change(enrollment, request.actor(), KINDS[draft.list_name].step)
    if draft.acted_on is None:
        form = FORMS[draft.list_name].build(enrollment, draft.typed or None)
    else:
        form = complete_step.build(enrollment, KINDS[draft.list_name].step, request.enrollments.now(), draft.typed)
    return list_preview.shown_in_place(request, form)
