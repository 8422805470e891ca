"""Exchanges codes and refresh tokens of the app for tokens, and asks whose a new token is; one attempt each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.slack.gateway import Gateway
from bot.slack.web_calls import Answer
from bot.slack.web_client import Called, connect


@dataclass(frozen=True, slots=True)
class OAuthAccess:
    """The app with its credentials; every failure is a `SlackFault`."""

    client_id: str
    client_secret: str
    api_url: str
    now: Callable[[], datetime]
    called: Called | None = None

    @property
    def authorize_url(self) -> str:
        """The address of Slack's page that asks people whether they allow the app."""
        parts = urlsplit(self.api_url)
        return f"{parts.scheme}://{parts.netloc}/oauth/v2/authorize"

    def exchange(self, code: str, redirect_uri: str) -> Answer:
        """The answer of oauth.v2.access to a code."""
        return self._access(code=code, redirect_uri=redirect_uri)

    def refresh(self, refresh_token: str) -> Answer:
        """The answer of oauth.v2.access to a refresh token, which is used up."""
        return self._access(grant_type="refresh_token", refresh_token=refresh_token)

    def identity(self, token: str) -> Answer:
        """The answer of auth.test to a token."""
        return Gateway(connect(self.api_url, token, called=self.called), self.now).identity()

    def granted_teams(self, token: str) -> dict[str, str]:
        """Team ID -> name of each workspace in which a token of an organization may be used."""
        return Gateway(connect(self.api_url, token, called=self.called), self.now).granted_teams()

    def _access(self, **arguments: str) -> Answer:
        client = connect(self.api_url, called=self.called)
        credentials = {"client_id": self.client_id, "client_secret": self.client_secret}
        return Gateway(client, self.now).call(client.oauth_v2_access, **credentials, **arguments)
