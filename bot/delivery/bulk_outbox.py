"""Reads what the message of a bulk start says, and where it stands, if it is to be edited."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.delivery import outbox
from bot.delivery.outbox import OutboxRow
from bot.domain.bulk_progress import BulkStart
from bot.repository import bulk_rows
from bot.repository.outbox_columns import MessageKind

#: The row that posted a message, its channel and ts.
Shown = tuple[OutboxRow, str, str]


def read(connection: Connection, row: OutboxRow) -> tuple[BulkStart | None, Shown | None]:
    """The bulk start of a row as it is now, and the message that the row edits; None in place of what is not there."""
    number = int(row.payload["bulk"])
    found = bulk_rows.load(connection, row.workspace, number)
    if row.kind is MessageKind.BULK:
        return found, None
    posted = outbox.by_key(connection, row.workspace, bulk_rows.key_of_message(number))
    if posted.ts is None or posted.posted_channel is None:  # there is no message to edit
        return None, None
    return found, (posted, posted.posted_channel, posted.ts)
