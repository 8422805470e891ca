"""What people read when something failed: the sentence of a refusal, and the reference of a fault in the log."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Container, Mapping
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.sentences import told
from bot.handlers.forms import first_field, notice
from bot.handlers.request import Request
from bot.handlers.response import Response, field_errors, replace_view, show_text
from bot.language.spoken import ENGLISH, gettext, speaking
from bot.presentation.texts import escape
from bot.telemetry import log_context

log = logging.getLogger(__name__)


def failure_response(request: Request, kind: str, error: Exception) -> Response:
    """Report an unexpected error in the form, or as a message."""
    words = report_failure(kind, error)
    if not request.is_submission:
        return show_text(words)
    field = first_field(request.view)
    return field_errors({field: words}) if field else replace_view(notice("Something went wrong", words))


def at_fields(view: Mapping[str, Any], faults: Mapping[str, str]) -> dict[str, str]:
    """The faults at fields of the form; those of other fields stand at the first one, or Slack would show none.

    A form lacks a field if its enrollment was moved to another version of its procedure after it was opened.
    """
    there = {block.get("block_id") for block in view.get("blocks", ())}
    first, found = first_field(view), dict[str, str]()
    for field, words in faults.items():
        place = field if field in there or first is None else first
        found[place] = f"{found[place]} {words}" if place in found else words
    return found


def error_text(error: DomainError) -> str:
    """A domain error as mrkdwn: typed text is escaped, the people and channels that the bot names are mentions."""

    def mention(match: re.Match[str]) -> str:
        return f"<{match[1]}{match[2]}>" if match[2] in error.ids else match[0]

    return re.sub(r"&lt;([@#])([A-Z0-9]+)&gt;", mention, escape(str(error)))


def readable(said: str, ids: Container[str], name_of: Callable[[str], str], place_of: Callable[[str], str]) -> str:
    """A sentence as plain text: people and channels by name instead of `<@ID>` and `<#ID>`.

    Args:
        ids: those that the bot has put there itself; what people typed stays as they typed it.
    """

    def named(match: re.Match[str]) -> str:
        if match[2] not in ids:
            return match[0]
        return name_of(match[2]) if match[1] == "@" else told(place_of(match[2]))

    return re.sub(r"<([@#])([A-Z0-9]+)>", named, said)


def report_failure(kind: str, error: Exception) -> str:
    """Log an unexpected error; return a sentence for the person with the reference that the log has."""
    words = gettext(
        "Something went wrong here, and nothing was changed. Please try again; if it happens again, tell whoever runs "
        "this bot the reference {reference}."
    )
    return words.format(reference=_logged(kind, error))


def report_unshown(error: Exception) -> str:
    """The same for an answer that cannot be shown: what the person changed is stored by then."""
    words = gettext(
        "Something went wrong here, so I can't show you this. If you changed something, it is stored; if not, please "
        "try again. If it happens again, tell whoever runs this bot the reference {reference}."
    )
    return words.format(reference=_logged("answer", error))


def _logged(kind: str, error: Exception) -> str:
    """Log an error; return its reference."""
    reference = log_context.reference()
    with speaking(ENGLISH):  # operators read the traceback
        log.error("the %s failed (reference %s)", kind, reference, exc_info=error, extra={"reference": reference})
    return reference
