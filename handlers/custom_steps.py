"""Custom steps for Workflow Builder: **Start an Eco enrollment** and **Wait for an Eco step**.

A step has no form, so every refusal ends its run, with the sentences that the form would show.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.domain.errors import DomainError, InvalidForm, InvalidInput, NeedsConfirmation, StepConflict
from bot.domain.inputs import shorten
from bot.domain.procedure import offered
from bot.domain.sentences import sentence
from bot.domain.start_form import STARTS_AN_HOUR, asked_fields, chosen_procedure
from bot.handlers import start_enrollment
from bot.handlers.failures import readable, report_failure
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.language.spoken import ENGLISH, speaking

START = "start_enrollment"
WAIT = "wait_for_step"

_OFF = "Steps of workflows are switched off here. Ask whoever runs this bot to set ECO_WORKFLOW_STEPS=yes."
_NOBODY = (
    "I can't tell who runs this workflow. Start it with a link or a shortcut, or put a message with a button before "
    "this step: whoever presses it runs the rest."
)
_BY_HAND = "A workflow can't confirm that. Start it by hand with `/eco enroll`."
#: The longest sentence that ends a run.
_LONGEST = 1000


def register(router: Router) -> None:
    """Listen to runs of both steps."""
    router.function(START, _answered(start))
    router.function(WAIT, _answered(wait))


def start(request: Request) -> None:
    """Start an enrollment as the start form does, for the person who runs the workflow."""
    request.require_starter(sentence("start an enrollment"))
    typed = _typed(request)
    form = start_enrollment.parse(request, typed)
    request.join_channel(form.channel_id)
    warnings = request.workspace.rights.channel_warnings(form.channel_id)
    request.enrollments.start(request.caller(warnings), form, an_hour=STARTS_AN_HOUR)


def wait(request: Request) -> None:
    """Let the run wait for a step of an enrollment that the person may see."""
    enrollment, step = (_text(request.inputs.get(name)) for name in ("enrollment", "step"))
    number, key = request.enrollments.awaited(request.workspace_id, enrollment, step)
    request.enrollments.wait_for(request.caller(), number, key)


def _typed(request: Request) -> dict[str, str]:
    """The inputs by the names of the start form's fields; raises `InvalidForm` for those that parsing lets pass."""
    given = {name: _text(value) for name, value in request.inputs.items()}
    procedure = chosen_procedure(given.get("procedure"))
    faults = {}
    if (wanted := given.get("procedure")) and wanted != procedure.key:
        names = ", ".join(each.key for each in offered())
        faults["procedure"] = f"There is no procedure “{shorten(wanted)}”. Use one of: {names}."
    if not given.get("channel"):
        faults["channel_id"] = "Choose the progress channel."
    if faults:
        raise InvalidForm(faults)
    fields = ("account_id", "account_name", *(field.key for field, _ in asked_fields(procedure)))
    typed = {name: given[name] for name in fields if name in given}
    people = {"owner": given.get("owner") or request.user, "channel_id": given["channel"]}
    return typed | people | {"procedure": procedure.key}


def _text(value: Any) -> str:
    """An input as text: Workflow Builder may give a number, and nothing where a variable is empty."""
    return str(value).strip() if isinstance(value, str | int) else ""


def _answered(listener: Callable[[Request], None]) -> Callable[[Request], Response]:
    """The listener, whose refusals and faults end the run; what cannot be stored is raised: Slack sends it again."""

    def run(request: Request) -> Response:
        try:
            if not request.services.workflow_steps:
                raise StepConflict(_OFF)
            if not request.user:
                raise StepConflict(_NOBODY)
            listener(request)
        except DomainError as error:
            _refuse(request, _words(request, error))
        except Exception as error:  # noqa: BLE001  # any bug: the person gets a reference, the log has the traceback
            _refuse(request, report_failure("step of a workflow", error))
        return Response()

    return run


def _refuse(request: Request, words: str) -> None:
    run = request.execution
    assert run is not None, "a step's run has an ID"
    request.services.enrollments.refuse_run(request.workspace_id, run, shorten(words, _LONGEST))


@speaking(ENGLISH)  # the run keeps the sentence
def _words(request: Request, error: DomainError) -> str:
    """A refusal as plain text, one fault a line."""
    if isinstance(error, NeedsConfirmation):
        return "\n".join((*(_readable(request, warning) for warning in error.warnings), _BY_HAND))
    if isinstance(error, InvalidForm):
        labels = _labels(request)
        return "\n".join(f"{labels.get(field, field)}: {words}" for field, words in error.faults.items())
    words = _readable(request, str(error))
    if isinstance(error, InvalidInput) and error.field in (labels := _labels(request)):
        return f"{labels[error.field]}: {words}"
    return words


def _readable(request: Request, words: str) -> str:
    """A sentence with names in the place of mentions, which may not work where Slack shows it."""
    directory = request.workspace.directory
    ids = frozenset(re.findall(r"<[@#]([A-Z0-9]+)>", words))
    return readable(words, ids, lambda user: directory.person(user).name, directory.channel_label)


def _labels(request: Request) -> dict[str, str]:
    procedure = chosen_procedure(_text(request.inputs.get("procedure")))
    return {
        "account_id": f"{procedure.account} ID",
        "account_name": "Account name",
        "channel_id": "Progress channel",
        "owner": "Owner",
        "procedure": "Procedure",
        **{field.key: field.label for field, _ in asked_fields(procedure)},
    }
