"""**It's not there**: asks what the Eco page says, checks what belongs to it, and writes the message to support."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain import transitions
from bot.domain.actions import Action
from bot.domain.aws.preflight import CheckReport
from bot.domain.aws.vendor_messages import MESSAGES
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import DomainError, InvalidForm
from bot.handlers import forms, named_views
from bot.handlers.failures import error_text, report_failure
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import missing_data, texts
from bot.presentation.buttons import STEP_PREFIX
from bot.use_cases import CheckOutcome, CheckResult

SUBMIT = "aws.not_there"
_MESSAGE = "message"
_TITLE = Action.NOT_THERE.label


def register(router: Router) -> None:
    """Register the listeners of the button and of the form."""
    router.action(f"{STEP_PREFIX}{Action.NOT_THERE.value}", open_form)
    router.submission(SUBMIT, submitted)


def open_form(request: Request) -> Response:
    """Ask what the Eco page says, if the wait is over and the person may act on the step."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.DUE)
    options = [(name, message.words) for name, message in MESSAGES.items()]
    blocks = [
        SectionBlock(text=texts.say("checks/not_there_ask", enrollment=enrollment)),
        forms.choice(_MESSAGE, "What does the Eco page say?", options, {}, hint=_HINT, optional=False),
    ]
    metadata = {"enrollment": enrollment.id, "step": key}
    return Response(view=forms.modal(SUBMIT, _TITLE, blocks, submit="Find the cause", metadata=metadata))


_HINT = "Choose the closest one. The message on the page may also name your bucket."


def submitted(request: Request) -> Response:
    """Show cause, fix and the message to support; with access to AWS, check first and show them in the same window."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.DUE)
    chosen = str(request.values.get(_MESSAGE))
    if chosen not in MESSAGES:
        raise InvalidForm({_MESSAGE: gettext("Choose what the Eco page says.")})
    checks = request.services.aws_checks
    if not checks.available:
        return replace_view(_view(enrollment, chosen, None))
    external_id = f"not_there:{request.id}"

    def show(outcome: CheckOutcome) -> None:
        named_views.fill(request, external_id, _of_outcome(enrollment, chosen, outcome, checks.last(enrollment, key)))

    running = forms.notice(_TITLE, texts.say("checks/not_there_running"))
    return Response(
        ack={"response_action": "update", "view": running | {"external_id": external_id}},
        then=lambda: checks.check(request.caller(), enrollment.id, show, key),
    )


def _of_outcome(enrollment: Enrollment, chosen: str, outcome: CheckOutcome, last: CheckReport | None) -> dict[str, Any]:
    """The answer after a check; without a fresh result, the reason and what the last one found."""
    if isinstance(outcome, CheckResult):
        return _view(outcome.enrollment, chosen, outcome.report)
    if isinstance(outcome, DomainError):
        note = error_text(outcome)
    elif isinstance(outcome, Exception):
        note = report_failure("check of AWS", outcome)
    else:
        note = texts.say("checks/elsewhere", enrollment=enrollment, by=outcome.by, at=outcome.at)
    return _view(enrollment, chosen, last, note)


def _view(enrollment: Enrollment, chosen: str, report: CheckReport | None, note: str = "") -> dict[str, Any]:
    page = missing_data.message_to_support(enrollment, chosen, report)
    blocks = [
        *Block.parse_all(missing_data.answer(enrollment, chosen, report, note)),
        SectionBlock(text=texts.say("checks/not_there_support")),
        forms.verbatim("subject", page.subject),
        *(forms.verbatim(f"ticket.{number}", piece) for number, piece in enumerate(page.pieces, 1)),
    ]
    return forms.modal("notice", _TITLE, blocks, submit=None)
