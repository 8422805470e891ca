"""One process for several workspaces: an `Application` for each that has installed the app, over one database.

Each workspace has its own token, clock, threads and delivery, so one whose token is dead, or whose Slack is slow, holds
up no other. What is here only decides which of them a request is for, and tells operators of all of them.
"""

from __future__ import annotations

import contextlib
import logging
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.api.requests import NO_WORKSPACE, UNKNOWN_TOKEN
from bot.clock import Ticker
from bot.domain.aws.preflight import AwsInspector
from bot.domain.schedule import Clock
from bot.fair_threads import FairThreads, Stopped
from bot.handlers import teams
from bot.handlers.refused_workspaces import refusal, tell_refused
from bot.installation import workspace_notes
from bot.installation.install_flow import InstallFlow
from bot.installation.oauth_state import States
from bot.installation.token_keys import TokenKeys
from bot.installed_organizations import EVENTS, InstalledOrganizations
from bot.installed_workspaces import InstalledWorkspaces
from bot.presentation import template_overrides
from bot.process_parts import ProcessParts
from bot.repository import api_tokens, calendar_feeds, workspace_rows
from bot.repository.installations import ON_PURPOSE, REMOVED
from bot.serving.page_requests import INSTALL_PATH, REDIRECT_PATH
from bot.serving.program_requests import ApiAnswer, ApiRequest
from bot.serving.request_gate import busy, kind_of
from bot.settings import Settings
from bot.setup_check import manifest_scopes
from bot.slack.gateway import Gateway
from bot.slack.oauth_access import OAuthAccess
from bot.slack.web_client import connect
from bot.use_cases import random_ids

log = logging.getLogger(__name__)

#: Requests of one workspace that run at the same time: fewer than the HTTP server has threads.
_AT_ONCE = 12
#: Threads that tell people who were refused, and how many of one workspace wait for them.
_REFUSING, _REFUSED_AT_ONCE, _REFUSED_WAITING = 2, 1, 20


