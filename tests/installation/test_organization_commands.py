"""The commands about workspaces, where an organization has installed the app for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import Application
from bot.process_parts import CannotStart
from bot.settings import load
from tests.support.bot_process import free_port
from tests.support.forked_commands import eco
from tests.support.grid_workspaces import GRID, GRID_NAME, InGrid, running_grid
from tests.support.two_workspaces import ACME, KEY, NEW_KEY, NORTH, several_environment
from tests.support.wait_until import eventually


@pytest.fixture
def grid(sqlite_url: str) -> Iterator[InGrid]:
    """An organization with the app in both of its workspaces."""
    with running_grid(sqlite_url, ACME, NORTH) as started:
        yield started


def environment(grid: InGrid, **more: str) -> dict[str, str]:
    """The settings of a command on that database."""
    url = grid.app.database.url.render_as_string(hide_password=False)
    return several_environment(grid.slacks[ACME], grid.oauth, url, free_port(), ECO_WORKSPACES=GRID, **more)


def test_the_organization_is_listed_with_its_workspaces(grid: InGrid, tmp_path: Path) -> None:
    """And tried once: its token is that of all."""
    grid.world(ACME).start()
    grid.grid.withdraw(NORTH)
    eventually(lambda: grid.served() == {ACME})

    listed = eco(tmp_path, "workspaces", **environment(grid))
    tried = eco(tmp_path, "check", **environment(grid))

    chi = grid.slacks[ACME].person("chi").id
    assert listed.stdout.splitlines() == [
        f"{GRID} {GRID_NAME}, an organization: installed 2026-11-23 by {chi}",
        f"{ACME} Acme: granted 2026-11-23 by {GRID}; 1 enrollment",
        f"{NORTH} Northwind: ended 2026-11-23 (team_access_revoked) by {GRID}, its data are kept; 0 enrollments",
    ]
    assert f"{GRID_NAME} ({GRID}) SLACK_BOT_TOKEN: fine, eco in {GRID_NAME}" in tried.stdout
    assert 1 == tried.stdout.count("SLACK_BOT_TOKEN")


def test_an_import_starts_in_the_chosen_workspace(grid: InGrid, tmp_path: Path) -> None:
    """Its people and channels are those of that workspace, though the token would show those of the other."""
    theirs = grid.slacks[ACME].channel("eco-rollout").id
    file = tmp_path / "x.csv"
    file.write_text("account id,account name,owner,channel\n111122223333,Imported,@ana,#eco-rollout\n")
    words = ("import", "x.csv", "--confirm", "--workspace", NORTH)

    ran = eco(tmp_path, *words, **environment(grid))
    file.write_text(f"account id,account name,owner,channel\n111122224444,Elsewhere,@ana,{theirs}\n")
    refused = eco(tmp_path, *words, **environment(grid))

    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert 1 == refused.returncode
    assert "I am not in this private channel." in refused.stdout + refused.stderr
    [started] = grid.world(NORTH).enrollments()
    assert ("Imported", grid.slacks[NORTH].channel("eco-rollout").id) == (started.account_name, started.channel_id)
    assert [] == grid.world(ACME).enrollments()


def test_data_are_erased_workspace_by_workspace(grid: InGrid, tmp_path: Path) -> None:
    """Not while one is served; the organization comes last. A token of the API can be made for each."""
    grid.world(ACME).start()
    made = eco(tmp_path, "token", "add", "jira", "--workspace", ACME, **environment(grid))
    served = eco(tmp_path, "workspaces", "--erase", ACME, **environment(grid))
    own = eco(tmp_path, "adopt", ACME, "--into", NORTH, **environment(grid))
    assert (0, 2) == (made.returncode, served.returncode), made.stderr
    assert f"Acme ({ACME}) is served. Have the app removed by its organization first." in served.stderr
    assert f"Acme ({ACME}) has the app by its organization, so its data stay its own." in own.stderr
    grid.grid.remove()
    eventually(lambda: grid.app.workspaces.organizations[GRID].tokens is None)

    early = eco(tmp_path, "workspaces", "--erase", GRID, **environment(grid))
    codes = [
        eco(tmp_path, "workspaces", "--erase", each, **environment(grid)).returncode for each in (ACME, NORTH, GRID)
    ]

    assert f"Erase its workspaces first: {ACME}, {NORTH}." in early.stderr
    assert [0, 0, 0] == codes
    assert eco(tmp_path, "workspaces", **environment(grid)).stdout == "None yet.\n"


def test_the_key_of_its_token_is_rotated(grid: InGrid, tmp_path: Path) -> None:
    """The token is there once."""
    ran = eco(tmp_path, "rotate-keys", **environment(grid, ECO_TOKEN_KEYS=f"{NEW_KEY},{KEY}"))

    assert ran.stdout.startswith("The tokens of 1 installation are encrypted with the first key.")


def test_a_bot_for_one_workspace_takes_no_token_of_an_organization(grid: InGrid, tmp_path: Path) -> None:
    """It could not tell which workspace is meant."""
    [token] = [name for name, each in grid.oauth.tokens.items() if each.organization is not None]
    settings = {
        "SLACK_BOT_TOKEN": token,
        "SLACK_SIGNING_SECRET": grid.oauth.signing_secret,
        "SLACK_API_URL": grid.slacks[ACME].api_url,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'one.db'}",
    }
    app = Application(load(settings, env_file=None), grid.clock, workers=0)

    with pytest.raises(CannotStart, match="the token of a whole organization"):
        app.start()
    app.stop(5)
