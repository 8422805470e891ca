"""**See the lists** and `/eco lists`: pairs, end customers, subsets and billing workflows in pages, with search."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.enrollment import Enrollment
from bot.domain.inputs import search_key
from bot.domain.list_entries import KINDS
from bot.domain.list_words import parse_search
from bot.handlers import data_check, list_entry, list_page
from bot.handlers.forms import read_field
from bot.handlers.list_fields import SEE_LIST
from bot.handlers.list_page import ListPage
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.presentation.buttons import ENROLLMENT_PREFIX

#: Modals in which a list is shown in place: the others keep what was typed into them.
_IN_PLACE = {list_page.VIEW, data_check.VIEW}


def register(router: Router) -> None:
    """Register the listeners of the buttons that open a list, turn its pages and search it."""
    router.action(f"{ENROLLMENT_PREFIX}lists", open_lists)
    router.action(SEE_LIST, open_list)
    for action_id in (list_page.WHICH, list_page.SEARCH, list_page.ONLY, list_page.BACK, list_page.NEXT):
        router.action(action_id, show_another_page)
    router.action(list_entry.RETURN, show_another_page)
    router.submission(list_page.VIEW, search)


def open_lists(request: Request) -> Response:
    """Open the lists for anyone who may see the enrollment."""
    enrollment, _ = request.load_target()
    return open_for(request, enrollment)


def open_for(request: Request, enrollment: Enrollment) -> Response:
    """Open the lists at the first page of the one that is most likely meant."""
    return Response(view=list_page.build(request, enrollment, list_page.first_page(enrollment)))


def open_list(request: Request) -> Response:
    """Open one list, from a form that changes it or from what **Check data** has found."""
    number, _, wanted = str(request.action["value"]).partition(":")
    name, _, only = wanted.partition(":")
    enrollment = request.enrollments.get(request.workspace_id, int(number))
    shown = replace(list_page.first_page(enrollment, name), only=bool(only))
    view = list_page.build(request, enrollment, shown)
    return Response(in_place=view) if request.view.get("callback_id") in _IN_PLACE else Response(view=view)


def show_another_page(request: Request) -> Response:
    """Show another page, another list or what was searched for, in the same modal."""
    enrollment = request.enrollments.get(request.workspace_id, request.metadata["enrollment"])
    return Response(in_place=list_page.build(request, enrollment, _wanted(request)))


def search(request: Request) -> Response:
    """Show what was searched for."""
    enrollment, _ = request.load_target()
    shown = ListPage.of(request.metadata)
    words = read_field(request.values, list_page.words_field(shown), _search_words)
    return replace_view(list_page.build(request, enrollment, replace(shown, page=0, words=words)))


def _wanted(request: Request) -> ListPage:
    """The page that was shown, with what was pressed or chosen on it."""
    shown, action_id = ListPage.of(request.metadata), request.action["action_id"]
    if action_id == list_page.WHICH:
        name = str(request.action["selected_option"]["value"])
        return ListPage(name if name in KINDS else shown.name)
    if action_id == list_page.SEARCH:
        return replace(shown, page=0, words=_search_words(str(request.action.get("value") or "")))
    if action_id == list_page.ONLY:
        return replace(shown, page=0, only=False)
    if action_id in (list_page.BACK, list_page.NEXT):
        return replace(shown, page=int(request.action["value"]))
    return shown


def _search_words(raw: str) -> str:
    return search_key(parse_search(raw))
