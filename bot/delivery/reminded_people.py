"""Whom one message with reminders asks: mentioned, only named, or told by a direct message instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from bot.delivery.direct_reminders import DirectReminder
from bot.delivery.outbox import OutboxRow
from bot.domain.contacts import Asked, Availability, Preference, Reminding, whom_to_ask
from bot.domain.enrollment import Enrollment
from bot.domain.schedule import Clock
from bot.presentation import notifications, rounds
from bot.presentation.card import Message
from bot.presentation.digest import Links
from bot.presentation.notifications import Due
from bot.repository import people_settings
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind
from bot.slack.directory import Directory


def availability(database: Database, directory: Directory, workspace: str, clock: Clock) -> Availability:
    """Who can be asked now: a query for all absences, and one for each person who is asked."""
    with database.read() as connection:
        absences = people_settings.absences(connection, workspace, clock.now())

    @cache
    def preference(user: str) -> Preference:
        with database.read() as connection:
            return people_settings.preference(connection, workspace, user)

    return Availability(
        absences,
        preference,
        lambda user: not directory.person(user).deactivated,
        lambda: sorted(directory.admin_users()),
    )


@dataclass(frozen=True)
class RemindedPeople:
    """The people whom a message asks about the enrollments of its reminders, and about others that it names."""

    around: Availability
    directory: Directory
    items: tuple[Due, ...]
    _found: dict[int, Asked] = field(default_factory=dict)

    def asked(self, enrollment: Enrollment) -> Asked:
        """Whom the message asks about an enrollment: about all steps of it that the message reminds of."""
        if enrollment.id not in self._found:
            mine = [self._of(due) for due in self.items if due.enrollment.id == enrollment.id]
            whole = mine[0] if mine else whom_to_ask(enrollment, None, 0, self.around)
            for other in mine[1:]:
                whole = whole.with_those_of(other)
            self._found[enrollment.id] = whole
        return self._found[enrollment.id]

    def contacts(self, enrollment: Enrollment) -> tuple[str, ...]:
        """The same people, mentioned or not."""
        return self.asked(enrollment).people

    def name(self, user: str) -> str:
        """The name of a person who is not mentioned."""
        return self.directory.person(user).name

    def direct(self) -> tuple[DirectReminder, ...]:
        """The reminders that people get by a direct message instead of being mentioned."""
        return tuple(self._direct(self.items))

    def _direct(self, items: Iterable[Due]) -> Iterable[DirectReminder]:
        for due in items:
            for user in self._of(due).direct:
                daily = self.around.preference(user).reminding is Reminding.DAILY
                zone, since = self.directory.person(user).zone, due.enrollment.step(due.key).since
                yield DirectReminder(user, zone, daily, due.enrollment.id, due.key, due.reminder, since)

    def _of(self, due: Due) -> Asked:
        return whom_to_ask(due.enrollment, due.enrollment.step(due.key), due.reminder.repeat, self.around)


def message_of(
    row: OutboxRow,
    items: Sequence[Due],
    now: datetime,
    people: RemindedPeople,
    links: Links,
    *,
    late: bool = False,
    by_email: bool = False,
) -> Message:
    """The message of a single reminder or of a round; `links` are for a round."""
    name = people.name
    if row.kind is MessageKind.ROUND:
        return rounds.build(items, now, row.id, people.asked, name, links, late=late, by_email=by_email)
    whom = people.asked(items[0].enrollment)
    return notifications.reminder(items[0], now, whom.mentioned, by_email=by_email, asked=whom, name_of=name)
