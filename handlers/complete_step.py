"""**Mark done** and **Mark sent**: the form of each step's act, and finishing the act with what it collects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain import transitions
from bot.domain.actions import Action
from bot.domain.aws.preflight import CheckReport
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import InvalidInput, NeedsConfirmation
from bot.domain.inputs import parse_bucket, parse_line, parse_org_id, parse_role_arn
from bot.domain.lists import format_name, parse_names
from bot.domain.procedure import SPECS, Form, StepKey
from bot.presentation import texts
from bot.presentation.buttons import STEP_PREFIX
from bot.presentation.texts import escape
from handlers import forms
from handlers.known_names import known_accounts
from handlers.remove_entries import REMOVE, removal_input, removed
from handlers.request import Request, Response, replace_view
from handlers.router import Router

SUBMIT = "acts.finish"
MARK_DONE = f"{STEP_PREFIX}{Action.MARK_DONE.value}"
MARK_SENT = f"{STEP_PREFIX}{Action.MARK_SENT.value}"

#: A list with more characters is added to instead of being edited: Slack's text field holds 3,000, and needs room.
_EDITED = 2000
_MAX_TICKET = 100
ALL = "all"


def register(router: Router) -> None:
    """Listen to the buttons and to the form."""
    router.action(MARK_DONE, open_form)
    router.action(MARK_SENT, open_form)
    router.submission(SUBMIT, submitted)


def open_form(request: Request) -> Response:
    """Open the form of the step's act, if the step is open and the person may act."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN)
    return Response(view=build(enrollment, key, report=report_for(request, enrollment, key)))


def report_for(request: Request, enrollment: Enrollment, key: StepKey) -> CheckReport | None:
    """What the last **Check AWS** found, for the forms that offer some of it."""
    offers = SPECS[key].form in (Form.AWS_DETAILS, Form.SUBSET_NAMES)
    return request.services.aws_checks.last(enrollment.id) if offers and enrollment.checked_at else None


def build(
    enrollment: Enrollment,
    key: StepKey,
    typed: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    report: CheckReport | None = None,
) -> dict[str, Any]:
    """The form of a step's act; without `typed` it begins with what is known, and with what `report` found."""
    spec = SPECS[key]
    submit = Action.MARK_SENT.label if spec.ticket else Action.MARK_DONE.label
    blocks = [SectionBlock(text=f"*{escape(spec.title)}* of {escape(enrollment.account_name)}\n{escape(spec.act)}")]
    return forms.modal(
        SUBMIT,
        submit,
        [*blocks, *_inputs(enrollment, key, typed, report)],
        submit=submit,
        metadata={"enrollment": enrollment.id, "step": key.value},
        warnings=warnings,
    )


def _inputs(
    enrollment: Enrollment, key: StepKey, typed: Mapping[str, Any] | None, report: CheckReport | None
) -> list[Block]:
    known = typed if typed is not None else _known(enrollment)
    match SPECS[key].form:
        case Form.SPOT_ORG_ID:
            hint = "Spot console: user icon, Settings, General Details, My Organization."
            return [forms.text("spot_org_id", "Spot organization ID", known, hint=hint)]
        case Form.AWS_DETAILS:
            offered = {} if typed is not None else _offered(enrollment, report)
            known = {**known, **offered}
            return [
                *([SectionBlock(block_id="offered", text=texts.say("checks/prefilled"))] if offered else []),
                forms.text("role_arn", "Role ARN", known, optional=True, hint="The stack's output SpotFinOpsRoleArn."),
                forms.text("bucket", "Cost and Usage Report bucket", known, optional=True),
            ]
        case Form.CALL_DATE:
            hint = "The four to six weeks run from this day; empty means today."
            return [forms.date("call_date", "Date of the strategy call", known, hint=hint)]
        case Form.TICKET_NUMBER:
            hint = "As support gave it. Without a number, say where it was sent, for example: chat, 3 June."
            return [forms.text("ticket_number", "Ticket number", known, hint=hint, longest=_MAX_TICKET)]
        case Form.SUBSET_NAMES:
            return [*known_accounts(report), *_names_input("Subset names", enrollment.subsets, typed)]
        case Form.WORKFLOW_NAMES:
            return _names_input("Billing workflow names", _workflow_names(enrollment), typed)
        case Form.VALIDATED_WORKFLOWS:
            return _validation_inputs(enrollment, typed)
        case _:
            return []


def _known(enrollment: Enrollment) -> dict[str, Any]:
    return {
        "spot_org_id": enrollment.spot_org_id,
        "role_arn": enrollment.role_arn,
        "bucket": enrollment.bucket,
    }


