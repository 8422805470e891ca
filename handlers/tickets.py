"""**Show ticket**: shows the text for Spot support in pages to copy, and sends it as a file in a direct message."""

from __future__ import annotations

import hashlib
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    SectionBlock,
)

from bot.domain import transitions
from bot.domain.access import may_change
from bot.domain.actions import Action
from bot.domain.enrollment import Enrollment, Status
from bot.domain.errors import StepConflict
from bot.domain.sent_lines import lines_to_send
from bot.domain.step_spec import StepKey
from bot.domain.tickets import missing_for_ticket, sendable_states
from bot.handlers import complete_step, forms
from bot.handlers.request import TICKET_VERSION, Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import texts, ticket_texts
from bot.presentation.buttons import STEP_PREFIX, format_value
from bot.presentation.ticket_texts import TicketPage, TicketText

SUBMIT = "tickets.mark_sent"
#: The same form of a ticket that people may send besides; handlers/custom_workflow.py listens to it.
SEND_EXTRA = "tickets.send_extra"
PAGE, FILE = "tickets.page.", "tickets.file"
#: Metadata: the page that is shown, from 1 on, and a hash of the whole text that it belongs to.
_AT, _DIGEST = "at", "digest"


def register(router: Router) -> None:
    """Register the listeners of the button, of the form's buttons and of its **Mark sent**."""
    for action in (Action.SHOW_TICKET, Action.FOLLOW_UP):
        router.action(f"{STEP_PREFIX}{action.value}", show)
    for way in ("back", "next"):
        router.action(f"{PAGE}{way}", turn_page)
    router.action(FILE, send_file)
    router.submission(SUBMIT, open_number_form)


def show(request: Request) -> Response:
    """Show the next ticket of a step, also a follow-up, to anyone who asks and may see the enrollment."""
    enrollment, key = request.load_step_target()
    return Response(view=view_of(request, enrollment, key))


def turn_page(request: Request) -> Response:
    """Show another page in the same form, while the person may see the enrollment and there is a ticket."""
    key = StepKey(request.metadata["step"])
    texts_of(request, request.enrollments.get(request.workspace_id, request.metadata["enrollment"], key), key)
    return Response(refresh_card=request.view["id"])


def send_file(request: Request) -> Response:
    """Put the whole ticket into the outbox as a file for the person, if they may change the step."""
    enrollment, key = request.load_target_for_change()
    parts = texts_of(request, enrollment, key)
    request.enrollments.owe_ticket_file(request.caller(), enrollment, key, ticket_texts.whole(parts), len(parts))
    return Response(refresh_card=request.view["id"])


def texts_of(request: Request, enrollment: Enrollment, key: StepKey) -> tuple[TicketText, ...]:
    """The parts of a step's ticket, or the ticket that people may send besides.

    Raises:
        StepConflict: something that the ticket needs is missing.
    """
    if enrollment.spec(key).ticket is None:
        wanted = request.enrollments.workflow_request(request.workspace_id, enrollment.id)
        if wanted is None:
            raise StepConflict(gettext("Nobody has described a custom billing workflow yet."))
        return (ticket_texts.custom_workflow(enrollment, wanted),)
    missing = missing_for_ticket(enrollment, key)
    if missing:
        raise StepConflict(missing)
    return ticket_texts.tickets(enrollment, key, request.enrollments.ticket_lines)


def view_of(request: Request, enrollment: Enrollment, key: StepKey) -> dict[str, Any]:
    """The form at its first page; raises like `texts_of`."""
    return _view(request, enrollment, key, texts_of(request, enrollment, key), 1, {})


def render_page(request: Request) -> dict[str, Any]:
    """The form at the page that was asked for, or at the same one after a file was asked for."""
    known, pressed = request.metadata, str(request.action.get("action_id"))
    key = StepKey(known["step"])
    enrollment = request.enrollments.get(request.workspace_id, known["enrollment"], key)
    at = int(request.action["value"]) if pressed.startswith(PAGE) else known[_AT]
    notes = (texts.say("support/file_comes"),) if pressed == FILE else ()
    return _view(request, enrollment, key, texts_of(request, enrollment, key), at, known, notes)


