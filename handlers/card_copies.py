"""Answers that several features give: a copy of the card for one reader, and that copy drawn anew."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import Block

from bot.domain.enrollment import Enrollment
from bot.presentation import card
from handlers.forms import modal
from handlers.request import HOME, Request, Response


def card_copy(request: Request, enrollment: Enrollment) -> dict[str, Any]:
    """The card as a message for the person alone, with its buttons."""
    message = card.build(enrollment, request.enrollments.now(), by_email=request.by_email)
    return {"text": message.text, "blocks": message.blocks}


def card_view(request: Request, enrollment: Enrollment) -> dict[str, Any]:
    """The card as a modal, with its buttons."""
    blocks = Block.parse_all(card_copy(request, enrollment)["blocks"])
    return modal("card", "Enrollment", blocks, submit=None, metadata={"enrollment": enrollment.id})


def refresh_copies(request: Request, enrollment: Enrollment) -> Response:
    """After a change by a button: the card in the channel changes by itself; copies and the home tab must be told."""
    if request.on_home:
        return Response(home=True)
    if request.in_modal:
        return Response(home=HOME in request.metadata, card=request.view["id"])
    if request.in_ephemeral_message:
        return Response(message=card_copy(request, enrollment), replace=True)
    return Response()
