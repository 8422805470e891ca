"""The command `failed`: lists the messages that were put aside, and why, and has them sent again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.repository import tables as t
from bot.repository.database_faults import reason_of
from bot.repository.existing_database import NoDatabase, open_existing
from bot.repository.outbox_columns import MessageKind, RowState

_FAILED = t.outbox.c.state == RowState.FAILED.value
#: An email cannot be looked up, and somebody may have sent its ticket another way since: people send it again in Slack.
_CAN_GO_AGAIN = sa.and_(_FAILED, t.outbox.c.kind != MessageKind.EMAIL.value)


@dataclass(frozen=True, slots=True)
class PutAside:
    """A message that was put aside: its key, where it should have gone, since when it was due, and why it did not."""

    key: str
    kind: str
    channel: str
    owed_at: datetime
    why: str

    def __str__(self) -> str:
        """One line for an operator."""
        again = "" if self.kind != MessageKind.EMAIL else " (not retried: press Send by email in Slack)"
        return f"{self.key} for {self.channel}, due {self.owed_at:%Y-%m-%d %H:%M} UTC: {self.why}{again}"


def put_aside(connection: Connection, workspace: str | None = None) -> list[PutAside]:
    """Every message that was put aside, in one workspace or in all, the oldest first."""
    c = t.outbox.c
    query = sa.select(c.key, c.kind, c.channel, c.owed_at, c.last_error).where(_FAILED, _of(workspace))
    query = query.order_by(c.owed_at, c.id)
    return [PutAside(*row[:4], row.last_error or "no reason was stored") for row in connection.execute(query)]


def send_again(connection: Connection, now: datetime, workspace: str | None = None) -> int:
    """Have the messages that were put aside sent again, emails excepted; return how many.

    Each is looked for before it is posted, because an attempt before the last one may have succeeded.
    """
    again = {"state": RowState.OWED.value, "due_at": now, "posting": True, "attempts": 0}
    return connection.execute(sa.update(t.outbox).where(_CAN_GO_AGAIN, _of(workspace)).values(again)).rowcount


def _of(workspace: str | None) -> sa.ColumnElement[bool]:
    return sa.true() if workspace is None else t.outbox.c.workspace == workspace


def run(database_url: str, now: datetime, workspace: str | None = None, *, retry: bool) -> tuple[int, str]:
    """Run the command; returns its exit code and what it prints."""
    try:
        database = open_existing(database_url, pool=2)
    except NoDatabase:
        return 0, "No message was put aside: there is no database yet."
    try:
        with database.write() as connection:
            found = put_aside(connection, workspace)
            retried = send_again(connection, now, workspace) if retry else 0
    except SQLAlchemyError as error:
        return 1, f"The database cannot be used: {reason_of(error)}."
    finally:
        database.close()
    total = f"{len(found)} put aside." if found else "No message was put aside."
    if retry and found:
        total += f" The running bot sends {retried} again."
    return 0, "\n".join([*map(str, found), total])
