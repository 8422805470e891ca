"""The steps that are under way, in SQL: state, whose turn it is, urgency, and which one a list names of an enrollment.

It says what `domain/next_step.py` says; a test holds one against the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.enrollment import State, Status
from bot.domain.next_step import US
from bot.domain.portfolio import Segment
from bot.repository import tables as t
from bot.repository.column_types import UtcDateTime
from bot.repository.sight import UNDER_WAY, USERS

_e, _s, _p = t.enrollments.c, t.steps.c, t.procedure_steps.c
_TEXT, _MOMENT = sa.Text(), UtcDateTime()
NOW: sa.BindParameter[datetime] = sa.bindparam("of_now", type_=_MOMENT)
_MONTH_END: sa.BindParameter[date] = sa.bindparam("month_end", type_=sa.Date)
ACTIVE = _e.status == Status.ACTIVE.value
#: The columns of the order among the enrollments of a page.
RANK, MOMENT = "rank", "moment"
#: The number of a step among those of its enrollment: 1 is the one that is named. Two segments name another one.
NUMBER = {Segment.NEEDS_ME: "number_mine", Segment.BLOCKED: "number_blocked"}
NUMBERED = "number"
NUMBERS = (NUMBERED, *NUMBER.values())
#: The columns that every question needs, and those of a whole row.
BRIEF = (_e.id, _e.finish_last, _p.key)
WHOLE_ROW = (
    *BRIEF,
    *(_e[name] for name in ("account_id", "account_name", "channel_id", "owner", "started_at", "finish_first")),
    _e.procedure,
    *(_s[name] for name in ("since", "earliest", "latest", "assignee", "target", "blocked_by", "blocked_why")),
    _s.late_from,
)


def under_way(
    *conditions: sa.ColumnElement[bool], numbers: Sequence[str] = NUMBERS, said: Sequence[sa.Column[Any]] = WHOLE_ROW
) -> sa.Subquery:
    """The steps under way of the active enrollments that meet the conditions, numbered within each enrollment.

    Its parameters are `of_now`, and `of_users`, who asks: for the steps that need them.

    Args:
        numbers: which numbers are wanted, and said: which columns as they are stored; each costs time.
    """
    is_open = _s.state == State.OPEN.value
    late = sa.and_(_s.late_from.is_not(None), _s.late_from <= NOW)
    due = sa.and_(_s.state == State.WAITING.value, _s.latest.is_not(None), _s.latest <= NOW)
    party = sa.case((_s.blocked_by.is_not(None), _s.blocked_by), (is_open, _p.turn), (due, US), else_=_p.waits_for)
    since = sa.func.coalesce(_s.since, _e.started_at, type_=_MOMENT)
    rank = sa.case((late, 0), (_s.blocked_by.is_not(None), 2), (is_open, 1), else_=3)
    moment = sa.case(
        (late, _s.late_from), (_s.blocked_by.is_not(None), sa.func.coalesce(_s.blocked_at, since)), else_=since
    )
    required = sa.func.min(_p.optional).over(partition_by=_s.enrollment_id) == 0
    aside = sa.and_(_p.optional == 1, is_open, required, sa.not_(late))
    me = t.collaborators.c
    among = sa.select(me.enrollment_id).where(me.user_id.in_(USERS))
    people = sa.or_(_e.owner.in_(USERS), _e.id.in_(among))
    asked = sa.and_(party == US, sa.or_(_s.assignee.in_(USERS), sa.and_(_s.assignee.is_(None), people, sa.not_(aside))))
    facts = (
        sa.select(
            *said,
            sa.case((due, State.DUE.value), else_=_s.state).label("state"),
            sa.type_coerce(party, _TEXT).label("party"),
            _flag(late).label("late"),
            _flag(asked).label("asked"),
            _flag(_s.blocked_by.is_not(None)).label("blocked"),
            _p.optional,
            rank.label(RANK),
            sa.type_coerce(moment, _MOMENT).label(MOMENT),
            _p.position,
        )
        # Not an inner join: SQLite would begin with the steps of all enrollments, also of those that were cancelled.
        .select_from(
            t.enrollments.outerjoin(t.steps, sa.and_(_s.enrollment_id == _e.id, UNDER_WAY)).outerjoin(
                t.procedure_steps, sa.and_(_p.procedure == _e.procedure, _p.key == _s.key)
            )
        )
        .where(ACTIVE, *conditions)
        .subquery("facts")
    )
    f = facts.c
    order = (sa.case((f[RANK] == 0, 0), else_=1), f.optional, f[RANK], f[MOMENT], f.position)
    firsts = {NUMBERED: (), NUMBER[Segment.NEEDS_ME]: (f.asked.desc(),), NUMBER[Segment.BLOCKED]: (f.blocked.desc(),)}
    counted = [
        sa.func.row_number().over(partition_by=f.id, order_by=(*firsts[name], *order)).label(name) for name in numbers
    ]
    return sa.select(facts, *counted).where(f.key.is_not(None)).subquery("under_way")


def in_segment(steps: sa.Subquery, segment: Segment) -> sa.ColumnElement[bool]:
    """The condition for the steps that stand for their enrollment in a list of the segment.

    Its parameter is `month_end`, the last day of this month.
    """
    c = steps.c
    first = c[NUMBER.get(segment, NUMBERED)] == 1
    match segment:
        case Segment.NEEDS_ME:
            return sa.and_(first, c.asked == 1)
        case Segment.NEEDS_US:
            return sa.and_(first, c.party == US)
        case Segment.WAITING:
            return sa.and_(first, c.blocked == 0, c.state == State.WAITING.value)
        case Segment.BLOCKED:
            return sa.and_(first, c.blocked == 1)
        case Segment.LATE:
            return sa.and_(first, c.late == 1)
        case Segment.FINISHING:
            return sa.and_(first, c.finish_last <= _MONTH_END)
        case Segment.ALL:
            return first
        case _:
            return sa.false()


def order_of(columns: Sequence[str], steps: sa.Subquery) -> list[sa.ColumnElement[Any]]:
    """The order of a page; those without a value come last."""
    found: list[sa.ColumnElement[Any]] = []
    for name in columns:
        found += [sa.case((steps.c[name].is_(None), 1), else_=0), steps.c[name]]
    return [*found, steps.c.id]


def _flag(condition: sa.ColumnElement[bool]) -> sa.Case[Any]:
    """A condition as a number, which both databases compare and sum up alike."""
    return sa.case((condition, 1), else_=0)
