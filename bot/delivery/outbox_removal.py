"""Takes an enrollment that is deleted out of the outbox: nothing more is sent for it, and its card says so."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import completions, outbox
from bot.domain.enrollment import Enrollment
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind, RowState

_DROPPED = {"state": RowState.DROPPED.value, "due_at": None, "last_error": "its enrollment was deleted"}


def remove_messages(connection: Connection, enrollment: Enrollment, by: str, now: datetime, kept: str = "") -> bool:
    """Drop the messages of an enrollment that are unsent or put aside, forget the sent ones, add its card's last edit.

    Args:
        kept: for how long such enrollments are kept, in words, where that is why it is deleted.

    Returns:
        False if a message of it is being sent just now: then nothing of this transaction may be committed.
    """
    card = outbox.card_of(connection, enrollment.workspace, enrollment.id)
    o = t.outbox.c
    of_it = sa.and_(o.workspace == enrollment.workspace, o.enrollment_id == enrollment.id)
    completions.enrollment_is_gone(connection, enrollment, now)
    unsent = o.state.in_([RowState.OWED.value, RowState.MERGED.value])
    connection.execute(sa.update(t.outbox).where(of_it, unsent, o.posting.is_(False)).values(_DROPPED))
    if connection.execute(sa.select(sa.func.count()).select_from(t.outbox).where(of_it, unsent)).scalar_one():
        return False
    aside = sa.and_(of_it, o.state == RowState.FAILED.value)
    connection.execute(sa.update(t.outbox).where(aside).values(_DROPPED | {"posting": False}))
    # Emails and files name customers; the keys stay, so that nothing is sent twice.
    connection.execute(sa.update(t.outbox).where(of_it).values(payload={}, enrollment_id=None))
    if card is not None and card.ts is not None and card.posted_channel is not None:
        payload = {"channel": card.posted_channel, "ts": card.ts, "name": enrollment.account_name, "by": by}
        payload |= {"kept": kept} if kept else {}
        key = f"deleted:{enrollment.id}"
        outbox.owe(
            connection, enrollment.workspace, key, MessageKind.DELETED, card.posted_channel, now, payload=payload
        )
    return True
