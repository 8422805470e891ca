"""Private calendar feeds: each person may have one address, renew it and end it; it shows what they may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.access import Actor
from bot.domain.calendar_entries import Entry, entries
from bot.domain.schedule import Clock
from bot.repository import calendar_feeds, idempotency_keys
from bot.repository.database import Connection, Database
from bot.use_cases.caller import Caller

#: The idempotency key of a change that belongs to no enrollment names this one.
_NO_ENROLLMENT = 0


@dataclass(frozen=True, slots=True)
class FeedContents:
    """What a feed shows.

    Attributes:
        cards: enrollment ID -> (channel ID, ts) of its card. own: the person has enrollments of their own.
    """

    entries: tuple[Entry, ...]
    cards: dict[int, tuple[str, str]]
    own: bool


class CalendarFeeds:
    """The feeds of a workspace.

    Args:
        public_url: the address under which the bot is reached (ECO_PUBLIC_URL); None where feeds are not served.
        draw_token: draws 32 random bytes as text that can stand in an address.
    """

    def __init__(self, database: Database, clock: Clock, public_url: str | None, draw_token: Callable[[], str]) -> None:
        self._database = database
        self._clock = clock
        self._public_url = public_url
        self._draw_token = draw_token

    @property
    def served(self) -> bool:
        """Whether addresses can be given out."""
        return self._public_url is not None

    def now(self) -> datetime:
        """The current time."""
        return self._clock.now()

    def since(self, workspace: str, user: str) -> datetime | None:
        """Since when a person has a feed; None without one."""
        with self._database.read() as connection:
            return calendar_feeds.made_at(connection, workspace, user)

    def renew(self, caller: Caller) -> str | None:
        """Give a person a new address and end the old one; None if this request was carried out before.

        The address is told here and nowhere else: only a hash of its token is stored.
        """
        assert self._public_url is not None, "no address is given out where feeds are not served"
        token, now, user = self._draw_token(), self._clock.now(), caller.actor.user_id
        with self._database.write(urgent=True) as connection:
            if not self._is_new(connection, caller, now):
                return None
            calendar_feeds.put(connection, caller.workspace, user, token, now)
        return f"{self._public_url}/calendar/{token}.ics"

    def end(self, caller: Caller) -> bool:
        """End a person's feed; return whether there was one."""
        with self._database.write(urgent=True) as connection:
            return calendar_feeds.remove(connection, caller.workspace, caller.actor.user_id)

    def owner_of(self, workspace: str, token: str) -> str | None:
        """Whose token it is; None for an unknown one."""
        with self._database.read() as connection:
            return calendar_feeds.owner_of(connection, workspace, token)

    def contents(self, workspace: str, viewer: Actor) -> FeedContents:
        """What a person's feed shows: their own enrollments; to admins, and people without any, all they may see."""
        with self._database.read() as connection:
            own = calendar_feeds.has_own(connection, workspace, viewer.user_id)
            whose = viewer.user_id if own and not viewer.is_admin else None
            found = calendar_feeds.dated_steps(connection, workspace, whose)
        if whose is None and not viewer.is_admin:
            found = [seen for seen in found if viewer.sees_channel(seen.channel_id)]
        cards = {seen.dated.enrollment_id: seen.card for seen in found if seen.card is not None}
        return FeedContents(entries(seen.dated for seen in found), cards, own)

    def _is_new(self, connection: Connection, caller: Caller, now: datetime) -> bool:
        key = caller.idempotency_key
        return key is None or idempotency_keys.add(connection, caller.workspace, key, _NO_ENROLLMENT, now)
