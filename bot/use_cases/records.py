"""The record of an enrollment: its history in pages, its export as a file, and the undoing of its last change."""

from __future__ import annotations

import hashlib
from datetime import datetime

from bot.delivery import outbox, outbox_writer
from bot.domain import undo
from bot.domain.access import require_sight
from bot.domain.enrollment import Enrollment, Event, EventKind
from bot.domain.errors import AlreadyEnrolled, Conflict, DomainError
from bot.domain.history import HistoryPage, HistoryQuery
from bot.domain.undo import LastChange
from bot.repository import audit, enrollment_reader, idempotency_keys, last_changes, list_exports
from bot.repository.database import Connection
from bot.repository.outbox_columns import MessageKind
from bot.use_cases import confirmations, owner_notices, stand_ins
from bot.use_cases.caller import Caller
from bot.use_cases.enrollments import Enrollments


class Records(Enrollments):
    """What people read of the past, take away as a file, and take back."""

    def history_page(self, workspace: str, enrollment_id: int, query: HistoryQuery) -> HistoryPage:
        """A page of the audit; raises `UnknownEnrollment` or `NotVisible` like `get`."""
        with self._database.read() as connection:
            enrollment = enrollment_reader.load(connection, workspace, enrollment_id)  # maybe of another workspace
            tickets = [spec.key for spec in enrollment.procedure.steps if spec.ticket]
            page = audit.page(connection, enrollment_id, query, tickets)
        self._seen(enrollment)
        return page

    # Export ---------------------------------------------------------------------------------------------------

    def export(self, caller: Caller, enrollment_id: int, request: str) -> bool:
        """Have the record of an enrollment sent to the person who asks, as a file in a direct message.

        Args:
            request: names the request; a repeated one is carried out once.

        Returns:
            False where the file is on its way already, and nothing was added.

        Raises:
            NotVisible: the person may not see the enrollment.
        """
        seen = self.get(caller.workspace, enrollment_id)
        require_sight(seen, caller.actor)
        now, user = self._clock.now(), caller.actor.user_id
        with self._database.write() as connection:
            # Slack, which knows who sees what, cannot be asked in here.
            current = enrollment_reader.load(connection, caller.workspace, enrollment_id, lock=True)
            if current.version != seen.version:
                raise Conflict
            workspace, kind = caller.workspace, MessageKind.EXPORT
            if outbox.is_owed(connection, workspace, kind, user, enrollment_id):
                return False
            key, payload = f"export:{enrollment_id}:{user}:{_digest(request)}", {"to": [user]}
            if outbox.owe(connection, workspace, key, kind, user, now, enrollment_id=enrollment_id, payload=payload):
                outbox_writer.tell(connection, current, Event(EventKind.EXPORTED), user, now)
        self.wake()
        return True

    def export_list(self, caller: Caller, request: str) -> bool:
        """Have the list of all enrollments that the person may see sent to them as CSV; see `export`.

        An entry in the audit of such exports says who asked for it.
        """
        now, user = self._clock.now(), caller.actor.user_id
        with self._database.write() as connection:
            if outbox.is_owed(connection, caller.workspace, MessageKind.EXPORT, user, None):
                return False
            key, payload = f"export:list:{user}:{_digest(request)}", {"to": [user]}
            if outbox.owe(connection, caller.workspace, key, MessageKind.EXPORT, user, now, payload=payload):
                list_exports.note(connection, caller.workspace, user, now)
        self.wake()
        return True

    # Undo -----------------------------------------------------------------------------------------------------

    def undoable(self, caller: Caller, enrollment_id: int) -> LastChange:
        """The last change of an enrollment, which the person may undo now.

        Raises:
            NotAllowed, StepConflict: see `undo.require_undoable`.
        """
        now = self._clock.now()
        with self._database.read() as connection:
            enrollment = enrollment_reader.load(connection, caller.workspace, enrollment_id)
            return _undoable(connection, enrollment, caller, None, now)

    def can_undo(self, caller: Caller, enrollment_id: int) -> bool:
        """Whether the person may undo the last change now."""
        try:
            self.undoable(caller, enrollment_id)
        except DomainError:
            return False
        return True

    def undo(self, caller: Caller, enrollment_id: int, number: int) -> Enrollment:
        """Undo the last change, whose first event has that number.

        Raises:
            NotAllowed, StepConflict: see `undo.require_undoable`. AlreadyEnrolled: the account has another enrollment.
        """
        try:
            return self._undo(caller, enrollment_id, number)
        except AlreadyEnrolled as known:
            there = self.unviewed.get(caller.workspace, known.enrollment_id)
            raise confirmations.as_seen(known, there, caller.actor) from None

    def _undo(self, caller: Caller, enrollment_id: int, number: int) -> Enrollment:
        with self._database.write(urgent=True) as connection:
            before = enrollment_reader.load(connection, caller.workspace, enrollment_id, lock=True)
            now, key = self._clock.now(), caller.idempotency_key
            if key and not idempotency_keys.add(connection, caller.workspace, key, before.id, now):
                return before
            last = _undoable(connection, before, caller, number, now)
            change = undo.undo(before, last, caller.actor.user_id, now, self._policy)
            change = owner_notices.owe(connection, before, change, caller.actor)
            change = stand_ins.in_the_name_of(change, stand_ins.acts_for(connection, before, caller.actor, now))
            saved = outbox_writer.save_with_outbox(connection, before, change, self._policy)
        self.wake()
        return saved


def _undoable(
    connection: Connection, enrollment: Enrollment, caller: Caller, number: int | None, now: datetime
) -> LastChange:
    last = last_changes.last(connection, enrollment)
    sent = last_changes.sent_to_support(connection, enrollment, last.at) if last is not None else ()
    return undo.require_undoable(enrollment, last, sent, caller.actor, now, number)


def _digest(request: str) -> str:
    return hashlib.sha256(request.encode()).hexdigest()[:16]
