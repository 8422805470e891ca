"""Time zones of the owners of enrollments, as they are stored."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t
from bot.repository.search import NOT_CANCELLED

_e = t.enrollments.c


def owner_zones(connection: Connection, workspace: str) -> dict[str, set[str]]:
    """Owner -> the zones stored for them, over all enrollments that are not cancelled."""
    query = sa.select(_e.owner, _e.owner_zone).where(_e.workspace == workspace, NOT_CANCELLED).distinct()
    found: dict[str, set[str]] = {}
    for row in connection.execute(query.order_by(_e.owner)):
        found.setdefault(row.owner, set()).add(row.owner_zone)
    return found


def in_another_zone(connection: Connection, workspace: str, owner: str, zone: str) -> list[int]:
    """The IDs of an owner's enrollments with another zone, without cancelled ones."""
    mine = sa.and_(_e.workspace == workspace, _e.owner == owner, _e.owner_zone != zone, NOT_CANCELLED)
    return list(connection.execute(sa.select(_e.id).where(mine).order_by(_e.id)).scalars())
