"""A batch, one transaction of the dispatcher: stores the results of sent messages, then claims the next ones.

One commit for many rows costs little more than one for a single row. If the transaction fails, each result and each
channel is done once more in a transaction of its own, so that one failure affects no other row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.delivery import (
    answer_edits,
    channel_leases,
    delivery_log,
    delivery_results,
    direct_reminders,
    outbox,
    outbox_writer,
)
from bot.delivery.channel_leases import ChannelLease
from bot.delivery.claiming import OutboundMessage, claim_messages
from bot.delivery.delivery_results import LeaseLost, Settlement
from bot.delivery.digest_delivery import Digests
from bot.delivery.email_sender import EmailSettlement
from bot.delivery.outbox import OutboxRow
from bot.delivery.reminder_delivery import still_due
from bot.domain.consequences import next_change
from bot.domain.enrollment import Enrollment, Policy
from bot.domain.schedule import Clock
from bot.domain.step_spec import StepKey
from bot.repository import enrollment_reader
from bot.repository.database import TRANSIENT_ERRORS, Connection, Database
from bot.repository.outbox_columns import MessageKind, RowState

log = logging.getLogger(__name__)

#: How long a channel is left alone if its next row cannot be read, and if another transaction holds that row.
_UNREADABLE = timedelta(minutes=5)
_LOCKED = timedelta(seconds=5)


class Outcomes(Protocol):
    """What sent messages change in enrollments; see `bot/use_cases/outcomes.py`."""

    def reminders_sent(
        self, connection: Connection, sent: Sequence[tuple[Enrollment, StepKey]], now: datetime
    ) -> None: ...

    def email_ended(self, connection: Connection, row: OutboxRow, done: EmailSettlement, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of sending one message; its channel is still leased.

    Attributes:
        next_at: when the channel may get its next new message, if this one was sent.
    """

    message: OutboundMessage
    settlement: Settlement
    next_at: datetime

    @property
    def enrollment_ids(self) -> set[int]:
        """The enrollments that are read or changed when this result is stored."""
        row = self.message.row
        ids = {due.enrollment.id for due in self.message.items}
        return ids | ({row.enrollment_id} if row.enrollment_id else set())


