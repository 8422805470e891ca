"""Names, pairs and end customers as a form reads them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.enrollment import Customer, Pair
from bot.list_files.typed_lists import parse_lines


def parse_names(text: str, known: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of subsets."""
    return parse_lines(text, "subsets", known)


def parse_pairs(text: str, known: Iterable[Pair] = ()) -> tuple[Pair, ...]:
    """Subset and billing workflow."""
    return parse_lines(text, "pairs", known)


def parse_customers(text: str, own_org_id: str | None, known: Iterable[Customer] = ()) -> tuple[Customer, ...]:
    """Subset, console email and Spot organization ID."""
    return parse_lines(text, "customers", known, own_org_id)
