"""Workflow Builder: runs a custom step of the app, for a person or for nobody, and knows what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .channel_client import Member, member_id
from .core import Core
from .event_delivery import EventSender
from .event_loop import LoopThread
from .function_runs import USER_CONTEXT, FunctionRun, parameters
from .local_errors import NotPossible
from .payloads import action_ts, event
from .recorder import Delivery
from .workspace_model import Json
from .workspace_state import random_word


class Workflows:
    """Runs steps of workflows; from any thread."""

    def __init__(self, core: Core, loop: LoopThread, sender: EventSender) -> None:
        self._core = core
        self._loop = loop
        self._sender = sender

    def run_step(self, callback_id: str, person: Member | str | None = None, /, **inputs: Any) -> Delivery:
        """Run a step of the manifest and deliver it to the app; inputs that are left out come from nowhere.

        Args:
            person: whose press brought the workflow there, so that Slack itself fills the inputs of the type
                user_context; None for one that started by a schedule or from a program.

        Raises:
            NotPossible: the app has no such step.
        """
        definition = self._core.manifest.functions.get(callback_id)
        if definition is None:
            raise NotPossible(f"The app has no step {callback_id!r}.")

        async def run() -> Delivery:
            given = self._context(definition, person) | inputs
            return await self._sender.deliver("event_callback", self._payload(callback_id, definition, given))

        return self._loop.run(run())

    @property
    def runs(self) -> list[FunctionRun]:
        """The runs so far, as they stand now, the oldest first."""
        return self._loop.read(lambda: [replace(run) for run in self._core.runs.values()])

    def cancel(self, run_id: str) -> None:
        """End a run from outside, as somebody who ends its workflow does."""
        self._loop.read(lambda: setattr(self._core.runs[run_id], "state", "failed"))

    def forget(self, run_id: str) -> None:
        """Take a run away, as Slack does some time after its workflow has ended."""
        self._loop.read(lambda: self._core.runs.pop(run_id))

    def _context(self, definition: Json, person: Member | str | None) -> Json:
        if person is None:
            return {}
        user = member_id(self._core, person)
        wanted = parameters(definition, "input_parameters").items()
        return {name: {"id": user, "secret": random_word(24)} for name, of in wanted if of.get("type") == USER_CONTEXT}

    def _payload(self, callback_id: str, definition: Json, inputs: Json) -> Json:
        core = self._core
        run = FunctionRun(
            core.workspace.new_id("Fx"),
            core.workspace.new_id("Wx"),
            callback_id,
            f"xwfp-{random_word(24)}",
            core.workspace.seconds(),
        )
        core.runs[run.id] = run
        function = {
            "id": core.workspace.new_id("Fn"),
            "callback_id": callback_id,
            "title": definition["title"],
            "description": definition["description"],
            "type": "app",
            "input_parameters": _listed(definition, "input_parameters"),
            "output_parameters": _listed(definition, "output_parameters"),
            "app_id": core.app_id,
            "date_created": 0,
            "date_updated": 0,
            "date_deleted": 0,
        }
        executed = {
            "type": "function_executed",
            "function": function,
            "inputs": inputs,
            "function_execution_id": run.id,
            "workflow_execution_id": run.workflow_id,
            "event_ts": action_ts(core),
            "bot_access_token": run.token,
        }
        return event(core, executed)


def _listed(definition: Json, which: str) -> list[Json]:
    required = (definition.get(which) or {}).get("required") or ()
    return [
        {"type": "string", **of, "name": name, "is_required": name in required}
        for name, of in parameters(definition, which).items()
    ]
