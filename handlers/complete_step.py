"""**Mark done** and **Mark sent**: the form of a step's act, drawn from the fields that the step collects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import SectionBlock

from bot.domain import transitions
from bot.domain.access import require_change
from bot.domain.actions import Action
from bot.domain.aws.preflight import CheckReport
from bot.domain.days import ON, day_at
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import NeedsConfirmation
from bot.domain.procedure import TICKET_NUMBER
from bot.domain.step_spec import Field, StepKey, StepSpec
from bot.domain.tickets import is_follow_up, sendable_states, ticket_parts
from bot.domain.warnings import failed_check
from bot.handlers import forms, list_preview, list_upload, value_inputs
from bot.handlers.request import TICKET_VERSION, Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.handlers.step_headings import step_heading
from bot.language.spoken import gettext
from bot.presentation.buttons import STEP_PREFIX
from bot.presentation.texts import escape

SUBMIT = "acts.finish"
FOLLOW_UP = "This ticket tells Spot support only what has changed since the tickets before it."


def register(router: Router) -> None:
    """Listen to the buttons and to the form."""
    for action in (Action.MARK_DONE, Action.MARK_SENT):
        router.action(f"{STEP_PREFIX}{action.value}", open_form)
    router.submission(SUBMIT, submitted)


def open_form(request: Request) -> Response:
    """Open the form of the step's act, if the step is open and the person may act."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), *sendable_states(enrollment, key))
    report = report_for(request, enrollment, key)
    checks = enrollment.spec(key).checks
    warnings = failed_check(report) if checks else request.enrollments.ticket_warnings(enrollment, key)
    now, lines = request.enrollments.now(), request.enrollments.ticket_lines
    return Response(view=build(enrollment, key, now, warnings=warnings, report=report, ticket_lines=lines))


def report_for(request: Request, enrollment: Enrollment, key: StepKey) -> CheckReport | None:
    """The last report of **Check AWS**, for the forms that offer some of it or warn of what failed."""
    spec = enrollment.spec(key)
    needed = spec.checks or (enrollment.checked_at and any(field.from_check for field in spec.collects))
    return request.services.aws_checks.last(enrollment, key) if needed else None


def build(
    enrollment: Enrollment,
    key: StepKey,
    now: datetime,
    typed: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    report: CheckReport | None = None,
    ticket_lines: int | None = None,
    ticket_version: int | None = None,
) -> dict[str, Any]:
    """The form of a step's act; without `typed` it begins with recorded values, and with those that `report` found.

    Args:
        ticket_lines: the most lines of a list in one ticket; None for any number.
        ticket_version: the enrollment's version in which the person read the ticket; None for this one.
    """
    spec = enrollment.spec(key)
    parts = len(ticket_parts(enrollment, key, ticket_lines))
    label = Action.MARK_SENT.label if spec.ticket else Action.MARK_DONE.label
    words = f"{step_heading(enrollment, key)}\n{escape(spec.instruction)}"
    recorded = enrollment.step(key).values
    if is_follow_up(enrollment, key):
        recorded = {name: value for name, value in recorded.items() if name != TICKET_NUMBER.key}
        words = f"{words}\n{escape(gettext(FOLLOW_UP))}"
    metadata = value_inputs.metadata(enrollment, key)
    if spec.list_in_ticket is not None:  # the only tickets that differ from one version to the next
        metadata[TICKET_VERSION] = enrollment.version if ticket_version is None else ticket_version
    today = day_at(now, enrollment.zone).isoformat()
    return forms.modal(
        SUBMIT,
        label,
        [
            SectionBlock(text=words),
            *value_inputs.inputs(enrollment, _fields(spec, parts), typed, report, recorded),
            *value_inputs.day_input(spec, typed if typed is not None else {ON: today}),
        ],
        submit=label,
        metadata=metadata,
        warnings=warnings,
    )


def _upload(request: Request, enrollment: Enrollment, key: StepKey, file: Mapping[str, Any]) -> Response:
    """Show a preview of the names in a file; saving it finishes the act."""
    require_change(enrollment, request.actor(), key)
    now = request.enrollments.now()
    transitions.require_state(enrollment, key, now, State.OPEN)
    draft = value_inputs.read_upload(enrollment, key, request.values, now)
    return list_upload.read_later(request, enrollment, draft, file)


def _fields(spec: StepSpec, parts: int) -> Sequence[Field]:
    """The fields of a step; for a ticket in parts, the one for its number asks for several."""
    if parts == 1:
        return spec.collects
    hint = gettext(
        "The ticket goes out in {parts} parts. Enter the {parts} numbers from Spot support, separated by commas."
    ).format(parts=parts)
    return [
        replace(field, label=gettext("Ticket numbers"), hint=hint) if field.key == TICKET_NUMBER.key else field
        for field in spec.collects
    ]


def submitted(request: Request) -> Response:
    """Finish the act with the values and on the day that were typed."""
    enrollment, key = request.load_step_target()
    typed = request.values
    if (file := list_upload.file_of(typed)) is not None:
        return _upload(request, enrollment, key, file)
    now = request.enrollments.now()
    if (draft := value_inputs.pasted_names(enrollment, key, typed, now)) is not None:
        require_change(enrollment, request.actor(), key)
        transitions.require_state(enrollment, key, now, State.OPEN)
        preview = request.enrollments.open_preview(request.caller(), enrollment.id, draft)
        return replace_view(list_preview.view(preview))
    values, on = value_inputs.read_act(enrollment, key, typed)
    caller = request.caller(request.enrollments.ticket_warnings(enrollment, key))
    try:
        request.enrollments.complete_act(caller, enrollment.id, key, values, on)
    except NeedsConfirmation as question:
        enrollment, _ = request.load_step_target()
        now, report = request.enrollments.now(), report_for(request, enrollment, key)
        lines, version = request.enrollments.ticket_lines, request.metadata.get(TICKET_VERSION)
        return replace_view(build(enrollment, key, now, typed, question.warnings, report, lines, version))
    return Response()
