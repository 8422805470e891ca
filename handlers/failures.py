"""What people read when something failed: the sentence of a refusal, and the reference of a fault in the log."""

from __future__ import annotations

import logging
import re
import secrets

from bot.domain.errors import DomainError
from bot.presentation.texts import escape
from handlers.forms import first_field, notice
from handlers.request import Request
from handlers.response import Response, field_errors, replace_view, show_text

log = logging.getLogger(__name__)


def failure_response(request: Request, kind: str, error: Exception) -> Response:
    """Report an unexpected error in the form, or as a message."""
    words = report_failure(kind, error)
    if not request.is_submission:
        return show_text(words)
    field = first_field(request.view)
    return field_errors({field: words}) if field else replace_view(notice("Something went wrong", words))


def error_text(error: DomainError) -> str:
    """A domain error as mrkdwn: typed text is escaped, the people and channels that the bot names are mentions."""

    def mention(match: re.Match[str]) -> str:
        return f"<{match[1]}{match[2]}>" if match[2] in error.ids else match[0]

    return re.sub(r"&lt;([@#])([A-Z0-9]+)&gt;", mention, escape(str(error)))


def report_failure(kind: str, error: Exception) -> str:
    """Log an unexpected error; return a sentence for the person with the reference that the log has."""
    reference = secrets.token_hex(4)
    log.error("the %s failed (reference %s)", kind, reference, exc_info=error, extra={"reference": reference})
    return (
        f"Something went wrong here, and nothing was changed. Please try again; if it happens again, "
        f"tell whoever runs this bot the reference {reference}."
    )
