"""Owes, claims, looks at and settles rows of the outbox, one transaction each."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.storage import lanes, outbox, settling
from bot.storage import models as t
from bot.storage.database import Database
from bot.storage.lanes import Lane
from bot.storage.outbox import Kind, Owed
from bot.storage.settling import Settlement
from tests.domain.building import NOW
from tests.storage.keeping import rows

WORKSPACE = "T0ECO"
SECOND = timedelta(seconds=1)


def owe(
    database: Database, key: str, channel: str = "C1", due: datetime = NOW, kind: Kind = Kind.THREAD, **more: Any
) -> None:
    """Owe a message; `more` are columns that it has besides."""
    with database.write() as connection:
        outbox.open_lane(connection, WORKSPACE, channel)
        outbox.owe(connection, WORKSPACE, key, kind, channel, due)
        if more:
            connection.execute(sa.update(t.outbox).where(t.outbox.c.key == key).values(**more))


def claim(database: Database, now: datetime = NOW, limit: int = 10) -> list[Lane]:
    """Take what there is to take, in the order of the channels."""
    with database.write() as connection:
        return sorted(lanes.claim(connection, WORKSPACE, now, limit), key=lambda lane: lane.channel)


def due(database: Database, lane: Lane, now: datetime = NOW, limit: int = 10, **more: Any) -> list[str]:
    """The keys of what the lane may send."""
    with database.read() as connection:
        return [row.key for row in lanes.due_rows(connection, lane, now, limit, **more)]


def row_of(database: Database, lane: Lane, now: datetime = NOW) -> Owed:
    """The first row that the lane may send."""
    with database.read() as connection:
        return lanes.due_rows(connection, lane, now)[0]


def settle(database: Database, lane: Lane, row: Owed, done: Settlement, now: datetime = NOW) -> Lane:
    """Write down what became of a row; the lane with its new pace."""
    with database.write() as connection:
        return settling.settle(connection, [(lane, row, done)], now)[0]


def release(database: Database, lane: Lane) -> None:
    """Give a lane back."""
    with database.write() as connection:
        lanes.release(connection, [lane])


def set_lane(database: Database, channel: str = "C1", **values: Any) -> None:
    """Give a lane some values."""
    with database.write() as connection:
        connection.execute(sa.update(t.lanes).where(t.lanes.c.channel == channel).values(**values))


def lane_of(database: Database, channel: str = "C1") -> dict[str, Any]:
    """A lane as it is stored."""
    [found] = rows(database, t.lanes, t.lanes.c.channel == channel)
    return found
