"""The home tab: a person's portfolio, whose filter and page travel in the metadata of the view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.portfolio import Portfolio, PortfolioQuery, Segment, Sort
from bot.handlers import home_filter
from bot.handlers.forms import with_metadata
from bot.handlers.portfolio_entries import entries_of, find_page
from bot.handlers.request import Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.presentation import blocks, home, home_menu
from bot.presentation.portfolio_rows import Entry
from bot.presentation.portfolio_state import as_state, from_state, parse_query

#: Metadata of a home tab on which the person has chosen nothing: what it shows follows from what there is.
_UNCHOSEN = "unchosen"


def register(router: Router) -> None:
    """Register the listeners of the home tab and of its filters."""
    router.event("app_home_opened", opened)
    shown_by = (f"{home.SEGMENT}{segment}" for segment in Segment)
    for action_id in (*shown_by, home.SHOW_ALL, home.BACK, home.NEXT):
        router.action(action_id, show)
    router.action(home.SORT, sort)
    router.action(home.FILTER, open_filter)
    router.submission(home_filter.SUBMIT, filtered)


def opened(request: Request) -> Response:
    """Show the home tab when it is opened, as it was left; the same event comes for the app's messages tab."""
    return Response(refresh_home=(request.body.get("event") or {}).get("tab") == "home")


def show(request: Request) -> Response:
    """Show what a button of the home tab carries: a count, a page, everything."""
    return _shown(parse_query(request.action["value"]))


def sort(request: Request) -> Response:
    """Show the first page in the chosen order."""
    chosen = Sort(request.action["selected_option"]["value"])
    return _shown(replace(from_state(request.metadata), sort=chosen, page=1))


def open_filter(request: Request) -> Response:
    """Open the form of the filters, filled with what the person has chosen: a search is among all there are."""
    chosen = PortfolioQuery() if request.metadata.get(_UNCHOSEN) else from_state(request.metadata)
    return Response(view=home_filter.build(chosen))


def filtered(request: Request) -> Response:
    """Show what the form of the filters asks for."""
    return _shown(home_filter.read(request.values))


def _shown(query: PortfolioQuery) -> Response:
    return Response(refresh_home=True, home_state=as_state(query))


def render(request: Request, state: Mapping[str, Any]) -> dict[str, Any]:
    """The person's home tab with the filter and the page of a state; where they have chosen none, what needs them."""
    unchosen = not state or bool(state.get(_UNCHOSEN))
    query, portfolio = _first_look(request) if unchosen else _page(request, from_state(state))
    entries, unreadable = entries_of(request, portfolio)
    theirs = request.services.portfolios.steps_of_parties(request.workspace_id, request.actor())
    view = home.build(
        home.Home(
            query,
            portfolio,
            entries,
            unreadable,
            may_start=request.workspace.rights.may_start(request.user),
            by_email=request.by_email,
            menu=_menu(request, entries),
            theirs=theirs.shown,
            left=theirs.total - len(theirs.shown),
        ),
        request.enrollments.now(),
    )
    return with_metadata(view, as_state(query) | ({_UNCHOSEN: True} if unchosen else {}))


def _menu(request: Request, entries: Sequence[Entry]) -> list[blocks.Block]:
    people = {user for entry in entries for user in entry.enrollment.people}
    imports = request.actor().is_admin and request.workspace.rights.may_start(request.user)
    absences, feeds = request.enrollments.absences(request.workspace_id), request.plans.feeds.served
    return home_menu.build(request.user, absences, people, imports=imports, feeds=feeds)


def _first_look(request: Request) -> tuple[PortfolioQuery, Portfolio]:
    """What needs the person; for admins, and where nothing does, everybody's enrollments."""
    everything = PortfolioQuery()
    if not request.actor().is_admin:
        query, found = _page(request, replace(everything, segment=Segment.NEEDS_ME))
        if found.rows:
            return query, found
    return _page(request, everything)


def _page(request: Request, query: PortfolioQuery) -> tuple[PortfolioQuery, Portfolio]:
    """The page, and the query with the page that there is: lists shrink between two presses."""
    portfolio = find_page(request, query)
    return replace(query, page=portfolio.page), portfolio
