"""What people do with tickets beside sending them: get one as a file, describe a custom billing workflow for one."""

from __future__ import annotations

from bot.delivery import outbox_writer
from bot.domain import shown_values, transitions, workflow_requests
from bot.domain.enrollment import Enrollment, Event, EventKind, State
from bot.domain.step_spec import StepKey
from bot.domain.workflow_requests import WorkflowRequest
from bot.repository import audit, enrollment_reader, idempotency_keys
from bot.repository.database import Connection
from bot.use_cases import stand_ins, ticket_files
from bot.use_cases.caller import Caller
from bot.use_cases.enrollments import Enrollments


class TicketedEnrollments(Enrollments):
    """The changes that people can make to enrollments, and what they do with their tickets."""

    @property
    def ticket_lines(self) -> int | None:
        """The most lines of a list in one ticket; None for any number."""
        return self._policy.ticket_lines

    def owe_ticket_file(self, caller: Caller, seen: Enrollment, step: StepKey, text: str, parts: int = 1) -> None:
        """Put a step's ticket, written from `seen`, into the outbox as a file for the caller, once for each text.

        Asked for again, a file that was posted is looked up, and posted again if it was deleted.
        """
        with self._database.write() as connection:
            now, current = self._clock.now(), enrollment_reader.load(connection, caller.workspace, seen.id)
            stand_ins.require_change(connection, current, caller.actor, now, step)
            ticket_files.owe(connection, caller, seen, step, text, parts, now)
        self.wake()

    def workflow_request(self, workspace: str, enrollment_id: int) -> WorkflowRequest | None:
        """The custom billing workflow as it was described last; None if nobody has. Raises like `get`."""
        self.get(workspace, enrollment_id)
        with self._database.read() as connection:
            return _last_request(connection, enrollment_id)

    def describe_workflow(self, caller: Caller, enrollment_id: int, wanted: WorkflowRequest) -> Enrollment:
        """Keep the description of a custom billing workflow in the audit, with a line in the thread.

        The same words as before add nothing.

        Raises:
            NotAllowed. StepConflict: the step is not open.
            NeedsConfirmation: somebody has described another one since the form was opened.
        """
        with self._database.write(urgent=True) as connection:
            before = enrollment_reader.load(connection, caller.workspace, enrollment_id, lock=True)
            now, key = self._clock.now(), caller.idempotency_key
            if key and not idempotency_keys.add(connection, caller.workspace, key, before.id, now):
                return before
            step = workflow_requests.step_of(before)
            absent = stand_ins.require_change(connection, before, caller.actor, now, step)
            transitions.require_state(before, step, now, State.OPEN)
            known = _last_request(connection, enrollment_id)
            if wanted.says_the_same(known):
                return before
            if caller.shown is not None:
                values, new = workflow_requests.form_values(known), workflow_requests.form_values(wanted)
                by = f"<@{known.by}>" if known else "Somebody"
                caller.require(shown_values.overwritten(caller.shown, values, new, lambda _: by))
            details = {**wanted.details, **({"for": absent} if absent else {})}
            event = Event(EventKind.WORKFLOW_DESCRIBED, step, details)
            outbox_writer.tell(connection, before, event, caller.actor.user_id, now)
        self.wake()
        return before


def _last_request(connection: Connection, enrollment_id: int) -> WorkflowRequest | None:
    found = audit.events_of_each(connection, [enrollment_id], [EventKind.WORKFLOW_DESCRIBED]).get(enrollment_id)
    if not found:
        return None
    event, by, _ = found[-1]
    return workflow_requests.of_event(event.details, by)
