"""What a list of enrollments shows, as JSON: in the values of its buttons and in the metadata of its view."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from bot.domain.portfolio import PortfolioQuery, Segment, Sort
from bot.domain.procedure import known_steps

_DEFAULT = PortfolioQuery()


def as_state(query: PortfolioQuery) -> dict[str, Any]:
    """A query as JSON: its part of the portfolio, and what else differs from a query for everything."""
    named = {field.name: getattr(query, field.name) for field in fields(query)}
    return {name: value for name, value in named.items() if name == "segment" or value != getattr(_DEFAULT, name)}


def from_state(state: Mapping[str, Any]) -> PortfolioQuery:
    """The query of a state; what this version of the bot does not know is left out."""
    segment, sort, step, page = (state.get(name) for name in ("segment", "sort", "step", "page"))
    return PortfolioQuery(
        segment=Segment(segment) if segment in set(Segment) else Segment.ALL,
        owner=state.get("owner"),
        channel=state.get("channel"),
        step=step if step in known_steps() else None,
        party=state.get("party"),
        words=str(state.get("words") or ""),
        sort=Sort(sort) if sort in set(Sort) else Sort.URGENCY,
        page=page if isinstance(page, int) and page > 0 else 1,
    )


def format_query(query: PortfolioQuery) -> str:
    """The value of a button that shows a list; at most 2,000 characters."""
    return json.dumps(as_state(query), separators=(",", ":"), ensure_ascii=False)


def parse_query(value: str) -> PortfolioQuery:
    """The query of a button's value."""
    return from_state(json.loads(value))
