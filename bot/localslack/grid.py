"""An Enterprise organization for tests: its admins install the app for all of it, and choose its workspaces."""

from __future__ import annotations

from collections.abc import Sequence

from .channel_client import Member
from .local_slack import LocalSlack
from .organization import Organization
from .payloads import event
from .recorder import Delivery
from .workspace_model import Json

#: The numbers of IDs that each workspace gives out: in an organization no two are the same.
_NUMBERS = 1 << 20


class Grid:
    """An organization of workspaces that were started with the same `OAuthApp`; from any thread.

    A person with the same ID in several workspaces is one person. Channels need IDs of their own in each workspace.
    """

    def __init__(self, enterprise_id: str, name: str, slacks: Sequence[LocalSlack]) -> None:
        self.id, self.name = enterprise_id, name
        self._slacks = {slack.team_id: slack for slack in slacks}
        self._first = slacks[0]
        self._oauth = self._first.core.oauth
        workspaces = {team: slack.core.workspace for team, slack in self._slacks.items()}
        self._organization = Organization(enterprise_id, name, workspaces)
        self._oauth.organizations[enterprise_id] = self._organization
        for number, slack in enumerate(slacks):
            slack.people.join_enterprise(enterprise_id)
            slack.core.workspace.next_number += number * _NUMBERS

    def allow(self, authorize_url: str, by: Member | str = "") -> str:
        """Press **Allow** there for the whole organization; returns where the browser is sent to.

        The app is in no workspace yet: `grant` adds it.
        """
        return self._first.installs.allow_for(self._organization, authorize_url, by)

    def grant(self, *teams: str, told: bool = True) -> Delivery | None:
        """Add the app to workspaces; `told` by the event team_access_granted."""
        self._organization.granted |= set(teams)
        return self.tell({"type": "team_access_granted", "team_ids": list(teams)}) if told else None

    def withdraw(self, *teams: str, told: bool = True) -> Delivery | None:
        """Take the app out of workspaces; `told` by the event team_access_revoked."""
        self._organization.granted -= set(teams)
        return self.tell({"type": "team_access_revoked", "team_ids": list(teams)}) if told else None

    def revoke(self, code: str = "token_revoked") -> None:
        """End the organization's tokens without a word, with that code of Slack."""
        self._oauth.kill(self._organization, code)

    def remove(self) -> None:
        """Remove the app from every workspace and from the organization; Slack tells it by these events."""
        self.withdraw(*sorted(self._organization.granted))
        self.revoke("account_inactive")
        self.tell({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self._first.bot_user_id]}})
        self.tell({"type": "app_uninstalled"})

    def tell(self, event_: Json) -> Delivery:
        """Deliver an event of the organization: it names no workspace."""
        core = self._first.core
        body = event(core, event_) | {"enterprise_id": self.id, "team_id": None}
        for name in ("context_team_id", "context_enterprise_id", "authorizations"):
            body.pop(name)
        loop, sender = self._first.installs.loop, self._first.installs.sender
        return loop.run(sender.deliver("event_callback", body))
