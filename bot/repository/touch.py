"""Raises the version of enrollments so that their cards are updated, although their data have not changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.repository import tables as t

_e, _last = t.enrollments.c, t.last_changes.c
#: IDs in one statement.
_AT_ONCE = 500


def touch(connection: Connection, enrollments: sa.Select[Any] | sa.CompoundSelect[Any]) -> list[int]:
    """Raise the version of each enrollment that a query for IDs finds; return their IDs in order.

    The last change of each stays its last one, so it can still be undone.
    """
    of_them = sa.select(_e.id).where(_e.id.in_(enrollments)).order_by(_e.id).with_for_update()
    ids = list(connection.execute(of_them).scalars())
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        _raise_versions(connection, some)
    return ids


def _raise_versions(connection: Connection, ids: Sequence[int]) -> None:
    current = sa.select(_e.version).where(_e.id == _last.enrollment_id).scalar_subquery()
    newest = sa.and_(_last.enrollment_id.in_(ids), _last.version == current)
    connection.execute(sa.update(t.last_changes).where(newest).values(version=_last.version + 1))
    connection.execute(sa.update(t.enrollments).where(_e.id.in_(ids)).values(version=_e.version + 1))
