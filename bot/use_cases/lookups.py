"""Queries about enrollments: by ID, by account, by person, by channel or message. Nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.delivery import outbox
from bot.delivery.channel_leases import closed_channels
from bot.domain.enrollment import Enrollment, Event
from bot.domain.step_spec import StepKey
from bot.repository import audit, enrollment_reader, search, zones
from bot.repository.database import Database


@dataclass(frozen=True, slots=True)
class Overview:
    """Enrollments, the oldest first, and the account names of the unreadable ones."""

    enrollments: list[Enrollment]
    unreadable: list[str]


class Lookups:
    """Queries; each method is one transaction and sees one consistent state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, workspace: str, enrollment_id: int) -> Enrollment:
        """One enrollment; raises `UnknownEnrollment` if there is none."""
        with self._database.read() as connection:
            return enrollment_reader.load(connection, workspace, enrollment_id)

    def overview(self, workspace: str, *, cancelled: bool = False) -> Overview:
        """Every enrollment, optionally with the cancelled ones; an unreadable one does not hide the others."""
        with self._database.read() as connection:
            conditions = () if cancelled else (search.NOT_CANCELLED,)
            return Overview(*enrollment_reader.load_readable(connection, workspace, *conditions))

    def live(self, workspace: str) -> list[Enrollment]:
        """Every enrollment that is not cancelled, the oldest first."""
        return self.overview(workspace).enrollments

    def all(self, workspace: str) -> list[Enrollment]:
        """Every enrollment, including cancelled ones, the oldest first."""
        return self.overview(workspace, cancelled=True).enrollments

    def owner_zones(self, workspace: str) -> dict[str, set[str]]:
        """Owner -> the time zones stored for them; one query that loads no enrollment."""
        with self._database.read() as connection:
            return zones.owner_zones(connection, workspace)

    def of_person(self, workspace: str, user_id: str) -> list[Enrollment]:
        """The enrollments that a person owns or collaborates on, the oldest first."""
        return [e for e in self.all(workspace) if user_id in e.people]

    def matching(self, workspace: str, account: str, channel_id: str) -> list[Enrollment]:
        """The enrollments that `account` may mean: an ID or a name; if it is empty, those of the channel.

        One entry is a clear answer; with several or none, the person has to choose.
        """
        with self._database.read() as connection:
            return search.matching(connection, workspace, account, channel_id)

    def of_message(self, workspace: str, channel_id: str, ts: str) -> Enrollment | None:
        """The enrollment to which a message of the bot belongs."""
        with self._database.read() as connection:
            enrollment_id = outbox.enrollment_of_message(connection, workspace, channel_id, ts)
            return enrollment_reader.load(connection, workspace, enrollment_id) if enrollment_id is not None else None

    def of_round(self, workspace: str, row_id: int) -> list[tuple[Enrollment, frozenset[StepKey]]]:
        """The readable active enrollments that a round names, each with its steps; for a digest, all of its channel."""
        with self._database.read() as connection:
            return search.of_round(connection, workspace, row_id)

    def history(self, workspace: str, enrollment_id: int) -> list[tuple[Event, str, datetime]]:
        """The audit of an enrollment in order: event, user ID, time; raises `UnknownEnrollment` like `get`."""
        with self._database.read() as connection:
            enrollment_reader.load(connection, workspace, enrollment_id)  # it may belong to another workspace
            return audit.events_of(connection, enrollment_id)

    def card(self, workspace: str, enrollment_id: int) -> tuple[str, str] | None:
        """(channel ID, ts) of the enrollment's card, once it is posted."""
        with self._database.read() as connection:
            row = outbox.card_of(connection, workspace, enrollment_id)
        return (row.posted_channel, row.ts) if row and row.posted_channel and row.ts else None

    def closed_channels(self, workspace: str) -> dict[str, str]:
        """Channel ID -> why Slack refuses messages there."""
        with self._database.read() as connection:
            return closed_channels(connection, workspace)
