"""The language of a channel's messages, and of a whole workspace."""

from __future__ import annotations

from bot.delivery import outbox_writer
from bot.domain.errors import DomainError
from bot.domain.sentences import sentence
from bot.repository import language_choices
from bot.repository.language_choices import EVERYWHERE
from bot.use_cases.caller import Caller
from bot.use_cases.quiet import QuietSettings


class Languages(QuietSettings):
    """The use cases of enrollments, and the languages in which the bot tells of them."""

    def languages(self, workspace: str, channel: str) -> tuple[str, str]:
        """The codes of the languages of a channel, and of the workspace elsewhere; ECO_LANGUAGE where nobody chose."""
        with self._database.glance() as connection:
            here, everywhere = language_choices.chosen(connection, workspace, channel)
        return here or self._policy.language, everywhere or self._policy.language

    def choose_language(self, caller: Caller, channel: str, language: str) -> None:
        """Let messages have another language from now on; cards that are shown are drawn again.

        Args:
            channel: its ID, or "" for all channels that have no language of their own.

        Raises:
            DomainError: the person may not choose that. See docs/SECURITY.md.
        """
        actor, workspace, now = caller.actor, caller.workspace, self._clock.now()
        with self._database.write(urgent=True) as connection:
            if not actor.is_admin:
                if channel == EVERYWHERE:
                    raise DomainError(sentence("Only admins may choose the language of the whole workspace."))
                if not language_choices.has_enrollment_of(connection, workspace, channel, sorted(actor.acting_for)):
                    raise DomainError(
                        sentence(
                            "Only admins, and owners and collaborators of an enrollment in this channel, may choose "
                            "its language."
                        )
                    )
            language_choices.save(connection, workspace, channel, language, actor.user_id, now)
            ids = language_choices.touch_enrollments(connection, workspace, channel)
            outbox_writer.edit_cards(connection, ids, now)
        self.wake()
