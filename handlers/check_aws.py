"""**Check AWS**: a modal at once, filled with what was found when it is there."""

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
from handlers.request import Request, Response
from handlers.router import Router, error_text, report_failure

log = logging.getLogger(__name__)

CHECK = f"{STEP_PREFIX}{Action.CHECK_AWS.value}"
VIEW = "aws.check"


def register(router: Router) -> None:
    """Listen to the button."""
    router.action(CHECK, open_check, begin)


def open_check(request: Request) -> Response:
    """Open the modal, if the person may act and there is something to check; without AWS it says what to set."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN, State.WAITING, State.DUE)
    template = "checks/running" if request.services.aws_checks.available else "checks/setup"
    return Response(view=_said(texts.say(template, enrollment=enrollment), enrollment))


def begin(request: Request, view_id: str) -> None:
    """The modal is open: look, in another thread, and show there what comes out."""
    if not request.services.aws_checks.available:
        return
    enrollment, _ = request.load_target()

    def show(outcome: CheckOutcome) -> None:
        try:
            request.services.gateway.update_view(view_id, view_of(enrollment, outcome))
        except SlackFault as fault:
            log.info("the result of a check is not shown, the card has it: %s", fault)  # most likely it was closed

    request.services.aws_checks.check(request.caller(), enrollment.id, show)


def view_of(enrollment: Enrollment, outcome: CheckOutcome) -> dict[str, Any]:
    """The modal with what a check came to."""
    if isinstance(outcome, CheckResult):
        blocks = Block.parse_all(check_findings.build(outcome.enrollment, outcome.report, outcome.at, outcome.by))
        return _modal(blocks, enrollment)
    if isinstance(outcome, DomainError):
        return _said(error_text(outcome), enrollment)
    if isinstance(outcome, Exception):
        return _said(report_failure("check of AWS", outcome), enrollment)
    return _said(texts.say("checks/elsewhere", enrollment=enrollment, by=outcome.by, at=outcome.at), enrollment)


def _said(words: str, enrollment: Enrollment) -> dict[str, Any]:
    return _modal([SectionBlock(text=words)], enrollment)


def _modal(blocks: list[Block], enrollment: Enrollment) -> dict[str, Any]:
    return forms.modal(VIEW, Action.CHECK_AWS.label, blocks, submit=None, metadata={"enrollment": enrollment.id})
