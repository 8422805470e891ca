"""Previews of lists: shown before anything is saved, saved once, and as files for the person who asks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bot.delivery import outbox, outbox_writer
from bot.domain.access import may_change
from bot.domain.enrollment import Enrollment
from bot.domain.errors import DomainError, StepConflict
from bot.domain.list_changes import Draft, ListChanges, state_of
from bot.domain.list_entries import KINDS
from bot.domain.sentences import sentence
from bot.domain.subset_coverage import ACCOUNTS
from bot.language.spoken import ENGLISH, speaking
from bot.repository import enrollment_reader, idempotency_keys, last_coverage, list_previews
from bot.repository.database import Connection
from bot.repository.list_previews import StoredPreview
from bot.repository.outbox_columns import MessageKind
from bot.use_cases import confirmations, list_drafts, owner_notices, stand_ins
from bot.use_cases.caller import Caller
from bot.use_cases.enrollments import Enrollments

_GONE = sentence("This preview is gone: I keep one for three days. Upload the file or paste the lines again.")

_NO_ACCOUNTS = sentence("I don't know the accounts of your organization yet. Press Check AWS on the card first.")


class StalePreview(DomainError):
    """The list has changed since the preview was made, so the person has to look at it again."""

    def __init__(self) -> None:
        super().__init__(sentence("Somebody changed this list since you got this preview. Press Preview again."))


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview as a person sees it.

    Attributes:
        changes: what saving it changes.
        warnings: about names that were never recorded, and AWS accounts in several subsets.
        can_add_names: whether there are such names, and the person may add them to their lists.
        is_stale: whether the list has changed since it was made. is_saved: whether it was saved.
    """

    id: int
    enrollment: Enrollment
    draft: Draft
    changes: ListChanges
    warnings: tuple[str, ...]
    can_add_names: bool
    is_stale: bool = False
    is_saved: bool = False


