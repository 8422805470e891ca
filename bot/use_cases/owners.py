"""Changes of who owns an enrollment, agreement to its emails, and the deletion of one that was started by mistake."""

from __future__ import annotations

from functools import partial

from bot.delivery import outbox_removal, outbox_writer
from bot.domain import owner_changes
from bot.domain.access import OPERATOR
from bot.domain.enrollment import Enrollment
from bot.domain.errors import InvalidForm, NotAllowed, StepConflict
from bot.domain.procedure import ORGANIZATION
from bot.domain.sentences import sentence
from bot.repository import audit, deletions, enrollment_reader, idempotency_keys
from bot.use_cases import owner_notices
from bot.use_cases.bot_changes import BotChanges
from bot.use_cases.caller import Caller
from bot.use_cases.custom_steps import CustomSteps
from bot.use_cases.edited_lists import EditedLists
from bot.use_cases.hand_over import HandOvers
from bot.use_cases.previews import ListPreviews
from bot.use_cases.procedure_moves import ProcedureMoves
from bot.use_cases.records import Records
from bot.use_cases.step_details import DetailedEnrollments


class OwnedEnrollments(
    HandOvers, DetailedEnrollments, EditedLists, ListPreviews, Records, ProcedureMoves, CustomSteps, BotChanges
):
    """All use cases of enrollments; those of owners and admins are here."""

    def gave(self, workspace: str, enrollment_id: int, user: str) -> str:
        """Who made somebody the owner; raises `StepConflict` if that is not the owner, or nobody else has."""
        with self._database.read() as connection:
            enrollment = enrollment_reader.load(connection, workspace, enrollment_id)
            giver = audit.giver_of_ownership(connection, enrollment)
        if enrollment.owner != user:
            words = "You don't own this enrollment now. {owner} does."
            raise StepConflict(sentence(words, owner=f"<@{enrollment.owner}>"), ids=[enrollment.owner])
        if giver == user:
            raise StepConflict(sentence("You made yourself the owner. Hand it over with Edit."))
        if giver == OPERATOR:
            words = "The operator of this bot made you the owner on the command line. Use Hand over."
            raise StepConflict(sentence(words))
        return giver

    def decline(self, caller: Caller, enrollment_id: int, zone: str) -> Enrollment:
        """Give the ownership back to whoever gave it; `zone` is their time zone. Raises like `gave`."""
        to = self.gave(caller.workspace, enrollment_id, caller.actor.user_id)
        return self._change(caller, enrollment_id, partial(owner_changes.decline, to=to, zone=zone))

    def take_over(self, caller: Caller, enrollment_id: int, zone: str) -> Enrollment:
        """Make an admin the owner; raises `NotAllowed` for anybody else."""
        self._require_admin(caller, enrollment_id)
        return self._change(caller, enrollment_id, partial(owner_changes.take_over, zone=zone))

    def agree_to_emails(self, caller: Caller, enrollment_id: int) -> Enrollment:
        """Let an enrollment's tickets go by email: the owner of the first one with its organization, or an admin.

        Raises:
            NotAllowed: it is somebody else. StepConflict: nobody has to agree any more.
        """
        now, actor = self._clock.now(), caller.actor
        with self._database.write(urgent=True) as connection:
            before = enrollment_reader.load(connection, caller.workspace, enrollment_id, lock=True)
            key = caller.idempotency_key
            if key and not idempotency_keys.add(connection, caller.workspace, key, before.id, now):
                return before
            first, value = owner_notices.held_by(connection, before), before.value(ORGANIZATION.key)
            if first is None or value is None:
                raise StepConflict(sentence("Nobody has to agree any more."))
            if not actor.is_admin and actor.user_id != first.owner:
                raise NotAllowed((first.owner,))
            change = owner_changes.agree(before, value, actor.user_id, now)
            saved = outbox_writer.save_with_outbox(connection, before, change, self._policy)
        self.wake()
        return saved

    def delete(self, caller: Caller, enrollment_id: int, name: str) -> Enrollment:
        """Delete an enrollment with all that belongs to it, as an admin who types its account name.

        One line is kept of it: which one, by whom, when. Its unsent messages are dropped; its card says what happened.

        Raises:
            NotAllowed: it is no admin. InvalidForm: another name. StepConflict: one of its messages is on its way.
        """
        now = self._clock.now()
        self._require_admin(caller, enrollment_id)
        with self._database.write(urgent=True) as connection:
            enrollment = enrollment_reader.load(connection, caller.workspace, enrollment_id, lock=True)
            if " ".join(name.split()).casefold() != " ".join(enrollment.account_name.split()).casefold():
                words = "Type the account name: {account}."
                raise InvalidForm({"name": sentence(words, account=enrollment.account_name)})
            if not outbox_removal.remove_messages(connection, enrollment, caller.actor.user_id, now):
                words = "A message of this enrollment is on its way right now. Try again in a minute."
                raise StepConflict(sentence(words))
            deletions.delete(connection, enrollment, caller.actor.user_id, now)
        self.wake()
        return enrollment

    def _require_admin(self, caller: Caller, enrollment_id: int) -> None:
        if not caller.actor.is_admin:
            with self._database.read() as connection:
                raise NotAllowed(enrollment_reader.load(connection, caller.workspace, enrollment_id).people)
