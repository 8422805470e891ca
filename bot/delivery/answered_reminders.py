"""A posted reminder message as things are now: which of its questions are open, asked again, or answered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.delivery import answer_edits, outbox
from bot.delivery.outbox import OutboxRow
from bot.delivery.reminder_delivery import load_context
from bot.domain.enrollment import Enrollment, Event, EventKind, Reminder, ReminderKind, State, Status
from bot.domain.step_spec import StepKey
from bot.presentation.answered import Answer
from bot.presentation.notifications import Due
from bot.repository import audit
from bot.repository.outbox_columns import MessageKind

log = logging.getLogger(__name__)

#: Events that answer what a reminder asks. Cancelling the enrollment answers for all of its steps, moving it to another
#: procedure for those that are not to be done there, or not yet.
_ANSWERS = frozenset(
    {
        *(EventKind.WAIT_STARTED, EventKind.STEP_DONE, EventKind.CONFIRMED, EventKind.STILL_WAITING),
        *(EventKind.SKIPPED, EventKind.REOPENED, EventKind.CANCELLED, EventKind.EMAILED, EventKind.MOVED),
        *(EventKind.PLANNED, EventKind.POSTPONED, EventKind.CORRECTED, EventKind.TAKEN_BACK, EventKind.TARGET_SET),
    }
)


@dataclass(frozen=True, slots=True)
class AskedMessage:
    """A posted message with reminders.

    Attributes:
        open: the questions that only it asks. again: those that a newer message asks. answers: the answers to the rest.
    """

    row: OutboxRow
    open: tuple[Due, ...]
    again: tuple[Due, ...]
    answers: tuple[Answer, ...]


def read(connection: Connection, message: int) -> AskedMessage:
    """The message of that row, as its questions stand now."""
    (row,) = outbox.by_ids(connection, [message])
    rows = outbox.by_ids(connection, row.payload["rows"]) if row.kind is MessageKind.ROUND else [row]
    ids = sorted({each.enrollment_id or 0 for each in rows})
    context = load_context(connection, rows)
    newest = answer_edits.newest_said(connection, row.workspace, ids)
    replaced = answer_edits.replaced(connection, row.workspace, ids)
    events = audit.events_of_each(connection, ids, _ANSWERS)
    still_open, again, answers = [], [], []
    for each in rows:
        try:
            enrollment = context.enrollment(each)
        except (LookupError, ValueError) as problem:
            log.warning("%s is left out of the edit of %s: %s", each, row, problem)
            continue
        if enrollment is None:
            continue
        key, number = each.payload["step"], each.payload["number"]
        planned = Reminder(number, ReminderKind(each.payload["kind"]), each.payload["repeat"], each.owed_at)
        was_replaced = (enrollment.id, key, number) in replaced
        answer = _answer(enrollment, key, was_replaced, each.owed_at, events.get(enrollment.id, []))
        if answer is not None:
            answers.append(answer)
        elif newest.get((enrollment.id, key), 0) > number:
            again.append(Due(enrollment, key, planned))
        else:
            still_open.append(Due(enrollment, key, planned))
    return AskedMessage(row, tuple(still_open), tuple(again), tuple(answers))


def _answer(
    enrollment: Enrollment,
    key: StepKey,
    replaced: bool,
    since: datetime,
    events: list[tuple[Event, str, datetime]],
) -> Answer | None:
    """The first answer since then; None if the question is open, or was replaced without anybody's answer."""
    state = enrollment.step(key).state
    asks = enrollment.status is Status.ACTIVE and state in (State.OPEN, State.WAITING)
    if asks and not replaced:
        return None
    for event, by, at in events:
        for_all = event.kind is EventKind.CANCELLED or (event.kind is EventKind.MOVED and state is State.LOCKED)
        if not (event.step == key or for_all) or not _moves(event):
            continue
        # A target date of today is asked about at the very moment at which it is set.
        if at > since or (at == since and event.kind is not EventKind.TARGET_SET):
            until, note = (str(event.details.get(name) or "") for name in ("until", "note"))
            until = until or str(event.details.get("target") or "")
            day = datetime.fromisoformat(until).date() if until else None  # it was an instant up to release 1.0
            return Answer(enrollment, key, event.kind, by, at, day, note)
    return None


def _moves(event: Event) -> bool:
    """Whether an event moves the reminders of its step: a corrected ticket number and many a target date do not."""
    if event.kind is EventKind.TARGET_SET:
        return bool(event.details.get("moved"))
    return event.kind is not EventKind.CORRECTED or bool(event.details.get("open") or event.details.get("latest"))
