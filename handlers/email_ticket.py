"""**Send by email**: shows the email with the ticket as Spot support will get it, and sends it after confirmation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from slack_sdk.models.blocks import Block, ContextBlock, MarkdownTextObject, SectionBlock

from bot.domain.actions import Action
from bot.domain.enrollment import Enrollment
from bot.domain.errors import InvalidInput, NeedsConfirmation, StepConflict
from bot.domain.sentences import sentence, told
from bot.domain.step_spec import StepKey
from bot.domain.ticket_emails import Email, Route, parse_reply_to
from bot.handlers import forms, tickets
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import texts
from bot.presentation.buttons import STEP_PREFIX
from bot.presentation.notifications import pack
from bot.use_cases import TicketEmails

SUBMIT = "emails.send"
REPLY_TO = "reply_to"
#: Characters of a text that the form shows.
_LONGEST_SHOWN = 2900


def register(router: Router) -> None:
    """Register the listeners of the button and of the form."""
    router.action(f"{STEP_PREFIX}{Action.SEND_EMAIL.value}", open_form)
    router.submission(SUBMIT, submitted)


def open_form(request: Request) -> Response:
    """Show the email, if it can be sent and the person may send it."""
    enrollment, key = request.load_target_for_change()
    return Response(view=form_view(request, enrollment, key))


def form_view(request: Request, enrollment: Enrollment, key: StepKey) -> dict[str, Any]:
    """The form of a step's ticket; raises a `DomainError` if it cannot be sent, or not by this person."""
    request.require_starter(sentence("send tickets by email"))
    emails = _emails(request)
    emails.require_agreement(request.actor(), enrollment)
    emails.warnings(enrollment, key)  # before anything is written that the ticket may lack
    parts = write(request, enrollment, key, emails.route, _address_of(request, enrollment.owner))
    asked = Asked.about(request, emails, enrollment, key, parts)
    return build(enrollment, key, emails.going(enrollment, key, parts), asked, len(parts))


def submitted(request: Request) -> Response:
    """Send the email that the person has seen; if the ticket has changed since, show it again instead."""
    enrollment, key = request.load_step_target()
    request.require_starter(sentence("send tickets by email"))
    emails, typed, metadata = _emails(request), request.values, request.metadata
    reply_to = metadata.get(REPLY_TO)
    if not reply_to:
        reply_to = forms.read_field(typed, REPLY_TO, parse_reply_to)
    parts = write(request, enrollment, key, emails.route, reply_to)
    going = emails.going(enrollment, key, parts)
    shown = going if metadata.get(REPLY_TO) else tuple(replace(email, reply_to="") for email in going)
    if _digest(going) != metadata["digest"]:
        asked = Asked.about(request, emails, enrollment, key, parts)
        return replace_view(build(enrollment, key, shown, asked, len(parts), typed, changed=True))
    try:
        of_list = request.enrollments.ticket_warnings(enrollment, key)
        emails.send(request.caller(of_list), enrollment, key, *parts)
    except NeedsConfirmation:
        asked = Asked.about(request, emails, enrollment, key, parts)
        return replace_view(build(enrollment, key, shown, asked, len(parts), typed))
    return Response()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person confirms before a ticket is sent: doubts about its list, and that it was sent before."""

    of_list: Sequence[str] = ()
    sent_before: Sequence[str] = ()

    @classmethod
    def about(
        cls, request: Request, emails: TicketEmails, enrollment: Enrollment, key: StepKey, parts: Sequence[Email]
    ) -> Self:
        """What is asked now; raises like `TicketEmails.warnings`."""
        sent_before = emails.warnings(enrollment, key, *parts)
        return cls(request.enrollments.ticket_warnings(enrollment, key), sent_before)


def write(request: Request, enrollment: Enrollment, key: StepKey, route: Route, reply_to: str) -> tuple[Email, ...]:
    """Render the parts of a step's ticket as emails; `reply_to` is "" as long as it is unknown."""
    return tuple(
        Email(route.sender, route.to, reply_to, part.subject, part.text)
        for part in tickets.texts_of(request, enrollment, key)
    )


def build(
    enrollment: Enrollment,
    key: StepKey,
    going: Sequence[Email],
    asked: Asked,
    parts: int = 1,
    typed: Mapping[str, Any] | None = None,
    *,
    changed: bool = False,
) -> dict[str, Any]:
    """The form: addresses, subject and text as they will be sent. Sending it confirms its warnings.

    Args:
        going: the emails that go out now. parts: of the whole ticket.
    """
    email = going[0]
    spec = enrollment.spec(key)
    values = {"enrollment": enrollment, "spec": spec, "reply_to": email.reply_to, "subject": email.subject}
    route = Route(email.sender, email.to)
    words = texts.say("emails/confirm", **values, route=route, changed=changed, parts=parts, going=len(going))
    blocks: list[Block] = [SectionBlock(text=part) for part in pack(words.splitlines())]
    warnings = [*asked.of_list, *asked.sent_before]
    if warnings:
        blocks.insert(
            0,
            SectionBlock(block_id="doubts", text=texts.say("emails/doubts", doubts=[told(each) for each in warnings])),
        )
    text = "".join(each.text for each in going)
    shown, left = _beginning(text)
    blocks.append(forms.verbatim("ticket", shown))
    if left:
        words = texts.say("emails/cut", lines=left, characters=len(text), emails=len(going))
        blocks.append(ContextBlock(elements=[MarkdownTextObject(text=words)]))
    if not email.reply_to:
        blocks.append(forms.text(REPLY_TO, "Reply to", typed, placeholder="name@example.com", longest=254))
    metadata = {"enrollment": enrollment.id, "step": key, "digest": _digest(going), "warnings": warnings}
    if email.reply_to:
        metadata[REPLY_TO] = email.reply_to
    submit = "Send again" if asked.sent_before else "Send anyway" if asked.of_list else "Send"
    return forms.modal(SUBMIT, Action.SEND_EMAIL.label, blocks, submit=submit, metadata=metadata)


def _digest(emails: Sequence[Email]) -> str:
    """A hash of what a person reads before they send these emails."""
    return hashlib.sha256("".join(email.digest for email in emails).encode()).hexdigest()[:16]


def _beginning(text: str) -> tuple[str, int]:
    """The part of a text that fits into a form, and the number of lines left out."""
    if len(text) <= _LONGEST_SHOWN:
        return text, 0
    shown = text[: text.rfind("\n", 0, _LONGEST_SHOWN) + 1 or _LONGEST_SHOWN]
    return shown, len(text.splitlines()) - len(shown.splitlines())


def _emails(request: Request) -> TicketEmails:
    emails = request.services.ticket_emails
    if emails is None:  # the button is on an old card
        raise StepConflict(
            gettext("Sending by email is not set up here. Press Show ticket and send its text yourself.")
        )
    return emails


def _address_of(request: Request, user: str) -> str:
    """A person's email address in Slack that can receive replies; "" without one."""
    person = request.workspace.directory.person(user)
    try:
        return "" if person.deactivated else parse_reply_to(person.email)
    except InvalidInput:
        return ""
