"""**Check AWS**: opens a modal at once, checks the AWS account in another thread, then shows the findings there."""

from __future__ import annotations

import logging
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain import transitions
from bot.domain.actions import Action
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import DomainError
from bot.presentation import check_findings, texts
from bot.presentation.buttons import STEP_PREFIX
from bot.slack.slack_errors import SlackFault
from bot.use_cases import CheckOutcome, CheckResult
from handlers import forms
from handlers.card_copies import redraw_card
from handlers.failures import error_text, report_failure
from handlers.request import Request
from handlers.response import Response
from handlers.router import Router

log = logging.getLogger(__name__)

VIEW = "aws.check"


def register(router: Router) -> None:
    """Register the listener of the button."""
    router.action(f"{STEP_PREFIX}{Action.CHECK_AWS.value}", open_check, run_check)


def open_check(request: Request) -> Response:
    """Open the modal, if the person may act on the step; where AWS is not set up, it says how to do that."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN, State.WAITING, State.DUE)
    template = "checks/running" if request.services.aws_checks.available else "checks/setup"
    return Response(view=_text_modal(texts.say(template, enrollment=enrollment), enrollment))


def run_check(request: Request, view_id: str) -> None:
    """Start the check, and show its outcome in the open modal."""
    if not request.services.aws_checks.available:
        return
    enrollment, _ = request.load_target()

    def show(outcome: CheckOutcome) -> None:
        try:
            request.workspace.gateway.update_view(view_id, view_of(enrollment, outcome))
        except SlackFault as fault:
            log.info("the outcome of an AWS check was not shown in the modal: %s", fault)  # most likely it was closed
        redraw_card(request)

    request.services.aws_checks.check(request.caller(), enrollment.id, show)


def view_of(enrollment: Enrollment, outcome: CheckOutcome) -> dict[str, Any]:
    """The modal with the outcome of a check."""
    if isinstance(outcome, CheckResult):
        blocks = Block.parse_all(check_findings.build(outcome.enrollment, outcome.report, outcome.at, outcome.by))
        return _modal(blocks, enrollment)
    if isinstance(outcome, DomainError):
        return _text_modal(error_text(outcome), enrollment)
    if isinstance(outcome, Exception):
        return _text_modal(report_failure("check of AWS", outcome), enrollment)
    return _text_modal(texts.say("checks/elsewhere", enrollment=enrollment, by=outcome.by, at=outcome.at), enrollment)


def _text_modal(text: str, enrollment: Enrollment) -> dict[str, Any]:
    return _modal([SectionBlock(text=text)], enrollment)


def _modal(blocks: list[Block], enrollment: Enrollment) -> dict[str, Any]:
    return forms.modal(VIEW, Action.CHECK_AWS.label, blocks, submit=None, metadata={"enrollment": enrollment.id})
