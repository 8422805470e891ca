"""What can be looked up about enrollments: one, several, those that a person may mean. Nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.delivery import outbox
from bot.delivery.channel_leases import closed_lanes
from bot.domain.enrollment import Enrollment, Event
from bot.repository import audit, enrollment_reader, search
from bot.repository.database import Database


@dataclass(frozen=True, slots=True)
class Overview:
    """Enrollments, the oldest first, and the names of the accounts of those that cannot be read."""

    enrollments: list[Enrollment]
    unreadable: list[str]


class Lookups:
    """Reads; each method is one transaction that sees one state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, workspace: str, enrollment_id: int) -> Enrollment:
        """One enrollment; `UnknownEnrollment` where there is none."""
        with self._database.read() as connection:
            return enrollment_reader.load(connection, workspace, enrollment_id)

    def overview(self, workspace: str, *, cancelled: bool = False) -> Overview:
        """Every enrollment; those that were cancelled if wanted. One that cannot be read does not hide the others."""
        with self._database.read() as connection:
            conditions = () if cancelled else (search.NOT_CANCELLED,)
            return Overview(*enrollment_reader.load_readable(connection, workspace, *conditions))

    def live(self, workspace: str) -> list[Enrollment]:
        """Every enrollment that was not cancelled, the oldest first."""
        return self.overview(workspace).enrollments

    def all(self, workspace: str) -> list[Enrollment]:
        """Every enrollment, cancelled ones too, the oldest first."""
        return self.overview(workspace, cancelled=True).enrollments

    def of_person(self, workspace: str, user_id: str) -> list[Enrollment]:
        """Those that the person owns or collaborates on, the oldest first."""
        return [e for e in self.all(workspace) if user_id in e.people]

    def matching(self, workspace: str, account: str, channel_id: str) -> list[Enrollment]:
        """The enrollments that `account` may mean: an ID or a name; where it is empty, those of the channel.

        One entry means that it is clear; several or none that the person has to choose.
        """
        with self._database.read() as connection:
            return search.matching(connection, workspace, account, channel_id)

    def of_message(self, workspace: str, channel_id: str, ts: str) -> Enrollment | None:
        """The enrollment whose card, or any other message of the bot, that is."""
        with self._database.read() as connection:
            found = outbox.enrollment_of_message(connection, workspace, channel_id, ts)
            return enrollment_reader.load(connection, workspace, found) if found is not None else None

    def history(self, workspace: str, enrollment_id: int) -> list[tuple[Event, str, datetime]]:
        """Everything that happened to an enrollment: what, who, when, in order."""
        with self._database.read() as connection:
            enrollment_reader.load(connection, workspace, enrollment_id)  # unknown in another workspace
            return audit.events_of(connection, enrollment_id)

    def card(self, workspace: str, enrollment_id: int) -> tuple[str, str] | None:
        """(channel ID, ts) of the enrollment's card, once it was posted."""
        with self._database.read() as connection:
            row = outbox.card_of(connection, workspace, enrollment_id)
        return (row.posted_channel, row.ts) if row and row.posted_channel and row.ts else None

    def closed_channels(self, workspace: str) -> dict[str, str]:
        """Channel ID -> why Slack refuses messages for it."""
        with self._database.read() as connection:
            return closed_lanes(connection, workspace)
