"""Moves enrollments to another procedure or version: for people who change their mind, and for operators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bot.delivery import email_outbox, outbox_writer
from bot.domain import procedure_change
from bot.domain.enrollment import Enrollment
from bot.domain.errors import DomainError, StepConflict
from bot.domain.procedure import offered
from bot.domain.procedure_change import Move
from bot.domain.sentences import sentence
from bot.domain.step_spec import Procedure
from bot.domain.ticket_emails import Outcome
from bot.repository import enrollment_reader, idempotency_keys, search
from bot.repository.database import Connection
from bot.repository.enrollment_reader import Unreadable
from bot.use_cases import owner_notices, stand_ins
from bot.use_cases.caller import Caller
from bot.use_cases.enrollments import Enrollments

_TOO_LATE = sentence("A ticket has gone to Spot support already, so the procedure can't be chosen again.")


class ProcedureMoves(Enrollments):
    """Moves of enrollments to another procedure."""

    def alternatives(self, enrollment: Enrollment, caller: Caller) -> tuple[Procedure, ...]:
        """The procedures among which people can choose again, the enrollment's own first; none once it is too late."""
        if not procedure_change.is_early(enrollment):
            return ()
        with self._database.read() as connection:
            if _emails(connection, enrollment):
                return ()
        now, own, found = self._clock.now(), enrollment.procedure, list[Procedure]()
        for each in (other for other in offered() if other.key != own.key):
            try:
                procedure_change.move(enrollment, each, caller.actor.user_id, now, self._policy)
            except DomainError:  # a wait that it lacks is running: it is not offered
                continue
            found.append(each)
        return (own, *found) if found else ()

    def preview_move(self, caller: Caller, enrollment_id: int, target: Procedure) -> Move:
        """What moving an enrollment would change; raises as `procedure_change.move` does."""
        with self._database.read() as connection:
            before = enrollment_reader.load(connection, caller.workspace, enrollment_id)
        return procedure_change.move(before, target, caller.actor.user_id, self._clock.now(), self._policy)

    def move(self, caller: Caller, enrollment_id: int, target: Procedure, *, early: bool = False) -> Enrollment:
        """Move an enrollment to another procedure.

        Args:
            early: only while no ticket has gone to support.

        Raises:
            NothingToDo, StepConflict: see `procedure_change.move`. NotAllowed: the person may not change it.
        """
        with self._database.write(urgent=True) as connection:
            before = enrollment_reader.load(connection, caller.workspace, enrollment_id, lock=True)
            now, key = self._clock.now(), caller.idempotency_key
            if key and not idempotency_keys.add(connection, caller.workspace, key, before.id, now):
                return before
            absent = stand_ins.require_change(connection, before, caller.actor, now)
            before = self._with_new_steps(connection, before, now)
            emails = _emails(connection, before)
            if early and (Outcome.SENT in emails or not procedure_change.is_early(before)):
                raise StepConflict(_TOO_LATE)
            if Outcome.UNDERWAY in emails:
                words = "A ticket is on its way to Spot support by email. Try again in a minute."
                raise StepConflict(sentence(words))
            moved = procedure_change.move(before, target, caller.actor.user_id, now, self._policy)
            change = owner_notices.owe(connection, moved.aligned, moved.change, caller.actor)
            change = stand_ins.in_the_name_of(change, absent)
            saved = outbox_writer.save_move(connection, before, replace(moved, change=change), self._policy)
        self.wake()
        return saved

    def on_each(self) -> dict[str, Counter[str]]:
        """Reference of a procedure -> how many enrollments go through it, by their status; the database's all."""
        with self._database.read() as connection:
            return search.on_each_procedure(connection)

    def to_move(
        self, workspace: str, accounts: Sequence[str], reference: str | None
    ) -> tuple[list[Enrollment], list[Unreadable]]:
        """The enrollments of these accounts, and those on a procedure, that are not cancelled; the oldest first.

        With them those of which something cannot be read; the log says why.
        """
        with self._database.read() as connection:
            return search.not_cancelled(connection, workspace, accounts, reference)


def _emails(connection: Connection, enrollment: Enrollment) -> set[Outcome]:
    """The outcomes of the emails with its tickets; an unknown one counts as sent."""
    keys = [spec.key for spec in enrollment.procedure.steps if spec.ticket]
    found = {each.outcome for key in keys for each in email_outbox.attempts(connection, enrollment, key)}
    if Outcome.UNKNOWN in found:
        found.add(Outcome.SENT)
    return found & {Outcome.SENT, Outcome.UNDERWAY}
