"""Runs of an app's custom steps: a workflow waits in one until the app completes it, or says that it failed."""

from __future__ import annotations

from dataclasses import dataclass

from .workspace_model import Json

#: Seconds for which the token works that comes with a run; and no longer than the run.
TOKEN_LIFETIME = 15 * 60
USER_CONTEXT = "slack#/types/user_context"


@dataclass
class FunctionRun:
    """One run of a step.

    Attributes:
        id, workflow_id: the `function_execution_id` and `workflow_execution_id`.
        token: the `bot_access_token` that the app gets for this run alone.
        state: "running", "completed" or "failed".
        outputs: what the app completed it with. error: why it failed, as the app said it.
    """

    id: str
    workflow_id: str
    callback_id: str
    token: str
    started: float
    state: str = "running"
    outputs: Json | None = None
    error: str | None = None


def parameters(definition: Json, which: str) -> dict[str, Json]:
    """Name -> definition of a step's `input_parameters` or `output_parameters`."""
    found: dict[str, Json] = (definition.get(which) or {}).get("properties") or {}
    return found


def fitting(definition: Json, outputs: Json) -> list[str]:
    """What is wrong with the outputs of a step, a sentence each."""
    known = parameters(definition, "output_parameters")
    required = (definition.get("output_parameters") or {}).get("required") or ()
    problems = [f"missing required field: {name}" for name in required if name not in outputs]
    problems += [f"unexpected field: {name}" for name in outputs if name not in known]
    for name, value in outputs.items():
        if known.get(name, {}).get("type") == "string" and not isinstance(value, str):
            problems.append(f"must be a string: {name}")
    return problems
