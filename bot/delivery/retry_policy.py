"""The retry policy: what a failed delivery means for its row and its channel, by the kind of error."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.delivery.delivery_results import Settlement
from bot.delivery.outbox import OutboxRow
from bot.repository.database import TRANSIENT_ERRORS
from bot.repository.outbox_columns import MessageKind, RowState
from bot.slack.slack_errors import ChannelUnavailable, Malformed, MessageGone, RetryLater, SlackFault, UnknownOutcome

log = logging.getLogger(__name__)

#: A closed channel is tried again after this: somebody may have unarchived it or invited the bot.
CLOSED_RETRY = timedelta(hours=1)
#: A message that Slack refuses with an unknown word is tried again after this.
REFUSED_RETRY = timedelta(hours=1)
#: The longest pause after repeated failures.
_LONGEST_PAUSE = timedelta(minutes=5)
#: A row that fails for a reason of its own is tried this often, further and further apart.
_ROW_ATTEMPTS = 10
#: Messages to one person: nobody else is told where that person cannot be reached.
_FOR_ONE_PERSON = frozenset(
    {
        *(MessageKind.DIRECT, MessageKind.FILE, MessageKind.EXPORT, MessageKind.LIST, MessageKind.CALENDAR),
        *(MessageKind.BULK, MessageKind.BULK_PROGRESS),
    }
)


def settlement_for_error(error: Exception, row: OutboxRow, failures: int, now: datetime) -> Settlement:
    """How to settle a row whose delivery raised `error`.

    Args:
        failures: how often in a row the channel has been paused before.
    """
    backoff = min(timedelta(seconds=2 ** min(failures, 10)), _LONGEST_PAUSE)
    match error:
        case RetryLater(after=after):
            log.info("%s is tried again after %s: %s", row.key, after or backoff, error)
            return _later(row, error, now + (after or backoff))
        case UnknownOutcome():
            log.warning("outcome of %s is unknown: %s", row.key, error)
            return replace(_later(row, error, now + backoff), posting=True)
        case _ if isinstance(error, TRANSIENT_ERRORS):  # before anything was posted: nothing is read after that
            log.warning("%s is tried again after %s, the database does not answer: %s", row.key, backoff, error)
            return _later(row, error, now + backoff)
        case ChannelUnavailable() if row.kind in _FOR_ONE_PERSON:
            log.warning("%s cannot be told: %s", row.key, error)
            return Settlement(RowState.FAILED, error=str(error))
        case ChannelUnavailable():
            log.warning("channel %s is closed: %s", row.channel, error)
            # The mark stays: if it is unknown whether the message stands there, it is still looked for.
            return replace(_later(row, error, now + CLOSED_RETRY), closed=error.code)
        case MessageGone() | Malformed():
            log.error("Slack will never take %s: %s", row.key, error)
            return Settlement(RowState.FAILED, error=str(error))
        case SlackFault():
            # A word that this version has no treatment for: somebody outside has to change something first.
            log.error("Slack refused %s, it is tried again every hour: %s", row.key, error)
            return Settlement(RowState.OWED, now + REFUSED_RETRY, row.posting, error=str(error), refused=error.code)
        case _:
            log.error("%s could not be made", row.key, exc_info=error)
    if row.attempts + 1 >= _ROW_ATTEMPTS:
        return Settlement(RowState.FAILED, error=str(error))
    later = now + timedelta(minutes=2**row.attempts)
    return Settlement(RowState.OWED, later, row.posting, error=str(error) or type(error).__name__)


def _later(row: OutboxRow, error: Exception, paused_until: datetime) -> Settlement:
    return Settlement(RowState.OWED, row.due_at, row.posting, error=str(error), paused_until=paused_until)
