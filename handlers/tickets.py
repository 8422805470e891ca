"""**Show ticket**: the text for Spot support, ready to copy; a long one becomes a file in the thread."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import (
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
    SectionBlock,
)

from bot.domain import transitions
from bot.domain.access import may_change, require_change
from bot.domain.actions import Action, actions_for
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import StepConflict
from bot.domain.procedure import SPECS
from bot.domain.step_spec import StepKey
from bot.domain.tickets import missing_for_ticket
from bot.presentation import texts
from bot.presentation.buttons import STEP_PREFIX
from handlers import complete_step, forms
from handlers.request import Request, Response, replace_view
from handlers.router import Router

SUBMIT = "tickets.mark_sent"
SHOW = f"{STEP_PREFIX}{Action.SHOW_TICKET.value}"

#: The longest ticket that a form shows whole; a longer one becomes a file.
LONGEST_SHOWN = 2900


def register(router: Router) -> None:
    """Listen to the button and to the way on from the text to the ticket number."""
    router.action(SHOW, show)
    router.submission(SUBMIT, go_on)


def show(request: Request) -> Response:
    """Show the ticket of a step to whoever asks; it changes nothing."""
    enrollment, key = request.load_target()
    assert key is not None, "the button names its step"
    return Response(view=view_of(request, enrollment, key))


def view_of(request: Request, enrollment: Enrollment, key: StepKey) -> dict[str, Any]:
    """The form with the text, or with the word that it is a file in the thread.

    Raises:
        StepConflict: something that the ticket needs is not known yet. NotAllowed: a file is for those who may act.
    """
    missing = missing_for_ticket(enrollment, key)
    if missing:
        raise StepConflict(missing)
    text = texts.ticket(enrollment, key)
    heading = f"*{texts.escape(SPECS[key].title)}* of {texts.escape(enrollment.account_name)}"
    where = "Send it to Spot support by the console's chat or by email, then say so with *Mark sent*."
    offered = Action.MARK_SENT in actions_for(enrollment, key, request.enrollments.now())
    submit = Action.MARK_SENT.label if offered and may_change(enrollment, request.actor()) else None
    metadata = {"enrollment": enrollment.id, "step": key}
    if len(text) > LONGEST_SHOWN:
        require_change(enrollment, request.actor())
        request.enrollments.owe_ticket_file(request.caller(), enrollment.id, key)
        words = (
            f"{heading}\nThe ticket has {len(text):,} characters: it is put into the card's thread as a file. {where}"
        )
        return forms.modal(SUBMIT, "Ticket", [SectionBlock(text=words)], submit=submit, metadata=metadata)
    whole = RichTextPreformattedElement(elements=[RichTextElementParts.Text(text=text)])
    blocks = [SectionBlock(text=f"{heading}\n{where}"), RichTextBlock(block_id="ticket", elements=[whole])]
    return forms.modal(SUBMIT, "Ticket", blocks, submit=submit, metadata=metadata)


def go_on(request: Request) -> Response:
    """From the text straight to the ticket number."""
    enrollment, key = request.load_target()
    assert key is not None, "the form names its step"
    require_change(enrollment, request.actor())
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN)
    return replace_view(complete_step.build(enrollment, key))
