"""Channels that Slack refuses as a whole: tells their owners, once for each time a channel closed."""

from __future__ import annotations

from datetime import datetime

from bot.delivery import outbox
from bot.delivery.channel_leases import ChannelLease
from bot.domain.enrollment import Enrollment
from bot.repository import search
from bot.repository.database import Connection
from bot.repository.outbox_columns import MessageKind


def tell_owners(connection: Connection, lease: ChannelLease, now: datetime) -> None:
    """Owe each owner of an enrollment in a closed channel a direct message."""
    closed_at = lease.closed_at or now
    by_owner: dict[str, list[Enrollment]] = {}
    for enrollment in search.live(connection, lease.workspace):
        if enrollment.channel_id == lease.channel:
            by_owner.setdefault(enrollment.owner, []).append(enrollment)
    for owner, enrollments in by_owner.items():
        key = f"closed:{lease.channel}:{int(closed_at.timestamp())}:{owner}"
        payload = {
            "channel": lease.channel,
            "reason": lease.closed_reason,
            "names": [enrollment.account_name for enrollment in enrollments],
            "to": list(dict.fromkeys(user for enrollment in enrollments for user in enrollment.people)),
        }
        outbox.open_channel(connection, lease.workspace, owner)
        outbox.owe(connection, lease.workspace, key, MessageKind.DIRECT, owner, now, payload=payload)
