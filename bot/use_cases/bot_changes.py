"""What the bot changes in enrollments by itself: the zones of their owners, and steps that the procedure has got."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from bot.delivery import outbox_writer
from bot.domain import lifecycle
from bot.domain.enrollment import Enrollment
from bot.domain.errors import UnknownEnrollment
from bot.repository import enrollment_reader, search, zones
from bot.repository.database import Connection
from bot.use_cases.enrollments import Enrollments

log = logging.getLogger(__name__)


class BotChanges(Enrollments):
    """Changes of many enrollments, each in a transaction of its own."""

    def set_zone(self, workspace: str, owner: str, zone: str, stopping: Callable[[], bool] = lambda: False) -> None:
        """Store an owner's time zone and move their reminders into its hours, until the process is `stopping`.

        One transaction for each enrollment. The delivery is not woken: what follows is sent after its next tick.
        """
        with self._database.read() as connection:
            moved = zones.in_another_zone(connection, workspace, owner, zone)

        def move(connection: Connection, before: Enrollment, now: datetime) -> None:
            change = lifecycle.set_zone(before, zone, now, self._policy)
            outbox_writer.save_with_outbox(connection, before, change, self._policy)

        for enrollment_id in moved:
            if stopping():
                return
            self._by_itself(workspace, enrollment_id, move, "the zone of enrollment %s cannot be stored")

    def add_new_steps(self) -> None:
        """Add steps that are new in the procedure to the enrollments that lack them, when the bot starts.

        One transaction for each enrollment. The delivery is not woken: it starts later.
        """
        with self._database.read() as connection:
            missing = search.with_missing_steps(connection)
        for workspace, enrollment_id in missing:
            self._by_itself(workspace, enrollment_id, self._with_new_steps, "enrollment %s cannot get its new steps")

    def _by_itself(
        self,
        workspace: str,
        enrollment_id: int,
        change: Callable[[Connection, Enrollment, datetime], object],
        failure: str,
    ) -> None:
        """Change one enrollment of several; the others do not wait until one that cannot be read is repaired."""
        try:
            with self._database.write() as connection:
                before = enrollment_reader.load(connection, workspace, enrollment_id, lock=True)
                change(connection, before, self._clock.now())
        except (UnknownEnrollment, LookupError, ValueError):
            log.exception(failure, enrollment_id)
