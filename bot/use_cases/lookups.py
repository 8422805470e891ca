"""Queries about enrollments: by ID, account, person, channel or message. Each finds what its viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from bot.delivery import outbox
from bot.delivery.channel_leases import closed_channels
from bot.domain.access import Actor, may_see, require_sight, seen_steps
from bot.domain.enrollment import Enrollment, Event
from bot.domain.errors import NotVisible
from bot.domain.step_spec import StepKey
from bot.repository import audit, enrollment_reader, listed_enrollments, search, sight, zones
from bot.repository.database import Database
from bot.repository.enrollment_reader import Unreadable
from bot.repository.search import Matches as Matches  # noqa: PLC0414  # handlers name the type
from bot.repository.sight import Sight


@dataclass(frozen=True, slots=True)
class Overview:
    """Enrollments, the oldest first, and the account names of the unreadable ones."""

    enrollments: list[Enrollment]
    unreadable: list[str]


class Lookups:
    """Queries; each method is one transaction and sees one consistent state. Slack is asked after it, if at all."""

    #: Whose view it is; None for the bot itself, which sees everything.
    _viewer: Actor | None = None

    def __init__(self, database: Database) -> None:
        self._database = database

    def seen_by(self, viewer: Actor) -> Self:
        """The same use cases, in which every query finds only what that person may see."""
        same = copy(self)
        same._viewer = viewer
        return same

    @property
    def unviewed(self) -> Self:
        """The same use cases as the bot itself sees them: for what is decided, not for what is shown."""
        same = copy(self)
        same._viewer = None
        return same

    def _sees(self, enrollment: Enrollment) -> bool:
        return self._viewer is None or may_see(enrollment, self._viewer)

    def _shown(self, enrollment: Enrollment) -> frozenset[StepKey]:
        """The steps of an enrollment that may be shown."""
        if self._viewer is None:
            return frozenset(spec.key for spec in enrollment.procedure.steps)
        return seen_steps(enrollment, self._viewer)

    def _seen(self, enrollment: Enrollment, step: StepKey | None = None) -> Enrollment:
        """The enrollment; raises `NotVisible` unless the viewer may see it, or that one step of it."""
        if self._viewer is not None:
            require_sight(enrollment, self._viewer, step)
        return enrollment

    def get(self, workspace: str, enrollment_id: int, step: StepKey | None = None) -> Enrollment:
        """One enrollment.

        Args:
            step: the step that is to be shown and nothing else, so that the people of its party may see it, too.

        Raises:
            UnknownEnrollment: there is none. NotVisible: it is not for the viewer.
        """
        with self._database.read() as connection:
            enrollment = enrollment_reader.load(connection, workspace, enrollment_id)
        return self._seen(enrollment, step)

    def get_in_part(self, workspace: str, enrollment_id: int) -> tuple[Enrollment, frozenset[StepKey]]:
        """One enrollment, and which of its steps may be shown; raises like `get` where none may."""
        with self._database.read() as connection:
            enrollment = enrollment_reader.load(connection, workspace, enrollment_id)
        if not (shown := self._shown(enrollment)):
            raise NotVisible(enrollment.people)
        return enrollment, shown

    def overview(self, workspace: str, *, cancelled: bool = False, of: str | None = None) -> Overview:
        """Every enrollment, optionally with the cancelled ones; an unreadable one does not hide the others.

        Args:
            of: only those that this person owns or collaborates on, or with a step that is assigned to them; with those
                of the people for whom the viewer stands in.
        """
        with self._database.read() as connection:
            conditions = () if cancelled else (search.NOT_CANCELLED,)
            found, unreadable = enrollment_reader.load_readable(connection, workspace, *conditions)
        names = [each.account_name for each in unreadable if self._sees_unreadable(each)]
        whose = frozenset[str]() if of is None else frozenset((of,))
        if self._viewer is not None and of == self._viewer.user_id:
            whose |= self._viewer.stands_in_for
        wanted = (
            found if of is None else [each for each in found if not whose.isdisjoint((*each.people, *each.assignees))]
        )
        return Overview([enrollment for enrollment in wanted if self._sees(enrollment)], names)

    def _sees_unreadable(self, found: Unreadable) -> bool:
        viewer = self._viewer
        if viewer is None or viewer.is_admin or viewer.user_id == found.owner:
            return True
        return viewer.sees_channel(found.channel_id)

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
        return self.overview(workspace, cancelled=True, of=user_id).enrollments

    def matching(self, workspace: str, account: str, channel_id: str, *, in_part: bool = False) -> Matches:
        """The enrollments that `account` may mean: an ID or a name; if it is empty, those of the channel.

        One entry is a clear answer; with several or none, the person has to choose.

        Args:
            in_part: whether those are found, too, of which the viewer sees the steps of their party alone.
        """
        found = Matches()
        for condition in search.meanings(account, channel_id):
            if (found := self._choices(workspace, condition, in_part)).total:
                break
        if not account.strip() and found.total > 1:
            active = self._choices(workspace, search.active_in(channel_id), in_part)
            return active if active.total == 1 else found
        newest_alone = search.names_account(account)
        return Matches(found.options[-1:], min(found.total, 1)) if newest_alone else found

    def choices(self, workspace: str, *, in_part: bool = False) -> Matches:
        """Every enrollment that is not cancelled; `in_part` as for `matching`."""
        return self._choices(workspace, search.NOT_CANCELLED, in_part)

    def _choices(self, workspace: str, condition: Any, in_part: bool = False) -> Matches:
        viewer = self._viewer
        users = sorted(viewer.acting_for) if viewer is not None else []
        seen: list[str] | None = None
        if viewer is not None and not viewer.is_admin:
            with self._database.read() as connection:
                asked = sight.channels_where(connection, workspace, users, condition)
            seen = [channel for channel in asked if viewer.sees_channel(channel)]
        with self._database.read() as connection:
            of_viewer = Sight(workspace, users, seen, in_part)
            return search.choices(connection, of_viewer, condition)

    def of_message(self, workspace: str, channel_id: str, ts: str) -> int | None:
        """The ID of the enrollment to which a message of the bot belongs."""
        with self._database.read() as connection:
            return outbox.enrollment_of_message(connection, workspace, channel_id, ts)

    def of_round(self, workspace: str, row_id: int) -> list[tuple[Enrollment, frozenset[StepKey]]]:
        """The readable active enrollments that a round names, each with its steps; for a digest, all of its channel.

        Raises `NotVisible` if none of them is for the viewer.
        """
        with self._database.read() as connection:
            named = search.of_round(connection, workspace, row_id)
        seen = [(enrollment, shown) for enrollment, steps in named if (shown := steps & self._shown(enrollment))]
        if named and not seen:
            raise NotVisible(tuple(dict.fromkeys(enrollment.owner for enrollment, _ in named)))
        return seen

    def several(self, workspace: str, ids: Sequence[int]) -> dict[int, Enrollment]:
        """The readable ones of these enrollments, by ID: those of a page of a list."""
        with self._database.read() as connection:
            found = listed_enrollments.listed(connection, workspace, ids)
        return {enrollment.id: enrollment for enrollment in found if self._sees(enrollment)}

    def unlisted(self, workspace: str) -> list[str]:
        """The account names of the enrollments that no list has, because their stored data cannot be read."""
        with self._database.read() as connection:
            found = listed_enrollments.unlisted(connection, workspace)
        return [each.account_name for each in found if self._sees_unreadable(each)]

    def latest_change(self) -> int:
        """A number that is another one after every change of an enrollment."""
        with self._database.read() as connection:
            return audit.latest(connection)

    def history(self, workspace: str, enrollment_id: int) -> list[tuple[Event, str, datetime]]:
        """The audit of an enrollment in order: event, user ID, time; raises `UnknownEnrollment` like `get`."""
        with self._database.read() as connection:
            enrollment = enrollment_reader.load(connection, workspace, enrollment_id)  # maybe of another workspace
            events = audit.events_of(connection, enrollment_id)
        self._seen(enrollment)
        return events

    def card(self, workspace: str, enrollment_id: int) -> tuple[str, str] | None:
        """(channel ID, ts) of the enrollment's card, once it is posted."""
        with self._database.read() as connection:
            row = outbox.card_of(connection, workspace, enrollment_id)
        return (row.posted_channel, row.ts) if row and row.posted_channel and row.ts else None

    def closed_channels(self, workspace: str) -> dict[str, str]:
        """Channel ID -> why Slack refuses messages there."""
        with self._database.read() as connection:
            return closed_channels(connection, workspace)
