"""Values of the outbox's columns `kind` and `state`, and the key of a reminder's row."""

from __future__ import annotations

from enum import StrEnum

from bot.domain.step_spec import StepKey


class MessageKind(StrEnum):
    """The kind of message in a row, by which it is rendered and sent."""

    CARD = "card"
    RETIRED = "retired"  # a card that was left behind in another channel
    DELETED = "deleted"  # the card of an enrollment that was deleted
    THREAD = "thread"
    REMINDER = "reminder"
    ROUND = "round"  # several reminders of a channel
    ANSWERED = "answered"  # the edit of a message with reminders, after an answer
    DIGEST = "digest"  # once a week in each channel
    FILE = "file"  # a long ticket, in a direct message
    EXPORT = "export"  # the record of an enrollment, or a list of enrollments, in a direct message
    LIST = "list"  # a list, or the faulty lines of one, as a file in a direct message
    CALENDAR = "calendar"  # an enrollment's dates as a file, in a direct message
    TIMELINE = "timeline"  # a picture in the card's thread
    DIRECT = "direct"
    BULK = "bulk"  # the progress of a bulk start, in a direct message
    BULK_PROGRESS = "bulk_progress"  # the edit of that message
    EMAIL = "email"  # sent through Amazon SES
    WEBHOOK = "webhook"  # a change, sent to another program
    COMPLETION = "completion"  # what came of a custom step of a workflow


#: The channel of all events for another program: they go out in the order in which they happened.
WEBHOOK_CHANNEL = "webhook"
#: The channel of all completions of custom steps.
COMPLETION_CHANNEL = "completions"


class RowState(StrEnum):
    """The state of a message: see docs/ARCHITECTURE.md."""

    OWED = "owed"
    SENT = "sent"
    MERGED = "merged"
    DROPPED = "dropped"
    FAILED = "failed"


def reminder_key(enrollment_id: int, step: StepKey, number: int) -> str:
    """The unique key of the `number`-th reminder of a step."""
    return f"reminder:{enrollment_id}:{step}:{number}"
