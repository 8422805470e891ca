"""Pages and counts of the list of enrollments, in SQL: no more than a page of rows is read."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from bot.domain.enrollment import FINISHED, State, Status
from bot.domain.portfolio import PortfolioQuery, PortfolioRow, Segment, Sort
from bot.repository import portfolio_steps as steps
from bot.repository import stored_procedures
from bot.repository import tables as t
from bot.repository.portfolio_filter import Filter
from bot.repository.search import NOT_CANCELLED
from bot.repository.sight import OF_PEOPLE, Sight, condition

_e, _s = t.enrollments.c, t.steps.c
#: Counts of segments.
Counts = dict[Segment, int]
#: The segments of enrollments that are over, and their status.
OVER = {Segment.DONE: Status.COMPLETED, Segment.CANCELLED: Status.CANCELLED}
#: Those that a count of the steps under way gives.
_UNDER_WAY = tuple(segment for segment in Segment if segment not in OVER)
_ORDER = {
    Sort.URGENCY: (steps.RANK, steps.MOMENT),
    Sort.AGE: ("started_at",),
    Sort.FORECAST: ("finish_last", "finish_first"),
}
_HEAD = tuple(
    _e[name]
    for name in (
        *("id", "account_id", "account_name", "channel_id", "owner", "status", "started_at", "ended_at", "procedure"),
    )
)
_SAME = (
    "id",
    "account_id",
    "account_name",
    "channel_id",
    "owner",
    "started_at",
    "finish_first",
    "finish_last",
    "procedure",
)
_OF_STEP = ("since", "earliest", "latest", "party", "target", "assignee", "blocked_by", "blocked_why")
_LIMIT, _OFFSET = sa.bindparam("of_size", type_=sa.Integer), sa.bindparam("of_skipped", type_=sa.Integer)


def hub(connection: Connection, sight: Sight) -> tuple[int, int]:
    """How many enrollments a person owns or collaborates on, and how many they may see that are not cancelled."""
    row = connection.execute(_hub(sight.everything), sight.values).one()
    return int(row.own), int(row.total)


@lru_cache
def _hub(everything: bool) -> sa.Select[Any]:
    seen = sa.and_(condition(everything=everything), NOT_CANCELLED)
    own, total = (sa.select(sa.func.count(_e.id)).where(each).scalar_subquery() for each in (OF_PEOPLE, seen))
    return sa.select(own.label("own"), total.label("total"))


def counts(connection: Connection, sight: Sight, query: PortfolioQuery, now: datetime) -> Counts:
    """How many enrollments each segment has under the other filters of a query."""
    wanted, values = Filter.of(query, sight), _values(sight, query, now)
    row = connection.execute(_active_counts(wanted), values).one()._mapping
    found: Counts = {segment: int(row[segment.value] or 0) for segment in _UNDER_WAY}
    over = dict.fromkeys(OVER.values(), 0)
    if not wanted.of_step:
        ended = connection.execute(_over_counts(wanted), values).all()
        over |= {Status(status): int(count) for status, count in ended}
    found |= {segment: over[status] for segment, status in OVER.items()}
    found[Segment.ALL] += found[Segment.DONE]
    return {segment: found[segment] for segment in Segment}


def page(
    connection: Connection, sight: Sight, query: PortfolioQuery, now: datetime, found: Counts, size: int
) -> list[PortfolioRow]:
    """The rows of a query's page, which has to exist.

    Args:
        found: the `counts` of the query in the same transaction.
    """
    wanted, segment, skipped = Filter.of(query, sight), query.segment, (query.page - 1) * size
    values = _values(sight, query, now) | {"of_size": size, "of_skipped": skipped}
    if segment in OVER:
        return _over_rows(connection, connection.execute(_over(wanted, OVER[segment], query.sort), values).all())
    if segment is Segment.ALL and query.sort is Sort.AGE and not wanted.of_step:
        return _by_age(connection, wanted, values)
    active = _active(wanted, segment, query.sort)
    if segment is not Segment.ALL:
        return _active_rows(connection, connection.execute(active, values).all())
    under_way = found[Segment.ALL] - found[Segment.DONE]
    rows = _active_rows(connection, connection.execute(active, values).all()) if skipped < under_way else []
    if len(rows) < size and not wanted.of_step:
        rest = values | {"of_size": size - len(rows), "of_skipped": max(0, skipped - under_way)}
        over = _over(wanted, Status.COMPLETED, query.sort)
        rows += _over_rows(connection, connection.execute(over, rest).all())
    return rows


def _values(sight: Sight, query: PortfolioQuery, now: datetime) -> dict[str, Any]:
    """The values of the parameters of all statements here."""
    day = now.astimezone(UTC).date()
    month_end = date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])
    return Filter.values(query) | sight.values | {"of_now": now, "month_end": month_end}


# Built once for each combination of filters: building one of them takes longer than carrying it out.


@lru_cache(256)
def _active_counts(wanted: Filter) -> sa.Select[Any]:
    under_way = steps.under_way(*wanted.on_head(), said=steps.BRIEF)
    sums = [
        sa.func.sum(sa.case((sa.and_(steps.in_segment(under_way, segment), *wanted.on_step(under_way)), 1), else_=0))
        for segment in _UNDER_WAY
    ]
    named = [each.label(segment.value) for each, segment in zip(sums, _UNDER_WAY, strict=True)]
    return sa.select(*named).select_from(under_way)


@lru_cache(256)
def _over_counts(wanted: Filter) -> sa.Select[Any]:
    over = _e.status.in_([status.value for status in OVER.values()])
    return sa.select(_e.status, sa.func.count()).where(*wanted.on_head(), over).group_by(_e.status)


@lru_cache(256)
def _active(wanted: Filter, segment: Segment, sort: Sort) -> sa.Select[Any]:
    under_way = steps.under_way(*wanted.on_head(), numbers=[steps.NUMBER.get(segment, steps.NUMBERED)])
    query = sa.select(under_way).where(steps.in_segment(under_way, segment), *wanted.on_step(under_way))
    return query.order_by(*steps.order_of(_ORDER[sort], under_way)).limit(_LIMIT).offset(_OFFSET)


@lru_cache(256)
def _over(wanted: Filter, status: Status, sort: Sort) -> sa.Select[Any]:
    """Enrollments that are over: the last one first, by age the oldest one first."""
    heads = sa.select(*_HEAD).where(*wanted.on_head(), _e.status == status.value)
    order = (_e.started_at, _e.id) if sort is Sort.AGE else (_e.ended_at.desc(), _e.id.desc())
    return heads.order_by(*order).limit(_LIMIT).offset(_OFFSET)


@lru_cache(256)
def _heads_by_age(wanted: Filter) -> sa.Select[Any]:
    heads = sa.select(*_HEAD).where(*wanted.on_head(), NOT_CANCELLED)
    return heads.order_by(_e.started_at, _e.id).limit(_LIMIT).offset(_OFFSET)


@lru_cache
def _named() -> sa.Select[Any]:
    named = _e.id.in_(sa.bindparam("ids", expanding=True))
    under_way = steps.under_way(named, numbers=[steps.NUMBERED])
    return sa.select(under_way).where(under_way.c[steps.NUMBERED] == 1)


def _by_age(connection: Connection, wanted: Filter, values: dict[str, Any]) -> list[PortfolioRow]:
    found = connection.execute(_heads_by_age(wanted), values).all()
    ids = [row.id for row in found if row.status == Status.ACTIVE.value]
    active = _active_rows(connection, connection.execute(_named(), values | {"ids": ids}).all())
    over = _over_rows(connection, [row for row in found if row.status != Status.ACTIVE.value])
    by_id = {row.id: row for row in (*active, *over)}
    return [by_id[row.id] for row in found if row.id in by_id]


def _active_rows(connection: Connection, found: Sequence[Row[Any]]) -> list[PortfolioRow]:
    finished = _finished(connection, found)
    return [
        PortfolioRow(
            **{name: getattr(row, name) for name in (*_SAME, *_OF_STEP)},
            status=Status.ACTIVE,
            ended_at=None,
            finished=finished.get(row.id, 0),
            total=_total(connection, row),
            step=row.key,
            state=State(row.state),
            late=row.late_from if row.late else None,
        )
        for row in found
    ]


def _over_rows(connection: Connection, found: Sequence[Row[Any]]) -> list[PortfolioRow]:
    finished = _finished(connection, found)
    heads = [dict(row._mapping) | {"status": Status(row.status)} for row in found]
    return [
        PortfolioRow(**head, finished=finished.get(row.id, 0), total=_total(connection, row))
        for head, row in zip(heads, found, strict=True)
    ]


def _total(connection: Connection, row: Row[Any]) -> int:
    """How many steps an enrollment has."""
    return len(stored_procedures.find(connection, row.procedure).steps)


def _finished(connection: Connection, found: Sequence[Row[Any]]) -> dict[int, int]:
    """Enrollment ID -> how many of its steps are over."""
    if not found:
        return {}
    ids = [row.id for row in found]
    return {number: int(count) for number, count in connection.execute(_FINISHED, {"ids": ids}).all()}


_FINISHED = (
    sa.select(_s.enrollment_id, sa.func.count())
    .where(_s.enrollment_id.in_(sa.bindparam("ids", expanding=True)))
    .where(_s.state.in_(sorted(state.value for state in FINISHED)))
    .group_by(_s.enrollment_id)
)
