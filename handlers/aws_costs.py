"""**Get AWS costs**: asks which month, gets its costs by account from Cost Explorer, and shows them in a table."""

from __future__ import annotations

from datetime import date
from typing import Any

from slack_sdk.models.blocks import SectionBlock

from bot.domain import transitions
from bot.domain.actions import Action
from bot.domain.aws.costs import MOST_REQUESTS, month_words, months
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import DomainError, InvalidForm
from bot.handlers import forms, named_views
from bot.handlers.failures import error_text, report_failure
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import cost_table, texts
from bot.presentation.buttons import STEP_PREFIX
from bot.use_cases import CostResult

SUBMIT = "aws.costs"
_MONTH = "month"
_TITLE = Action.AWS_COSTS.label
_HINT = "Whole months come first. The current month isn't final yet."


def register(router: Router) -> None:
    """Register the listeners of the button and of the form."""
    router.action(f"{STEP_PREFIX}{Action.AWS_COSTS.value}", open_form)
    router.submission(SUBMIT, submitted)


def open_form(request: Request) -> Response:
    """Ask for the month and name the price, if the person may act on the step; without AWS, say how to set it up."""
    enrollment, key = request.load_target_for_change()
    now = request.enrollments.now()
    transitions.require_state(enrollment, key, now, State.OPEN)
    if not request.services.aws_checks.available:
        return Response(view=forms.notice(_TITLE, texts.say("checks/setup", enrollment=enrollment, sets_up=False)))
    options = [(month.isoformat(), month_words(month)) for month in months(now.date())]
    typed = {_MONTH: options[0][0]}
    blocks = [
        SectionBlock(text=texts.say("costs/ask", enrollment=enrollment, most=MOST_REQUESTS)),
        forms.choice(_MONTH, "Month", options, typed, hint=_HINT, optional=False),
    ]
    metadata = {"enrollment": enrollment.id, "step": key}
    return Response(view=forms.modal(SUBMIT, _TITLE, blocks, submit="Get for about $0.01", metadata=metadata))


def submitted(request: Request) -> Response:
    """Say that Cost Explorer is asked; after the acknowledgement, show what it says in the same window."""
    enrollment, key = request.load_target_for_change()
    now = request.enrollments.now()
    transitions.require_state(enrollment, key, now, State.OPEN)
    month = next((each for each in months(now.date()) if each.isoformat() == request.values.get(_MONTH)), None)
    if month is None:
        raise InvalidForm({_MONTH: gettext("Choose a month of the last year.")})
    external_id = f"costs:{request.id}"

    def show(outcome: CostResult | Exception) -> None:
        named_views.fill(request, external_id, _view(enrollment, month, outcome))

    def ask() -> None:
        request.services.aws_checks.costs.ask(request.caller(), enrollment.id, key, month, external_id, show)

    running = forms.notice(_TITLE, texts.say("costs/running", month=month_words(month)))
    return Response(ack={"response_action": "update", "view": running | {"external_id": external_id}}, then=ask)


def _view(enrollment: Enrollment, month: date, outcome: CostResult | Exception) -> dict[str, Any]:
    """The window with the table, or with why there is none."""
    if isinstance(outcome, DomainError):
        return forms.notice(_TITLE, error_text(outcome))
    if isinstance(outcome, Exception):
        return forms.notice(_TITLE, report_failure("question about costs", outcome))
    costs = outcome.costs
    about = {"enrollment": enrollment, "costs": costs, "month": month_words(month), "file": outcome.file}
    about["by"] = "subset" if outcome.enrollment.subset_accounts else "account"
    if costs.problem or not costs.rows:
        return forms.notice(_TITLE, texts.say("costs/problem" if costs.problem else "costs/nothing", **about))
    blocks = [
        SectionBlock(text=texts.say("costs/shown", **about)),
        forms.verbatim("costs", cost_table.table(outcome.enrollment, costs)),
    ]
    return forms.modal("notice", _TITLE, blocks, submit=None)
