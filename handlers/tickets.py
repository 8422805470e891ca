"""**Show ticket**: shows the text for Spot support, ready to copy; sends a long one as a file in a direct message."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

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
from handlers.request import Request
from handlers.response import Response, replace_view
from handlers.router import Router

SUBMIT = "tickets.mark_sent"

#: Characters of the longest ticket that a form shows; a longer one is posted as a file.
LONGEST_SHOWN = 2900


def register(router: Router) -> None:
    """Register the listeners of the button and of the form's **Mark sent**."""
    router.action(f"{STEP_PREFIX}{Action.SHOW_TICKET.value}", show)
    router.submission(SUBMIT, open_number_form)


def show(request: Request) -> Response:
    """Show the ticket of a step to anyone who asks."""
    enrollment, key = request.load_step_target()
    return Response(view=view_of(request, enrollment, key))


def view_of(request: Request, enrollment: Enrollment, key: StepKey) -> dict[str, Any]:
    """The form with the text. For a long text, it says that a file comes, and puts that into the outbox.

    Raises:
        StepConflict: a value that the ticket needs is missing.
        NotAllowed: the person may not have a file posted.
    """
    missing = missing_for_ticket(enrollment, key)
    if missing:
        raise StepConflict(missing)
    text = texts.ticket(enrollment, key)
    heading = f"*{texts.escape(SPECS[key].title)}* for {texts.escape(enrollment.account_name)}"
    where = "Send it to Spot support in the console's chat or by email. Then press *Mark sent*."
    offered = Action.MARK_SENT in actions_for(enrollment, key, request.enrollments.now())
    submit = Action.MARK_SENT.label if offered and may_change(enrollment, request.actor(), key) else None
    blocks: list[Block] = [SectionBlock(text=f"{heading}\n{where}"), forms.verbatim("ticket", text)]
    if len(text) > LONGEST_SHOWN:
        require_change(enrollment, request.actor(), key)
        request.enrollments.owe_ticket_file(request.caller(), enrollment, key, text)
        size = f"It has {len(text):,} characters, so I send it to you as a file in a direct message."
        blocks = [SectionBlock(text=f"{heading}\n{size} {where}")]
    metadata = {"enrollment": enrollment.id, "step": key}
    warnings = request.enrollments.ticket_warnings(enrollment, key)
    return forms.modal(SUBMIT, "Ticket", blocks, submit=submit, metadata=metadata, warnings=warnings)


def open_number_form(request: Request) -> Response:
    """Replace the text by the form for the ticket number."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN)
    warnings = request.enrollments.ticket_warnings(enrollment, key)
    return replace_view(complete_step.build(enrollment, key, request.enrollments.now(), warnings=warnings))
