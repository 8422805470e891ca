"""One process that serves the workspaces of an organization which has installed the app for all of it.

Both workspaces have the same people, as in an organization; each has channels of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from bot.localslack import Grid, OAuthApp, TimeMachine
from tests.support.bot_world import MONDAY
from tests.support.two_workspaces import ACME, NORTH, Browsed, Several, browse, serving, slacks_of
from tests.support.wait_until import eventually

GRID, GRID_NAME = "E0GRID0001", "Acme Group"


@dataclass
class InGrid(Several):
    """The process, with the organization."""

    grid: Grid

    def install_for_all(self, by: str = "chi") -> Browsed:
        """Install the app for the organization, as one of its admins does in a browser; the last page."""
        offer = browse(f"{self.url}/slack/install")
        return browse(self.grid.allow(offer.link, by), offer.cookie)

    def grant(self, *teams: str) -> None:
        """Add the app to workspaces, and wait until they are served."""
        self.grid.grant(*teams)
        eventually(lambda: set(teams) <= set(self.app.workspaces.applications))

    def served(self) -> set[str]:
        """The workspaces that are served."""
        return set(self.app.workspaces.applications)


@contextmanager
def running_grid(
    database_url: str, *granted: str, at: datetime = MONDAY, rotates: bool = False, installed: bool = True, **env: str
) -> Iterator[InGrid]:
    """Two workspaces of an organization, the app in those that are `granted`, and the process that serves them."""
    clock, oauth = TimeMachine(frozen_at=at), OAuthApp(rotates=rotates)
    settings = {"ECO_WORKSPACES": GRID, **env}
    with slacks_of((ACME, NORTH), clock, oauth, own_channels=True) as slacks:
        grid = Grid(GRID, GRID_NAME, list(slacks.values()))
        with serving(database_url, slacks, oauth, clock, **settings) as several:
            started = InGrid(several.app, clock, slacks, oauth, several.url, grid)
            if installed:
                assert started.install_for_all().status == 200
            if granted:
                started.grant(*granted)
            yield started
