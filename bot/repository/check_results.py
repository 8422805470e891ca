"""Looks at AWS: what they found, and who may look now, so that several processes never look twice.

A look is claimed until an instant. A preflight is released when its result is kept; what a dead process had claimed
is free when that instant has passed. A landing stays claimed: that instant is when the next look is due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.aws_events import CONNECT
from bot.domain.enrollment import State, Status
from bot.repository import tables as t
from bot.repository.upsert import insert_or_ignore


class CheckKind(StrEnum):
    """What was looked at: everything, or the files only."""

    PREFLIGHT = "preflight"
    DELIVERED_FILES = "landing"


#: How many results of a kind are kept for an enrollment; the audit has the counts of all of them.
_RETAINED = {CheckKind.PREFLIGHT: 20, CheckKind.DELIVERED_FILES: 1}


@dataclass(frozen=True, slots=True)
class StoredResult:
    """One result: when, by whom, and its JSON form."""

    at: datetime
    by: str
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CheckClaim:
    """Somebody looks, since `at`."""

    by: str
    at: datetime


def claim(
    connection: Connection, enrollment_id: int, kind: CheckKind, by: str, now: datetime, until: datetime
) -> CheckClaim | None:
    """Take the right to look; None where it was taken, else who has it."""
    c = t.aws_looks.c
    row = {"enrollment_id": enrollment_id, "kind": kind.value, "by": by, "at": now, "until": until}
    if insert_or_ignore(connection, t.aws_looks, [row]):
        return None
    mine = sa.and_(c.enrollment_id == enrollment_id, c.kind == kind.value)
    # A claim of the future was made before a clock was put back: it would hold for as long as that was.
    free = sa.or_(c.until <= now, c.at > now)
    taken = sa.update(t.aws_looks).where(mine, free).values(by=by, at=now, until=until)
    if connection.execute(taken).rowcount == 1:
        return None
    found = connection.execute(sa.select(c.by, c.at).where(mine)).one()
    return CheckClaim(found.by, found.at)


def release(connection: Connection, enrollment_id: int, kind: CheckKind, now: datetime) -> None:
    """Give the right to look back."""
    c = t.aws_looks.c
    connection.execute(
        sa.update(t.aws_looks).where(c.enrollment_id == enrollment_id, c.kind == kind.value).values(until=now)
    )


def save(
    connection: Connection,
    enrollment_id: int,
    kind: CheckKind,
    by: str,
    now: datetime,
    found: Mapping[str, Any],
    bucket: str | None = None,
) -> None:
    """Keep a result, and forget those that are older than the last few.

    Args:
        bucket: the bucket that a preflight saw: where there is one, looking for files makes sense.
    """
    values = {"enrollment_id": enrollment_id, "kind": kind.value, "at": now, "by": by, "bucket": bucket}
    connection.execute(sa.insert(t.aws_reports).values(**values, found=dict(found)))
    c = t.aws_reports.c
    mine = sa.and_(c.enrollment_id == enrollment_id, c.kind == kind.value)
    newest = sa.select(c.id).where(mine).order_by(c.id.desc()).limit(_RETAINED[kind])
    connection.execute(sa.delete(t.aws_reports).where(mine, c.id.not_in(newest)))


_r = t.aws_reports.c
_LAST = (
    sa.select(_r.at, _r.by, _r.found)
    .where(_r.enrollment_id == sa.bindparam("of_enrollment"), _r.kind == sa.bindparam("of_kind"))
    .order_by(_r.id.desc())
    .limit(1)
)


def last(connection: Connection, enrollment_id: int, kind: CheckKind) -> StoredResult | None:
    """The newest result of a kind."""
    row = connection.execute(_LAST, {"of_enrollment": enrollment_id, "of_kind": kind.value}).first()
    return StoredResult(row.at, row.by, row.found) if row is not None else None


_NEWEST = sa.select(_r.enrollment_id, _r.at, _r.by, _r.found).where(
    _r.id.in_(
        sa.select(sa.func.max(_r.id))
        .where(_r.enrollment_id.in_(sa.bindparam("ids", expanding=True)), _r.kind == sa.bindparam("of_kind"))
        .group_by(_r.enrollment_id)
    )
)


def last_of_each(connection: Connection, enrollment_ids: Sequence[int], kind: CheckKind) -> dict[int, StoredResult]:
    """Enrollment ID -> the newest result of a kind, for those that have one."""
    rows = connection.execute(_NEWEST, {"ids": enrollment_ids, "of_kind": kind.value}) if enrollment_ids else ()
    return {row.enrollment_id: StoredResult(row.at, row.by, row.found) for row in rows}


def due_for_file_check(connection: Connection, workspace: str, now: datetime, most: int, *, always: bool) -> list[int]:
    """The enrollments that wait for files and were not looked at for long enough, the longest first.

    Args:
        always: also those for which no preflight has seen a bucket.
    """
    e, s, k, r = t.enrollments.c, t.steps.c, t.aws_looks.c, t.aws_reports.c
    waits = sa.and_(s.enrollment_id == e.id, s.key == CONNECT, s.state == State.WAITING.value)
    looked = sa.and_(k.enrollment_id == e.id, k.kind == CheckKind.DELIVERED_FILES.value)
    seen = sa.exists().where(r.enrollment_id == e.id, r.kind == CheckKind.PREFLIGHT.value, r.bucket.is_not(None))
    query = (
        sa.select(e.id)
        .select_from(t.enrollments.join(t.steps, waits).outerjoin(t.aws_looks, looked))
        .where(e.workspace == workspace, e.status == Status.ACTIVE.value)
        .where(sa.or_(k.until.is_(None), k.until <= now, k.at > now))
        .order_by(sa.case((k.until.is_(None), 0), else_=1), k.until, e.id)
        .limit(most)
    )
    return list(connection.execute(query if always else query.where(seen)).scalars())
