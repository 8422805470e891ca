"""Edits of messages that asked: written when somebody answers, and when the same question is asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.delivery import outbox
from bot.delivery.outbox import OutboxRow
from bot.domain.enrollment import Enrollment, ReminderKind
from bot.domain.step_spec import StepKey
from bot.domain.steps import changed_steps
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind, RowState

#: An enrollment and one of its steps.
Question = tuple[int, StepKey]
#: Messages that ask and are edited when somebody answers.
_ASKING = (MessageKind.REMINDER, MessageKind.ROUND)
_o = t.outbox.c
_message = t.outbox.alias("message")
_m = _message.c
#: Reminders and the messages that said them, as far as those stand in a channel and can carry buttons of their own.
#: Each change asks for those of one enrollment: without `in_`, which is rendered anew each time.
_SAID = (
    sa.select(_o.enrollment_id, _o.payload, _m.id, _m.posted_channel)
    .join_from(t.outbox, _message, _m.id == sa.func.coalesce(_o.merged_into, _o.id))
    .where(
        _o.workspace == sa.bindparam("workspace"),
        _o.kind == MessageKind.REMINDER.value,
        sa.or_(*(_m.kind == kind.value for kind in _ASKING)),
        _m.state == RowState.SENT.value,
        _m.ts.is_not(None),
    )
)
_SAID_OF_ONE = _SAID.where(_o.enrollment_id == sa.bindparam("of_id"))
_SAID_OF_SEVERAL = _SAID.where(_o.enrollment_id.in_(sa.bindparam("ids", expanding=True)))


def owe_for_change(connection: Connection, before: Enrollment, after: Enrollment, now: datetime) -> None:
    """Edit the messages that asked last about the steps which a change has answered."""
    changed = [
        (after.id, new.key)
        for old, new in changed_steps(before.steps, after.steps)
        if old.reminders and (old.state, old.reminder) != (new.state, new.reminder)
    ]
    _owe_answered(connection, after, changed, now)


def owe_for_gone(connection: Connection, after: Enrollment, gone: Sequence[StepKey], now: datetime) -> None:
    """Edit the messages that asked last about steps which the enrollment's new procedure lacks."""
    _owe_answered(connection, after, [(after.id, key) for key in gone], now)


def _owe_answered(connection: Connection, after: Enrollment, questions: Sequence[Question], now: datetime) -> None:
    for (number, channel), _ in _last_messages(connection, after.workspace, dict.fromkeys(questions, 0)):
        _owe(connection, after.workspace, number, channel, f"{after.id}:v{after.version}", now)


def owe_for_sent(
    connection: Connection, sent: Sequence[tuple[OutboxRow, Set[Question], Set[Question]]], now: datetime
) -> None:
    """Take the buttons from the messages that asked before sent ones; edit those that are answered already.

    Args:
        sent: messages of one workspace; what each asks; what it asks, too, but somebody answered while it was on its
            way.
    """
    asked = {question: row.id for row, questions, _ in sent for question in questions}
    for (number, channel), by in _last_messages(connection, sent[0][0].workspace, asked) if asked else ():
        _owe(connection, sent[0][0].workspace, number, channel, f"again:{by}", now)
    for row, open_still, answered in sent:
        # A message that is found after an unknown outcome was claimed without the questions answered before.
        lost = row.posting and len(open_still) + len(answered) < len(row.payload.get("rows", [row.id]))
        if (answered or lost) and row.kind in _ASKING:
            _owe(connection, row.workspace, row.id, row.channel, "meanwhile", now)


def _last_messages(
    connection: Connection, workspace: str, questions: Mapping[Question, int]
) -> set[tuple[tuple[int, str], int]]:
    """The messages (ID, channel) that asked last, and those by which they are replaced.

    Args:
        questions: question -> the ID of the message that asks it now, which does not count; 0 if none does.
    """
    if not questions:
        return set()
    ids = sorted({number for number, _ in questions})
    last = dict[Question, tuple[int, int, str]]()
    query, whose = (_SAID_OF_ONE, {"of_id": ids[0]}) if len(ids) == 1 else (_SAID_OF_SEVERAL, {"ids": ids})
    for of, payload, message, channel in connection.execute(query, {"workspace": workspace} | whose).all():
        question = (of, payload["step"])
        found = (payload["number"], message, channel)
        if questions.get(question, message) != message and found > last.get(question, (0, 0, "")):
            last[question] = found
    return {((message, channel), questions[question]) for question, (_, message, channel) in last.items()}


def _owe(connection: Connection, workspace: str, message: int, channel: str, why: str, now: datetime) -> None:
    """Each reason has its own row, so that an edit on its way never hides a later one."""
    key, payload = f"answered:{message}:{why}", {"message": message}
    outbox.owe(connection, workspace, key, MessageKind.ANSWERED, channel, now, payload=payload)


def newest_said(connection: Connection, workspace: str, ids: Sequence[int]) -> dict[Question, int]:
    """Question -> the number of the newest reminder that stands in a channel, alone or in another message."""
    query = (
        sa.select(_o.enrollment_id, _o.payload)
        .join_from(t.outbox, _message, _m.id == sa.func.coalesce(_o.merged_into, _o.id))
        .where(_o.workspace == workspace, _o.enrollment_id.in_(ids), _o.kind == MessageKind.REMINDER.value)
        .where(_m.state == RowState.SENT.value)
    )
    newest: dict[Question, int] = {}
    for of, payload in connection.execute(query).all():
        question = (of, payload["step"])
        newest[question] = max(newest.get(question, 0), payload["number"])
    return newest


def replaced(connection: Connection, workspace: str, ids: Sequence[int]) -> set[tuple[int, StepKey, int]]:
    """Enrollment, step and number of the reminders that somebody answered.

    Of such a reminder the one that was to follow is dropped, or it is dropped itself, or, if it was on its way, the
    next one is what somebody asked for.
    """
    mine = sa.and_(_o.workspace == workspace, _o.enrollment_id.in_(ids), _o.kind == MessageKind.REMINDER.value)
    found = set()
    for of, payload, state in connection.execute(sa.select(_o.enrollment_id, _o.payload, _o.state).where(mine)).all():
        step, number = payload["step"], payload["number"]
        if state == RowState.DROPPED.value:
            found |= {(of, step, number), (of, step, number - 1)}
        elif _was_asked_for(payload):
            found.add((of, step, number - 1))
    return found


def _was_asked_for(payload: Mapping[str, Any]) -> bool:
    """Whether somebody chose the day of a reminder; the repeats of an open step's first one are counted."""
    return payload["kind"] == ReminderKind.SNOOZED.value or (
        payload["kind"] == ReminderKind.OPEN.value and not payload["repeat"]
    )
