"""The workspaces of one process that have installed the app: begun, given their newest tokens, and ended.

The tables of installations and granted workspaces say which there are. Every process follows them, so a new one is
served everywhere without a restart, and one that ends stops everywhere.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from bot.app import Application
from bot.domain.schedule import Clock
from bot.installation.served_workspaces import identity_of_installation, workspaces_of
from bot.installation.token_keys import KeysDoNotFit, TokenKeys
from bot.installation.token_refresh import TokenRefresh
from bot.installed import Installed
from bot.process_parts import CannotStart, ProcessParts
from bot.repository import installations, workspace_grants
from bot.repository.installations import REMOVED, Installation
from bot.settings import Settings
from bot.slack.oauth_access import OAuthAccess

log = logging.getLogger(__name__)

#: Seconds in which a workspace that was removed ends what it is doing.
_LET_GO = 5.0
#: How often Slack is asked at most whether it still refuses a token.
_ASK_AGAIN = timedelta(minutes=1)


class InstalledWorkspaces:
    """An `Application` for each installation.

    Attributes:
        applications: team ID -> the application of a workspace that is served now.
        known: team ID -> its installation as it was read last, also where it has ended; its own, or that of its
            organization.
        organizations: ID -> the installation of each organization that has installed the app for all of it.
        faults: team ID -> why an installation is not served, or goes on with an old token.

    Args:
        options: those of each `Application`.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        parts: ProcessParts,
        keys: TokenKeys,
        access: OAuthAccess,
        **options: Any,
    ) -> None:
        self.applications: dict[str, Application] = {}
        self.known: dict[str, Installation] = {}
        self.organizations: dict[str, Installation] = {}
        self.faults: dict[str, str] = {}
        self.database = parts.database
        self._settings, self._clock, self._parts = settings, clock, parts
        self._keys = keys
        self._refresh = TokenRefresh(self.database, access, keys, clock)
        assert settings.workspaces is not None, "the settings are loaded with need_slack"
        self._admits = settings.workspaces.admit
        self._options = options
        self._changing = threading.RLock()
        self._asked_at: dict[str, datetime] = {}
        self._removed: set[str | None] = set()
        self._stopped = False

    def require_keys(self) -> None:
        """Raise `CannotStart` unless the keys open every stored token."""
        with self.database.read() as connection:
            found = installations.all_of(connection)
        strange = []
        for each in found:
            try:
                if each.tokens is not None:
                    self._keys.decrypt(each.tokens.bot)
            except KeysDoNotFit:
                strange.append(f"{each.team_name} ({each.team_id})")
        if strange:
            raise CannotStart(str(KeysDoNotFit(strange)))

    def stop(self, timeout: float) -> None:
        """Let every workspace end side by side, within `timeout` seconds."""
        with self._changing:
            self._stopped = True
            served, self.applications = self.applications, {}
        ending = [threading.Thread(target=each.stop, args=(timeout,), daemon=True) for each in served.values()]
        for thread in ending:
            thread.start()
        for thread in ending:
            thread.join(timeout)

    def find(self, team: str) -> Application | None:
        """The application for a team ID, or for that of an organization in which one workspace alone has the app."""
        found = self.applications.get(team)
        if found is None:
            known = self.known.get(team)
            with self.database.read() as connection:  # another process may have stored it a moment ago
                stored, grant = installations.find(connection, team), workspace_grants.find(connection, team)
            is_new = stored is not None and stored.tokens is not None and _differs(known, stored)
            if is_new or (grant is not None and grant.ended_at is None and (known is None or known.ended_why)):
                self.follow()
                found = self.applications.get(team)
        if found is not None:
            return found
        inside = [each for each in list(self.applications.values()) if each.workspace.serves(team)]
        return inside[0] if len(inside) == 1 else None

    def follow(self) -> None:
        """Serve the workspaces that have installed the app, with their newest tokens, and no others."""
        with self._changing:
            if self._stopped:
                return
            with self.database.read() as connection:
                stored, grants = installations.all_of(connection), workspace_grants.all_of(connection)
            self.organizations = {each.team_id: each for each in stored if each.is_organization}
            found = workspaces_of(stored, grants, self._admits)
            for erased in self.known.keys() - {each.team_id for each in found}:
                self._let_go(erased)
                del self.known[erased]
            for each in found:
                self.known.setdefault(each.team_id, each)
                try:
                    self._follow(each)
                    self.faults.pop(each.team_id, None)
                except KeysDoNotFit as fault:
                    self.faults[each.team_id] = str(fault)
                except Exception as error:  # one workspace's fault is none of the others'
                    log.exception("workspace %s (%s) is not served", each.team_name, each.team_id)
                    self.faults[each.team_id] = f"it could not be begun: {type(error).__name__}"

    def _follow(self, installation: Installation) -> None:
        team = installation.team_id
        known, application = self.known.get(team), self.applications.get(team)
        if installation.tokens is None:
            self.known[team] = installation
            self._let_go(team)
            return
        if application is not None and known is not None and known.organization != installation.organization:
            self._let_go(team)  # another bot takes its place: that of the organization, or the workspace's own
            application = None
        if application is None or _differs(known, installation):
            token = self._keys.decrypt(installation.tokens.bot)
            self._removed -= {team, installation.organization}
            if application is None:
                application = self._begin(installation, token)
            else:
                application.workspace.use_token(token)
                application.dispatcher.stopped = None
                application.dispatcher.wake()
        self.known[team] = installation
        self.applications[team] = application

    def _let_go(self, team: str) -> None:
        if (ended := self.applications.pop(team, None)) is not None:
            log.warning("workspace %s (%s) is not served any more", ended.workspace.name, team)
            threading.Thread(target=ended.stop, args=(_LET_GO,), name=f"end-{team}", daemon=True).start()

    def _begin(self, installation: Installation, token: str) -> Application:
        team = installation.team_id
        identity = identity_of_installation(installation)
        installed = Installed(
            self._parts, identity, lambda: self._keep_token(team), lambda why, token: self._cut_off(team, why, token)
        )
        own = self._settings.model_copy(update={"slack_bot_token": SecretStr(token)})
        application = Application(own, self._clock, installed=installed, **self._options)
        try:
            application.start()
        except Exception:
            application.stop(_LET_GO)  # the next tick makes another one
            raise
        log.info("workspace %s (%s) is served", installation.team_name, team)
        return application

    def _keep_token(self, team: str) -> None:
        """Refresh a token that ends soon; ask Slack about one that it has refused. Called by the workspace's clock."""
        installation, application = self.known.get(team), self.applications.get(team)
        if installation is None or application is None:
            return
        if installation.organization is None and self._refresh.refresh(installation):
            self.follow()
            return
        now, asked = self._clock.now(), self._asked_at.get(team)
        if application.dispatcher.stopped is None or (asked is not None and timedelta() <= now - asked < _ASK_AGAIN):
            return
        self._asked_at[team] = now
        token = application.workspace.token
        code = application.workspace.refusal()
        if code is None:  # it was another token that Slack refused, or a single call
            application.dispatcher.stopped = None
            application.dispatcher.wake()
        elif code != "token_expired":  # that one is refreshed, or its refresh has failed
            self._cut_off(team, code, token)

    def _cut_off(self, team: str, why: str, token: str) -> None:
        """End an installation whose token Slack refuses; its data stay, and a new installation goes on with them."""
        with self._changing:
            installation, application = self.known.get(team), self.applications.get(team)
            if installation is None or application is None or application.workspace.token != token:
                return  # somebody has installed the app again meanwhile
            self.end(installation.organization or team, installation.version, why)

    def end(self, whose: str, version: int, why: str) -> None:
        """End the installation of a workspace or an organization, with every workspace that works by it."""
        with self._changing:
            why = REMOVED if whose in self._removed else why
            with self.database.write() as connection:
                ended = installations.end(connection, whose, version, why, self._clock.now())
                if not ended and why == REMOVED:
                    installations.note_removal(connection, whose)
            self.follow()

    def note_removal(self, team: str) -> None:
        """Note that somebody removed the app on purpose, whichever event ends the installation."""
        with self._changing:
            self._removed.add(team)
            with self.database.write() as connection:
                installations.note_removal(connection, team)
            self.follow()


def _differs(known: Installation | None, now: Installation) -> bool:
    return known is None or (known.organization, known.version) != (now.organization, now.version)
