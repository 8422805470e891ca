"""Tickets as they are sent: subject and text of each part, the file of all parts, and pages to copy them from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.enrollment import Enrollment
from bot.domain.sent_lines import TicketLines, sent_lines, without_last_ticket
from bot.domain.step_spec import StepKey
from bot.domain.ticket_emails import subject_line
from bot.domain.tickets import ticket_parts
from bot.domain.workflow_requests import TICKET, WorkflowRequest
from bot.language.spoken import ENGLISH, speaking
from bot.presentation import texts, ticket_wording

#: Characters of one piece of a page: Slack shows no longer text in a block.
_PIECE = 2900
#: Pieces of a page, and their bytes as JSON: a form can be answered over Socket Mode with 64 KB at most.
_PIECES, _PAGE_BYTES = 8, 32_000


@dataclass(frozen=True, slots=True)
class TicketText:
    """One ticket to be sent: its subject, which is one line, and its text."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class TicketPage:
    """One page of a ticket.

    Attributes:
        part, page: counted from 1. pieces: the text, each as long as a block may be; all end at the end of a line.
    """

    part: int
    parts: int
    page: int
    pages: int
    subject: str
    pieces: tuple[str, ...]


def tickets(enrollment: Enrollment, key: StepKey, most: int | None) -> tuple[TicketText, ...]:
    """The next ticket of a step, in as many parts as it takes.

    Args:
        most: the most lines of a list in one part; None for any number.
    """
    return _texts(enrollment, key, ticket_parts(enrollment, key, most))


def sent_tickets(enrollment: Enrollment, key: StepKey, most: int | None) -> tuple[TicketText, ...]:
    """The last ticket of a step as it was sent."""
    lines = sent_lines(enrollment, enrollment.spec(key).list_in_ticket)
    return _texts(without_last_ticket(enrollment, key), key, lines.parts(most))


@speaking(ENGLISH)
def _texts(enrollment: Enrollment, key: StepKey, parts: Sequence[TicketLines]) -> tuple[TicketText, ...]:
    spec = enrollment.spec(key)
    title = enrollment.procedure.ticket(spec.ticket).subject or spec.title
    title = f"{title}, follow-up" if parts[0].follow_up else title
    return tuple(
        TicketText(subject(enrollment, title, number, len(parts)), ticket_wording.ticket(enrollment, key, part))
        for number, part in enumerate(parts, 1)
    )


@speaking(ENGLISH)
def custom_workflow(enrollment: Enrollment, wanted: WorkflowRequest) -> TicketText:
    """The ticket that asks support for a custom billing workflow."""
    text = texts.say_plain(f"tickets/{TICKET}", enrollment=enrollment, wanted=wanted)
    return TicketText(subject(enrollment, "Custom billing workflow"), f"{text}\n")


def subject(enrollment: Enrollment, title: str, part: int = 1, parts: int = 1) -> str:
    """The subject of a ticket: what it is about and for whom."""
    said = texts.say_plain("emails/subject", enrollment=enrollment, title=title, part=part, parts=parts)
    return subject_line(said)


def whole(parts: Sequence[TicketText]) -> str:
    """All parts in one text, as the file and the export have them; a single one is its text alone."""
    if len(parts) == 1:
        return parts[0].text
    return "\n\n".join(
        f"===== Part {number} of {len(parts)} =====\nSubject: {each.subject}\n\n{each.text}"
        for number, each in enumerate(parts, 1)
    )


def pages(parts: Sequence[TicketText]) -> tuple[TicketPage, ...]:
    """The pages of all parts in order; a part begins on a page of its own."""
    found = [(number, each.subject, page) for number, each in enumerate(parts, 1) for page in _pages(each.text)]
    return tuple(
        TicketPage(part, len(parts), page, len(found), subject, pieces)
        for page, (part, subject, pieces) in enumerate(found, 1)
    )


def _pages(text: str) -> list[tuple[str, ...]]:
    """The pieces of a text, as many on a page as Slack takes."""
    made: list[list[str]] = [[]]
    room = _PAGE_BYTES
    for piece in _pieces(text):
        size = len(json.dumps(piece))
        if made[-1] and (len(made[-1]) == _PIECES or size > room):
            made.append([])
            room = _PAGE_BYTES
        made[-1].append(piece)
        room -= size
    return [tuple(page) for page in made]


def _pieces(text: str) -> list[str]:
    """A text in pieces for blocks, each ending at the end of a line."""
    made = [""]
    for line in _short_lines(text.splitlines(keepends=True)):
        if len(made[-1]) + len(line) > _PIECE:
            made.append("")
        made[-1] += line
    return made


def _short_lines(lines: Iterable[str]) -> Iterable[str]:
    """The lines; one that is too long for a piece is broken between words."""
    for line in lines:
        rest = line
        while len(rest) > _PIECE:
            end = rest.rfind(" ", 0, _PIECE) + 1 or _PIECE
            yield rest[:end]
            rest = rest[end:]
        yield rest
