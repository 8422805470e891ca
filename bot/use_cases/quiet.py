"""How a person wants to be reminded, and which enrollments do not mention them."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.contacts import Preference, Reminding
from bot.repository import people_settings
from bot.repository.people_settings import Listed
from bot.use_cases.absences import Absences
from bot.use_cases.caller import Caller


class QuietSettings(Absences):
    """The use cases of enrollments, and what people set for themselves."""

    def preference(self, workspace: str, user: str) -> Preference:
        """What a person chose."""
        with self._database.read() as connection:
            return people_settings.preference(connection, workspace, user)

    def active_of(self, workspace: str, user: str, *, owned: bool = False) -> list[Listed]:
        """The active enrollments of a person by name: those that they own, or collaborate on, too."""
        with self._database.read() as connection:
            return people_settings.active_of(connection, workspace, user, owned=owned)

    def set_preference(
        self, caller: Caller, reminding: Reminding, mute: Collection[int], unmute: Collection[int]
    ) -> Preference:
        """Store what a person chose; enrollments that are not theirs are left out.

        Raises:
            NeedsConfirmation: see `Caller.require`.
        """
        user, workspace = caller.actor.user_id, caller.workspace
        caller.require(())
        with self._database.write(urgent=True) as connection:
            if self._is_repeated(connection, caller):
                return people_settings.preference(connection, workspace, user)
            mine = {each.id for each in people_settings.active_of(connection, workspace, user)}
            people_settings.save_reminding(connection, workspace, user, reminding)
            people_settings.mute(connection, user, mine.intersection(mute), unmute)
            return people_settings.preference(connection, workspace, user)
