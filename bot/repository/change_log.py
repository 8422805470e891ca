"""Logs each change of an enrollment once it is committed: what, who and where, and nothing that somebody typed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from sqlalchemy import Connection

from bot.domain.enrollment import Change, Enrollment, Event, EventKind
from bot.domain.history import SENT
from bot.domain.step_spec import specs
from bot.telemetry.log_context import about

log = logging.getLogger(__name__)

#: A line, the enrollment's ID, and its workspace.
Line = tuple[str, int, str]
#: Where a connection keeps the lines of its transaction.
_LINES = "change log"

#: What happened, in words; {} stands for the step.
WORDS: Mapping[EventKind, str] = MappingProxyType(
    {
        EventKind.STARTED: "started",
        EventKind.PLANNED: "{} is planned for a day to come",
        EventKind.WAIT_STARTED: "{} done, its wait began",
        EventKind.STEP_DONE: "{} done",
        EventKind.CONFIRMED: "{} confirmed",
        EventKind.STILL_WAITING: "{} still waits, its reminder is put off",
        EventKind.POSTPONED: "reminder of {} put off",
        EventKind.CORRECTED: "{} corrected",
        EventKind.TAKEN_BACK: "{} taken back",
        EventKind.SKIPPED: "{} skipped",
        EventKind.REOPENED: "{} reopened",
        EventKind.VALIDATED_SOME: "some of {} validated",
        EventKind.ASSIGNED: "{} assigned",
        EventKind.TARGET_SET: "target date of {} set",
        EventKind.BLOCKED: "{} blocked",
        EventKind.UNBLOCKED: "{} not blocked any more",
        EventKind.NOTED: "note on {} changed",
        EventKind.CHECKED: "AWS checked",
        EventKind.FIRST_FILES_ARRIVED: "first files arrived",
        EventKind.AWS_BROKE: "its AWS side broke",
        EventKind.AWS_HEALED: "its AWS side works again",
        EventKind.PAIRS_CHANGED: "pairs changed",
        EventKind.CUSTOMERS_CHANGED: "end customers changed",
        EventKind.NAMES_CHANGED: "names changed",
        EventKind.ACCOUNTS_CHANGED: "accounts changed",
        EventKind.USERS_MARKED: "users of end customers marked as created",
        EventKind.EDITED: "edited",
        EventKind.CANCELLED: "cancelled",
        EventKind.RESUMED: "resumed",
        EventKind.COMPLETED: "completed",
        EventKind.OWNER_DECLINED: "ownership declined",
        EventKind.TAKEN_OVER: "taken over",
        EventKind.EMAIL_HELD: "tickets by email held up: its organization has another enrollment",
        EventKind.EMAIL_AGREED: "tickets by email agreed to",
        EventKind.WORKFLOW_DESCRIBED: "custom billing workflow described",
        EventKind.EMAILED: "ticket of {} sent by email",
        EventKind.EMAIL_LATE: "email with the ticket of {} is late",
        EventKind.EMAIL_REFUSED: "email with the ticket of {} refused",
        EventKind.EMAIL_UNKNOWN: "nobody knows whether the email with the ticket of {} was sent",
        EventKind.EXPORTED: "exported",
        EventKind.EXPIRING: "will be deleted in two weeks",
        EventKind.UNDONE: "last change undone",
        EventKind.MOVED: "moved to another procedure",
    }
)


@contextmanager
def kept(connection: Connection) -> Iterator[list[Line]]:
    """Keep the lines that are noted in a transaction; whoever commits it writes them."""
    info, lines = connection.info, list[Line]()  # a connection that breaks meanwhile gives it no more
    info[_LINES] = lines
    try:
        yield lines
    finally:
        del info[_LINES]


def note(connection: Connection, change: Change, enrollment_id: int, numbers: Sequence[int]) -> None:
    """Note the events of a change, each with its number in the audit."""
    for number, event in zip(numbers, change.events, strict=True):
        what = f"enrollment {enrollment_id}: {_words(change.enrollment, event)}, by {change.by} (event {number})"
        note_line(connection, what, change.enrollment)


def note_line(connection: Connection, line: str, enrollment: Enrollment) -> None:
    """Note a line about an enrollment."""
    connection.info.get(_LINES, []).append((line, enrollment.id, enrollment.workspace))


def write(lines: Sequence[Line]) -> None:
    """Log what has been committed."""
    for line, enrollment_id, workspace in lines:
        with about(enrollment=enrollment_id, workspace=workspace):
            log.info("%s", line)


def _words(enrollment: Enrollment, event: Event) -> str:
    words = WORDS[event.kind].format(event.step or "a step")
    spec = specs(enrollment.procedure).get(event.step or "")
    return f"ticket sent: {words}" if event.kind in SENT and spec is not None and spec.ticket else words
