"""Whom one message with reminders asks: mentioned, only named, or told by a direct message instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.delivery.direct_reminders import DirectReminder
from bot.delivery.outbox import OutboxRow
from bot.domain.contacts import Asked, Availability, Preference, Reminding, whom_to_ask
from bot.domain.enrollment import Enrollment, Step
from bot.domain.step_spec import StepKey
from bot.presentation import notifications, rounds
from bot.presentation.card import Message
from bot.presentation.digest import Links
from bot.presentation.notifications import Due
from bot.repository import people_settings
from bot.repository.database import Connection
from bot.repository.outbox_columns import MessageKind
from bot.slack.directory import Directory


@dataclass(frozen=True)
class RemindedPeople:
    """The people whom a message asks about the enrollments of its reminders, and about others that it names."""

    around: Availability
    directory: Directory
    items: tuple[Due, ...]
    _found: dict[tuple[int, StepKey], Asked] = field(default_factory=dict)

    def asked(self, enrollment: Enrollment, step: Step) -> Asked:
        """Whom the message asks about a step of an enrollment."""
        about = (enrollment.id, step.key)
        if about not in self._found:
            said = (due.reminder.repeat for due in self.items if (due.enrollment.id, due.key) == about)
            asked = whom_to_ask(enrollment, step, next(said, 0), self.around)
            self._found[about] = self._reached(enrollment, asked) if enrollment.party_people else asked
        return self._found[about]

    def _reached(self, enrollment: Enrollment, asked: Asked) -> Asked:
        """The same, with direct messages for those of a party whom a mention in the channel would not reach."""
        inside = self.directory.channel_members(enrollment.channel_id) | {*enrollment.people}
        outside = {each.user_id for each in enrollment.party_people} - inside
        elsewhere = tuple(user for user in asked.mentioned if user in outside)
        mentioned = tuple(user for user in asked.mentioned if user not in outside)
        return replace(asked, mentioned=mentioned, direct=(*asked.direct, *elsewhere))

    def contacts(self, enrollment: Enrollment, step: Step) -> tuple[str, ...]:
        """The same people, mentioned or not."""
        return self.asked(enrollment, step).people

    def name(self, user: str) -> str:
        """The name of a person who is not mentioned."""
        return self.directory.person(user).name

    def direct(self) -> tuple[DirectReminder, ...]:
        """The reminders that people get by a direct message instead of being mentioned."""
        return tuple(self._direct(self.items))

    def _direct(self, items: Iterable[Due]) -> Iterable[DirectReminder]:
        for due in items:
            for user in self.asked(due.enrollment, due.enrollment.step(due.key)).direct:
                daily = self.around.preference(user).reminding is Reminding.DAILY
                zone, since = self.directory.person(user).zone, due.enrollment.step(due.key).since
                yield DirectReminder(user, zone, daily, due.enrollment.id, due.key, due.reminder, since)


def people_of(
    connection: Connection,
    directory: Directory,
    row: OutboxRow,
    items: Sequence[Due],
    about: Sequence[Enrollment],
    now: datetime,
) -> RemindedPeople:
    """The people whom a message asks; `about` has the enrollments of its reminders, and others that it names.

    Everything is read at once. The directory may ask Slack: that is for later, when no transaction is open.
    """
    chosen = people_settings.preferences(connection, row.workspace, sorted({enrollment.id for enrollment in about}))
    around = Availability(
        people_settings.absences(connection, row.workspace, now),
        lambda user: chosen.get(user, Preference()),
        lambda user: not directory.person(user).deactivated,
        lambda: sorted(directory.admin_users()),
    )
    return RemindedPeople(around, directory, tuple(items))


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
    whom = people.asked(items[0].enrollment, items[0].enrollment.step(items[0].key))
    return notifications.reminder(items[0], now, whom.mentioned, by_email=by_email, asked=whom, name_of=name)
