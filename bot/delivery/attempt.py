"""One attempt to post a message: whether there is time for it within the lease, and whether an earlier one arrived."""

from __future__ import annotations

from datetime import datetime

from bot.delivery.channel_leases import LEASE
from bot.delivery.claiming import OutboundMessage
from bot.delivery.posted_before import SLOWEST, PostedBefore, sought_for
from bot.slack.gateway import Posted
from bot.slack.slack_errors import RetryLater


def require_time(claimed: OutboundMessage, now: datetime) -> None:
    """Raise `RetryLater` if the lease may expire during the call: what came before it took too long."""
    if now > claimed.claimed_at + LEASE - SLOWEST:
        raise RetryLater("too_late_to_begin")


def posted_before(lookups: PostedBefore, claimed: OutboundMessage, place: str, words: str = "") -> Posted | None:
    """Where the message was posted already; None if nobody has tried yet.

    It is found by its key, or by `words` that it contains.

    Raises:
        NotPosted, LookupUnfinished, SlackFault: see `PostedBefore.find`.
    """
    row = claimed.row
    if not row.posting:
        return None
    return lookups.find(row, sought_for(row, (place, claimed.thread_ts), claimed.claimed_at, words))
