"""Stores the results of sent messages while their channels are still leased; tells owners of closed channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import channel_leases, outbox
from bot.delivery.channel_leases import ChannelLease
from bot.delivery.direct_reminders import DirectReminder
from bot.delivery.outbox import OutboxRow
from bot.repository import search
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind, RowState
from bot.repository.search import Involved

_o = t.outbox.c
_POSTING = sa.bindparam("of_posting", type_=sa.Boolean)
_SENT = sa.update(t.outbox).where(_o.id == sa.bindparam("of_id"))
#: Unless the row was claimed again meanwhile (it moved to another channel, whose process has set its own mark), or
#: dropped: a message of an enrollment that was deleted while it was on its way must not come back.
_NOT_SENT = (
    sa.update(t.outbox)
    .where(_o.id == sa.bindparam("of_id"), _o.attempts == sa.bindparam("of_attempts"), _o.state == RowState.OWED.value)
    .values(
        attempted_at=sa.case((_POSTING, _o.attempted_at)),
        lookup=sa.case((_POSTING, sa.func.coalesce(sa.bindparam("of_lookup", type_=sa.Text), _o.lookup))),
    )
)


class LeaseLost(Exception):
    """Another process has taken a channel over; results of its messages must not be stored."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The new state of a row and its channel after an attempt to send the row.

    Attributes:
        state: OWED keeps the row, to be sent at `due_at`. posting: the outcome of a post is unknown; look it up first.
        lookup: how far that look-up has come; None leaves it as it is.
        next_at: the channel's next new message may go then. paused_until: nothing goes before.
        closed: why Slack refuses the channel. refused: why Slack refuses this message, in a word without a treatment.
        changes_at: when a card looks different although its enrollment stays the same.
        direct: whom a message with reminders does not mention, and who gets a direct message instead.
    """

    state: RowState
    due_at: datetime | None = None
    posting: bool = False
    lookup: str | None = None
    posted_channel: str | None = None
    ts: str | None = None
    version: int | None = None
    error: str | None = None
    next_at: datetime | None = None
    paused_until: datetime | None = None
    closed: str | None = None
    refused: str | None = None
    changes_at: datetime | None = None
    direct: tuple[DirectReminder, ...] = ()

    @property
    def sent(self) -> bool:
        """Whether Slack (or the mail service) took the message; a posted card is edited later."""
        return self.state is RowState.SENT or self.ts is not None

    @property
    def outcome(self) -> str:
        """The outcome as the metrics name it."""
        if self.closed is not None:
            return "closed"
        if self.refused is not None:
            return "refused"
        return "unknown" if self.posting and self.state is RowState.FAILED else self.state.value


def settle(
    connection: Connection, ended: Sequence[tuple[ChannelLease, OutboxRow, Settlement]], now: datetime
) -> list[ChannelLease]:
    """Store the results of rows, one of each channel; return the renewed leases with their new pace or pause.

    Raises:
        LeaseLost: another process holds one of the channels. Nothing of this transaction may be committed then.
    """
    if not ended:
        return []
    held = [_settled_lease(lease, row, done, now) for lease, row, done in ended]
    until = {"lease_until": now + channel_leases.LEASE}
    columns = ("next_at", "paused_until", "failures", "closed_at", "closed_reason", "reminded_at")
    leases = [
        channel_leases.lease_params(lease) | until | {name: getattr(lease, name) for name in columns} for lease in held
    ]
    if connection.execute(channel_leases.STILL_HELD, leases).rowcount != len(ended):
        raise LeaseLost
    rows = [(row, done) for _, row, done in ended]
    if sent := [_values(row, done) | _sent_values(row, done, now) for row, done in rows if done.sent]:
        connection.execute(_SENT, sent)
    if not_sent := [_values(row, done) | _attempt(row, done) for row, done in rows if not done.sent]:
        connection.execute(_NOT_SENT, not_sent)
    for lease, (_, row, done) in zip(held, ended, strict=True):
        if done.closed is not None:
            _tell_owners(connection, lease, now)
        if done.refused is not None and row.kind is not MessageKind.DIRECT:
            _tell_of_refusal(connection, row, done.refused, now)
        if done.state is RowState.DROPPED:
            outbox.log_dropped(row, done.error)
    return held


def _settled_lease(lease: ChannelLease, row: OutboxRow, done: Settlement, now: datetime) -> ChannelLease:
    failures = lease.failures + 1 if done.paused_until is not None else 0
    pace = done.next_at or lease.next_at
    lease = replace(lease, next_at=pace, paused_until=done.paused_until, failures=failures)
    if done.sent and row.kind in outbox.REMIND and not row.is_edit:
        lease = replace(lease, reminded_at=now)
    if done.closed is not None:
        return replace(lease, closed_at=lease.closed_at or now, closed_reason=done.closed)
    return replace(lease, closed_at=None, closed_reason=None) if done.sent else lease


def _values(row: OutboxRow, done: Settlement) -> dict[str, Any]:
    return {
        "of_id": row.id,
        "state": done.state.value,
        "due_at": done.due_at,
        "posting": done.posting,
        "last_error": done.error,
    }


def _sent_values(row: OutboxRow, done: Settlement, now: datetime) -> dict[str, Any]:
    return {
        "sent_at": now,
        "attempted_at": None,
        "lookup": None,
        "ts": done.ts,
        "posted_channel": done.posted_channel,
        "version": row.version if done.version is None else done.version,
        # The next edit of a card is tried as often again.
        "attempts": row.attempts + 1 if done.version is None else 0,
    }


def _attempt(row: OutboxRow, done: Settlement) -> dict[str, Any]:
    """The attempt that this result belongs to, for `_NOT_SENT`."""
    return {"of_attempts": row.attempts + 1, "of_posting": done.posting, "of_lookup": done.lookup}


def _tell_owners(connection: Connection, lease: ChannelLease, now: datetime) -> None:
    """Write each owner of an enrollment in a closed channel a direct message, once for each time that it closes."""
    by_owner: dict[str, list[Involved]] = {}
    for enrollment in search.in_channel(connection, lease.workspace, lease.channel):
        by_owner.setdefault(enrollment.owner, []).append(enrollment)
    for owner, enrollments in by_owner.items():
        key = f"closed:{lease.channel}:{int((lease.closed_at or now).timestamp())}:{owner}"
        payload = {
            "channel": lease.channel,
            "reason": lease.closed_reason,
            "names": [enrollment.account_name for enrollment in enrollments],
            "to": list(dict.fromkeys(user for enrollment in enrollments for user in enrollment.people)),
        }
        outbox.owe(connection, lease.workspace, key, MessageKind.DIRECT, owner, now, payload=payload)


def _tell_of_refusal(connection: Connection, row: OutboxRow, word: str, now: datetime) -> None:
    """Write the owner of a message that Slack refuses, else an admin, a direct message: once a channel and word."""
    here = search.in_channel(connection, row.workspace, row.channel)
    about = [each for each in here if row.enrollment_id in (None, each.id)] or here
    payload = {
        "channel": row.channel,
        "refused": word,
        "names": [enrollment.account_name for enrollment in about],
        "to": list(dict.fromkeys(user for enrollment in about for user in enrollment.people)),
    }
    place = about[0].owner if about else row.channel
    outbox.owe(
        connection, row.workspace, f"refused:{row.channel}:{word}", MessageKind.DIRECT, place, now, payload=payload
    )
