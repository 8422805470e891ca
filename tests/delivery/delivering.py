"""Owes, claims, looks at and settles rows of the outbox, one transaction each."""

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
    """Owe a message; `more` are columns that it has besides."""
    with database.write() as connection:
        outbox.open_channel(connection, WORKSPACE, channel)
        outbox.owe(connection, WORKSPACE, key, kind, channel, due)
        if more:
            connection.execute(sa.update(t.outbox).where(t.outbox.c.key == key).values(**more))


def claim(database: Database, now: datetime = NOW, limit: int = 10) -> list[ChannelLease]:
    """Take what there is to take, in the order of the channels."""
    with database.write() as connection:
        return sorted(channel_leases.claim(connection, WORKSPACE, now, limit), key=lambda lane: lane.channel)


def due(database: Database, lane: ChannelLease, now: datetime = NOW, limit: int = 10, **more: Any) -> list[str]:
    """The keys of what the lane may send."""
    with database.read() as connection:
        return [row.key for row in channel_leases.due_rows(connection, lane, now, limit, **more)]


def row_of(database: Database, lane: ChannelLease, now: datetime = NOW) -> OutboxRow:
    """The first row that the lane may send."""
    with database.read() as connection:
        return channel_leases.due_rows(connection, lane, now)[0]


def settle(database: Database, lane: ChannelLease, row: OutboxRow, done: Settlement, now: datetime = NOW) -> Lane:
    """Write down what became of a row; the lane with its new pace."""
    with database.write() as connection:
        return delivery_results.settle(connection, [(lane, row, done)], now)[0]


def release(database: Database, lane: ChannelLease) -> None:
    """Give a lane back."""
    with database.write() as connection:
        channel_leases.release(connection, [lane])


def set_lane(database: Database, channel: str = "C1", **values: Any) -> None:
    """Give a lane some values."""
    with database.write() as connection:
        connection.execute(sa.update(t.channel_leases).where(t.channel_leases.c.channel == channel).values(**values))


def lane_of(database: Database, channel: str = "C1") -> dict[str, Any]:
    """A lane as it is stored."""
    [found] = rows(database, t.channel_leases, t.channel_leases.c.channel == channel)
    return found
