"""`/eco list [words]`: the enrollments that somebody asks for, as a message for them alone, page by page."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.list_words import parse_list_words
from bot.domain.portfolio import PortfolioQuery
from bot.handlers.card_copies import open_card
from bot.handlers.command_text import mentioned
from bot.handlers.portfolio_entries import entries_of, find_page
from bot.handlers.request import Request
from bot.handlers.response import Response, show_text
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import portfolio_list
from bot.presentation.portfolio_rows import is_filtered
from bot.presentation.portfolio_state import parse_query


def register(router: Router) -> None:
    """Register the listeners of the buttons that show a list, turn its pages, and open one of it."""
    for action_id in (portfolio_list.LIST, portfolio_list.BACK, portfolio_list.MORE):
        router.action(action_id, show_page)
    router.action(portfolio_list.OPEN, open_card)


def command(request: Request) -> Response:
    """Show the first page of what the words after `/eco list` ask for; without words, of everything."""
    _, *words = str(request.body.get("text") or "").split(None, 1)
    people, channels, rest = mentioned(words[0] if words else "")
    return _page(request, parse_list_words(rest, people, channels))


def show_page(request: Request) -> Response:
    """Show a page in place of the message with the button."""
    response = _page(request, parse_query(request.action["value"]))
    return replace(response, replace_original=request.in_ephemeral_message)


def _page(request: Request, query: PortfolioQuery) -> Response:
    portfolio = find_page(request, query)
    entries, unreadable = entries_of(request, portfolio)
    if not portfolio.found and not unreadable and not _anything(request, query):
        return no_enrollment(request)
    message = portfolio_list.build(portfolio, query, entries, request.enrollments.now(), unreadable)
    return Response(message={"text": message.text, "blocks": message.blocks})


def no_enrollment(request: Request) -> Response:
    """The answer where the person can see no enrollment; who may start none is not told how to."""
    if request.workspace.rights.may_start(request.user):
        return show_text(gettext("There is no enrollment yet. `/eco enroll` starts one."))
    return show_text(gettext("There is no enrollment that you can see."))


def _anything(request: Request, query: PortfolioQuery) -> bool:
    """Whether there is any enrollment to show without the filters of a query."""
    return is_filtered(query) and bool(find_page(request, PortfolioQuery()).found)
