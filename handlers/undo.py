"""**Undo** and `/eco undo`: says what the last change was, and takes it back."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import SectionBlock

from bot.domain.enrollment import Enrollment
from bot.handlers import forms
from bot.handlers.request import FROM_HISTORY, Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import texts
from bot.presentation.buttons import ENROLLMENT_LABELS, ENROLLMENT_PREFIX
from bot.presentation.notifications import pack

UNDO = "undo.save"


def register(router: Router) -> None:
    """Register the listeners of the button and of the form."""
    router.action(f"{ENROLLMENT_PREFIX}undo", open_undo)
    router.submission(UNDO, save)


def open_undo(request: Request) -> Response:
    """Open the form for the enrollment of the button."""
    enrollment, _ = request.load_target()
    return for_enrollment(request, enrollment)


def for_enrollment(request: Request, enrollment: Enrollment) -> Response:
    """Open the form that shows the last change; raises `StepConflict` with the reason where it can't be undone."""
    last = request.enrollments.undoable(request.caller(), enrollment.id)
    lines = "\n".join(texts.thread_line(enrollment, event, last.by) for event in (last.event, *last.more))
    words = gettext(
        "The last change of *{account}*, {moment}:\n{lines}\n\n"
        "Undo puts back what it changed: steps, values, lists, people and channel. Reminders are planned again, and "
        "the thread says that you did it."
    ).format(account=texts.escape(enrollment.account_name), moment=texts.moment(last.at), lines=lines)
    metadata: dict[str, Any] = {"enrollment": enrollment.id, "number": last.number}
    if FROM_HISTORY in request.metadata:
        metadata[FROM_HISTORY] = {}
    blocks = [SectionBlock(text=part) for part in pack(words.splitlines())]
    return Response(view=forms.modal(UNDO, "Undo", blocks, submit=ENROLLMENT_LABELS["undo"], metadata=metadata))


def save(request: Request) -> Response:
    """Undo the change that the form shows, if it is still the last one."""
    metadata = request.metadata
    enrollment = request.enrollments.undo(request.caller(), metadata["enrollment"], int(metadata.get("number", 0)))
    if FROM_HISTORY in metadata:
        return Response()  # the history, which is drawn again, says it
    words = gettext("Undone. *{account}* is as it was before.")
    words = words.format(account=texts.escape(enrollment.account_name))
    return replace_view(forms.notice(ENROLLMENT_LABELS["undo"], words))
