"""**Answer** below a message with several reminders: a modal with everything that it asks for, page by page."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, SectionBlock

from bot.domain.days import day_at
from bot.domain.digest_contents import Needed, group, needs
from bot.handlers import enrollment_picker, hand_over, quiet, tickets
from bot.handlers.card_copies import render_card
from bot.handlers.forms import modal
from bot.handlers.request import FROM_REMINDERS, Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import rounds, texts

PAGE = "reminders.page."
#: Enrollments on a page: with three steps each, and their buttons, a view has fewer than 100 blocks.
_PER_PAGE = 15
_MOST_BLOCKS = 96
#: Forms with pages, by their callback IDs.
_PAGED = {
    hand_over.SAVE: hand_over.render_page,
    quiet.SAVE: quiet.render_page,
    tickets.SUBMIT: tickets.render_page,
}


def register(router: Router) -> None:
    """Register the listeners of **Answer** and of the buttons that turn the pages."""
    router.action(rounds.ANSWER, open_answers)
    for way in ("back", "next"):
        router.action(f"{PAGE}{way}", turn_page)
    for action_id in (enrollment_picker.BACK, enrollment_picker.NEXT):
        router.action(action_id, turn_page)


def open_answers(request: Request) -> Response:
    """Open the modal at its first page."""
    return Response(view=answers_view(request, int(request.action["value"]), 0))


def turn_page(request: Request) -> Response:
    """Show another page in the same modal."""
    return Response(refresh_card=request.view["id"])


def render_modal(request: Request) -> dict[str, Any]:
    """The modal with a card, or with answers at its page, after something happened in it or in a form on top of it."""
    if (render_page := _PAGED.get(str(request.view.get("callback_id")))) is not None:
        return render_page(request)
    if FROM_REMINDERS not in request.metadata:
        return render_card(request)
    turned = str(request.action.get("action_id", "")).startswith(PAGE)
    page = int(request.action["value"]) if turned else request.metadata["page"]
    return answers_view(request, request.metadata[FROM_REMINDERS], page)


def answers_view(request: Request, row_id: int, page: int) -> dict[str, Any]:
    """The modal: what the message asked for and nobody has answered yet, as it is now."""
    now = request.enrollments.now()
    named = request.enrollments.of_round(request.workspace_id, row_id)
    open_steps = ((each, [(why, step) for why, step in needs(each, now) if step.key in keys]) for each, keys in named)
    needed = group(open_steps, lambda each, _: (each.owner,))
    last = max(0, (len(needed) - 1) // _PER_PAGE)
    page = min(page, last)
    shown = needed[page * _PER_PAGE : (page + 1) * _PER_PAGE]
    if not needed:
        blocks: list[Any] = [SectionBlock(text=gettext("Everything here is answered. Thank you!"))]
    else:
        blocks = _entries(request, shown)
    if last:
        blocks.append(_pages(page, last, len(needed)))
    return modal("answers", "Answer", blocks, submit=None, metadata={FROM_REMINDERS: row_id, "page": page})


def _entries(request: Request, shown: tuple[Needed, ...]) -> list[Any]:
    now, made = request.enrollments.now(), list[Any]()
    for each in shown:
        rows = rounds.step_buttons(each, now, by_email=request.by_email)
        for (why, step), row in zip(each.steps, rows, strict=False):
            said = texts.say(
                "reminders/answer",
                enrollment=each.enrollment,
                step=step,
                why=why.name.lower(),
                today=day_at(now, each.enrollment.zone),
            )
            made += [SectionBlock(text=said), *Block.parse_all([row])]
    if len(made) > _MOST_BLOCKS:
        left = (len(made) - _MOST_BLOCKS) // 2
        more = gettext("And {steps} more: answer these first.").format(steps=texts.plural(left, "step"))
        made = [*made[:_MOST_BLOCKS], SectionBlock(text=more)]
    return made


def _pages(page: int, last: int, count: int) -> ActionsBlock:
    buttons = []
    if page:
        buttons.append(ButtonElement(text=gettext("Back"), action_id=f"{PAGE}back", value=str(page - 1)))
    if page < last:
        words = gettext("Next ({page} of {pages}; {count} in all)")
        words = words.format(page=page + 2, pages=last + 1, count=count)
        buttons.append(ButtonElement(text=words, action_id=f"{PAGE}next", value=str(page + 1)))
    return ActionsBlock(elements=buttons)
