"""Results of AWS checks, and the claims that keep several processes from doing the same check at a time.

A claim expires at an instant, so that a dead process blocks nothing for long. The claim of a preflight is released when
its result is stored. The claim of a file check or a watch is not released: it expires when the next one is due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.aws.check_sets import MANAGEMENT
from bot.domain.aws.preflight import CheckReport, DeliveredFiles
from bot.domain.enrollment import State, Status
from bot.repository import tables as t
from bot.repository.upsert import insert_or_ignore


class CheckKind(StrEnum):
    """A preflight checks everything; the hourly file check searches for delivered files only.

    The watch looks hourly at an account that is connected.
    """

    PREFLIGHT = "preflight"
    DELIVERED_FILES = "landing"
    WATCH = "watch"


#: How many results of a kind an enrollment keeps; the audit has the counts of all of them.
_RETAINED = {CheckKind.PREFLIGHT: 20, CheckKind.DELIVERED_FILES: 1, CheckKind.WATCH: 1}


@dataclass(frozen=True, slots=True)
class StoredResult:
    """One result: when, by whom, and its JSON form."""

    at: datetime
    by: str
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CheckClaim:
    """A claim in force: its user ID and its beginning."""

    by: str
    at: datetime


def claim(
    connection: Connection, enrollment_id: int, kind: CheckKind, by: str, now: datetime, until: datetime
) -> CheckClaim | None:
    """Claim a check; return None on success, else the claim that is in the way."""
    c = t.aws_looks.c
    row = {"enrollment_id": enrollment_id, "kind": kind.value, "by": by, "at": now, "until": until}
    if insert_or_ignore(connection, t.aws_looks, [row]):
        return None
    same = sa.and_(c.enrollment_id == enrollment_id, c.kind == kind.value)
    # A claim that begins in the future was made before the clock was set back; it counts as expired.
    expired = sa.or_(c.until <= now, c.at > now)
    take_over = sa.update(t.aws_looks).where(same, expired).values(by=by, at=now, until=until)
    if connection.execute(take_over).rowcount == 1:
        return None
    other = connection.execute(sa.select(c.by, c.at).where(same)).one()
    return CheckClaim(other.by, other.at)


def release(connection: Connection, enrollment_id: int, kind: CheckKind, now: datetime) -> None:
    """End a claim now."""
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
    """Store a result and delete the oldest ones beyond the limit.

    Args:
        bucket: the bucket that a preflight saw, which the file check can search.
    """
    values = {"enrollment_id": enrollment_id, "kind": kind.value, "at": now, "by": by, "bucket": bucket}
    connection.execute(sa.insert(t.aws_reports).values(**values, found=dict(found)))
    c = t.aws_reports.c
    same = sa.and_(c.enrollment_id == enrollment_id, c.kind == kind.value)
    newest = sa.select(c.id).where(same).order_by(c.id.desc()).limit(_RETAINED[kind])
    connection.execute(sa.delete(t.aws_reports).where(same, c.id.not_in(newest)))


_r = t.aws_reports.c
_NEWEST = sa.select(_r.enrollment_id, _r.at, _r.by, _r.found).where(
    _r.id.in_(
        sa.select(sa.func.max(_r.id))
        .where(_r.enrollment_id.in_(sa.bindparam("ids", expanding=True)), _r.kind == sa.bindparam("of_kind"))
        .group_by(_r.enrollment_id)
    )
)
#: Older reports do not name their checks.
_checks = sa.func.coalesce(_r.found["checks"].as_string(), MANAGEMENT)
_LAST_REPORT = (
    sa.select(_r.found)
    .where(_r.enrollment_id == sa.bindparam("of_id"), _r.kind == CheckKind.PREFLIGHT.value)
    .where(_checks == sa.bindparam("of_checks"))
    .order_by(_r.id.desc())
    .limit(1)
)


def last(connection: Connection, enrollment_id: int, kind: CheckKind) -> StoredResult | None:
    """The newest result of a kind, if there is one."""
    return last_of_each(connection, [enrollment_id], kind).get(enrollment_id)


def last_of_each(connection: Connection, enrollment_ids: Sequence[int], kind: CheckKind) -> dict[int, StoredResult]:
    """Enrollment ID -> its newest result of a kind; without one, no entry."""
    rows = connection.execute(_NEWEST, {"ids": enrollment_ids, "of_kind": kind.value}) if enrollment_ids else ()
    return {row.enrollment_id: StoredResult(row.at, row.by, row.found) for row in rows}


def last_files(connection: Connection, enrollment_id: int) -> DeliveredFiles | None:
    """The files that the newest checks have counted; of a file check and a preflight, the earlier first file."""
    hourly = last(connection, enrollment_id, CheckKind.DELIVERED_FILES)
    whole = last(connection, enrollment_id, CheckKind.PREFLIGHT)
    counted = [result.found for result in (hourly,) if result is not None]
    counted += [result.found["landing"] for result in (whole,) if result is not None and result.found["landing"]]
    files = [each for each in map(DeliveredFiles.from_json, counted) if each.first_at is not None]
    return min(files, key=lambda each: each.first_at or datetime.max.replace(tzinfo=UTC), default=None)


def all_of(connection: Connection, enrollment_id: int, kind: CheckKind) -> list[StoredResult]:
    """The results of a kind that an enrollment keeps, the oldest first."""
    kept = sa.select(_r.at, _r.by, _r.found).where(_r.enrollment_id == enrollment_id, _r.kind == kind.value)
    return [StoredResult(row.at, row.by, row.found) for row in connection.execute(kept.order_by(_r.id)).all()]


def last_report(connection: Connection, enrollment_id: int, checks: str) -> CheckReport | None:
    """The newest report of a set of checks, if there is one among those that an enrollment keeps."""
    found = connection.execute(_LAST_REPORT, {"of_id": enrollment_id, "of_checks": checks}).scalar()
    return CheckReport.from_json(found) if found is not None else None


#: The state of the step in which each hourly check is made.
_STATES = {CheckKind.DELIVERED_FILES: State.WAITING, CheckKind.WATCH: State.DONE}


def due(
    connection: Connection, kind: CheckKind, workspace: str, now: datetime, limit: int, *, always: bool
) -> list[int]:
    """IDs of the enrollments whose hourly check is due, the longest overdue first.

    Args:
        kind: the file check, or the watch.
        always: include enrollments for which no preflight has seen a bucket.
    """
    e, s, p, claims, r = t.enrollments.c, t.steps.c, t.procedure_steps.c, t.aws_looks.c, t.aws_reports.c
    watched = sa.and_(p.procedure == e.procedure, p.watched == 1)
    waits = sa.and_(s.enrollment_id == e.id, s.key == p.key, s.state == _STATES[kind].value)
    claimed = sa.and_(claims.enrollment_id == e.id, claims.kind == kind.value)
    bucket_seen = sa.exists().where(r.enrollment_id == e.id, r.kind == CheckKind.PREFLIGHT.value, r.bucket.is_not(None))
    query = (
        sa.select(e.id)
        .select_from(
            t.enrollments.join(t.procedure_steps, watched).join(t.steps, waits).outerjoin(t.aws_looks, claimed)
        )
        .where(e.workspace == workspace, e.status == Status.ACTIVE.value)
        .where(sa.or_(claims.until.is_(None), claims.until <= now, claims.at > now))
        .order_by(sa.case((claims.until.is_(None), 0), else_=1), claims.until, e.id)
        .limit(limit)
    )
    return list(connection.execute(query if always else query.where(bucket_seen)).scalars())
