"""What is known about people and channels: names, time zones, who is an admin; asked of Slack and kept a while."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain.enrollment import Enrollment
from bot.slack.gateway import Gateway
from bot.slack.slack_errors import ChannelUnavailable, SlackFault

log = logging.getLogger(__name__)

T = TypeVar("T")

#: How long an answer is used before Slack is asked again.
_FRESH = timedelta(hours=1)


_INVITE = (
    "The bot is not in this private channel. Write /invite and the bot's name there, then submit again; "
    "or choose another channel."
)


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the workspace: the name people read, an IANA time zone, and whether the account is gone.

    `email` is "" where Slack does not tell it: the app has no scope for it, or the profile has none.
    """

    id: str
    name: str
    zone: str
    deactivated: bool = False
    email: str = ""


class Directory:
    """Looks people up; an answer that cannot be had is a guess that is said to be one, never an exception."""

    def __init__(self, gateway: Gateway, now: Callable[[], datetime], admins: frozenset[str] = frozenset()) -> None:
        self._gateway = gateway
        self._now = now
        self._admins = admins
        self._kept: dict[str, tuple[datetime, object]] = {}
        self._mutex = threading.Lock()

    def person(self, user_id: str) -> Person:
        """The person; the ID stands for the name, and UTC for the zone, where Slack does not tell."""
        return self.find_person(user_id) or Person(user_id, user_id, "UTC")

    def find_person(self, user_id: str) -> Person | None:
        """The person, or None where Slack does not tell."""

        def ask() -> Person | None:
            user = self._gateway.user(user_id)
            profile = user.get("profile", {})
            name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user.get("name")
            zone, email = str(user.get("tz") or "UTC"), str(profile.get("email") or "")
            return Person(user_id, str(name or user_id), zone, bool(user.get("deleted")), email)

        return self._remembered(f"user:{user_id}", ask, None)

    def channel_label(self, channel_id: str) -> str:
        """A channel where links cannot stand: `#name`; the name of a private one is its members' own."""

        def ask() -> str:
            channel = self._gateway.channel(channel_id)
            return "a private channel" if channel.get("is_private") else f"#{channel['name']}"

        return self._remembered(f"channel:{channel_id}", ask, "another channel")

    def is_admin(self, user_id: str) -> bool:
        """Whether ECO_ADMINS names the person, directly or by a user group."""
        groups = (admin for admin in self._admins if admin.startswith("S"))
        return user_id in self._admins or any(user_id in self._members(group) for group in groups)

    def admin_users(self) -> frozenset[str]:
        """Every admin by user ID."""
        users = {admin for admin in self._admins if not admin.startswith("S")}
        for group in self._admins - users:
            users |= self._members(group)
        return frozenset(users)

    def active(self, users: Iterable[str]) -> tuple[str, ...]:
        """Those of the people whose accounts are not deactivated, in the order given, once each."""
        return tuple(user for user in dict.fromkeys(users) if not self.person(user).deactivated)

    def contacts_for(self, enrollment: Enrollment) -> tuple[str, ...]:
        """Who is to be spoken to about an enrollment: the owner; without one the collaborators, else the admins."""
        for users in ((enrollment.owner,), enrollment.collaborators, sorted(self.admin_users())):
            if found := self.active(users):
                return found
        return ()

    def join_channel(self, channel_id: str) -> str | None:
        """Make sure that the bot can post in a channel: join a public one.

        Returns:
            None, or a sentence for the form that says what the person has to do first.
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
            log.warning("cannot look at channel %s: %s", channel_id, fault)
            return (
                f"Slack does not let the bot look at this channel now ({fault.code}). Try again, or choose another one."
            )
        return None

    def _members(self, group: str) -> frozenset[str]:
        return self._remembered(f"group:{group}", lambda: self._gateway.group_members(group), frozenset())

    def _remembered(self, key: str, ask: Callable[[], T], otherwise: T) -> T:
        now = self._now()
        with self._mutex:
            kept = self._kept.get(key)
        if kept is not None and abs(now - kept[0]) < _FRESH:
            return kept[1]  # type: ignore[return-value]  # the key says which type was kept under it
        try:
            answer = ask()
        except SlackFault as fault:
            log.warning("Slack did not tell about %s: %s", key, fault)
            return kept[1] if kept is not None else otherwise  # type: ignore[return-value]
        with self._mutex:
            self._kept[key] = (now, answer)
        return answer
