"""**Ask for a custom workflow**: describes a billing workflow in free text, and shows the ticket for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from slack_sdk.models.blocks import SectionBlock

from bot.domain import transitions, workflow_requests
from bot.domain.actions import Action
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import NeedsConfirmation
from bot.domain.inputs import MAX_NAME
from bot.domain.shown_values import Shown, shown
from bot.domain.workflow_requests import MOST_RULES, NAME, RULES, WorkflowRequest
from bot.handlers import email_ticket, forms, tickets
from bot.handlers.request import SHOWN, Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.presentation import texts
from bot.presentation.buttons import STEP_PREFIX

SUBMIT = "tickets.custom_workflow"


def register(router: Router) -> None:
    """Register the listeners of the menu's entry and of the form."""
    router.action(f"{STEP_PREFIX}{Action.CUSTOM_WORKFLOW.value}", open_form)
    router.submission(SUBMIT, submitted)
    router.submission(tickets.SEND_EXTRA, open_email)


def open_form(request: Request) -> Response:
    """Open the form with what was described last, if the step is open and the person may change it."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN)
    return Response(view=build(enrollment, request.enrollments.workflow_request(request.workspace_id, enrollment.id)))


def build(
    enrollment: Enrollment,
    known: WorkflowRequest | None,
    typed: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    since: Shown | None = None,
) -> dict[str, Any]:
    """The form with what was typed so far; without it, with the last description, which it shows since `since`."""
    values = workflow_requests.form_values(known)
    begun = typed if typed is not None else {name: each.value for name, each in values.items()}
    hint = "One rule a line, in the order in which they apply: what it changes, for which charges, by how much."
    blocks = [
        SectionBlock(text=texts.say("support/describe", enrollment=enrollment)),
        forms.text(NAME, "Name of the billing workflow", begun, longest=MAX_NAME),
        forms.text(RULES, "Rules", begun, lines=True, longest=MOST_RULES, hint=hint),
    ]
    metadata = {
        "enrollment": enrollment.id,
        "step": workflow_requests.step_of(enrollment),
        SHOWN: asdict(since or shown(enrollment, values)),
    }
    title = "Custom workflow"
    return forms.modal(SUBMIT, title, blocks, submit="Show ticket", metadata=metadata, warnings=warnings)


def submitted(request: Request) -> Response:
    """Keep the description, and show the ticket with it."""
    enrollment, key = request.load_target_for_change()
    typed = request.values
    fields = forms.Fields(typed)
    name = fields.take(NAME, workflow_requests.parse_workflow_name)
    rules = fields.take(RULES, workflow_requests.parse_rules)
    fields.check()
    try:
        request.enrollments.describe_workflow(request.caller(), enrollment.id, WorkflowRequest(name or "", rules or ""))
    except NeedsConfirmation as question:
        return replace_view(build(enrollment, None, typed, question.warnings, request.shown))
    return replace_view(tickets.view_of(request, enrollment, key))


def open_email(request: Request) -> Response:
    """Replace the ticket by the form that sends it by email."""
    enrollment, key = request.load_target_for_change()
    return replace_view(email_ticket.form_view(request, enrollment, key))
