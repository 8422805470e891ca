"""The functions.* methods: an app completes the run of a custom step, once."""

from __future__ import annotations

from .call_arguments import Arguments
from .core import Core
from .function_runs import FunctionRun, fitting
from .local_errors import SlackError, invalid
from .workspace_model import Json


def complete_success(core: Core, args: Arguments) -> Json:
    """functions.completeSuccess: its outputs have to be those of the manifest."""
    run = _running(core, args)
    outputs = args.object("outputs", "invalid_arguments")
    if outputs is None:
        raise invalid("invalid_arguments", ["missing required field: outputs"])
    if problems := fitting(core.manifest.functions.get(run.callback_id, {}), outputs):
        raise invalid("parameter_validation_failed", problems)
    run.state, run.outputs = "completed", outputs
    core.workspace.changed()
    return {}


def complete_error(core: Core, args: Arguments) -> Json:
    """functions.completeError: people read the error."""
    run = _running(core, args)
    run.error = args.required("error")
    run.state = "failed"
    core.workspace.changed()
    return {}


def _running(core: Core, args: Arguments) -> FunctionRun:
    run = core.runs.get(args.required("function_execution_id"))
    if run is None:
        raise SlackError("function_execution_not_found")
    if run.state != "running":
        raise SlackError("execution_not_in_running_state")
    return run
