"""What is done once an hour: old keys are deleted, lists and time zones refreshed, what is over for long is deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.schedule import Clock
from bot.repository import bulk_rows, idempotency_keys, last_changes, list_previews
from bot.repository.database import Database
from bot.use_cases import OwnedEnrollments
from bot.use_cases.read_model import ReadModel
from bot.use_cases.retention import Retention
from bot.workspace import Workspace


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
        with self.database.write() as connection:
            for kept in (idempotency_keys, last_changes, list_previews, bulk_rows):
                kept.delete_expired(connection, self.clock.now())
        if self.retention is not None:
            self.retention.tick(self.workspace.id, self.stopping)
        self.read_model.refresh(self.workspace.id, self.stopping)
        self._refresh_zones()

    def _refresh_zones(self) -> None:
        workspace = self.workspace
        for owner, stored in self.enrollments.owner_zones(workspace.id).items():
            if self.stopping():
                return
            person = workspace.directory.find_person(owner)
            # Slack gives no time zone of a deactivated account: the last known one stays.
            if person is not None and not person.deactivated and stored != {person.zone}:
                self.enrollments.set_zone(workspace.id, owner, person.zone, self.stopping)
