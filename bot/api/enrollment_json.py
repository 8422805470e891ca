"""Enrollments as JSON: a row of a list, and one enrollment with its steps. docs/API.md describes both."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from bot.domain.enrollment import Enrollment, Step
from bot.domain.list_entries import KINDS, entries_of
from bot.domain.next_step import party
from bot.domain.portfolio import Portfolio, PortfolioRow


def page_of(portfolio: Portfolio) -> dict[str, Any]:
    """A page of a list."""
    return {
        "enrollments": [_row(row) for row in portfolio.rows],
        "page": portfolio.page,
        "pages": portfolio.pages,
        "found": portfolio.found,
    }


def whole(enrollment: Enrollment, now: datetime) -> dict[str, Any]:
    """One enrollment; of its lists the numbers alone, because they hold customers' addresses."""
    return {
        "id": enrollment.id,
        "account_id": enrollment.account_id,
        "account_name": enrollment.account_name,
        "status": enrollment.status.value,
        "procedure": enrollment.procedure_reference,
        "channel": enrollment.channel_id,
        "owner": enrollment.owner,
        "collaborators": list(enrollment.collaborators),
        "started_at": _plain(enrollment.started_at),
        "ended_at": _plain(enrollment.ended_at),
        "version": enrollment.version,
        "steps": [_step(enrollment, step, now) for step in enrollment.steps],
        "lists": {name: len(entries_of(enrollment, name)) for name in KINDS},
    }


def _row(row: PortfolioRow) -> dict[str, Any]:
    following = None
    if row.spec is not None and row.state is not None:
        following = {
            "key": row.spec.key,
            "title": row.spec.title,
            "state": row.state.value,
            "turn": row.party,
            "assignee": row.assignee,
            "blocked_by": row.blocked_by,
            "blocked_why": row.blocked_why,
            **{name: _plain(getattr(row, name)) for name in ("since", "earliest", "latest", "target")},
            "late_since": _plain(row.late),
        }
    return {
        "id": row.id,
        "account_id": row.account_id,
        "account_name": row.account_name,
        "status": row.status.value,
        "procedure": row.procedure,
        "channel": row.channel_id,
        "owner": row.owner,
        "started_at": _plain(row.started_at),
        "ended_at": _plain(row.ended_at),
        "steps_finished": row.finished,
        "steps_total": row.total,
        "next_step": following,
        "finish_first": _plain(row.finish_first),
        "finish_last": _plain(row.finish_last),
    }


def _step(enrollment: Enrollment, step: Step, now: datetime) -> dict[str, Any]:
    spec = enrollment.spec(step.key)
    under_way = step.state.value in ("open", "waiting")
    return {
        "key": step.key,
        "title": spec.title,
        "state": step.state_at(now).value,
        "optional": spec.optional,
        "has_ticket": spec.ticket is not None,
        "turn": party(enrollment, step, now) if under_way else None,
        "assignee": step.assignee,
        "blocked_by": step.blocked_by,
        "blocked_why": step.blocked_why,
        "reason": step.reason,
        "values": dict(step.values),
        **{name: _plain(getattr(step, name)) for name in ("since", "acted_at", "earliest", "latest", "finished_at")},
        "target": _plain(step.target),
        "acted_by": step.acted_by,
        "finished_by": step.finished_by,
    }


def _plain(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None
