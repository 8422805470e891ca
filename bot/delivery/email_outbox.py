"""OutboxRow emails: rows of the outbox in a lane of their own, so that a slow mail service holds up no channel.

A row that is `failed` and still marked `posting` is one whose outcome nobody knows; it is never sent again.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import outbox
from bot.delivery.outbox import MessageKind, OutboxRow, RowState
from bot.domain.enrollment import Enrollment
from bot.domain.step_spec import StepKey
from bot.domain.ticket_emails import Attempt, Email, Outcome
from bot.repository import tables as t

#: Where emails stand in the place of a channel.
LANE = "email"


def attempts(connection: Connection, enrollment: Enrollment, step: StepKey) -> list[Attempt]:
    """What became of every email that was asked for with a step, the oldest first."""
    c = t.outbox.c
    query = (
        sa.select(c.state, c.posting, c.owed_at, c.attempted_at, c.payload["by"].as_string().label("by"))
        .where(
            c.enrollment_id == enrollment.id,
            c.kind == MessageKind.EMAIL.value,
            c.workspace == enrollment.workspace,
            c.key.startswith(_key(enrollment, step, ""), autoescape=True),
        )
        .order_by(c.id)
    )
    return [
        Attempt(row.by, row.attempted_at or row.owed_at, _outcome(row.state, row.posting))
        for row in connection.execute(query)
    ]


def owe(
    connection: Connection, enrollment: Enrollment, step: StepKey, email: Email, by: str, number: int, now: datetime
) -> bool:
    """Owe the email that is a step's attempt number `number`; says whether it is new."""
    outbox.open_lane(connection, enrollment.workspace, LANE)
    return outbox.owe(
        connection,
        enrollment.workspace,
        _key(enrollment, step, str(number)),
        MessageKind.EMAIL,
        LANE,
        now,
        enrollment_id=enrollment.id,
        payload={"step": step, "by": by, "email": asdict(email)},
    )


def email_of(row: OutboxRow) -> Email:
    """The email that a row owes, as it was when somebody asked for it."""
    return Email(**row.payload["email"])


def _key(enrollment: Enrollment, step: StepKey, number: str) -> str:
    return f"email:{enrollment.id}:{step}:{number}"


def _outcome(state: str, posting: bool) -> Outcome:
    match RowState(state):
        case RowState.OWED:
            return Outcome.UNDERWAY
        case RowState.SENT:
            return Outcome.SENT
        case RowState.FAILED if posting:
            return Outcome.UNKNOWN
        case _:
            return Outcome.NOT_SENT