def _offered(enrollment: Enrollment, report: CheckReport | None) -> dict[str, str]:
    """What a check of AWS found and nobody has recorded yet, where it is something that the form accepts."""
    if report is None:
        return {}
    found = {
        "role_arn": (report.role_arn, lambda raw: parse_role_arn(raw, enrollment.account_id)),
        "bucket": (report.bucket, parse_bucket),
    }
    fields = forms.Fields({name: value for name, (value, _) in found.items()})
    return {
        name: read
        for name, (_, parse) in found.items()
        if getattr(enrollment, name) is None and (read := fields.optional(name, parse))
    }


def _names_input(label: str, names: Sequence[str], typed: Mapping[str, Any] | None) -> list[Block]:
    if _is_edited(names):
        known = typed if typed is not None else {"names": _as_lines(names)}
        return [forms.text("names", label, known, lines=True, hint="One name a line, as it stands in Eco.")]
    hint = f"One name a line. {len(names)} are recorded already: these are added to them."
    added = forms.text("names", label, typed, lines=True, optional=True, hint=hint)
    return [added, removal_input([format_name(name) for name in names], typed)]


def _as_lines(names: Sequence[str]) -> str:
    return "\n".join(format_name(name) for name in names)


def _is_edited(names: Sequence[str]) -> bool:
    """Whether the whole list fits into the field, so that it can be corrected there."""
    return len(_as_lines(names)) <= _EDITED


def _validation_inputs(enrollment: Enrollment, typed: Mapping[str, Any] | None) -> list[Block]:
    workflows = enrollment.workflows
    if not workflows:
        return [
            SectionBlock(text="No billing workflows are recorded. Submitting confirms that all of yours are right.")
        ]
    options = [(ALL, f"All {len(workflows)} billing workflows")]
    each = [(forms.key_of(workflow.name), workflow.name) for workflow in workflows]
    if forms.fits(each):
        options += each
    known = typed if typed is not None else {"validated": [forms.key_of(w.name) for w in workflows if w.validated]}
    hint = "The step is done when all of them are validated; until then it stays open and keeps what you chose."
    return [forms.choices("validated", "Validated billing workflows", options, known, hint=hint)]


def _workflow_names(enrollment: Enrollment) -> tuple[str, ...]:
    return tuple(workflow.name for workflow in enrollment.workflows)


def submitted(request: Request) -> Response:
    """Finish the act with what was typed."""
    enrollment, key = request.load_target()
    assert key is not None, "the form of an act names its step"
    typed = request.values
    try:
        if SPECS[key].form is Form.VALIDATED_WORKFLOWS:
            request.enrollments.validate(request.caller(), enrollment.id, _validated(enrollment, typed))
        else:
            request.enrollments.act_done(request.caller(), enrollment.id, key, **parse(enrollment, key, typed))
    except NeedsConfirmation as question:
        return replace_view(build(enrollment, key, typed, question.warnings, report_for(request, enrollment, key)))
    return Response()


def parse(enrollment: Enrollment, key: StepKey, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What the act collects, by the names that the use case takes.

    Raises:
        InvalidForm: with every fault.
    """
    fields = forms.Fields(typed)
    values: dict[str, Any] = {}
    match SPECS[key].form:
        case Form.SPOT_ORG_ID:
            values["spot_org_id"] = fields.take("spot_org_id", lambda raw: parse_org_id(raw, enrollment.account_id))
        case Form.AWS_DETAILS:
            values["role_arn"] = fields.optional("role_arn", lambda raw: parse_role_arn(raw, enrollment.account_id))
            values["bucket"] = fields.optional("bucket", parse_bucket)
        case Form.CALL_DATE:
            values["call_date"] = fields.optional("call_date", date.fromisoformat)
        case Form.TICKET_NUMBER:
            values["ticket_number"] = fields.take(
                "ticket_number", lambda raw: parse_line(raw, "the ticket number", _MAX_TICKET)
            )
        case Form.SUBSET_NAMES:
            values["names"] = _names(fields, typed, enrollment.subsets)
        case Form.WORKFLOW_NAMES:
            values["names"] = _names(fields, typed, _workflow_names(enrollment))
        case _:
            pass
    fields.check()
    return values


def _names(fields: forms.Fields, typed: Mapping[str, Any], known: tuple[str, ...]) -> tuple[str, ...] | None:
    if _is_edited(known):
        return fields.take("names", parse_names)
    gone = removed(fields, typed.get(REMOVE), {format_name(name): name for name in known}, parse_names)
    kept = tuple(name for name in known if name not in gone)
    return (*kept, *(fields.optional("names", lambda raw: parse_names(raw, kept)) or ()))


def _validated(enrollment: Enrollment, typed: Mapping[str, Any]) -> frozenset[str]:
    names = _workflow_names(enrollment)
    chosen = typed.get("validated") or []
    if ALL in chosen:
        return frozenset(names)
    if names and not chosen:
        raise InvalidInput("Choose at least one billing workflow that you have validated.", field="validated")
    return frozenset(name for name in names if forms.key_of(name) in chosen)
