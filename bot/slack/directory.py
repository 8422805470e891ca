"""Directory of a workspace's people and channels: names, time zones, email addresses, admins; with a cache."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain.enrollment import Enrollment
from bot.slack.gateway import Gateway
from bot.slack.slack_errors import ChannelUnavailable, SlackFault

log = logging.getLogger(__name__)

T = TypeVar("T")

#: How long a cached answer is used.
_MAX_AGE = timedelta(hours=1)
#: How long a user group that Slack did not tell is not asked for again, and how many are asked for side by side.
_REFUSED_FOR = timedelta(minutes=3)
_SIDE_BY_SIDE = 16

_INVITE = "I am not in this private channel. Type /invite and my name there, then try again. Or choose another channel."


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the workspace; `zone` is an IANA time zone.

    `email` is "" if the app lacks the scope for it, or the profile has none.
    """

    id: str
    name: str
    zone: str
    deactivated: bool = False
    email: str = ""


class Directory:
    """Looks up people and channels. When Slack does not answer, it returns the last answer or a default, never raises.

    Args:
        admins: IDs of users and of user groups (ECO_ADMINS).
    """

    def __init__(self, gateway: Gateway, now: Callable[[], datetime], admins: frozenset[str] = frozenset()) -> None:
        self._gateway = gateway
        self._now = now
        self._admins = admins
        self._cache: dict[str, tuple[datetime, object]] = {}
        self._mutex = threading.Lock()
        #: User group -> when Slack last refused to tell its members.
        self._refused: dict[str, datetime] = {}

    def person(self, user_id: str) -> Person:
        """The person; with the ID as the name and UTC as the zone if Slack does not know them."""
        return self.find_person(user_id) or Person(user_id, user_id, "UTC")

    def find_person(self, user_id: str) -> Person | None:
        """The person; None if Slack does not know them."""

        def fetch() -> Person | None:
            user = self._gateway.user(user_id)
            profile = user.get("profile", {})
            name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user.get("name")
            zone, email = str(user.get("tz") or "UTC"), str(profile.get("email") or "")
            return Person(user_id, str(name or user_id), zone, bool(user.get("deleted")), email)

        return self._cached(f"user:{user_id}", fetch, None)

    def teams(self, user_id: str) -> frozenset[str]:
        """The IDs of the workspaces that the person belongs to; empty if Slack does not tell."""

        def fetch() -> frozenset[str]:
            user = self._gateway.user(user_id)
            in_organization = (user.get("enterprise_user") or {}).get("teams") or ()
            return frozenset(map(str, (user.get("team_id"), *in_organization)))

        return self._cached(f"teams:{user_id}", fetch, frozenset())

    def channel_label(self, channel_id: str) -> str:
        """A channel in plain text: `#name`; the name of a private channel is not shown."""

        def fetch() -> str:
            channel = self._gateway.channel(channel_id)
            return "a private channel" if channel.get("is_private") else f"#{channel['name']}"

        return self._cached(f"channel:{channel_id}", fetch, "another channel")

    def is_admin(self, user_id: str) -> bool:
        """Whether the person is an admin, directly or as a member of a user group."""
        return user_id in self._admins or user_id in self._group_members()

    def admin_users(self) -> frozenset[str]:
        """The user IDs of all admins."""
        return frozenset(admin for admin in self._admins if not admin.startswith("S")) | self._group_members()

    def active(self, users: Iterable[str]) -> tuple[str, ...]:
        """The users whose accounts are not deactivated, in the given order, without duplicates."""
        return tuple(user for user in dict.fromkeys(users) if not self.person(user).deactivated)

    def contacts_for(self, enrollment: Enrollment) -> tuple[str, ...]:
        """The users to notify about an enrollment: the owner, else the active collaborators, else the admins."""
        for users in ((enrollment.owner,), enrollment.collaborators, sorted(self.admin_users())):
            if active := self.active(users):
                return active
        return ()

    def join_channel(self, channel_id: str) -> str | None:
        """Make sure that the bot can post in a channel; join it if it is public.

        Returns:
            None on success, else a sentence for the form with the reason and a remedy.
        """
        try:
            channel = self._gateway.channel(channel_id)
            if channel.get("is_archived"):
                return "This channel is archived. Choose another one."
            if channel.get("is_member") or channel.get("is_im"):
                return None
            if channel.get("is_private"):
                return _INVITE
            self._gateway.join(channel_id)
        except ChannelUnavailable:
            return _INVITE
        except SlackFault as fault:
            log.warning("cannot check channel %s: %s", channel_id, fault)
            return (
                f"Slack does not let the bot look at this channel now ({fault.code}). Try again, or choose another one."
            )
        return None

    def _group_members(self) -> frozenset[str]:
        """The members of all user groups of admins; those groups that are not known are asked for side by side."""
        groups = sorted(admin for admin in self._admins if admin.startswith("S"))
        unknown = [group for group in groups if not self._is_known(group)]
        if len(unknown) > 1:
            with ThreadPoolExecutor(min(len(unknown), _SIDE_BY_SIDE), thread_name_prefix="groups") as threads:
                list(threads.map(self._members, unknown))
        return frozenset().union(*map(self._members, groups))

    def _is_known(self, group: str) -> bool:
        """Whether a group's members, or that Slack does not tell them, is known without a call."""
        with self._mutex:
            asked = [(self._cache.get(f"group:{group}", (None, None))[0], _MAX_AGE)]
            asked.append((self._refused.get(group), _REFUSED_FOR))
        return any(at is not None and abs(self._now() - at) < age for at, age in asked)

    def _members(self, group: str) -> frozenset[str]:
        key, refused = f"group:{group}", self._refused.get(group)
        if refused is not None and abs(self._now() - refused) < _REFUSED_FOR:
            return self._cache.get(key, (refused, frozenset()))[1]  # type: ignore[return-value]  # as in _cached

        def fetch() -> frozenset[str]:
            try:
                return self._gateway.group_members(group)
            except SlackFault:
                self._refused[group] = self._now()
                raise

        return self._cached(key, fetch, frozenset())

    def _cached(self, key: str, fetch: Callable[[], T], default: T) -> T:
        now = self._now()
        with self._mutex:
            cached = self._cache.get(key)
        if cached is not None and abs(now - cached[0]) < _MAX_AGE:
            return cached[1]  # type: ignore[return-value]  # the key determines the type
        try:
            answer = fetch()
        except SlackFault as fault:
            log.warning("Slack did not answer the lookup of %s: %s", key, fault)
            return cached[1] if cached is not None else default  # type: ignore[return-value]
        with self._mutex:
            self._cache[key] = (now, answer)
        return answer
