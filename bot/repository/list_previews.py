"""Stores previews of lists: what a person gave for a list, and the state of the list that it was shown against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.list_changes import Draft
from bot.domain.list_entries import KINDS
from bot.repository import tables as t

#: How long a preview is kept: it holds what somebody has uploaded.
RETENTION = timedelta(days=3)

_p = t.list_previews.c


@dataclass(frozen=True, slots=True)
class StoredPreview:
    """A preview as it is stored.

    Attributes:
        against: the digest of the list that it was made against. saved_at: when it was saved; None if it was not.
    """

    id: int
    enrollment_id: int
    by: str
    at: datetime
    draft: Draft
    against: str
    saved_at: datetime | None


def add(connection: Connection, enrollment_id: int, draft: Draft, against: str, by: str, now: datetime) -> int:
    """Store a preview; return its ID."""
    cells = KINDS[draft.list_name].cells
    row = {
        "enrollment_id": enrollment_id,
        "list_name": draft.list_name,
        "by": by,
        "at": now,
        "source": draft.source,
        "replace": draft.replace,
        "entries": [cells(entry) for entry in draft.entries],
        "faults": list(draft.faults),
        "users": dict(draft.users),
        "removes": [cells(entry) for entry in draft.remove],
        "typed": dict(draft.typed),
        "acted_on": draft.acted_on,
        "against": against,
    }
    return int(connection.execute(sa.insert(t.list_previews).returning(_p.id), row).scalar_one())


def find(connection: Connection, workspace: str, preview_id: int, by: str) -> StoredPreview | None:
    """A person's preview; None if it is of somebody else, too old, or of an enrollment that was deleted."""
    mine = sa.and_(_p.id == preview_id, _p.by == by, t.enrollments.c.workspace == workspace)
    query = sa.select(t.list_previews).join(t.enrollments, t.enrollments.c.id == _p.enrollment_id).where(mine)
    row = connection.execute(query).first()
    if row is None:
        return None
    make = KINDS[row.list_name].given
    draft = Draft(
        row.list_name,
        row.source,
        tuple(make(cells) for cells in row.entries),
        tuple((number, line, sentence) for number, line, sentence in row.faults),
        bool(row.replace),
        frozenset(make(cells) for cells in row.removes),
        row.typed,
        row.acted_on,
        row.users or {},
    )
    return StoredPreview(row.id, row.enrollment_id, row.by, row.at, draft, row.against, row.saved_at)


def renew(connection: Connection, preview_id: int, against: str) -> None:
    """Show a preview against another state of its list from now on."""
    connection.execute(sa.update(t.list_previews).where(_p.id == preview_id).values(against=against))


def mark_saved(connection: Connection, preview_id: int, now: datetime) -> None:
    """Note that a preview was saved; what it held stands in the list now."""
    saved = {"saved_at": now, "entries": [], "removes": [], "typed": {}, "users": {}}
    connection.execute(sa.update(t.list_previews).where(_p.id == preview_id).values(saved))


def delete_expired(connection: Connection, now: datetime) -> int:
    """Delete the previews that are too old; return how many."""
    return connection.execute(sa.delete(t.list_previews).where(_p.at < now - RETENTION)).rowcount
