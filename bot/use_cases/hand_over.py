"""Hand over enrollments to another owner: each in its own transaction, and one direct message for all of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery import outbox, outbox_writer
from bot.domain import owner_changes
from bot.domain.enrollment import Enrollment, Status
from bot.domain.errors import NotAllowed, UnknownEnrollment
from bot.repository import enrollment_reader, idempotency_keys, people_settings
from bot.use_cases import owner_notices
from bot.use_cases.caller import Caller
from bot.use_cases.language_choice import Languages

log = logging.getLogger(__name__)

#: How many enrollments one form hands over: Slack wants an answer within three seconds.
MOST = 100


@dataclass(frozen=True, slots=True)
class HandOver:
    """The new owner, and what becomes of the former one.

    Attributes:
        zone: the new owner's time zone.
        stays: whether the former owner becomes a collaborator.
        of: the former owner, if that is not whoever hands over; only admins may do that.
    """

    to: str
    zone: str
    stays: bool
    of: str = ""


class HandOvers(Languages):
    """The use cases of enrollments, and handing over several at once."""

    def hand_over(self, caller: Caller, ids: Sequence[int], wanted: HandOver) -> list[Enrollment]:
        """Make somebody the owner of one person's enrollments; return those that they own now.

        One transaction for each. One that the former owner does not own any more, or that has ended, stays as it is.
        After a crash the same request goes on where it stopped.

        Raises:
            NotAllowed: they are somebody else's, and the caller is no admin.
        """
        if wanted.of not in ("", caller.actor.user_id) and not caller.actor.is_admin:
            raise NotAllowed((wanted.of,))
        begun = self._clock.now()
        found = (self._hand_over_one(caller, number, wanted, begun) for number in ids[:MOST])
        given = [enrollment for enrollment in found if enrollment is not None]
        self.wake()
        return given

    def owners(self, workspace: str, most: int) -> list[tuple[str, int]]:
        """(owner, how many active enrollments they own) of the `most` people who own the most."""
        with self._database.read() as connection:
            return people_settings.owners(connection, workspace, most)

    def handed_over(self, workspace: str, row_id: int, user: str) -> list[Enrollment]:
        """The enrollments that a direct message says were handed over to a person, and that they own still."""
        with self._database.read() as connection:
            rows = [row for row in outbox.by_ids(connection, [row_id]) if row.workspace == workspace]
            ids = [
                item[0] for row in rows if user in row.payload.get("to", ()) for item in row.payload.get("items", ())
            ]
            found = enrollment_reader.load_each(connection, workspace, ids) if ids else {}
        loaded = [each for each in found.values() if isinstance(each, Enrollment)]
        return [each for each in loaded if each.owner == user and each.status is Status.ACTIVE]

    def _hand_over_one(
        self, caller: Caller, enrollment_id: int, wanted: HandOver, begun: datetime
    ) -> Enrollment | None:
        workspace, user, now = caller.workspace, caller.actor.user_id, self._clock.now()
        key = caller.for_one_of_many(enrollment_id).idempotency_key
        with self._database.write(urgent=True) as connection:
            try:
                before = enrollment_reader.load(connection, workspace, enrollment_id, lock=True)
            except (UnknownEnrollment, LookupError, ValueError):  # the others must not wait for a repair
                log.exception("enrollment %s cannot be handed over", enrollment_id)
                return None
            if key and not idempotency_keys.add(connection, workspace, key, enrollment_id, now):
                return before if before.owner == wanted.to else None
            if before.owner != (wanted.of or user) or before.status is not Status.ACTIVE:
                return None
            before = self._with_new_steps(connection, before, now)
            to, policy = wanted.to, self._policy
            change = owner_changes.hand_over(before, to, wanted.zone, user, now, policy, stays=wanted.stays)
            batch = caller.idempotency_key or begun.isoformat()
            if to != user:
                owner_notices.gather(connection, before, batch, user, to, now)
            owner_notices.ask_new_owner(connection, before, change.enrollment, now)
            return outbox_writer.save_with_outbox(connection, before, change)
