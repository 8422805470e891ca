"""Directory of a workspace's people and channels: names, time zones, email addresses, admins; with a cache."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from bot.domain.sentences import Words, sentence
from bot.slack.gateway import Gateway
from bot.slack.profiles import NO_ROLE, ROLES, Person, person_of
from bot.slack.slack_errors import ChannelUnavailable, RetryLater, SlackFault

log = logging.getLogger(__name__)

T = TypeVar("T")

#: How long a cached answer is used, and how long one that gives somebody a right.
_MAX_AGE = timedelta(hours=1)
_RIGHTS_AGE = timedelta(minutes=1)
#: How long a channel is taken for public or private without asking again: a list asks for every channel.
_CHANNEL_AGE = timedelta(minutes=10)
#: How long a user group is left alone after Slack refused to tell its members.
_REFUSED = timedelta(minutes=2)
#: How long the roles are used that people of other workspaces of the organization have in this one.
_ROLES_AGE = timedelta(minutes=10)
#: For rights: what Slack does not tell is refused, whatever it told before.
_NEVER_STALE = timedelta()
#: User groups that are asked at the same time: each look-up may take as long as Slack lets it.
_GROUPS_AT_ONCE = 8
#: Slack's words for a user whom the workspace does not know.
_UNKNOWN_USER = ("user_not_found", "users_not_found", "user_not_visible")

_INVITE = sentence(
    "I am not in this private channel. Type /invite and my name there, then try again. Or choose another channel."
)


class Directory:
    """Looks up people and channels. When Slack does not answer, it returns the last answer or a default, never raises.

    Attributes:
        team_id: of the workspace, once Slack has told it.

    Args:
        admins: IDs of users and of user groups (ECO_ADMINS); without any, the workspace's own admins and owners.
    """

    def __init__(self, gateway: Gateway, now: Callable[[], datetime], admins: frozenset[str] = frozenset()) -> None:
        self._gateway = gateway
        self._now = now
        self.team_id = ""
        self._admins = admins
        self._refused: dict[str, datetime] = {}
        self._cache: dict[str, tuple[datetime, object]] = {}
        self._mutex = threading.Lock()

    def use_token(self, token: str) -> None:
        """Ask with another token of the same workspace from now on."""
        self._gateway.use_token(token)

    def person(self, user_id: str) -> Person:
        """The person; with the ID as the name and UTC as the zone if Slack does not know them."""
        return self.find_person(user_id) or Person(user_id, user_id, "UTC")

    def find_person(self, user_id: str) -> Person | None:
        """The person; None if Slack does not know them, or does not answer."""
        return self._look_up(user_id, _MAX_AGE, None)

    def person_now(self, user_id: str) -> Person | None:
        """`find_person` as of the last minute, for what gives rights; with nothing known if Slack does not answer."""
        return self._look_up(user_id, _RIGHTS_AGE, Person(user_id, user_id, "UTC"))

    def _look_up(self, user_id: str, fresh: timedelta, default: Person | None) -> Person | None:
        def fetch() -> Person | None:
            try:
                return self._fetch(user_id)
            except SlackFault as fault:
                if fault.code in _UNKNOWN_USER:
                    return None
                raise

        return self._cached(f"user:{user_id}", fetch, default, fresh)

    def _fetch(self, user_id: str) -> Person:
        user = self._gateway.user(user_id)
        person = person_of(user_id, user)
        if self._gateway.team is None or user.get("team_id") == self.team_id or self.team_id not in person.teams:
            return person
        # The token of an organization says what somebody is in another of their workspaces. Here they may be a guest.
        if not (roles := self._roles()):
            raise RetryLater("roles_unknown")
        return person_of(user_id, user | roles.get(user_id, NO_ROLE))

    def _roles(self) -> dict[str, dict[str, bool]]:
        """User ID -> what everybody is in this workspace; empty if Slack does not tell."""

        def fetch() -> dict[str, dict[str, bool]]:
            return {str(user["id"]): {name: bool(user.get(name)) for name in ROLES} for user in self._gateway.users()}

        return self._cached("roles", fetch, {}, _ROLES_AGE, _NEVER_STALE)

    def is_full_member(self, user_id: str) -> bool:
        """Whether somebody is a living person of this workspace and no guest; False if Slack does not tell."""
        person = self.person_now(user_id)
        return person is not None and person.is_full_member(self.team_id)

    def teams(self, user_id: str) -> frozenset[str]:
        """The IDs of the workspaces that the person belongs to; empty if Slack does not tell."""
        return self._cached(
            f"teams:{user_id}", lambda: person_of(user_id, self._gateway.user(user_id)).teams, frozenset()
        )

    def channel_label(self, channel_id: str) -> str:
        """A channel in plain text: `#name`, or `Words`; the name of a private channel is not shown."""

        def fetch() -> str:
            channel = self._channel(channel_id)
            return Words("a private channel") if channel.get("is_private") else f"#{channel['name']}"

        unknown: str = Words("another channel")
        return self._cached(f"channel:{channel_id}", fetch, unknown)

    def is_admin(self, user_id: str) -> bool:
        """Whether the person is an admin: by ECO_ADMINS, or of the workspace where that is empty."""
        if self._admins:
            return self.is_among(user_id, self._admins)
        person = self.person_now(user_id)
        return person is not None and person.runs_workspace and person.is_full_member(self.team_id)

    def is_among(self, user_id: str, ids: frozenset[str]) -> bool:
        """Whether somebody is one of these users, or a member of one of these user groups by now."""
        return user_id in ids or user_id in self._members_of(ids)

    def admin_users(self) -> frozenset[str]:
        """The user IDs of all admins."""
        if self._admins:
            return frozenset(admin for admin in self._admins if not admin.startswith("S")) | self._members_of(
                self._admins
            )

        def fetch() -> frozenset[str]:
            people = [person_of(str(user["id"]), user) for user in self._gateway.users()]
            return frozenset(p.id for p in people if p.runs_workspace and p.is_full_member(self.team_id))

        return self._cached("admins", fetch, frozenset())

    def active(self, users: Iterable[str]) -> tuple[str, ...]:
        """The users whose accounts are not deactivated, in the given order, without duplicates."""
        return tuple(user for user in dict.fromkeys(users) if not self.person(user).deactivated)

    def join_channel(self, channel_id: str, *, look_only: bool = False) -> str | None:
        """Make sure that the bot can post in a channel; join it if it is public.

        Args:
            look_only: check whether the bot could join, and do not join.

        Returns:
            None on success, else a sentence for the form with the reason and a remedy.
        """
        try:
            channel = self._channel(channel_id)
            if channel.get("is_archived"):
                return sentence("This channel is archived. Choose another one.")
            if channel.get("is_member") or channel.get("is_im"):
                return None
            if channel.get("is_private"):
                return _INVITE
            if not look_only:
                self._gateway.join(channel_id)
        except ChannelUnavailable:
            return _INVITE
        except SlackFault as fault:
            log.warning("cannot check channel %s: %s", channel_id, fault)
            words = "Slack does not let the bot look at this channel now ({code}). Try again, or choose another one."
            return sentence(words, code=fault.code)
        return None

    def sees_channel(self, user_id: str, channel_id: str) -> bool:
        """Whether a full member can see a channel: a public one, or a private one of which they are a member.

        Guests and people of other workspaces see none here. What Slack does not tell counts as no.
        """
        if not self.is_full_member(user_id):
            return False
        channel = self.channel_now(channel_id, _CHANNEL_AGE)
        return bool(channel) and (not _is_closed(channel) or user_id in self.channel_members(channel_id))

    def channel_now(self, channel_id: str, fresh: timedelta = _RIGHTS_AGE) -> dict[str, Any]:
        """The `channel` object of Slack, no older than `fresh`; empty if Slack does not tell."""
        return self._cached(f"seen:{channel_id}", lambda: self._channel(channel_id), {}, fresh, _NEVER_STALE)

    def channel_members(self, channel_id: str) -> frozenset[str]:
        """The user IDs of everybody in a channel, as of the last minute; empty if Slack does not tell."""
        found = partial(self._gateway.channel_members, channel_id)
        if self._gateway.team is not None and not self.channel_now(channel_id, _CHANNEL_AGE):
            return frozenset()  # of another workspace, or Slack does not tell
        return self._cached(f"members:{channel_id}", found, frozenset(), _RIGHTS_AGE, _NEVER_STALE)

    def _channel(self, channel_id: str) -> dict[str, Any]:
        channel = self._gateway.channel(channel_id)
        if self._gateway.team is not None and _is_elsewhere(channel, self.team_id):
            raise ChannelUnavailable("channel_not_found", "it is of another workspace of the organization")
        return channel

    def _members_of(self, ids: frozenset[str]) -> frozenset[str]:
        """The user IDs in these user groups, which are asked side by side."""
        groups = [group for group in sorted(ids) if group.startswith("S")]
        if len(groups) < 2:
            return frozenset().union(*map(self._members, groups))
        with ThreadPoolExecutor(min(len(groups), _GROUPS_AT_ONCE), thread_name_prefix="user-groups") as pool:
            return frozenset().union(*pool.map(self._members, groups))

    def _members(self, group: str) -> frozenset[str]:
        key = f"group:{group}"
        refused = self._refused.get(key)
        if refused is not None and abs(self._now() - refused) < _REFUSED:
            return frozenset()

        def fetch() -> frozenset[str]:
            try:
                return self._gateway.group_members(group)
            except SlackFault:
                self._refused[key] = self._now()
                raise

        return self._cached(key, fetch, frozenset(), _RIGHTS_AGE, _NEVER_STALE)

    def _cached(
        self,
        key: str,
        fetch: Callable[[], T],
        default: T,
        fresh: timedelta = _MAX_AGE,
        stale: timedelta | None = None,
    ) -> T:
        """The cached answer if it is `fresh`, else a new one; without one, an older answer or the default.

        Args:
            stale: how old an answer may be that is used because Slack gives no new one; None for any age.
        """
        now = self._now()
        with self._mutex:
            cached = self._cache.get(key)
        age = abs(now - cached[0]) if cached is not None else None
        if cached is not None and age is not None and age < fresh:
            return cached[1]  # type: ignore[return-value]  # the key determines the type
        try:
            answer = fetch()
        except SlackFault as fault:
            log.warning("Slack did not answer the lookup of %s: %s", key, fault)
            usable = cached is not None and age is not None and (stale is None or age < stale)
            return cached[1] if cached is not None and usable else default  # type: ignore[return-value]
        with self._mutex:
            self._cache[key] = (now, answer)
        return answer


def _is_elsewhere(channel: dict[str, Any], team: str) -> bool:
    """Whether a channel belongs to other workspaces of the organization alone; their common token sees it, too."""
    lists = ("shared_team_ids", "internal_team_ids")
    told = {channel.get("context_team_id"), *(one for name in lists for one in channel.get(name) or ())} - {None}
    if channel.get("is_im") or not told:
        return False
    # A channel of the whole organization has its ID, and no workspace's.
    return team not in told and not any(str(one).startswith("E") for one in told)


def _is_closed(channel: dict[str, Any]) -> bool:
    return bool(channel.get("is_private") or channel.get("is_mpim") or channel.get("is_im"))