class ListPreviews(Enrollments):
    """What people do with lists beside single lines in a form."""

    def open_preview(self, caller: Caller, enrollment_id: int, draft: Draft) -> Preview:
        """Keep a draft and show what saving it would change.

        Raises:
            NotAllowed: the person may not change that list.
        """
        now, user = self._clock.now(), caller.actor.user_id
        with self._database.write() as connection:
            enrollment = enrollment_reader.load(connection, caller.workspace, enrollment_id)
            stand_ins.require_change(
                connection, enrollment, caller.actor, now, enrollment.procedure.step_with(draft.list_name)
            )
            against = state_of(enrollment, draft.list_name)
            number = list_previews.add(connection, enrollment.id, draft, against, user, now)
        return _preview(number, enrollment, draft, caller)

    def preview(self, caller: Caller, preview_id: int, *, renew: bool = False) -> Preview:
        """A preview against the list as it is now; with `renew`, it is not stale any more.

        Raises:
            StepConflict: it is gone. NotAllowed: as for `open_preview`.
        """
        now = self._clock.now()
        with self._database.write() as connection:
            stored = _stored(connection, caller, preview_id)
            enrollment = enrollment_reader.load(connection, caller.workspace, stored.enrollment_id)
            step = enrollment.procedure.step_with(stored.draft.list_name)
            stand_ins.require_change(connection, enrollment, caller.actor, now, step)
            state = state_of(enrollment, stored.draft.list_name)
            if renew and state != stored.against:
                list_previews.renew(connection, preview_id, state)
        is_stale = state != stored.against and not renew
        return _preview(preview_id, enrollment, stored.draft, caller, is_stale, stored.saved_at is not None)

    def save_preview(self, caller: Caller, preview_id: int, *, add_names: bool = False) -> Enrollment:
        """Save a preview, once.

        Raises:
            StalePreview: the list has changed since. NeedsConfirmation: it has names that were never recorded.
            NothingToDo, StepConflict, NotAllowed, UnknownEnrollment: as the forms of lists and steps.
        """
        with self._database.write(urgent=True) as connection:
            number = _stored(connection, caller, preview_id).enrollment_id
            before = enrollment_reader.load(connection, caller.workspace, number, lock=True)
            stored = _stored(connection, caller, preview_id)  # under the lock, whoever saved it first has ended
            now, key, draft = self._clock.now(), caller.idempotency_key, stored.draft
            if key and not idempotency_keys.add(connection, caller.workspace, key, before.id, now):
                return before
            if stored.saved_at is not None:
                return before
            step = before.procedure.step_with(draft.list_name)
            absent = stand_ins.require_change(connection, before, caller.actor, now, step)
            before = self._with_new_steps(connection, before, now)
            if stored.against != state_of(before, draft.list_name):
                raise StalePreview
            change = list_drafts.change(draft, caller.actor, add_names, before, caller.actor.user_id, now, self._policy)
            caller.require(confirmations.entries_warnings(before, draft))
            change = owner_notices.owe(connection, before, change, caller.actor)
            change = stand_ins.in_the_name_of(change, absent)
            saved = outbox_writer.save_with_outbox(connection, before, change, self._policy)
            list_previews.mark_saved(connection, preview_id, now)
        self.wake()
        return saved

    def send_list(self, caller: Caller, enrollment_id: int, list_name: str, request: str) -> str:
        """Have a list sent to the person who asks, as a CSV file in a direct message; return the file's name.

        Args:
            request: names the request; a repeated one is carried out once.
        """
        now = self._clock.now()
        with self._database.write() as connection:
            enrollment = enrollment_reader.load(connection, caller.workspace, enrollment_id)
            stand_ins.require_change(
                connection, enrollment, caller.actor, now, enrollment.procedure.step_with(list_name)
            )
            title = KINDS[list_name].title.lower().replace(" ", "-")
            name = f"{title}-{enrollment.account_id}-{_digest(request)}.csv"
            self._owe_file(connection, caller, enrollment, {"list": list_name, "file": name})
        self.wake()
        return name

    def send_accounts(self, caller: Caller, enrollment_id: int, request: str) -> str:
        """Have the accounts of the organization with their subsets sent to the person who asks, as `send_list` does.

        Raises:
            StepConflict: Check AWS has read no accounts yet.
        """
        now = self._clock.now()
        with self._database.write() as connection:
            enrollment = enrollment_reader.load(connection, caller.workspace, enrollment_id)
            stand_ins.require_change(
                connection, enrollment, caller.actor, now, enrollment.procedure.step_with(ACCOUNTS)
            )
            if last_coverage.of_organization(connection, enrollment) is None:
                raise StepConflict(_NO_ACCOUNTS)
            name = f"accounts-of-organization-{enrollment.account_id}-{_digest(request)}.csv"
            self._owe_file(connection, caller, enrollment, {"accounts": True, "file": name})
        self.wake()
        return name

    def send_faults(self, caller: Caller, preview_id: int) -> str:
        """Have all faulty lines of a preview sent to the person, as `send_list` does."""
        preview = self.preview(caller, preview_id)
        with self._database.write() as connection:
            name = f"errors-{preview.enrollment.account_id}-{preview_id}.csv"
            self._owe_file(connection, caller, preview.enrollment, {"preview": preview_id, "file": name})
        self.wake()
        return name

    def _owe_file(
        self, connection: Connection, caller: Caller, enrollment: Enrollment, what: dict[str, object]
    ) -> None:
        """Add a file to the outbox; one that was sent is looked up, and sent again if it was deleted."""
        now, user, workspace = self._clock.now(), caller.actor.user_id, caller.workspace
        key, payload = f"list:{enrollment.id}:{user}:{what['file']}", {"to": [user], **what}
        kind, number = MessageKind.LIST, enrollment.id
        if not outbox.owe(connection, workspace, key, kind, user, now, enrollment_id=number, payload=payload):
            outbox.requeue(connection, workspace, key, now)


def _stored(connection: Connection, caller: Caller, preview_id: int) -> StoredPreview:
    stored = list_previews.find(connection, caller.workspace, preview_id, caller.actor.user_id)
    if stored is None:
        raise StepConflict(_GONE)
    return stored


@speaking(ENGLISH)  # what is confirmed here is compared with what saving it asks
def _preview(
    number: int, enrollment: Enrollment, draft: Draft, caller: Caller, is_stale: bool = False, is_saved: bool = False
) -> Preview:
    warnings = tuple(confirmations.entries_warnings(enrollment, draft))
    can_add_names = may_change(enrollment, caller.actor) and bool(confirmations.names_warnings(enrollment, draft))
    changes = draft.changes(enrollment)
    return Preview(number, enrollment, draft, changes, warnings, can_add_names, is_stale, is_saved)


def _digest(request: str) -> str:
    return hashlib.sha256(request.encode()).hexdigest()[:8]
