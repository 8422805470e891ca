"""Answers that several features give: a copy of the card for one reader, and that copy drawn anew."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import Block

from bot.domain.enrollment import Enrollment
from bot.messaging import card
from handlers.forms import modal
from handlers.visit import HOME, Answer, Visit


def card_copy(visit: Visit, enrollment: Enrollment) -> dict[str, Any]:
    """The card as a message for the person alone, with its buttons."""
    message = card.build(enrollment, visit.enrollments.now(), by_email=visit.by_email)
    return {"text": message.text, "blocks": message.blocks}


def card_view(visit: Visit, enrollment: Enrollment) -> dict[str, Any]:
    """The card as a modal, with its buttons."""
    blocks = Block.parse_all(card_copy(visit, enrollment)["blocks"])
    return modal("card", "Enrollment", blocks, submit=None, metadata={"enrollment": enrollment.id})


def redrawn(visit: Visit, enrollment: Enrollment) -> Answer:
    """After a change by a button: the card in the channel changes by itself; copies and the home tab must be told."""
    if visit.on_home:
        return Answer(home=True)
    if visit.is_modal:
        return Answer(home=HOME in visit.metadata, card=visit.view["id"])
    if visit.in_copy:
        return Answer(message=card_copy(visit, enrollment), replace=True)
    return Answer()