@dataclass(slots=True)
class Batch:
    """The outcome of one transaction.

    Attributes:
        messages: to be sent now; each is marked as being posted.
        unsettled: results that could not be stored yet: their enrollment is locked, or the database is away.
        more: there may be more to claim at once.
        next_due: when there will be more to claim, if all that can be sent now is being sent.
    """

    messages: list[OutboundMessage] = field(default_factory=list)
    unsettled: list[Result] = field(default_factory=list)
    more: bool = False
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batches:
    """Stores results and claims messages; it calls nobody but the database.

    Attributes:
        policy: reminder hours, and the gap between reminder messages.
        count: told the kind and the outcome of each stored result, for the metrics.
    """

    database: Database
    outcomes: Outcomes
    policy: Policy
    digests: Digests
    clock: Clock
    count: Callable[[str, str], None]

    def settle_and_claim(self, workspace: str, results: Sequence[Result], room: int) -> Batch:
        """Store results and claim up to `room` messages: of the same channels first, then of others."""
        try:
            with self.database.write() as connection:
                now = self.clock.now()
                held, unsettled = self._settle(connection, results, now)
                batch = self._claim(connection, workspace, held, room, now)
                batch.unsettled = unsettled
        except Exception as error:  # noqa: BLE001  # each row says below what failed
            log.info("a batch failed and is done again row by row: %s", error)
            return self._row_by_row(workspace, results, room)
        self._count([result for result in results if result not in unsettled])
        return batch

    def _claim(
        self, connection: Connection, workspace: str, held: Sequence[ChannelLease], room: int, now: datetime
    ) -> Batch:
        messages = claim_messages(connection, self.policy, self.digests, held[:room], now)
        channel_leases.release(connection, held[room:])
        if len(messages) == room:
            return Batch(messages)
        claimed = channel_leases.claim(connection, workspace, now, room - len(messages))
        if not claimed:
            return Batch(messages, next_due=channel_leases.next_due(connection, workspace, now))
        messages += claim_messages(connection, self.policy, self.digests, claimed, now)
        return Batch(messages, more=len(messages) < room)

    def _row_by_row(self, workspace: str, results: Sequence[Result], room: int) -> Batch:
        batch = Batch()
        for result in results:
            row = result.message.row
            try:
                with self.database.write() as connection:
                    held, unsettled = self._settle(connection, [result], self.clock.now())
                    channel_leases.release(connection, held)
                batch.unsettled += unsettled
            except LeaseLost:
                log.warning("another process took over %s", row.channel)
            except TRANSIENT_ERRORS as error:  # no connection, or another transaction holds a lock for too long
                log.warning("the result of %s cannot be stored yet: %s", row.key, error)
                batch.unsettled.append(result)
            except Exception:  # the row is found by its mark when the lease ends
                log.exception("the result of %s cannot be stored", row.key)
            else:
                self._count([result] if held else [])
        for _ in range(room):
            one = self._claim_one(workspace)
            batch.messages += one.messages
            batch.more, batch.next_due = one.more, one.next_due
            if not one.more:
                break
        return batch

    def _claim_one(self, workspace: str) -> Batch:
        """Claim one channel; `more` is False if none can be claimed."""
        claimed: list[ChannelLease] = []
        try:
            with self.database.write() as connection:
                now = self.clock.now()
                claimed = channel_leases.claim(connection, workspace, now, 1)
                if not claimed:
                    return Batch(next_due=channel_leases.next_due(connection, workspace, now))
                return Batch(claim_messages(connection, self.policy, self.digests, claimed, now), more=True)
        except Exception as error:  # messages that were claimed before must be sent, whatever happens to this one
            if not claimed:
                log.exception("no channel can be claimed")
                return Batch()
            log.exception("the next message of %s cannot be read, the channel is left alone", claimed[0].channel)
            pause = _LOCKED if isinstance(error, TRANSIENT_ERRORS) else _UNREADABLE
        try:
            with self.database.write() as connection:
                channel_leases.pause(connection, claimed, self.clock.now(), pause)
        except Exception:  # then it is tried again sooner
            log.exception("%s cannot be left alone", claimed[0].channel)
            return Batch()
        return Batch(more=True)

    def _settle(
        self, connection: Connection, results: Sequence[Result], now: datetime
    ) -> tuple[list[ChannelLease], list[Result]]:
        """Store results; return the renewed leases of their channels, and the results that have to wait.

        Enrollments are locked before rows, in the same order as by a person's change. One that another transaction
        holds is skipped, because all other results would wait with it.
        """
        ids = sorted({number for result in results for number in result.enrollment_ids})
        versions = enrollment_reader.versions(connection, ids, lock=True)
        unsettled = [result for result in results if not versions.keys() >= result.enrollment_ids]
        channel_leases.renew(connection, [result.message.lease for result in unsettled], now)
        free = [result for result in results if versions.keys() >= result.enrollment_ids]
        for result in free:
            if isinstance(result.settlement, EmailSettlement):
                self.outcomes.email_ended(connection, result.message.row, result.settlement, now)
                versions = enrollment_reader.versions(connection, ids)
        sent = [result.message for result in free if result.settlement.state is RowState.SENT]
        reminded = still_due(connection, [due for message in sent for due in message.items], versions)
        self.outcomes.reminders_sent(connection, [(due.enrollment, due.key) for due in reminded], now)
        ended = [(r.message.lease, r.message.row, _final_settlement(connection, r, versions, now)) for r in free]
        held = delivery_results.settle(connection, ended, now)
        due = {(each.enrollment.id, each.key) for each in reminded}
        for result in free:
            direct = [each for each in result.settlement.direct if (each.enrollment_id, each.step) in due]
            direct_reminders.owe(connection, result.message.row, direct, self.policy.hours, now)
        asks = [(message.row, {(each.enrollment.id, each.key) for each in message.items}) for message in sent]
        answer_edits.owe_for_sent(connection, [(row, asked & due, asked - due) for row, asked in asks], now)
        for _, row, settlement in ended:
            if row.kind is MessageKind.DIGEST and settlement.state in (RowState.DROPPED, RowState.FAILED):
                outbox.give_back(connection, row, now)
        return held, unsettled

    def _count(self, results: Sequence[Result]) -> None:
        for result in results:
            self.count(result.message.row.kind.value, result.settlement.outcome)
        delivery_log.write((result.message.row, result.settlement) for result in results)


def _final_settlement(connection: Connection, result: Result, versions: Mapping[int, int], now: datetime) -> Settlement:
    """Add the pace to the settlement of a sent message; keep a card's row for its next edit.

    A card is due at once if it shows an old version, else when a window ends.

    Args:
        versions: enrollment ID -> its version, locked in this transaction.
    """
    message, settlement = result.message, result.settlement
    row = message.row
    if settlement.state is not RowState.SENT:
        return settlement
    if not row.is_edit:
        settlement = replace(settlement, next_at=result.next_at)
    if row.kind is not MessageKind.CARD:
        return settlement
    enrollment = message.about
    version = versions.get(enrollment.id)
    if version != enrollment.version:
        enrollment = enrollment_reader.load(connection, row.workspace, enrollment.id)
    if enrollment.channel_id != row.channel and settlement.ts is not None:
        # It moved while its card was on its way: the posted card stays behind and says where it went.
        outbox_writer.retire_card(connection, enrollment, row.channel, settlement.ts, now)
        return Settlement(RowState.OWED, now)
    changes = (next_change(enrollment, now), settlement.changes_at)
    due = now if settlement.version != version else min((at for at in changes if at is not None), default=None)
    return replace(settlement, state=RowState.SENT if due is None else RowState.OWED, due_at=due)
