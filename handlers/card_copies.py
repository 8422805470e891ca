"""Copies of an enrollment's card, as a message or a modal for one person, and refreshing them after a change."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import Block

from bot.domain.enrollment import Enrollment
from bot.presentation import card
from handlers.forms import modal
from handlers.request import FROM_HOME, Request, Response


def card_copy(request: Request, enrollment: Enrollment) -> dict[str, Any]:
    """The card as a message, with its buttons."""
    message = card.build(enrollment, request.enrollments.now(), by_email=request.by_email)
    return {"text": message.text, "blocks": message.blocks}


def card_view(request: Request, enrollment: Enrollment) -> dict[str, Any]:
    """The card as a modal, with its buttons."""
    blocks = Block.parse_all(card_copy(request, enrollment)["blocks"])
    return modal("card", "Enrollment", blocks, submit=None, metadata={"enrollment": enrollment.id})


def refresh_copies(request: Request, enrollment: Enrollment) -> Response:
    """After a change by a button: refresh the copy or home tab it is on. Delivery updates the card in the channel."""
    if request.on_home:
        return Response(refresh_home=True)
    if request.in_modal:
        return Response(refresh_home=FROM_HOME in request.metadata, refresh_card=request.view["id"])
    if request.in_ephemeral_message:
        return Response(message=card_copy(request, enrollment), replace_original=True)
    return Response()
