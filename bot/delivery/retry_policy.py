"""What a failed delivery means for its row and its channel: one treatment for each kind of fault."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.delivery import delivery_results
from bot.delivery.channel_leases import Lane
from bot.delivery.delivery_results import Settlement
from bot.delivery.outbox import MessageKind, OutboxRow, RowState
from bot.repository.database import TRANSIENT_ERRORS, Database
from bot.slack.slack_errors import ChannelUnavailable, Malformed, MessageGone, RetryLater, SlackFault, UnknownOutcome

log = logging.getLogger(__name__)

#: A closed channel is tried again after this: somebody may have unarchived it or invited the bot.
CLOSED_RETRY = timedelta(hours=1)
#: The longest pause after repeated failures.
_LONGEST_PAUSE = timedelta(minutes=5)
#: A row that fails for a reason of its own is tried this often, further and further apart.
_ROW_ATTEMPTS = 10


def settlement_after(error: Exception, row: OutboxRow, lane: Lane, database: Database, now: datetime) -> Settlement:
    """`verdict`, with the lane's failures as the database has them; as the first one where it does not answer."""
    failures = 0
    try:
        with database.read() as connection:
            failures = delivery_results.failures(connection, lane)
    except TRANSIENT_ERRORS as away:
        log.warning("how often %s was put off cannot be read: %s", lane.channel, away)
    return verdict(row, error, failures, now)


def verdict(row: OutboxRow, error: Exception, failures: int, now: datetime) -> Settlement:
    """How to settle a row whose delivery raised `error`.

    Args:
        failures: how often in a row the channel has been put off before.
    """
    match error:
        case RetryLater(after=after):
            pause = after or _backoff(failures)
            log.info("%s is put off for %s: %s", row.key, pause, error)
            return Settlement(RowState.OWED, row.due_at, row.posting, error=str(error), paused_until=now + pause)
        case _ if isinstance(error, TRANSIENT_ERRORS):  # before anything was posted: nothing is read after that
            log.warning("%s is put off, the database does not answer: %s", row.key, error)
            pause = _backoff(failures)
            return Settlement(RowState.OWED, row.due_at, row.posting, error=str(error), paused_until=now + pause)
        case UnknownOutcome():
            log.warning("outcome of %s is unknown: %s", row.key, error)
            pause = _backoff(failures)
            return Settlement(RowState.OWED, row.due_at, posting=True, error=str(error), paused_until=now + pause)
        case ChannelUnavailable() if row.kind is MessageKind.DIRECT:
            log.warning("%s cannot be told: %s", row.key, error)
            return Settlement(RowState.FAILED, error=str(error))
        case ChannelUnavailable():
            log.warning("channel %s is closed: %s", row.channel, error)
            again = now + CLOSED_RETRY
            # Where it was not known whether it stands there, that has to be looked for still.
            return Settlement(
                RowState.OWED, row.due_at, row.posting, error=str(error), paused_until=again, closed=error.code
            )
        case MessageGone() | Malformed():
            log.error("Slack will never take %s: %s", row.key, error)
            return Settlement(RowState.FAILED, error=str(error))
        case SlackFault():
            log.error("Slack refused %s: %s", row.key, error)
        case _:
            log.error("%s could not be made", row.key, exc_info=error)
    if row.attempts + 1 >= _ROW_ATTEMPTS:
        return Settlement(RowState.FAILED, error=str(error))
    later = now + timedelta(minutes=2**row.attempts)
    return Settlement(RowState.OWED, later, row.posting, error=str(error) or type(error).__name__)


def _backoff(failures: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(failures, 10)), _LONGEST_PAUSE)
