"""Enrollments that are over: which have been so for long, who was told that they will be deleted, what arrived."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import EventKind, Status
from bot.repository import tables as t
from bot.repository.outbox_columns import RowState

_e, _v, _o = t.enrollments.c, t.events.c, t.outbox.c
OVER = (Status.COMPLETED.value, Status.CANCELLED.value)
#: When somebody was told last that an enrollment will be deleted.
_TOLD_AT = (
    sa.select(sa.func.max(_v.at))
    .where(_v.enrollment_id == _e.id, _v.kind == EventKind.EXPIRING.value)
    .correlate(t.enrollments)
    .scalar_subquery()
)


def untold(connection: Connection, workspace: str, before: datetime, after: int, limit: int) -> list[int]:
    """The IDs behind `after` of enrollments that ended before an instant, whose deletion nobody was told of since."""
    long_over = sa.and_(_e.workspace == workspace, _e.status.in_(OVER), _e.ended_at <= before)
    fresh = sa.or_(_TOLD_AT.is_(None), _e.ended_at > _TOLD_AT)
    query = sa.select(_e.id).where(long_over, fresh, _e.id > after).order_by(_e.id).limit(limit)
    return list(connection.execute(query).scalars())


def told(connection: Connection, workspace: str, before: datetime, after: int, limit: int) -> list[int]:
    """The IDs behind `after` of enrollments that are over, and whose end was told before an instant."""
    over = sa.and_(_e.workspace == workspace, _e.status.in_(OVER), _e.id > after)
    query = sa.select(_e.id).where(over, _e.ended_at <= _TOLD_AT, before >= _TOLD_AT).order_by(_e.id).limit(limit)
    return list(connection.execute(query).scalars())


def was_told(connection: Connection, enrollment_id: int) -> datetime | None:
    """When somebody was told last that an enrollment will be deleted."""
    at: datetime | None = connection.execute(sa.select(_TOLD_AT).where(_e.id == enrollment_id)).scalar()
    return at


def has_arrived(connection: Connection, workspace: str, key: str) -> bool:
    """Whether the message of that key was sent."""
    query = sa.select(_o.state).where(_o.workspace == workspace, _o.key == key)
    return connection.execute(query).scalar() == RowState.SENT.value
