"""Loads what the rows of a page need beside the list itself: the enrollments of that page, their links and channels."""

from __future__ import annotations

from bot.domain.access import may_change
from bot.domain.portfolio import Portfolio, PortfolioQuery
from bot.handlers.request import Request
from bot.presentation.portfolio_rows import PER_PAGE, Entry


def find_page(request: Request, query: PortfolioQuery) -> Portfolio:
    """One page of what the person may see."""
    return request.services.portfolios.page(request.workspace_id, query, request.actor(), PER_PAGE)


def entries_of(request: Request, portfolio: Portfolio) -> tuple[list[Entry], list[str]]:
    """The rows of a page, each with its enrollment, the address of its card, and its channel's fault.

    Also the account names of the enrollments that cannot be read, of this page and of those that no page has.
    """
    workspace, actor = request.workspace_id, request.actor()
    enrollments = request.enrollments.several(workspace, [row.id for row in portfolio.rows])
    closed = request.enrollments.closed_channels(workspace)
    link = request.workspace.gateway.link
    entries = [
        Entry(
            row,
            enrollments[row.id],
            link=link(*row.card) if row.card else None,
            closed=closed.get(row.channel_id),
            may_change=may_change(enrollments[row.id], actor, row.step),
        )
        for row in portfolio.rows
        if row.id in enrollments
    ]
    unreadable = [row.account_name for row in portfolio.rows if row.id not in enrollments]
    return entries, [*unreadable, *request.enrollments.unlisted(workspace)]
