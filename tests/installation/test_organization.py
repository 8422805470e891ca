"""An organization installs the app once, and its admins choose the workspaces that are served."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.installation.token_keys import TokenKeys
from bot.localslack import Grid, OAuthApp, TimeMachine
from bot.repository import tables as t
from tests.repository.keeping import rows
from tests.support.bot_world import MONDAY
from tests.support.grid_workspaces import GRID, GRID_NAME, InGrid, running_grid
from tests.support.steps import StepKey
from tests.support.two_workspaces import ACME, KEY, NORTH, browse, readyz, serving, slacks_of
from tests.support.wait_until import eventually


@pytest.fixture
def grid(database_url: str) -> Iterator[InGrid]:
    """An organization that has not installed the app yet."""
    with running_grid(database_url, installed=False, ECO_TICK="1m") as started:
        yield started


def test_the_organization_is_stored_once_and_no_workspace_is_served_yet(grid: InGrid) -> None:
    """The token is encrypted once; the page leads to where admins add the app to workspaces."""
    page = grid.install_for_all()

    assert (200, f"Eco enrollment is allowed in {GRID_NAME}") == (page.status, page.heading)
    assert page.link == f"https://app.slack.com/manage/{GRID}/integrations/profile/A0ECOAPP01/workspaces/add"
    [row] = rows(grid.app.database, t.installations)
    assert (GRID, GRID_NAME, GRID) == (row["team_id"], row["team_name"], row["enterprise_id"])
    assert TokenKeys([KEY]).decrypt(row["bot_token"]) in grid.oauth.tokens
    assert set() == grid.served()
    assert (200, ["ready"]) == readyz(grid)


def test_a_granted_workspace_is_served_at_once_and_a_withdrawn_one_ends(grid: InGrid) -> None:
    """By the two events, without a restart; its data stay, and go on when it is granted again."""
    grid.install_for_all()
    grid.grant(ACME, NORTH)
    acme, north = grid.world(ACME), grid.world(NORTH)
    acme.start(account_name="Ours")
    north.start(account_name="Theirs")
    assert "Ours" in acme.card().text
    assert "Theirs" in north.card().text
    assert 1 == len(rows(grid.app.database, t.installations))

    grid.grid.withdraw(ACME)

    eventually(lambda: grid.served() == {NORTH})
    refused = acme.ana.command("/eco", "list")
    assert "I don't work for this workspace" in str(refused.response)
    assert (200, ["ready"]) == readyz(grid), "its admins wanted it so"
    assert "eco_workspace_up" in (text := browse(f"{grid.url}/metrics").text)
    assert f'eco_workspace_up{{workspace="{ACME}"}}' not in text
    grid.grant(ACME)
    assert ["Ours"] == [each.account_name for each in grid.world(ACME).enrollments()]


def test_buttons_forms_and_home_tabs_stay_in_their_workspace(grid: InGrid) -> None:
    """Their payloads name the organization; what people do is stored where they did it."""
    grid.install_for_all()
    grid.grant(ACME, NORTH)
    for team in (ACME, NORTH):
        world = grid.world(team)
        world.start(account_name=f"Of {team}")
        press = world.click(world.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
        assert (None, True) == (press.payload["team"], press.payload["is_enterprise_install"])
        form = world.fill(world.ana, "Mark done")
        assert form.ok
        assert GRID == form.payload["view"]["app_installed_team_id"]
        assert "waiting" == str(world.enrollment().step(StepKey.CONNECT_ACCOUNT).state)
        world.ana.open_home()
        eventually(lambda: f"Of {team}" in str(world.ana.home))  # noqa: B023
    assert {ACME: 1, NORTH: 1} == {team: len(grid.world(team).enrollments()) for team in (ACME, NORTH)}


def test_what_slack_lists_counts_and_not_what_an_event_says(grid: InGrid) -> None:
    """A late event, one about a workspace that is granted again, and one that never came."""
    grid.install_for_all()
    grid.grant(ACME)
    grid.grid.tell({"type": "team_access_revoked", "team_ids": [ACME]})
    grid.grid.tell({"type": "team_access_granted", "team_ids": [NORTH]})
    assert grid.app._asking.stop(10)
    assert {ACME} == grid.served()

    grid.grid.grant(NORTH, told=False)
    grid.app.organizations.tend()
    assert {ACME} == grid.served(), "not before the hour is over"
    grid.clock.jump(timedelta(hours=1, minutes=1))
    grid.app.organizations.tend()

    assert {ACME, NORTH} == grid.served()


def test_a_restart_serves_what_was_stored_and_asks_again(database_url: str) -> None:
    """Also where Slack does not answer at first; what was withdrawn meanwhile ends once it does."""
    clock, oauth, settings = TimeMachine(frozen_at=MONDAY), OAuthApp(), {"ECO_WORKSPACES": GRID, "ECO_TICK": "1m"}
    with slacks_of((ACME, NORTH), clock, oauth, own_channels=True) as slacks:
        organization = Grid(GRID, GRID_NAME, list(slacks.values()))
        with serving(database_url, slacks, oauth, clock, **settings) as before:
            offer = browse(f"{before.url}/slack/install")
            assert browse(organization.allow(offer.link), offer.cookie).status == 200
            organization.grant(ACME, NORTH)
            eventually(lambda: {ACME, NORTH} == set(before.app.workspaces.applications))
        organization.withdraw(NORTH, told=False)
        slacks[ACME].faults.add("auth.teams.list", "http_503")

        with serving(database_url, slacks, oauth, clock, **settings) as after:
            served = after.app.workspaces.applications
            assert ACME in served
            told = "an organization: Slack does not tell which workspaces have the app (http_503)."
            eventually(lambda: f"{GRID_NAME} ({GRID}), {told}" in readyz(after)[1])
            clock.jump(timedelta(minutes=2))
            after.app.organizations.tend()
            assert {ACME} == set(served)
            assert (200, ["ready"]) == readyz(after)


@pytest.mark.parametrize("allowed", [ACME, "T0OTHER0001"])
def test_an_organization_that_is_not_on_the_list_is_refused(sqlite_url: str, allowed: str) -> None:
    """Also where one of its workspaces is: that one can install the app by itself."""
    with running_grid(sqlite_url, installed=False, ECO_WORKSPACES=allowed) as grid:
        page = grid.install_for_all()

        assert page.status == 403
        assert f"This organization ({GRID}) is not on the list" in page.text
        assert [] == rows(grid.app.database, t.installations)
        assert (200 if allowed == ACME else 403) == grid.install(ACME).status


def test_an_installation_that_was_begun_on_slacks_pages_is_begun_again(grid: InGrid) -> None:
    """Admins of an organization can start there; Slack sends no state then, so nobody knows who it was."""
    url = browse(f"{grid.url}/slack/install")
    back = grid.grid.allow(url.link).split("&state=")[0]

    page = browse(back)

    assert page.status == 400
    assert "begun on Slack's own pages" in page.text.replace("&#x27;", "'")
    assert f"{grid.url}/slack/install" == page.link


def test_a_dead_token_of_the_organization_ends_all_of_its_workspaces(grid: InGrid) -> None:
    """It is told once; a new installation goes on with all of them."""
    grid.install_for_all()
    grid.grant(ACME, NORTH)
    grid.world(ACME).start()
    grid.grid.revoke()

    grid.app.organizations.look(GRID)

    assert set() == grid.served()
    again = f"Install the app there again: {grid.url}/slack/install"
    assert [line for line in readyz(grid)[1] if "organization" in line] == [
        f"{GRID_NAME} ({GRID}), an organization: Slack refuses its token (token_revoked); none of its workspaces is "
        f"served. {again}"
    ]
    assert grid.install_for_all().status == 200
    eventually(lambda: grid.served() == {ACME, NORTH})
    assert 1 == len(grid.world(ACME).enrollments())


def test_a_removed_app_is_wanted(grid: InGrid) -> None:
    """Removed from all workspaces and the organization: nothing is wrong, and nothing is served."""
    grid.install_for_all()
    grid.grant(ACME)

    grid.grid.remove()

    eventually(lambda: rows(grid.app.database, t.installations)[0]["ended_why"] == "app_uninstalled")
    none = f"No workspace has installed the app. Open {grid.url}/slack/install"
    # What is stored is followed a moment later.
    eventually(lambda: readyz(grid)[1][-1] == none)
    assert set() == grid.served()
    assert 2 == len(readyz(grid)[1])


def test_a_workspace_with_an_installation_of_its_own_keeps_it(grid: InGrid) -> None:
    """Its cards were posted by that bot. When it ends, the organization's takes its place, and back."""
    assert grid.install(ACME).status == 200
    grid.world(ACME).start()
    grid.install_for_all()
    grid.grant(ACME, NORTH)
    assert grid.app.workspaces.known[ACME].organization is None

    grid.slacks[ACME].installs.remove()

    eventually(lambda: grid.app.workspaces.known[ACME].organization == GRID and ACME in grid.served())
    acme = grid.world(ACME)
    assert 1 == len(acme.enrollments())
    acme.click(acme.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
    assert acme.fill(acme.ana, "Mark done").ok
    assert grid.install(ACME).status == 200
    assert grid.app.workspaces.known[ACME].organization is None
    assert {ACME, NORTH} == grid.served()


def test_a_token_of_the_organization_is_refreshed_once_for_all(sqlite_url: str) -> None:
    """Both workspaces go on with the new one."""
    with running_grid(sqlite_url, ACME, NORTH, rotates=True, ECO_TICK="1m") as grid:
        old = grid.app.workspaces.applications[ACME].workspace.token
        grid.clock.jump(timedelta(hours=10, minutes=1))

        grid.app.organizations.tend()

        tokens = {grid.app.workspaces.applications[team].workspace.token for team in (ACME, NORTH)}
        assert 1 == len(tokens)
        assert {old} != tokens
        grid.clock.jump(timedelta(hours=2))
        for team in (ACME, NORTH):
            assert grid.world(team).start().account_name == "Production"
