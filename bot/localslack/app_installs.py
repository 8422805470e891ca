"""What people decide about the app: they allow or deny its installation, and remove it again."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from .channel_client import Member, member_id
from .core import Core
from .event_delivery import EventSender
from .event_loop import LoopThread
from .organization import Organization
from .payloads import event


class AppInstalls:
    """The installation of the app in one workspace; from any thread."""

    def __init__(self, core: Core, loop: LoopThread, sender: EventSender) -> None:
        self.core = self._core = core
        self.loop = self._loop = loop
        self.sender = self._sender = sender

    def allow(self, authorize_url: str, by: Member | str = "") -> str:
        """Press **Allow** on Slack's page at this address; returns where the browser is sent to.

        Raises:
            ValueError: Slack would show an error instead of the page.
        """
        return self.allow_for(None, authorize_url, by)

    def allow_for(self, organization: Organization | None, authorize_url: str, by: Member | str = "") -> str:
        """The same for a whole organization, which its admins can choose on that page; None for this workspace."""
        asked, back = self._asked(authorize_url)

        def grant() -> str:
            user = member_id(self._core, by) if by else next(iter(self._core.workspace.users))
            place = asked["scope"], asked["redirect_uri"], organization
            return self._core.oauth.grant(self._core.workspace, user, *place)

        return back(code=self._loop.read(grant))

    def deny(self, authorize_url: str) -> str:
        """Press **Cancel** there; returns where the browser is sent to."""
        _, back = self._asked(authorize_url)
        return back(error="access_denied")

    def revoke(self, code: str = "token_revoked") -> None:
        """End the tokens of this workspace without a word, with that code of Slack."""
        self._core.oauth.kill(self._core.workspace, code)

    def remove(self) -> None:
        """Remove the app from the workspace; Slack tells it by two events."""
        self.revoke("account_inactive")
        for told in (
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self._core.bot_user_id]}},
            {"type": "app_uninstalled"},
        ):
            self._loop.run(self._sender.deliver("event_callback", event(self._core, told)))

    def _asked(self, authorize_url: str) -> tuple[dict[str, str], Callable[..., str]]:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorize_url).query).items()}
        if asked.get("client_id") != self._core.oauth.client_id:
            raise ValueError("invalid_client_id")
        wanted = set(filter(None, asked.get("scope", "").split(",")))
        if self._core.scopes is not None and (unknown := wanted - self._core.scopes):
            raise ValueError(f"invalid_scope: {', '.join(sorted(unknown))}")
        if not asked.get("redirect_uri"):
            raise ValueError("bad_redirect_uri")

        def back(**answer: str) -> str:
            answer |= {"state": asked["state"]} if "state" in asked else {}
            return f"{asked['redirect_uri']}?{urlencode(answer)}"

        return asked, back
