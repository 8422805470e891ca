"""One process that serves two workspaces of one app, behind real signed HTTP, with a clock that a test moves.

Both have the same people and channels with the same IDs: what keeps them apart is their team ID alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from http.client import HTTPConnection
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from sqlalchemy import event

from bot.demo.demo_workspace import ECO_WORKSPACE, manifest
from bot.domain.aws.preflight import AwsInspector
from bot.localslack import LocalSlack, OAuthApp, TimeMachine, WorkspaceSeed
from bot.repository import installations
from bot.repository.installations import Installation
from bot.serving import Serving
from bot.settings import load
from bot.several_workspaces import SeveralWorkspaces
from tests.support.bot_process import free_port
from tests.support.bot_world import MONDAY, PATIENCE, World, commit_without_the_disk

ACME, NORTH, SOUTH = "T0ACME0001", "T0NORTH001", "T0SOUTH001"
_NAMES = {ACME: "Acme", NORTH: "Northwind", SOUTH: "Southwind"}
#: A key and the one that takes its place.
KEY, NEW_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@dataclass(frozen=True)
class Browsed:
    """A page as a browser got it."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def cookie(self) -> str:
        """The cookie that it sets, as the browser sends it back."""
        return self.headers.get("set-cookie", "").partition(";")[0]

    @property
    def heading(self) -> str:
        """What it is about."""
        found = re.search("<h1>(.*)</h1>", self.text)
        return unescape(found[1]) if found else ""

    @property
    def link(self) -> str:
        """Where its button leads."""
        found = re.search('<a class="go" href="([^"]*)"', self.text)
        assert found is not None, self.text
        return unescape(found[1])


def browse(url: str, cookie: str = "", method: str = "GET") -> Browsed:
    """Open a page as a browser does, without following anything."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Browsed(answer.status, answer.read().decode(), headers)
    finally:
        connection.close()


@dataclass
class Several:
    """The process with its workspaces."""

    app: SeveralWorkspaces
    clock: TimeMachine
    slacks: dict[str, LocalSlack]
    oauth: OAuthApp
    url: str

    def install(self, team: str, by: str = "chi") -> Browsed:
        """Install the app in a workspace, as a person does in a browser; the last page."""
        offer = browse(f"{self.url}/slack/install")
        return browse(self.slacks[team].installs.allow(offer.link, by), offer.cookie)

    def world(self, team: str) -> World:
        """A workspace that has installed the app."""
        made = World(self.slacks[team], self.app.workspaces.applications[team], self.clock)
        made.url = self.url
        return made

    def stored(self, team: str) -> Installation | None:
        """The installation of a workspace."""
        with self.app.database.read() as connection:
            return installations.find(connection, team)


def several_environment(
    slack: LocalSlack, oauth: OAuthApp, database_url: str, port: int, **more: str
) -> dict[str, str]:
    """The settings of a process that serves every workspace which installs the app."""
    return {
        "SLACK_CLIENT_ID": oauth.client_id,
        "SLACK_CLIENT_SECRET": oauth.client_secret,
        "SLACK_SIGNING_SECRET": oauth.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "ECO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ECO_TOKEN_KEYS": KEY,
        "ECO_WORKSPACES": f"{ACME},{NORTH}",
        "DATABASE_URL": database_url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "ECO_ADMINS": slack.person("chi").id,
        "ECO_DIGEST": "off",
        "ECO_REMINDER_GAP": "0s",
        **more,
    }


def seed(team: str, *, own_channels: bool = False) -> WorkspaceSeed:
    """What a workspace begins with; with `own_channels`, no channel has the ID of one of another workspace."""
    name = _NAMES[team]
    same = replace(ECO_WORKSPACE, team_id=team, team_name=name, team_domain=name.lower())
    if not own_channels or team == ACME:
        return same
    return replace(
        same, channels=tuple(replace(each, id=f"C{name[:3].upper()}{each.id[2:]}") for each in same.channels)
    )


@contextmanager
def slacks_of(
    teams: Sequence[str], clock: TimeMachine, oauth: OAuthApp, *, own_channels: bool = False, pace: bool = True
) -> Iterator[dict[str, LocalSlack]]:
    """Workspaces, without the app."""
    with ExitStack() as stack:
        options = {"manifest": manifest(), "ack_limit": PATIENCE, "app": oauth, "pace": pace}
        yield {
            team: stack.enter_context(
                LocalSlack.start(clock, workspace=seed(team, own_channels=own_channels), **options)
            )
            for team in teams
        }


def two_slacks(clock: TimeMachine, oauth: OAuthApp) -> AbstractContextManager[dict[str, LocalSlack]]:
    """Acme and Northwind, without the app."""
    return slacks_of((ACME, NORTH), clock, oauth)


@contextmanager
def serving(
    database_url: str,
    slacks: dict[str, LocalSlack],
    oauth: OAuthApp,
    clock: TimeMachine,
    *,
    workers: int = 0,
    aws: AwsInspector | None = None,
    **env: str,
) -> Iterator[Several]:
    """A process over such workspaces; Slack delivers to it."""
    port = free_port()
    settings = load(several_environment(slacks[ACME], oauth, database_url, port, **env), env_file=None)
    app = SeveralWorkspaces(settings, clock, aws=aws, workers=workers, directory_timeout=PATIENCE)
    if app.database.is_sqlite:
        event.listen(app.database.engine, "connect", commit_without_the_disk)
    served = Serving(app, settings)
    try:
        served.start()
        for slack in slacks.values():
            slack.connect_http(f"{served.url}/slack/events")
        yield Several(app, clock, slacks, oauth, served.url)
    finally:
        served.stop()


@contextmanager
def running_several(
    database_url: str, *, at: datetime = MONDAY, rotates: bool = False, installed: bool = True, **options: str
) -> Iterator[Several]:
    """Both workspaces with the app in them (or not yet), and the process that serves them."""
    clock, oauth = TimeMachine(frozen_at=at), OAuthApp(rotates=rotates)
    with two_slacks(clock, oauth) as slacks, serving(database_url, slacks, oauth, clock, **options) as several:
        for team in slacks if installed else ():
            assert several.install(team).status == 200
        yield several


@contextmanager
def two_processes(
    database_url: str, clock: TimeMachine, oauth: OAuthApp
) -> Iterator[tuple[dict[str, LocalSlack], Several, Several]]:
    """Two processes on one database; Slack delivers to the second."""
    with (
        two_slacks(clock, oauth) as slacks,
        serving(database_url, slacks, oauth, clock, ECO_TICK="1m") as first,
        serving(database_url, slacks, oauth, clock, ECO_TICK="1m") as second,
    ):
        yield slacks, first, second


def readyz(several: Several) -> tuple[int, list[str]]:
    """Status and lines of /readyz."""
    page = browse(f"{several.url}/readyz")
    return page.status, page.text.splitlines()
