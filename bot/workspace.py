"""One Slack workspace that the bot serves: its token, API clients, directory of people, and the bot's identity there.

Every call of Slack goes through a workspace, so that nothing else knows of a token. A process has exactly one workspace
for now.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from slack_bolt.authorization import AuthorizeResult

from bot.slack.directory import Directory
from bot.slack.gateway import Gateway, connect
from bot.slack.slack_errors import RetryLater, SlackFault

log = logging.getLogger(__name__)

#: Error codes of `auth.test` that no retry cures.
_INVALID_TOKEN = ("invalid_auth", "not_authed", "account_inactive", "token_revoked")


def workspace_id(enterprise_id: str | None, team_id: str | None) -> str:
    """The ID under which a workspace's data is stored: `T…`, or `E…:T…` in an Enterprise organization."""
    return f"{enterprise_id}:{team_id}" if enterprise_id else str(team_id)


class Workspace:
    """A token with the clients that use it; `identify` learns which workspace the token belongs to.

    Args:
        directory_timeout: seconds for one lookup of the directory, which often happens before an acknowledgement.
        called: gets the method and the outcome of each call of Slack.

    Attributes:
        id: see `workspace_id`; "" until Slack has answered.
        gateway: sends messages and opens views.
        directory: looks up people and channels, with a cache of its own.
    """

    def __init__(
        self,
        token: str,
        api_url: str,
        now: Callable[[], datetime],
        admins: frozenset[str],
        directory_timeout: int,
        called: Callable[[str, str], None] | None = None,
    ) -> None:
        self.id = ""
        self.gateway = Gateway(connect(api_url, token, called=called), now)
        self.directory = Directory(Gateway(connect(api_url, token, directory_timeout, called), now), now, admins)
        self._token = token
        self._identity: AuthorizeResult | None = None

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
        enterprise = answer.get("enterprise_id")
        self.id = workspace_id(enterprise, answer["team_id"])
        self._identity = AuthorizeResult(
            enterprise_id=enterprise,
            team_id=answer["team_id"],
            bot_user_id=answer["user_id"],
            bot_id=answer.get("bot_id"),
            bot_token=self._token,
        )
        log.info("connected to workspace %s as %s", answer.get("team"), answer.get("user"))
        return True

    def authorize(self) -> AuthorizeResult:
        """The identity with which Bolt handles a request, without a call of Slack once it is known.

        Raises:
            RetryLater: Slack has not answered yet. TokenRejected: see `identify`.
        """
        self.identify()
        if self._identity is None:
            raise RetryLater("slack_unreachable")
        return self._identity
