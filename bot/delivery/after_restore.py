"""After a restore: marks messages that may have been sent since the backup, so that they are looked up first."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Status
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind, RowState


def mark_possibly_sent(connection: Connection, now: datetime) -> None:
    """Mark messages that may have been sent since the backup, and have the cards show what this database knows.

    A row that is due by now may have been posted after the backup was made: with the `posting` mark, delivery looks for
    it before it posts. A card may show later changes, which are lost: it is edited again.
    """
    c = t.outbox.c
    maybe_sent = sa.and_(c.state == RowState.OWED.value, c.ts.is_(None), c.due_at <= now)
    connection.execute(sa.update(t.outbox).where(maybe_sent).values(posting=True))
    live = sa.select(t.enrollments.c.id).where(t.enrollments.c.status == Status.ACTIVE.value)
    shown = sa.and_(c.kind == MessageKind.CARD.value, c.ts.is_not(None), c.enrollment_id.in_(live))
    connection.execute(sa.update(t.outbox).where(shown).values(state=RowState.OWED.value, due_at=now))
    # No process holds a channel now, whatever held it when the copy was made.
    connection.execute(sa.update(t.channel_leases).values(lease_token=None, lease_until=None))