class SeveralWorkspaces:
    """The workspaces of one process; nothing runs before its `start`.

    Attributes:
        workspaces: those that have installed the app.
        organizations: those that have installed it for all of their workspaces.
        install: answers the pages by which they do.
        failed: called, from any thread, with the reason why the process cannot go on.

    Args:
        options: those of each `Application`.
    """

    bolt = None

    def __init__(self, settings: Settings, clock: Clock, *, aws: AwsInspector | None = None, **options: Any) -> None:
        assert settings.workspaces is not None, "the settings are loaded with need_slack"
        self.failed: Callable[[str], None] = lambda reason: log.critical("%s", reason)
        self._parts = ProcessParts(settings, clock)
        self.database = self._parts.database
        self._settings, self._clock = settings, clock
        self._public_url = settings.public_url or ""
        keys = TokenKeys([key.get_secret_value() for key in settings.token_keys])
        secret, called = settings.slack_client_secret.get_secret_value(), self._parts.metrics.called
        access = OAuthAccess(settings.slack_client_id or "", secret, settings.slack_api_url, clock.now, called)
        self.workspaces = InstalledWorkspaces(settings, clock, self._parts, keys, access, aws=aws, **options)
        secure = self._public_url.startswith("https:")
        states = States(secret, random_ids.feed_token, REDIRECT_PATH, secure=secure)
        self.organizations = InstalledOrganizations(self.workspaces, keys, access, clock)
        flow = (self.database, access, keys, states, clock, manifest_scopes(), settings.workspaces.admit)
        self.install = InstallFlow(*flow, self._public_url, self._was_installed).answer
        self._ticker = Ticker()
        self._telling = FairThreads(_REFUSING, "refused", at_once=_REFUSED_AT_ONCE, waiting=_REFUSED_WAITING)
        self._asking = FairThreads(1, "organizations", at_once=1, waiting=20)
        self._running: Counter[str] = Counter()
        self._counting = threading.Lock()

    def start(self) -> None:
        """Migrate the database, begin with every workspace that has installed the app, start the clock.

        Raises:
            DatabaseUnusable, CannotStart: the message gives a remedy.
        """
        self.database.migrate()
        self.workspaces.require_keys()
        self.workspaces.follow()
        self._parts.run_by(self._ticker, self.failed)
        self._ticker.every(self._settings.tick, "installations", self.workspaces.follow)
        self._ticker.every(self._settings.tick, "organizations", self.organizations.tend)
        self._ticker.start()

    def stop(self, timeout: float) -> None:
        """Begin nothing new, let every workspace end within `timeout` seconds, close the database."""
        self._ticker.stop(min(timeout, 1.0))
        for threads in (self._telling, self._asking):
            threads.stop(min(timeout, 1.0))
        self.workspaces.stop(timeout * 0.8)
        self._parts.close(timeout * 0.2)

    # Requests -----------------------------------------------------------------------------------------------

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """Pass a request to the workspace whose installation it came through; refuse that of any other."""
        body = request.body
        if body.get("type") == "url_verification":  # comes without a workspace, when the address is set up
            return BoltResponse(status=200, body={"challenge": str(body.get("challenge") or "")})
        if body.get("ssl_check"):
            return BoltResponse(status=200)
        body.pop(teams.ROUTED, None)
        team = self._team_of(body)
        event = (body.get("event") or {}).get("type")
        if event in EVENTS and (organization := self._organization_of(body, team)) is not None:
            self._ask_again(organization, event)
            return BoltResponse(status=200)
        if team in self.workspaces.known and event == REMOVED:
            self.workspaces.note_removal(team)
        application = self.workspaces.find(team) if team is not None else None
        if application is None:
            return self._refuse(request, team)
        with self._one_of(application.workspace.id) as running:
            return application.dispatch(request) if running <= _AT_ONCE else busy(request)

    def _team_of(self, body: dict[str, Any]) -> str | None:
        """The workspace of a request: of a message that was pressed, by what was posted, as people of others see it."""
        team = teams.team_of_app(body)
        if body.get("view") or not teams.is_shared(body) or (known := self.workspaces.known.get(team or "")) is None:
            return team
        message, channel = body.get("message") or {}, (body.get("channel") or {}).get("id")
        stamps = [ts for ts in (message.get("ts"), message.get("thread_ts")) if ts]
        if not channel or not stamps or known.organization is None:
            return team
        mine = {each.team_id for each in self.workspaces.known.values() if each.organization == known.organization}
        with self.database.read() as connection:
            posted = workspace_rows.that_posted(connection, mine, channel, stamps)
        if len(posted) == 1 and team not in posted:
            team = body[teams.ROUTED] = posted[0]
        return team

    def _organization_of(self, body: dict[str, Any], team: str | None) -> str | None:
        """The organization whose installation an event is about; None where it is about that of a workspace."""
        known = self.workspaces.known.get(team or "")
        is_granting = str((body.get("event") or {}).get("type")).startswith("team_access_")
        if not is_granting and known is not None and known.organization is None and known.tokens is not None:
            return None
        covering = known.organization if known is not None else None
        found = covering or teams.organization_of(body) or team
        return found if found in self.workspaces.organizations else None

    def _ask_again(self, organization: str, event: str) -> None:
        if event == REMOVED:
            self.workspaces.note_removal(organization)
        with contextlib.suppress(Stopped):
            self._asking.submit(organization, lambda: self.organizations.look(organization))

    def _was_installed(self) -> None:
        self.workspaces.follow()
        with contextlib.suppress(Stopped):
            self._asking.submit("", self.organizations.tend)

    def _refuse(self, request: BoltRequest, team: str | None) -> BoltResponse:
        body, kind = request.body, kind_of(request)
        if team in self.workspaces.known and (body.get("event") or {}).get("type") in (REMOVED, "tokens_revoked"):
            return BoltResponse(status=200)
        log.warning("a request (%s) of workspace %s is refused: it has not installed the app", kind, team)
        self._parts.other_workspaces.refused(kind)
        gateway = Gateway(connect(self._settings.slack_api_url), self._clock.now)
        try:
            self._telling.submit(team or "", lambda: tell_refused(gateway, body))
        except Stopped:
            log.info("the process stops before a refused person was told")
        return BoltResponse(status=200, body=refusal(body) or "")

    @contextmanager
    def _one_of(self, team: str) -> Iterator[int]:
        with self._counting:
            self._running[team] += 1
            running = self._running[team]
        try:
            yield running
        finally:
            with self._counting:
                self._running[team] -= 1

    def api(self, request: ApiRequest) -> ApiAnswer:
        """Pass a request of another program to the workspace of its token."""
        with self.database.read() as connection:
            token = api_tokens.find(connection, request.token) if request.token else None
        if token is None:
            return UNKNOWN_TOKEN
        application = self.workspaces.applications.get(token.workspace or "")
        return application.api(request) if application is not None else NO_WORKSPACE

    def calendar(self, token: str) -> tuple[int, str]:
        """Pass a request for a private calendar feed to the workspace of its token."""
        with self.database.read() as connection:
            team = calendar_feeds.workspace_of(connection, token)
        application = self.workspaces.applications.get(team or "")
        return application.calendar(token) if application is not None else (404, "")

    # Operators ----------------------------------------------------------------------------------------------

    def problems(self) -> list[str]:
        """Why the process is not ready, a sentence each: what keeps it from serving any workspace."""
        return [*self._ticker.problems(), *self._parts.problems()]

    def notices(self) -> list[str]:
        """What is wrong with single workspaces, a sentence each."""
        workspaces = self.workspaces
        problems = {team: each.own_problems() for team, each in list(workspaces.applications.items())}
        try:
            stranded = self._stranded()
        except SQLAlchemyError:
            stranded = {}  # `problems` says that the database does not answer
        known, install = list(workspaces.known.values()), f"{self._public_url}{INSTALL_PATH}"
        organizations, faults = workspaces.organizations.values(), workspaces.faults | self.organizations.faults
        told = workspace_notes.notes(known, organizations, problems, faults, stranded, install)
        return told + template_overrides.notices()

    def metrics(self) -> str:
        """The metrics of this process in Prometheus' text format, over all workspaces."""
        served = dict(self.workspaces.applications)
        metrics = self._parts.other_workspaces
        try:
            metrics.stranded(sum(self._stranded().values()))
        except SQLAlchemyError as error:
            log.warning("messages of other workspaces cannot be counted: %s", error)
            metrics.stranded(math.nan)
        known = list(self.workspaces.known.values())
        wanted = [each.team_id for each in known if each.ended_why not in ON_PURPOSE]
        metrics.up({team: team in served and not served[team].own_problems() for team in wanted})
        return self._parts.metrics.render(sorted(served), backups=self._parts.has_backups) + metrics.render()

    def _stranded(self) -> dict[str, int]:
        with self.database.read() as connection:
            owed = workspace_rows.owed_elsewhere(connection, "")
        return {team: count for team, count in owed.items() if team not in self.workspaces.known}
