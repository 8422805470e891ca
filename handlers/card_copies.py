"""Copies of a card for one person, as a message or as a modal."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from slack_sdk.models.blocks import Block

from bot.domain.access import seen_steps
from bot.domain.enrollment import Enrollment, Status
from bot.handlers.forms import modal
from bot.handlers.redrawing import redraw
from bot.handlers.request import FROM_HOME, Request
from bot.handlers.response import Response
from bot.handlers.router import Router
from bot.presentation import card, party_card
from bot.presentation.buttons import ENROLLMENT_PREFIX
from bot.presentation.card_room import IN_MESSAGE, IN_MODAL
from bot.slack.slack_errors import SlackFault

log = logging.getLogger(__name__)


def register(router: Router) -> None:
    """Register the listener of **Open**."""
    router.action(f"{ENROLLMENT_PREFIX}open", open_card)


def open_card(request: Request) -> Response:
    """Open an enrollment's card in a modal."""
    enrollment_id, _ = request.target_ids()
    enrollment, _ = request.enrollments.get_in_part(request.workspace_id, enrollment_id)
    return Response(view=card_view(request, enrollment))


def show_card(request: Request, enrollment: Enrollment) -> Response:
    """Show a copy of the card to the person alone: as a message after a command, as a modal after a press."""
    if request.is_command or request.in_ephemeral_message:
        return Response(message=card_copy(request, enrollment))
    return Response(view=card_view(request, enrollment))


def render_copy(request: Request) -> dict[str, Any]:
    """The ephemeral copy of the card, after a form that was opened from it."""
    enrollment_id, _ = request.target_ids()
    return card_copy(request, request.enrollments.get_in_part(request.workspace_id, enrollment_id)[0])


def render_card(request: Request) -> dict[str, Any]:
    """The modal with the card, after a change in it or in a form on top of it."""
    enrollment_id = request.metadata["enrollment"]
    return card_view(request, request.enrollments.get_in_part(request.workspace_id, enrollment_id)[0])


def redraw_card(request: Request) -> None:
    """Draw the copy of a card again from which work was begun that went on after the answer."""
    gateway = request.workspace.gateway
    try:
        if request.on_card_copy:
            respond = partial(gateway.respond, request.body["response_url"], replace=True)
            redraw(lambda: render_copy(request), respond)
        elif request.in_modal and "enrollment" in request.metadata:
            redraw(lambda: render_card(request), partial(gateway.update_view, request.view["id"]))
    except SlackFault as fault:
        log.info("the copy of a card was not drawn again: %s", fault)  # most likely it was closed


def card_copy(request: Request, enrollment: Enrollment, room: int = IN_MESSAGE) -> dict[str, Any]:
    """The card as a message, with its buttons; for the people of a party, the steps of that."""
    ended, now = None, request.enrollments.now()
    shown = seen_steps(enrollment, request.actor())
    if len(shown) < len(enrollment.steps):
        part = party_card.build(enrollment, shown, now, by_email=request.by_email, room=room)
        return {"text": part.text, "blocks": part.blocks}
    if enrollment.status is Status.CANCELLED:
        ended = card.ending(request.enrollments.history(request.workspace_id, enrollment.id))
    made = request.plans.forecast(enrollment)
    absences = request.enrollments.absences(request.workspace_id)
    away = [absences[user] for user in enrollment.people if user in absences]
    covered = request.enrollments.account_coverage(enrollment)
    given: dict[str, Any] = {"by_email": request.by_email, "ended": ended, "forecast": made, "away": away}
    message = card.build(enrollment, now, **given, covered=covered, room=room)
    return {"text": message.text, "blocks": message.blocks}


def card_view(request: Request, enrollment: Enrollment) -> dict[str, Any]:
    """The card as a modal, with its buttons."""
    blocks = Block.parse_all(card_copy(request, enrollment, IN_MODAL)["blocks"])
    return modal("card", "Enrollment", blocks, submit=None, metadata={"enrollment": enrollment.id})


def refresh_copies(request: Request) -> Response:
    """After a change by a button: refresh the copy or home tab it is on. Delivery updates the card in the channel."""
    if request.on_home:
        return Response(refresh_home=True)
    if request.in_modal:
        return Response(refresh_home=FROM_HOME in request.metadata, refresh_card=request.view["id"])
    if request.in_ephemeral_message:
        return Response(refresh_copy=request.body["response_url"])
    return Response()
