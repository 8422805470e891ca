"""**Set up AWS**: a link that fills in Spot's stack, and commands to copy for the bucket and the report.

The bot writes nothing to AWS: whoever has the rights there opens the link and runs the commands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain.aws import setup_commands
from bot.domain.aws.check_sets import check_set
from bot.domain.aws.setup_commands import Setup
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import parse_bucket, parse_external_id
from bot.domain.step_spec import StepKey
from bot.handlers import forms
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.presentation import blocks, texts
from bot.presentation.buttons import format_value

OPEN, SUBMIT = "aws.set_up", "aws.commands"
LABEL = "Set up AWS"
_BUCKET, _REPORT, _EXTERNAL_ID, _STACK = "bucket", "report", "external_id", "stack"


def register(router: Router) -> None:
    """Register the listeners of the button in the window of a check, and of its form."""
    router.action(OPEN, open_form)
    router.submission(SUBMIT, submitted)


def buttons(enrollment: Enrollment, key: StepKey) -> list[dict[str, Any]]:
    """The button that opens the form; none where the checks of the step are about something else."""
    if not check_set(enrollment.procedure.checks_from(key)).sets_up:
        return []
    return [blocks.button(LABEL, OPEN, format_value(enrollment.id, key), "Set up AWS: a link and commands")]


def open_form(request: Request) -> Response:
    """Ask for the names, if the person may act on the step; what is known stands there already."""
    enrollment, key = request.load_target_for_change()
    last = request.services.aws_checks.last(enrollment, key) if enrollment.checked_at else None
    known = enrollment.value("bucket") or (last.bucket if last else None)
    begun = {
        _BUCKET: known or setup_commands.suggested_bucket(enrollment.account_id),
        _REPORT: setup_commands.REPORT,
        _STACK: setup_commands.STACK,
        _EXTERNAL_ID: enrollment.value("spot_external_id"),
    }
    return Response(view=_form(enrollment, key, begun))


def _form(enrollment: Enrollment, key: StepKey, typed: Mapping[str, Any]) -> dict[str, Any]:
    return forms.modal(
        SUBMIT,
        LABEL,
        [
            SectionBlock(text=texts.say("checks/set_up_ask", enrollment=enrollment)),
            forms.text(_BUCKET, "Bucket", typed, longest=63, hint="The bucket of the report. It can be a new one."),
            forms.text(_REPORT, "Name of the report", typed, longest=256),
            forms.text(
                _EXTERNAL_ID,
                "Spot's external ID",
                typed,
                optional=True,
                longest=1224,
                hint="The Spot console shows it with the custom template. Leave it empty if it shows none.",
            ),
            forms.text(_STACK, "Name of the stack", typed, longest=128),
        ],
        submit="Show",
        metadata={"enrollment": enrollment.id, "step": key},
    )


def submitted(request: Request) -> Response:
    """Show the link and the commands with the names that were typed."""
    enrollment, _ = request.load_target_for_change()
    fields = forms.Fields(request.values)
    bucket = fields.take(_BUCKET, parse_bucket)
    report = fields.take(_REPORT, setup_commands.parse_report)
    stack = fields.take(_STACK, setup_commands.parse_stack)
    external_id = fields.optional(_EXTERNAL_ID, parse_external_id)
    fields.check()
    setup = Setup(enrollment.account_id, bucket or "", report or "", stack or "", external_id or "")
    return replace_view(_commands(enrollment, setup))


def _commands(enrollment: Enrollment, setup: Setup) -> dict[str, Any]:
    """The window with the link and the commands, in the order in which they are needed."""
    parts: list[Block] = [SectionBlock(text=texts.say("checks/set_up", enrollment=enrollment))]
    for name, command in (
        ("bucket", setup.create_bucket),
        ("policy", setup.put_bucket_policy),
        ("report", setup.put_report_definition),
    ):
        parts += [SectionBlock(text=texts.say(f"checks/set_up_{name}", setup=setup)), forms.verbatim(name, command)]
    parts += [SectionBlock(text=texts.say(f"checks/set_up_{name}", setup=setup)) for name in ("stack", "external_id")]
    return forms.modal("notice", LABEL, parts, submit=None)
