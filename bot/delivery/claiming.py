"""Claims the next message of each leased channel, and loads what it is rendered from in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.delivery import channel_leases, digest_rows, outbox
from bot.delivery.channel_leases import ChannelLease
from bot.delivery.digest_delivery import Digests
from bot.delivery.outbox import OutboxRow
from bot.delivery.reminder_delivery import MOST_MERGED, RenderContext, due_items, load_context, next_round
from bot.domain.contacts import Absence
from bot.domain.enrollment import Enrollment, Event, Policy
from bot.domain.errors import UnknownEnrollment
from bot.presentation.notifications import Due
from bot.repository import audit, people_settings
from bot.repository.database import Connection
from bot.repository.outbox_columns import MessageKind

#: Messages that stand in the card's thread.
_IN_THREAD = frozenset({MessageKind.THREAD, MessageKind.REMINDER, MessageKind.TIMELINE})
#: Messages that are rendered from their own row, or from several enrollments.
_ALONE = frozenset(
    {
        *(MessageKind.EMAIL, MessageKind.WEBHOOK, MessageKind.COMPLETION),
        *(MessageKind.ROUND, MessageKind.DIGEST, MessageKind.ANSWERED),
    }
)
#: How long a channel is left alone if another transaction changes its next row.
_BUSY = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One claimed row of the outbox, with what it is rendered from.

    Attributes:
        enrollment: what a card, a thread line or a file is about.
        items: the steps of the reminders that it says. told: the event of a thread line, and who acted.
        absences: of everybody who is away, for a card.
        problem: why none of this could be loaded; raised when the message is sent, so that it delays no other.
    """

    lease: ChannelLease
    row: OutboxRow
    claimed_at: datetime
    enrollment: Enrollment | None = None
    items: tuple[Due, ...] = ()
    told: tuple[Event, str] | None = None
    absences: Mapping[str, Absence] = field(default_factory=dict)
    problem: Exception | None = None

    @property
    def thread_ts(self) -> str | None:
        """The card in whose thread it stands; None outside of threads and without a card."""
        return self.row.card_ts if self.row.kind in _IN_THREAD else None

    @property
    def about(self) -> Enrollment:
        """The enrollment of a row that has one."""
        assert self.enrollment is not None, f"{self.row.key} belongs to no enrollment"
        return self.enrollment


def claim_messages(
    connection: Connection, policy: Policy, digests: Digests, leases: Sequence[ChannelLease], now: datetime
) -> list[OutboundMessage]:
    """Mark the next message of each leased channel as being posted, and return them.

    The leases must have been taken or renewed in this transaction. A row without a reason is dropped. Channels without
    a message are released; one whose next row is locked, or may still be posted elsewhere, is left alone for a moment.
    """
    claimed: list[OutboundMessage] = []
    busy: list[ChannelLease] = []
    rows = channel_leases.next_messages(connection, leases, now)
    context = load_context(connection, [row for row in rows.values() if row and row.kind not in _ALONE])
    reminding = {row.channel for row in rows.values() if row and row.kind is MessageKind.REMINDER}
    if reminding:
        zones = digest_rows.channel_zones(connection, leases[0].workspace, reminding)
        here = [lease for lease in leases if lease.channel in reminding]
        reminders = channel_leases.due_reminders(connection, here, now, MOST_MERGED)
        context = replace(context, zones=zones, reminders=reminders)
    if any(row and row.kind is MessageKind.CARD for row in rows.values()):
        absences = people_settings.absences(connection, leases[0].workspace, now)
        context = replace(context, absences=absences)
    lines = [row for row in rows.values() if row and row.kind is MessageKind.THREAD and row.enrollment_id is not None]
    if lines:
        context = replace(context, events=audit.numbered(connection, [outbox.event_of(row) for row in lines]))
    moving = _left_while_posting(connection, rows.values(), now)
    for lease in leases:
        row = rows.get(lease.channel)
        if lease.channel in moving or (row is None and lease.channel in rows):
            busy.append(lease)
        elif row and (message := _load(connection, policy, digests, lease, row, context, now)):
            if message.row is not row:  # what several rows say together is a row of its own
                message = replace(message, row=replace(message.row, language=row.language))
            claimed.append(message)
    channel_leases.mark_posting(connection, [message.row for message in claimed], now)
    channel_leases.pause(connection, busy, now, _BUSY)
    kept = {lease.channel for lease in (*busy, *(message.lease for message in claimed))}
    channel_leases.release(connection, [lease for lease in leases if lease.channel not in kept])
    return claimed


def _left_while_posting(connection: Connection, rows: Iterable[OutboxRow | None], now: datetime) -> set[str]:
    """The channels whose next row came from another channel in the middle of a post that may still be under way."""
    moved = [row for row in rows if row is not None and row.posting and row.left_behind]
    if not moved:
        return set()
    channels = sorted({channel for row in moved for channel in row.left_behind})
    leased = channel_leases.leased(connection, moved[0].workspace, channels, now)
    return {row.channel for row in moved if row.left_behind & leased}


def _load(
    connection: Connection,
    policy: Policy,
    digests: Digests,
    lease: ChannelLease,
    row: OutboxRow,
    context: RenderContext,
    now: datetime,
) -> OutboundMessage | None:
    """A row with what it is rendered from; None if it is not to be sent now."""
    try:
        if row.kind is MessageKind.REMINDER:
            ready = next_round(connection, policy, lease, row, context, now)
            return OutboundMessage(lease, ready[0], now, items=ready[1]) if ready else None
        if row.kind is MessageKind.DIGEST:
            ready = digests.ready(connection, lease, row, now)
            return OutboundMessage(lease, ready[0], now, items=ready[1]) if ready else None
        if row.kind is MessageKind.ROUND:
            return OutboundMessage(lease, row, now, items=due_items(connection, row))
        if row.enrollment_id is None or row.kind in _ALONE:
            return OutboundMessage(lease, row, now)
        enrollment = context.enrollment(row)
        if enrollment is None:
            raise UnknownEnrollment
        told = context.told(row) if row.kind is MessageKind.THREAD else None
        return OutboundMessage(lease, row, now, enrollment, told=told, absences=context.absences)
    except (UnknownEnrollment, LookupError, ValueError) as problem:
        return OutboundMessage(lease, row, now, problem=problem)
