"""What a database that comes from a backup has to be told: that time went by of which it knows nothing."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery.outbox import MessageKind, RowState
from bot.domain.enrollment import Status
from bot.repository import tables as t


def prepare(connection: Connection, now: datetime) -> None:
    """Have what may have been sent meanwhile looked for, and the cards show what this database knows.

    What was owed and is due by now may have been posted after the backup was made: with the `posting` mark the
    delivery looks for it before it posts. A card may show later changes, which are lost: it is owed again.
    """
    c = t.outbox.c
    maybe_sent = sa.and_(c.state == RowState.OWED.value, c.ts.is_(None), c.due_at <= now)
    connection.execute(sa.update(t.outbox).where(maybe_sent).values(posting=True))
    live = sa.select(t.enrollments.c.id).where(t.enrollments.c.status == Status.ACTIVE.value)
    shown = sa.and_(c.kind == MessageKind.CARD.value, c.ts.is_not(None), c.enrollment_id.in_(live))
    connection.execute(sa.update(t.outbox).where(shown).values(state=RowState.OWED.value, due_at=now))
    # Nobody works on a channel now, whoever did when the copy was made.
    connection.execute(sa.update(t.lanes).values(lease_token=None, lease_until=None))
