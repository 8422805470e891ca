"""One Slack workspace that the bot serves: its token, API clients, directory of people, and the bot's identity there.

Every call of Slack goes through a workspace, so that nothing else knows of a token. A process has one workspace by the
token in its settings, or one for each installation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_bolt.authorization import AuthorizeResult

from bot.domain.access import Starters
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway
from bot.slack.rights import Rights
from bot.slack.slack_errors import RetryLater, SlackFault, TokenRejected
from bot.slack.web_client import Called, connect

log = logging.getLogger(__name__)

#: Error codes of `auth.test` that no retry cures.
_INVALID_TOKEN = ("invalid_auth", "not_authed", "account_inactive", "token_revoked")


@dataclass(frozen=True, slots=True)
class Identity:
    """What Slack tells of a token: the workspace, its organization, and the bot in it.

    Attributes:
        by_organization: whether the token is one of the whole organization. What `auth.test` tells of such a token has
            the ID of the organization as its `team_id`.
    """

    team_id: str
    name: str
    enterprise_id: str | None
    bot_user_id: str
    bot_id: str | None
    url: str = ""
    by_organization: bool = False


class Workspace:
    """A token with the clients that use it; `identify` learns which workspace the token belongs to.

    Args:
        directory_timeout: seconds for one lookup of the directory, which often happens before an acknowledgement.
        called: told of each call of Slack.
        identity: what is known of the token already; None asks Slack.

    Attributes:
        id: the team ID, under which everything is stored; "" until Slack has answered. It stays when the workspace
            joins an Enterprise organization.
        name: as people know it; "" until Slack has answered.
        gateway: sends messages and opens views.
        directory: looks up people and channels, with a cache of its own.
        rights: who may start enrollments, be named in a form, choose a channel.
        shares_token: whether the token is one of the whole organization, and other workspaces work by it, too.
        is_organization: whether nothing but the token is known, and Slack says that it is one of an organization.
    """

    def __init__(
        self,
        token: str,
        api_url: str,
        now: Callable[[], datetime],
        admins: frozenset[str],
        directory_timeout: int,
        starters: Starters | None = None,
        called: Called | None = None,
        identity: Identity | None = None,
    ) -> None:
        self.id = ""
        self.name = ""
        known = (identity.url,) if identity is not None and identity.url else ()
        shared = identity.team_id if identity is not None and identity.by_organization else None
        self.gateway = Gateway(connect(api_url, token, called=called), now, *known, team=shared)
        looks_up = Gateway(connect(api_url, token, directory_timeout, called), now, team=shared)
        self.directory = Directory(looks_up, now, admins)
        self.rights = Rights(self.directory, starters or Starters())
        self._token = token
        self.shares_token = shared is not None
        self.is_organization = False
        self._identity: AuthorizeResult | None = None
        if identity is not None:
            self._know(identity)

    @property
    def identified(self) -> bool:
        """Whether the workspace is known."""
        return self._identity is not None

    def identify(self) -> bool:
        """Ask Slack which workspace the token belongs to, unless that is known; return whether it is known now.

        An unreachable Slack is logged: the caller tries again later.

        Raises:
            TokenRejected: the token is invalid or revoked.
        """
        if self._identity is not None:
            return True
        try:
            answer = self.gateway.identity()
        except SlackFault as fault:
            if fault.code in _INVALID_TOKEN:
                raise
            log.warning("Slack does not answer yet: %s", fault)
            return False
        identity = identity_of(answer)
        self.is_organization = identity.by_organization
        self._know(identity)
        log.info("connected to workspace %s (%s) as %s", self.name, self.id, answer.get("user"))
        return True

    @property
    def token(self) -> str:
        """The token with which Slack is called now."""
        return self._token

    def use_token(self, token: str) -> None:
        """Call Slack with another token of the same workspace from now on."""
        self._token = token
        self.gateway.use_token(token)
        self.directory.use_token(token)
        if self._identity is not None:
            self._identity.bot_token = token

    def _know(self, identity: Identity) -> None:
        self.id = self.directory.team_id = identity.team_id
        self.name = identity.name
        self._identity = AuthorizeResult(
            enterprise_id=identity.enterprise_id,
            team_id=identity.team_id,
            bot_user_id=identity.bot_user_id,
            bot_id=identity.bot_id,
            bot_token=self._token,
        )

    def serves(self, team: str | None) -> bool:
        """Whether a request with that team is for this workspace.

        Until Slack has answered that is not known; no request but the end of the app's token is handled before.
        """
        return not self.identified or (team is not None and team in (self.id, self._enterprise))

    def is_member(self, user: str, team: str | None) -> bool:
        """Whether a person belongs to this workspace.

        Args:
            team: the person's team in the payload. In an Enterprise organization it may be any of their workspaces
                there, so Slack is asked; who it does not know is no member.
        """
        if team in (None, self.id):
            return True
        return self._enterprise is not None and self.id in self.directory.teams(user)

    def refusal(self) -> str | None:
        """Ask Slack whether it still accepts the token; its error code if not.

        An unreachable Slack is logged: the next call will tell.
        """
        try:
            self.gateway.identity()
        except TokenRejected as fault:
            return fault.code
        except SlackFault as fault:
            log.warning("Slack does not say whether it accepts the token: %s", fault)
        return None

    @property
    def _enterprise(self) -> str | None:
        return self._identity.enterprise_id if self._identity is not None else None

    def authorize(self) -> AuthorizeResult:
        """The identity with which Bolt handles a request, without a call of Slack once it is known.

        Raises:
            RetryLater: Slack has not answered yet. TokenRejected: see `identify`.
        """
        self.identify()
        if self._identity is None:
            raise RetryLater("slack_unreachable")
        return self._identity


def identity_of(answer: Mapping[str, Any]) -> Identity:
    """The identity that an answer of `auth.test` tells."""
    team = str(answer["team_id"])
    name = str(answer.get("team") or team)
    bot = str(answer["user_id"]), answer.get("bot_id")
    whole = bool(answer.get("is_enterprise_install"))
    return Identity(team, name, answer.get("enterprise_id"), *bot, str(answer.get("url") or ""), whole)
