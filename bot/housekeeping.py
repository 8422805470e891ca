"""What is done once an hour: old keys are deleted, lists and time zones refreshed, what is over for long is deleted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.schedule import Clock
from bot.repository import bulk_rows, idempotency_keys, last_changes, list_previews
from bot.repository.database import Database
from bot.telemetry.log_context import about
from bot.use_cases import OwnedEnrollments
from bot.use_cases.read_model import ReadModel
from bot.use_cases.retention import Retention
from bot.workspace import Workspace

log = logging.getLogger(__name__)

#: What is kept for a while -> who deletes it.
_KEPT = {
    "keys of requests": idempotency_keys,
    "changes to undo": last_changes,
    "previews of lists": list_previews,
    "bulk starts": bulk_rows,
}


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """The hourly work of one process.

    Attributes:
        retention: deletes enrollments that are over; None where they are kept for ever.
        stopping: whether the process is about to end, so that nothing new is begun.
    """

    database: Database
    workspace: Workspace
    enrollments: OwnedEnrollments
    read_model: ReadModel
    retention: Retention | None
    clock: Clock
    stopping: Callable[[], bool]

    def tick(self) -> None:
        """Do it all."""
        with about(workspace=self.workspace.id):
            with self.database.write() as connection:
                deleted = {what: each.delete_expired(connection, self.clock.now()) for what, each in _KEPT.items()}
            if self.retention is not None:
                self.retention.tick(self.workspace.id, self.stopping)
            done = {"forecasts calculated": self.read_model.refresh(self.workspace.id, self.stopping)}
            done["time zones stored"] = self._refresh_zones()
            done |= {f"old {what} deleted": count for what, count in deleted.items()}
            if said := ", ".join(f"{what}: {count}" for what, count in done.items() if count):
                log.info("housekeeping: %s", said)

    def _refresh_zones(self) -> int:
        """Store the time zones of owners who have moved; return how many."""
        workspace, count = self.workspace, 0
        for owner, stored in self.enrollments.owner_zones(workspace.id).items():
            if self.stopping():
                break
            person = workspace.directory.find_person(owner)
            # Slack gives no time zone of a deactivated account: the last known one stays.
            if person is not None and not person.deactivated and stored != {person.zone}:
                self.enrollments.set_zone(workspace.id, owner, person.zone, self.stopping)
                count += 1
        return count