def _view(
    request: Request,
    enrollment: Enrollment,
    key: StepKey,
    parts: tuple[TicketText, ...],
    at: int,
    known: dict[str, Any],
    notes: tuple[str, ...] = (),
) -> dict[str, Any]:
    found = ticket_texts.pages(parts)
    page = found[min(max(at, 1), len(found)) - 1]
    digest = hashlib.sha256(ticket_texts.whole(parts).encode()).hexdigest()[:16]
    if known.get(_DIGEST, digest) != digest:
        notes = (*notes, texts.say("support/changed"))
    changes = may_change(enrollment, request.actor(), key)
    state = enrollment.step(key).state_at(request.enrollments.now())
    marks = changes and enrollment.status is not Status.CANCELLED and state in sendable_states(enrollment, key)
    callback, submit = SUBMIT, Action.MARK_SENT.label if marks else None
    if enrollment.spec(key).ticket is None:
        sends = marks and request.by_email
        callback, submit = SEND_EXTRA, Action.SEND_EMAIL.label if sends else None
    blocks = [
        SectionBlock(text=_heading(request, enrollment, key, page, marks)),
        *(SectionBlock(text=note) for note in notes),
        *_copied(page),
        *_buttons(enrollment, key, page, changes),
    ]
    metadata = {"enrollment": enrollment.id, "step": key, _AT: page.page, _DIGEST: digest}
    metadata[TICKET_VERSION] = enrollment.version
    metadata = {name: value for name, value in known.items() if name != "warnings"} | metadata
    warnings = request.enrollments.ticket_warnings(enrollment, key)
    return forms.modal(callback, "Ticket", blocks, submit=submit, metadata=metadata, warnings=warnings)


def _heading(request: Request, enrollment: Enrollment, key: StepKey, page: TicketPage, marks: bool) -> str:
    spec = enrollment.spec(key)
    return texts.say(
        "support/shown",
        title=spec.title if spec.ticket else gettext("Custom billing workflow"),
        enrollment=enrollment,
        ticket=enrollment.procedure.ticket(spec.ticket),
        page=page,
        marks=marks,
        lines=lines_to_send(enrollment, spec.list_in_ticket),
    )


def _copied(page: TicketPage) -> list[Block]:
    """What is to be copied: the subject, and the text in as many blocks as it takes."""
    text = gettext("*Text*")
    if page.pages > 1:
        text = gettext("*Text*, page {page} of {pages}").format(page=page.page, pages=page.pages)
    return [
        _label(gettext("*Subject*")),
        forms.verbatim("subject", page.subject),
        _label(text),
        *(forms.verbatim(f"ticket.{number}", piece) for number, piece in enumerate(page.pieces, 1)),
    ]


def _label(words: str) -> Block:
    return ContextBlock(elements=[MarkdownTextObject(text=words)])


def _buttons(enrollment: Enrollment, key: StepKey, page: TicketPage, changes: bool) -> list[ActionsBlock]:
    """The ways to other pages, and the file of a ticket that needs several blocks."""
    buttons = list[Any]()
    if page.page > 1:
        buttons.append(ButtonElement(text=gettext("Back"), action_id=f"{PAGE}back", value=str(page.page - 1)))
    if page.page < page.pages:
        words = gettext("Next (page {page} of {pages})").format(page=page.page + 1, pages=page.pages)
        buttons.append(ButtonElement(text=words, action_id=f"{PAGE}next", value=str(page.page + 1)))
    if changes and enrollment.spec(key).ticket and (page.pages > 1 or len(page.pieces) > 1):
        value = format_value(enrollment.id, key)
        buttons.append(ButtonElement(text=gettext("Send me a file"), action_id=FILE, value=value))
    return [ActionsBlock(elements=buttons)] if buttons else []


def open_number_form(request: Request) -> Response:
    """Replace the text by the form for the ticket number."""
    enrollment, key = request.load_target_for_change()
    now, version = request.enrollments.now(), request.metadata.get(TICKET_VERSION)
    transitions.require_state(enrollment, key, now, *sendable_states(enrollment, key))
    warnings, lines = request.enrollments.ticket_warnings(enrollment, key), request.enrollments.ticket_lines
    form = complete_step.build(enrollment, key, now, warnings=warnings, ticket_lines=lines, ticket_version=version)
    return replace_view(form)
