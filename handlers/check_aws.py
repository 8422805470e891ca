"""**Check AWS**: opens a modal at once, checks the AWS account in another thread, then shows the findings there."""

from __future__ import annotations

import logging
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, SectionBlock

from bot.domain import transitions
from bot.domain.actions import Action, actions_for
from bot.domain.aws.preflight import CheckReport, Verdict
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import DomainError
from bot.domain.step_spec import StepKey
from bot.handlers import aws_setup, forms
from bot.handlers.card_copies import redraw_card
from bot.handlers.failures import error_text, report_failure
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.presentation import blocks, check_findings, texts
from bot.presentation.buttons import STEP_PREFIX, format_value, step_button
from bot.slack.slack_errors import SlackFault
from bot.use_cases import CheckOutcome, CheckResult

log = logging.getLogger(__name__)

VIEW, AGAIN = "aws.check", "aws.again"


def register(router: Router) -> None:
    """Register the listeners of the buttons on the card and in the modal."""
    router.action(f"{STEP_PREFIX}{Action.CHECK_AWS.value}", open_check, run_check)
    router.action(AGAIN, check_again)


def open_check(request: Request) -> Response:
    """Open the modal, if the person may act on the step; where AWS is not set up, it says how to do that."""
    return Response(view=_begun(request))


def check_again(request: Request) -> Response:
    """Check once more, and show the outcome in the same modal."""
    return Response(in_place=_begun(request), then=lambda: run_check(request, request.view["id"]))


def _begun(request: Request) -> dict[str, Any]:
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN, State.WAITING, State.DUE)
    if request.services.aws_checks.available:
        return _text_modal(texts.say("checks/running", enrollment=enrollment), enrollment)
    setting_up = aws_setup.buttons(enrollment, key)
    words = SectionBlock(text=texts.say("checks/setup", enrollment=enrollment, sets_up=bool(setting_up)))
    return _modal([words, *([ActionsBlock(elements=setting_up)] if setting_up else [])], enrollment)


def run_check(request: Request, view_id: str) -> None:
    """Start the check, and show its outcome in the open modal."""
    if not request.services.aws_checks.available:
        return
    enrollment, key = request.load_step_target()

    def show(outcome: CheckOutcome) -> None:
        try:
            request.workspace.gateway.update_view(view_id, view_of(request, enrollment, key, outcome))
        except SlackFault as fault:
            log.info("the outcome of an AWS check was not shown in the modal: %s", fault)  # most likely it was closed
        if request.view.get("id") != view_id:
            redraw_card(request)

    request.services.aws_checks.check(request.caller(), enrollment.id, show, key)


def view_of(request: Request, enrollment: Enrollment, key: StepKey, outcome: CheckOutcome) -> dict[str, Any]:
    """The modal with the outcome of a check."""
    if isinstance(outcome, CheckResult):
        row = ActionsBlock(elements=_buttons(request, outcome.enrollment, key, outcome.report))
        head, *rest = check_findings.build(outcome.enrollment, outcome.report, outcome.at, outcome.by)
        return _modal([*Block.parse_all([head]), row, *Block.parse_all(rest)], enrollment)
    if isinstance(outcome, DomainError):
        return _text_modal(error_text(outcome), enrollment)
    if isinstance(outcome, Exception):
        return _text_modal(report_failure("check of AWS", outcome), enrollment)
    return _text_modal(texts.say("checks/elsewhere", enrollment=enrollment, by=outcome.by, at=outcome.at), enrollment)


def _buttons(request: Request, enrollment: Enrollment, key: StepKey, report: CheckReport) -> list[dict[str, Any]]:
    """**Mark done** where nothing fails and the step is open, **Check again**, and **Set up AWS** where it helps."""
    offered = actions_for(enrollment, key, request.enrollments.now())
    done = Action.MARK_DONE in offered and report.looked_in and not report.count(Verdict.FAIL)
    value = format_value(enrollment.id, key)
    return [
        *([step_button(enrollment, key, Action.MARK_DONE)] if done else []),
        blocks.button("Check again", AGAIN, value, "Check AWS again"),
        *aws_setup.buttons(enrollment, key),
    ]


def _text_modal(text: str, enrollment: Enrollment) -> dict[str, Any]:
    return _modal([SectionBlock(text=text)], enrollment)


def _modal(parts: list[Block], enrollment: Enrollment) -> dict[str, Any]:
    return forms.modal(VIEW, Action.CHECK_AWS.label, parts, submit=None, metadata={"enrollment": enrollment.id})
