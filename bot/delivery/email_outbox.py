"""Emails in the outbox, under a channel lease of their own, so that a slow mail service delays no Slack channel.

A row that is `failed` and still marked `posting` is an email of unknown outcome; it is never sent again.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import outbox
from bot.delivery.outbox import OutboxRow
from bot.domain.enrollment import Enrollment
from bot.domain.sent_lines import last_number
from bot.domain.step_spec import StepKey
from bot.domain.ticket_emails import ALONE, Attempt, Email, Outcome, Part
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind, RowState

#: The name that stands in the place of a channel.
EMAIL_CHANNEL = "email"


def attempts(connection: Connection, enrollment: Enrollment, step: StepKey) -> list[Attempt]:
    """Every attempt to email a step's ticket and its outcome, oldest first."""
    c = t.outbox.c
    query = (
        sa.select(c.state, c.posting, c.owed_at, c.attempted_at, c.payload)
        .where(
            c.enrollment_id == enrollment.id,
            c.kind == MessageKind.EMAIL.value,
            c.workspace == enrollment.workspace,
            c.key.startswith(_key(enrollment, step, ""), autoescape=True),
        )
        .order_by(c.id)
    )
    return [
        Attempt(
            row.payload["by"],
            row.attempted_at or row.owed_at,
            _outcome(row.state, row.posting),
            Email(**row.payload["email"]).text_hash,
            row.payload.get("after", 0),
        )
        for row in connection.execute(query)
    ]


def owe(
    connection: Connection,
    enrollment: Enrollment,
    step: StepKey,
    email: Email,
    by: str,
    now: datetime,
    part: Part = ALONE,
    absent: str | None = None,
) -> bool:
    """Add an attempt to email a step's ticket, or a part of it; return False if it is there already.

    Args:
        absent: the person for whom `by` stands in.
    """
    workspace, key = enrollment.workspace, _key(enrollment, step, str(part.attempt))
    payload: dict[str, object] = {"step": step, "by": by, "for": absent, "email": asdict(email), "part": asdict(part)}
    payload |= {"version": enrollment.version, "after": last_number(enrollment, enrollment.spec(step).list_in_ticket)}
    return outbox.owe(
        connection, workspace, key, MessageKind.EMAIL, EMAIL_CHANNEL, now, enrollment_id=enrollment.id, payload=payload
    )


def email_of(row: OutboxRow) -> Email:
    """The email of a row, as it was when a person asked for it."""
    return Email(**row.payload["email"])


def part_of(row: OutboxRow) -> Part:
    """The place of a row's email among those of its ticket; rows of former versions have none."""
    return Part(**row.payload["part"]) if "part" in row.payload else ALONE


def states_before(connection: Connection, row: OutboxRow) -> frozenset[RowState]:
    """The states of the parts that were asked for together with this one and come before it."""
    prefix, part = row.key.rpartition(":")[0], part_of(row)
    before = [f"{prefix}:{number}" for number in range(part.first, part.attempt)]
    c = t.outbox.c
    query = sa.select(c.state).distinct().where(c.workspace == row.workspace, c.key.in_(before))
    return frozenset(RowState(state) for state in connection.execute(query).scalars())


def _key(enrollment: Enrollment, step: StepKey, number: str) -> str:
    return f"email:{enrollment.id}:{step}:{number}"


def _outcome(state: str, posting: bool) -> Outcome:
    if state == RowState.FAILED and posting:
        return Outcome.UNKNOWN
    return {RowState.OWED.value: Outcome.UNDERWAY, RowState.SENT.value: Outcome.SENT}.get(state, Outcome.NOT_SENT)
