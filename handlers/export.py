"""**Export**, **Export list** and `/eco export`: files with what is recorded, in a direct message."""

from __future__ import annotations

from bot.domain.enrollment import Enrollment
from bot.handlers.request import Request
from bot.handlers.response import Response, show_text
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation.buttons import ENROLLMENT_PREFIX, EXPORT_LIST
from bot.presentation.texts import escape

_UNDER_WAY = "It's on its way to you already, as a file in a direct message."


def register(router: Router) -> None:
    """Register the listeners of the buttons."""
    router.action(f"{ENROLLMENT_PREFIX}export", export)
    router.action(EXPORT_LIST, export_list)


def export(request: Request) -> Response:
    """Export the enrollment of the button, for anyone who may see it."""
    enrollment, _ = request.load_target()
    return for_enrollment(request, enrollment)


def for_enrollment(request: Request, enrollment: Enrollment) -> Response:
    """Export an enrollment."""
    if not request.enrollments.export(request.caller(), enrollment.id, str(request.id)):
        return show_text(gettext(_UNDER_WAY))
    words = gettext(
        "I'm sending you the export of *{name}* as a file in a direct message. It holds customers' email addresses. "
        "The thread says that you exported it."
    )
    return show_text(words.format(name=escape(enrollment.account_name)))


def export_list(request: Request) -> Response:
    """Export the list of all enrollments that the person may see."""
    if not request.enrollments.export_list(request.caller(), str(request.id)):
        return show_text(gettext(_UNDER_WAY))
    words = "I'm sending you the list of the enrollments that you may see, as a file in a direct message."
    return show_text(gettext(words))
