"""**History**: the audit of an enrollment in pages, by step, by person and by topic, with **Export** and **Undo**."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    Option,
    SectionBlock,
    StaticSelectElement,
    UserSelectElement,
)

from bot.domain.enrollment import Enrollment
from bot.domain.history import HistoryPage, HistoryQuery, Topic
from bot.domain.inputs import shorten
from bot.domain.step_spec import specs
from bot.handlers import answer, forms
from bot.handlers.owners import admin_tools
from bot.handlers.request import FROM_HISTORY, Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import texts
from bot.presentation.buttons import ENROLLMENT_LABELS, ENROLLMENT_PREFIX
from bot.presentation.notifications import pack

STEP, BY, TOPIC, EVERYBODY, PAGE = "history.step", "history.by", "history.topic", "history.everybody", "history.page."
#: The value of an option that filters nothing.
_ALL = "all"


def register(router: Router) -> None:
    """Register the listeners of the button, of the filters, and of the buttons that turn the pages."""
    router.action(f"{ENROLLMENT_PREFIX}audit", open_history)
    for action_id in (STEP, BY, TOPIC, EVERYBODY, f"{PAGE}earlier", f"{PAGE}later"):
        router.action(action_id, show_another_page)


def open_history(request: Request) -> Response:
    """Show the newest entries, to anyone who may see the enrollment."""
    enrollment, _ = request.load_target()
    return Response(view=history_view(request, enrollment, HistoryQuery()))


def show_another_page(request: Request) -> Response:
    """Show another page, or other entries, in the same modal, while the person may see the enrollment."""
    request.enrollments.get(request.workspace_id, request.metadata["enrollment"])
    return Response(refresh_card=request.view["id"])


def render_modal(request: Request) -> dict[str, Any]:
    """The modal with the history, a card or answers, after something happened in it or in a form on top of it."""
    kept = request.metadata.get(FROM_HISTORY)
    if kept is None:
        return answer.render_modal(request)
    enrollment = request.enrollments.get(request.workspace_id, request.metadata["enrollment"])
    return history_view(request, enrollment, _query(enrollment, kept, request.action))


def _query(enrollment: Enrollment, kept: Mapping[str, Any], action: Mapping[str, Any]) -> HistoryQuery:
    """What the modal showed, with what was chosen or pressed just now; another filter begins at the first page."""
    step, by, topic = kept.get("step"), kept.get("by"), kept.get("topic")
    page, action_id = int(kept.get("page") or 1), str(action.get("action_id", ""))
    if action_id.startswith(PAGE):
        page = int(action["value"])
    elif action_id in (STEP, BY, TOPIC, EVERYBODY):
        page = 1
    chosen = str((action.get("selected_option") or {}).get("value"))
    if action_id == STEP:
        step = chosen
    if action_id == TOPIC:
        topic = chosen
    if action_id in (BY, EVERYBODY):
        by = action.get("selected_user")
    about = next((each for each in Topic if each == topic), None)
    return HistoryQuery(step if step in specs(enrollment.procedure) else None, by or None, about, page)


def history_view(request: Request, enrollment: Enrollment, query: HistoryQuery) -> dict[str, Any]:
    """The modal: filters, a page of entries with the newest last, the way to other pages, and what can be done."""
    page = request.enrollments.history_page(request.workspace_id, enrollment.id, query)
    lines = [
        f"{texts.moment(entry.at)} {texts.thread_line(enrollment, entry.event, entry.by)}" for entry in page.entries
    ]
    blocks: list[Block] = [_filters(enrollment, query), *(SectionBlock(text=part) for part in pack(lines))]
    if not lines:
        blocks.append(SectionBlock(text=gettext("Nothing here matches. Choose other filters.")))
    if page.pages > 1:
        blocks.append(_pages(page))
    blocks += [_buttons(request, enrollment), *admin_tools(request, enrollment)]
    kept = {name: value for name, value in (asdict(query) | {"page": page.page}).items() if value is not None}
    metadata = {"enrollment": enrollment.id, FROM_HISTORY: kept}
    return forms.modal("history", "History", blocks, submit=None, metadata=metadata)


def _filters(enrollment: Enrollment, query: HistoryQuery) -> ActionsBlock:
    steps = [(_ALL, gettext("All steps")), *((spec.key, spec.title) for spec in enrollment.procedure.told.steps)]
    topics = [(_ALL, gettext("Everything")), *((topic.value, gettext(topic.label)) for topic in Topic)]
    elements: list[Any] = [
        _select(STEP, gettext("Step"), steps, query.step),
        _select(TOPIC, gettext("What"), topics, query.topic.value if query.topic else None),
        UserSelectElement(action_id=BY, placeholder=gettext("By everybody"), initial_user=query.by),
    ]
    if query.by:
        elements.append(ButtonElement(text=gettext("By everybody"), action_id=EVERYBODY, value=_ALL))
    # Slack keeps what somebody chose in a block that it knows, whatever the new one says.
    chosen = f"history.filters:{query.step}:{query.topic and query.topic.value}:{query.by}"
    return ActionsBlock(block_id=chosen, elements=elements)


def _select(action_id: str, name: str, options: list[tuple[str, str]], chosen: str | None) -> StaticSelectElement:
    made = [Option(value=value, text=shorten(words, 75)) for value, words in options]
    initial = next(option for option in made if option.value == (chosen or _ALL))
    return StaticSelectElement(action_id=action_id, placeholder=name, options=made, initial_option=initial)


def _pages(page: HistoryPage) -> ActionsBlock:
    buttons = []
    if page.page < page.pages:
        words = gettext("Earlier (page {page} of {pages})").format(page=page.page + 1, pages=page.pages)
        buttons.append(ButtonElement(text=words, action_id=f"{PAGE}earlier", value=str(page.page + 1)))
    if page.page > 1:
        words = gettext("Later (page {page} of {pages})").format(page=page.page - 1, pages=page.pages)
        buttons.append(ButtonElement(text=words, action_id=f"{PAGE}later", value=str(page.page - 1)))
    return ActionsBlock(elements=buttons)


def _buttons(request: Request, enrollment: Enrollment) -> ActionsBlock:
    can_undo = request.enrollments.can_undo(request.caller(), enrollment.id)
    names = ("undo", "export") if can_undo else ("export",)
    return ActionsBlock(
        block_id="history.buttons",
        elements=[
            ButtonElement(
                text=gettext(ENROLLMENT_LABELS[name]), action_id=f"{ENROLLMENT_PREFIX}{name}", value=str(enrollment.id)
            )
            for name in names
        ],
    )
