"""Somebody is away until a day, with a stand-in, and is back."""

from __future__ import annotations

from datetime import date, tzinfo

from bot.delivery import outbox, outbox_writer
from bot.domain.contacts import Absence, plan_absence, represented_by
from bot.repository import idempotency_keys, people_settings
from bot.repository.database import Connection
from bot.repository.outbox_columns import MessageKind
from bot.use_cases.caller import Caller
from bot.use_cases.enrollments import Enrollments

_NO_ENROLLMENT = 0


class Absences(Enrollments):
    """The use cases of enrollments, and the absences of their people."""

    def absences(self, workspace: str) -> dict[str, Absence]:
        """Person -> their absence, of everybody who is away now."""
        with self._database.read() as connection:
            return people_settings.absences(connection, workspace, self._clock.now())

    def represented(self, workspace: str, user: str) -> frozenset[str]:
        """The people who are away and have somebody as their stand-in."""
        return represented_by(user, self.absences(workspace))

    def leave(self, caller: Caller, stand_in: str, until: date, zone: tzinfo) -> Absence | None:
        """Store that a person is away from now on, and tell their stand-in; None if they are back since the request.

        Args:
            until: the day on which they are back. zone: of the person.

        Raises:
            InvalidInput: see `plan_absence`.
        """
        user, now = caller.actor.user_id, self._clock.now()
        with self._database.write(urgent=True) as connection:
            absences = people_settings.absences(connection, caller.workspace, now)
            if self._is_repeated(connection, caller):
                return absences.get(user)
            absence = plan_absence(user, stand_in, until, zone, absences, now)
            number = people_settings.begin_absence(connection, caller.workspace, absence, now)
            key = f"away:{number}"
            payload = {"about": "stand_in", "to": [stand_in], "by": user, "until": until.isoformat()}
            outbox.owe(connection, caller.workspace, key, MessageKind.DIRECT, stand_in, now, payload=payload)
            self._show_who_is_away(connection, caller)
        self.wake()
        return absence

    def come_back(self, caller: Caller) -> bool:
        """End a person's absence before its day; return whether they were away."""
        with self._database.write(urgent=True) as connection:
            was_away = people_settings.end_absence(
                connection, caller.workspace, caller.actor.user_id, self._clock.now()
            )
            if was_away:
                self._show_who_is_away(connection, caller)
        self.wake()
        return was_away

    def _show_who_is_away(self, connection: Connection, caller: Caller) -> None:
        ids = people_settings.touch_enrollments_of(connection, caller.workspace, caller.actor.user_id)
        outbox_writer.edit_cards(connection, ids, self._clock.now())

    def _is_repeated(self, connection: Connection, caller: Caller) -> bool:
        """Whether a request was carried out before that belongs to no enrollment."""
        key, workspace = caller.idempotency_key, caller.workspace
        return key is not None and not idempotency_keys.add(connection, workspace, key, _NO_ENROLLMENT, self.now())
