"""Adds, claims, reads and settles single rows of the outbox, each in a transaction of its own."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.delivery import channel_leases, delivery_results, outbox
from bot.delivery.channel_leases import ChannelLease
from bot.delivery.delivery_results import Settlement
from bot.delivery.outbox import OutboxRow
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind
from tests.domain.building import NOW
from tests.repository.keeping import rows

WORKSPACE = "T0ECO"
SECOND = timedelta(seconds=1)


def owe(
    database: Database,
    key: str,
    channel: str = "C1",
    due: datetime = NOW,
    kind: MessageKind = MessageKind.THREAD,
    **more: Any,
) -> None:
    """Add a message; `more` are further columns of its row."""
    with database.write() as connection:
        outbox.owe(connection, WORKSPACE, key, kind, channel, due)
        if more:
            connection.execute(sa.update(t.outbox).where(t.outbox.c.key == key).values(**more))


def claim(database: Database, now: datetime = NOW, limit: int = 10) -> list[ChannelLease]:
    """Lease channels that have something due, sorted by their names."""
    with database.write() as connection:
        return sorted(channel_leases.claim(connection, WORKSPACE, now, limit), key=lambda lease: lease.channel)


def due(database: Database, lease: ChannelLease, now: datetime = NOW) -> list[str]:
    """The keys of the rows that the channel may send, in order, as if each were sent at once."""
    keys = []
    with database.write() as connection:
        while row := channel_leases.next_messages(connection, [lease], now).get(lease.channel):
            keys.append(row.key)
            connection.execute(sa.update(t.outbox).where(t.outbox.c.id == row.id).values(state="sent"))
        connection.rollback()
    return keys


def row_of(database: Database, lease: ChannelLease, now: datetime = NOW) -> OutboxRow:
    """The first row that the channel may send."""
    with database.read() as connection:
        row = channel_leases.next_messages(connection, [lease], now)[lease.channel]
    assert row is not None
    return row


def mark_posting(database: Database, *found: OutboxRow, now: datetime = NOW) -> None:
    """Mark rows as being posted."""
    with database.write() as connection:
        channel_leases.mark_posting(connection, found, now)


def settle(
    database: Database, lease: ChannelLease, row: OutboxRow, done: Settlement, now: datetime = NOW
) -> ChannelLease:
    """Store the result of a row; return the lease with its new pace."""
    with database.write() as connection:
        return delivery_results.settle(connection, [(lease, row, done)], now)[0]


def release(database: Database, lease: ChannelLease) -> None:
    """Give a lease back."""
    with database.write() as connection:
        channel_leases.release(connection, [lease])


def set_channel(database: Database, channel: str = "C1", **values: Any) -> None:
    """Set columns of a channel's row."""
    with database.write() as connection:
        connection.execute(sa.update(t.channel_leases).where(t.channel_leases.c.channel == channel).values(**values))


def channel_row(database: Database, channel: str = "C1") -> dict[str, Any]:
    """A channel's row as it is stored."""
    [found] = rows(database, t.channel_leases, t.channel_leases.c.channel == channel)
    return found
