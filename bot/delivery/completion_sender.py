"""Tells Slack what came of the runs of custom steps; a run that Slack has ended already needs nothing more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.delivery import completions, outbox
from bot.delivery.delivery_results import Settlement
from bot.delivery.outbox import OutboxRow
from bot.domain.access import Actor, may_see
from bot.domain.awaited_steps import DELETED
from bot.domain.contacts import represented_by
from bot.domain.enrollment import Enrollment
from bot.domain.errors import UnknownEnrollment
from bot.domain.schedule import Clock
from bot.domain.step_spec import StepKey
from bot.presentation.texts import escape
from bot.repository import enrollment_reader, people_settings
from bot.repository.database import Database
from bot.repository.outbox_columns import RowState
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway
from bot.slack.slack_errors import RetryLater, SlackFault, TokenRejected, UnknownOutcome

log = logging.getLogger(__name__)

#: What Slack says of a run that was completed before, perhaps by an attempt of ours, or that it has forgotten.
_ENDED = frozenset({"execution_not_in_running_state", "function_execution_not_found"})
#: What it says of a run of another app, and of outputs that the app's manifest does not have: trying again is no use.
_FOR_GOOD = frozenset({"access_denied", "parameter_validation_failed", "invalid_arguments"})
#: Any other refusal is tried again after this, and put aside after a day.
_AGAIN, _GIVEN_UP_AFTER = timedelta(hours=1), timedelta(days=1)
#: How long the card may take to be posted, so that the link leads to it.
_CARD_WITHIN, _LOOK_AGAIN = timedelta(minutes=1), timedelta(seconds=1)
#: Slack may just not tell who somebody is: that they may not see the enrollment is believed after this.
_DOUBT, _ASK_AGAIN = timedelta(hours=1), timedelta(minutes=5)
_NOT_YOURS = "You can't see this enrollment any more. Ask its owner."


@dataclass(frozen=True, slots=True)
class CompletionSender:
    """Sends single completions. A repeated one is refused by Slack, so nothing is looked up before."""

    gateway: Gateway
    directory: Directory
    database: Database
    clock: Clock

    def send(self, row: OutboxRow) -> Settlement:
        """Complete the run of a row, or say that it failed.

        Raises:
            SlackFault: Slack did not answer, or refuses the token.
            LookupError, ValueError: the enrollment cannot be read.
        """
        error, outputs, waited = str(row.payload.get(completions.ERROR, "")), {}, timedelta()
        now = self.clock.now()
        if row.enrollment_id is not None:
            try:
                with self.database.read() as connection:
                    enrollment = enrollment_reader.load(connection, row.workspace, row.enrollment_id)
                    card = outbox.cards_of(connection, row.workspace, [enrollment.id]).get(enrollment.id)
                    absences = people_settings.absences(connection, row.workspace, now)
            except UnknownEnrollment:
                return self._tell(row, DELETED, {})
            waited, user = now - row.owed_at, str(row.payload.get(completions.USER))
            if not self._sees(enrollment, user, row.payload.get(completions.STEP), represented_by(user, absences)):
                if waited < _DOUBT:
                    return Settlement(RowState.OWED, now + _ASK_AGAIN, row.posting, error="is it still theirs to see?")
                return self._tell(row, _NOT_YOURS, {})
            if card is None and waited < _CARD_WITHIN:
                again = now + max(_LOOK_AGAIN, waited)
                return Settlement(RowState.OWED, again, row.posting, error="the card is not posted yet")
            outputs = self._outputs(enrollment, card, row.payload.get(completions.STEP))
        return self._tell(row, error, outputs)

    def _sees(self, enrollment: Enrollment, user: str, step: StepKey | None, for_others: frozenset[str]) -> bool:
        """Whether whoever runs the workflow may still see what it is told."""
        is_admin, sees_channel = self.directory.is_admin(user), partial(self.directory.sees_channel, user)
        return may_see(enrollment, Actor(user, is_admin, sees_channel, for_others), step)

    def _outputs(self, enrollment: Enrollment, card: tuple[str, str] | None, step: StepKey | None) -> dict[str, str]:
        place = self.gateway.link(*(card or (enrollment.channel_id, "")))
        outputs = {"enrollment": str(enrollment.id), "link": place if card else place.rpartition("/")[0]}
        return outputs | ({"step": enrollment.spec(step).title} if step is not None else {})

    def _tell(self, row: OutboxRow, error: str, outputs: dict[str, str]) -> Settlement:
        try:
            self.gateway.complete_run(completions.run_of(row.key), None if error else outputs, escape(error))
        except (RetryLater, UnknownOutcome):
            raise
        except SlackFault as fault:
            if isinstance(fault, TokenRejected) and fault.code not in _FOR_GOOD:
                raise
            refused = fault
        else:
            return Settlement(RowState.SENT)
        if refused.code in _ENDED:
            # After an attempt of unknown outcome it was most likely that one; else somebody has ended the workflow.
            return Settlement(RowState.SENT if row.posting else RowState.DROPPED, error=refused.code)
        now = self.clock.now()
        if refused.code in _FOR_GOOD or now - row.owed_at >= _GIVEN_UP_AFTER:
            log.error("%s is put aside: %s", row.key, refused)
            return Settlement(RowState.FAILED, error=str(refused))
        log.error("Slack refused %s, it is tried again in an hour: %s", row.key, refused)
        return Settlement(RowState.OWED, now + _AGAIN, row.posting, error=str(refused))


def of(gateway: Gateway, directory: Directory, database: Database, clock: Clock) -> Callable[[OutboxRow], Settlement]:
    """A function that sends completions."""
    return CompletionSender(gateway, directory, database, clock).send
