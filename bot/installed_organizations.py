"""The organizations that have installed the app for all of their workspaces: which of these have it, and the token.

Slack is asked at the start, every hour, and at once after an event. What an event itself says is not believed, as it
may come late. Every process asks for itself, and stores the same.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from bot.domain.schedule import Clock
from bot.installation.token_keys import KeysDoNotFit, TokenKeys
from bot.installation.token_refresh import TokenRefresh
from bot.installed_workspaces import InstalledWorkspaces
from bot.repository import workspace_grants
from bot.repository.installations import REMOVED, Installation
from bot.slack.oauth_access import OAuthAccess
from bot.slack.slack_errors import RetryLater, SlackFault, TokenRejected, UnknownOutcome

log = logging.getLogger(__name__)

#: How often Slack is asked which workspaces are granted, and how soon again after it gave no answer.
_EVERY, _AGAIN = timedelta(hours=1), timedelta(minutes=1)
#: The events that tell of a change.
EVENTS = frozenset({"team_access_granted", "team_access_revoked", "tokens_revoked", REMOVED})


class InstalledOrganizations:
    """Looks after the installations of organizations; the workspaces in them follow.

    Attributes:
        faults: ID of an organization -> why its workspaces are not known as of now.
    """

    def __init__(self, workspaces: InstalledWorkspaces, keys: TokenKeys, access: OAuthAccess, clock: Clock) -> None:
        self.faults: dict[str, str] = {}
        self._workspaces, self._keys, self._access, self._clock = workspaces, keys, access, clock
        self._refresh = TokenRefresh(workspaces.database, access, keys, clock)
        #: Organization -> the version of its token with which Slack was asked last, and when to ask again.
        self._asked: dict[str, tuple[int, datetime]] = {}
        self._asking = threading.Lock()

    def tend(self) -> None:
        """Refresh tokens that end soon, and ask for the workspaces where it is time."""
        for each in list(self._workspaces.organizations.values()):
            if each.tokens is None:
                self.faults.pop(each.team_id, None)
                continue
            if self._refresh.refresh(each):
                self._workspaces.follow()
                each = self._workspaces.organizations[each.team_id]  # noqa: PLW2901 - with its new token
            version, again = self._asked.get(each.team_id, (-1, self._clock.now()))
            # An hour that seems longer is one of a clock that was set back.
            if version != each.version or not timedelta() < again - self._clock.now() <= _EVERY:
                self.look(each.team_id)

    def look(self, organization: str) -> None:
        """Ask Slack which workspaces are granted now; begin and end them."""
        with self._asking:
            each = self._workspaces.organizations.get(organization)
            if each is None or each.tokens is None:
                return
            again = _EVERY
            try:
                self._store(each, self._access.granted_teams(self._keys.decrypt(each.tokens.bot)))
                self.faults.pop(organization, None)
            except KeysDoNotFit as fault:
                self.faults[organization] = str(fault)
            except TokenRejected as fault:
                self._rejected(each, fault)
                again = _AGAIN
            except SlackFault as fault:
                unsure = isinstance(fault, RetryLater | UnknownOutcome)
                again = max(_AGAIN, fault.after or _AGAIN) if isinstance(fault, RetryLater) else _AGAIN
                log.log(logging.WARNING if unsure else logging.ERROR, "workspaces of %s: %s", each.team_name, fault)
                self.faults[organization] = f"Slack does not tell which workspaces have the app ({fault.code})."
            self._asked[organization] = each.version, self._clock.now() + min(again, _EVERY)

    def _store(self, each: Installation, teams: dict[str, str]) -> None:
        with self._workspaces.database.write() as connection:
            workspace_grants.set_granted(connection, each.team_id, teams, self._clock.now())
        self._workspaces.follow()

    def _rejected(self, each: Installation, fault: TokenRejected) -> None:
        """End the installation if the token itself is refused, as it is refused for whatever is asked."""
        assert each.tokens is not None, "it was asked with a token"
        code = fault.code
        try:
            self._access.identity(self._keys.decrypt(each.tokens.bot))
            self.faults[each.team_id] = f"Slack does not tell which workspaces have the app ({code})."
            return
        except TokenRejected as refused:
            code = refused.code
        except SlackFault as unsure:
            log.warning("Slack does not say whether it accepts the token of %s: %s", each.team_name, unsure)
            return
        if code != "token_expired":  # that one is refreshed, or its refresh has failed
            self._workspaces.end(each.team_id, each.version, code)
