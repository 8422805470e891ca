"""Look-ups: whether a message of unknown outcome was posted, before it is posted again.

A look-up reads the messages from shortly before to shortly after the attempt, 15 at a time: Slack gives some apps no
more than one such page a minute. It keeps its place in the row, so that the next try goes on where the last one was
stopped. Every message of ours on a page is remembered, so one page can answer for several rows.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.delivery.channel_leases import LEASE
from bot.delivery.outbox import OutboxRow
from bot.domain.schedule import Clock
from bot.repository.outbox_columns import MessageKind
from bot.slack.gateway import Gateway, Posted
from bot.slack.slack_errors import (
    ChannelUnavailable,
    MessageGone,
    RetryLater,
    SlackFault,
    TokenRejected,
    UnknownOutcome,
)

log = logging.getLogger(__name__)

#: How far apart our clock and Slack's may be.
SKEW = timedelta(minutes=2)
#: Longer than any single call of Slack takes: a call that begins later could outlive the lease.
SLOWEST = timedelta(seconds=15)
#: How many messages of ours are remembered.
_REMEMBERED = 5000

#: A channel, and the thread in it, if any.
Place = tuple[str, str | None]


class NotPosted(Exception):
    """The look-up has ended: the message was not posted, or Slack does not allow the look-up."""


class LookupUnfinished(Exception):
    """The look-up was stopped by a fault of Slack; `progress` is where it goes on."""

    def __init__(self, fault: SlackFault, progress: str) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.progress = progress


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for, and where.

    Attributes:
        key: of the message's metadata. words: a part of its text, for files, which have no metadata.
        places: in this order; the last one is where the message would be posted now.
        since: when the first attempt began. until: when the last one was over; None if that is not known.
        stop_at: no page is asked for later.
    """

    key: str
    places: Sequence[Place]
    since: datetime
    until: datetime | None
    stop_at: datetime
    words: str = ""


def sought_for(row: OutboxRow, place: Place, claimed_at: datetime, words: str = "") -> Sought:
    """The look-up of a marked row."""
    until = row.attempted_at + LEASE if row.attempted_at is not None else None
    return Sought(
        row.key, _places(row, place), row.attempted_at or row.owed_at, until, claimed_at + LEASE - SLOWEST, words
    )


def _places(row: OutboxRow, place: Place) -> Sequence[Place]:
    """Where a marked row may stand: also beside its thread, if it may have been tried before the card was there.

    Lines of the thread wait for their card.
    """
    channel, thread_ts = place
    began = row.attempted_at or row.owed_at
    waits = thread_ts is None or row.kind is MessageKind.THREAD
    before_card = not waits and float(thread_ts or 0) > (began - SKEW).timestamp()
    return (*row.tried, *([(channel, None)] if before_card else ()), place)


@dataclass(slots=True)
class PostedBefore:
    """Looks for messages; used by all threads of a process.

    Attributes:
        count: told the kind of the row and the outcome of a look-up, for the metrics.
    """

    gateway: Gateway
    clock: Clock
    count: Callable[[str, str], None]
    _remembered: dict[tuple[str, str], Posted] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def find(self, row: OutboxRow, sought: Sought) -> Posted:
        """Where the message stands.

        Raises:
            NotPosted: nowhere. If Slack refuses the look-up (a scope is missing), the message is posted again, because
                twice is better than never; that is counted as `unverified`.
            LookupUnfinished: it goes on later. ChannelUnavailable, TokenRejected: it can be made later.
        """
        progress: dict[str, Any] = json.loads(row.lookup or "{}")
        latest = progress.get("latest") or ((sought.until or self.clock.now()) + SKEW).timestamp()
        window = (sought.since - SKEW).timestamp(), float(latest)
        searched = {(channel, thread_ts) for channel, thread_ts in progress.get("searched", ())}
        for place in sought.places:
            if place in searched:
                continue
            cursor = progress.get("cursor", "") if progress.get("place") == list(place) else ""
            try:
                found = self._search(sought, place, window, cursor)
            except (ChannelUnavailable, TokenRejected) as fault:
                if isinstance(fault, TokenRejected) or place == sought.places[-1]:
                    raise
                log.info("%s cannot be looked for in %s: %s", row.key, place[0], fault)  # a channel that it has left
            except MessageGone as fault:  # with the thread, every message in it
                log.info("%s cannot be looked for in a thread of %s: %s", row.key, place[0], fault)
            except _Stopped as stopped:
                kept = {"latest": latest, "searched": sorted(searched, key=str), "place": place}
                raise LookupUnfinished(stopped.fault, json.dumps(kept | {"cursor": stopped.cursor})) from stopped
            except SlackFault as fault:
                log.warning("whether %s was posted cannot be looked up: %s", row.key, fault)
                self.count(row.kind.value, "unverified")
                raise NotPosted from fault
            else:
                if found is not None:
                    log.info("%s had been posted already", row.key)
                    self.count(row.kind.value, "found")
                    return found
            searched.add(place)
        raise NotPosted

    def _search(self, sought: Sought, place: Place, window: tuple[float, float], cursor: str) -> Posted | None:
        """Read a place page by page until the message is found or the window ends."""
        channel, thread_ts = place
        if not sought.words and (known := self._known(channel, sought.key, window)):
            return known
        while True:
            if self.clock.now() > sought.stop_at:
                raise _Stopped(RetryLater("too_late_to_begin"), cursor)
            try:
                messages, following = self.gateway.history(channel, thread_ts, *window, cursor)
            except (RetryLater, UnknownOutcome) as fault:
                raise _Stopped(fault, cursor) from fault
            except SlackFault as fault:
                if fault.code != "invalid_cursor" or not cursor:
                    raise
                log.info("the look-up of %s begins anew: %s", sought.key, fault)
                cursor = ""
                continue
            self._remember(channel, messages)
            for message in messages:
                named = bool(sought.words) and sought.words in message.get("text", "")
                if named or self.gateway.key_of(message) == sought.key:
                    return Posted(channel, message["ts"])
            if not following:
                return None
            cursor = following

    def _known(self, channel: str, key: str, window: tuple[float, float]) -> Posted | None:
        with self._mutex:
            found = self._remembered.get((channel, key))
        # An earlier message of the same key is a card that was deleted.
        return found if found is not None and window[0] <= float(found.ts) <= window[1] else None

    def _remember(self, channel: str, messages: Sequence[dict[str, Any]]) -> None:
        ours = {(channel, key): Posted(channel, each["ts"]) for each in messages if (key := self.gateway.key_of(each))}
        with self._mutex:
            self._remembered |= ours
            while len(self._remembered) > _REMEMBERED:
                del self._remembered[next(iter(self._remembered))]


class _Stopped(Exception):
    """The pages of one place could not be read to the end."""

    def __init__(self, fault: SlackFault, cursor: str) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.cursor = cursor
