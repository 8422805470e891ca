"""The texts of tickets as they were sent: kept when somebody marks a ticket as sent, read for an export.

The text of a ticket that went by email stands in the email's row of the outbox already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Enrollment, Event, EventKind
from bot.domain.evidence import SentTicket
from bot.domain.history import SENT, HistoryEntry
from bot.domain.procedure import TICKET_NUMBER
from bot.domain.step_spec import StepKey
from bot.presentation.ticket_texts import sent_tickets, whole
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind, RowState


def keep(
    connection: Connection, enrollment: Enrollment, events: Sequence[Event], numbers: Sequence[int], most: int | None
) -> None:
    """Keep the text of each ticket that one of these events marks as sent; `most` lines of a list are in each part."""
    rows = [
        {"enrollment_id": enrollment.id, "number": number, "text": whole(sent_tickets(enrollment, event.step, most))}
        for event, number in zip(events, numbers, strict=True)
        if event.kind in SENT and event.step is not None and enrollment.spec(event.step).ticket
    ]
    if rows:
        connection.execute(sa.insert(t.sent_tickets), rows)


def read(connection: Connection, enrollment: Enrollment, history: Sequence[HistoryEntry]) -> tuple[SentTicket, ...]:
    """Every ticket that was sent, in order, with its text as far as it was kept."""
    kept = sa.select(t.sent_tickets.c.number, t.sent_tickets.c.text).where(
        t.sent_tickets.c.enrollment_id == enrollment.id
    )
    text_of = {row.number: row.text for row in connection.execute(kept)}
    emails = _emails(connection, enrollment)
    sent = []
    for entry in history:
        event, step = entry.event, entry.event.step
        marked = event.kind in SENT and step is not None and enrollment.spec(step).ticket is not None
        if step is None or not (marked or event.kind is EventKind.EMAILED):
            continue
        details, text = event.details, text_of.get(entry.number)
        if event.kind is EventKind.EMAILED:
            text = next(emails.get(step, iter(())), None)
        number, day, to = (details.get(name) for name in (TICKET_NUMBER.key, "on", "to"))
        sent.append(SentTicket(step, entry.at, entry.by, _words(number), _words(day), _words(to), text))
    return tuple(sent)


def _words(value: object) -> str:
    return str(value) if value else ""


def _emails(connection: Connection, enrollment: Enrollment) -> dict[StepKey, Iterator[str]]:
    """Step -> the texts of its emails that were sent, in order."""
    o = t.outbox.c
    of_it = sa.and_(o.workspace == enrollment.workspace, o.enrollment_id == enrollment.id)
    emails = sa.and_(of_it, o.kind == MessageKind.EMAIL.value, o.state == RowState.SENT.value)
    found: dict[StepKey, list[str]] = {}
    payloads: list[dict[str, Any]] = list(
        connection.execute(sa.select(o.payload).where(emails).order_by(o.id)).scalars()
    )
    for payload in payloads:
        found.setdefault(payload["step"], []).append(payload["email"]["text"])
    return {step: iter(each) for step, each in found.items()}
