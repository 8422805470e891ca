"""Workspaces that share the token of their organization see nothing of each other."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.slack import view_marks
from bot.slack.directory import Directory
from tests.support.grid_workspaces import InGrid, running_grid
from tests.support.steps import StepKey
from tests.support.two_workspaces import ACME, NORTH
from tests.support.wait_until import eventually


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InGrid]:
    """Two workspaces of an organization; its people are admins where the workspace says so."""
    file = tmp_path_factory.mktemp("grid") / "eco-bot.db"
    with running_grid(f"sqlite:///{file}", ACME, NORTH, ECO_ADMINS="") as started:
        yield started


def directory(grid: InGrid, team: str) -> Directory:
    """What a workspace knows of people and channels; nothing is remembered from before."""
    found = grid.app.workspaces.applications[team].workspace.directory
    found._cache.clear()
    return found


@pytest.mark.parametrize("name", ["eco-rollout", "finops", "eco-private"])
def test_channels_of_another_workspace_are_not_found(grid: InGrid, name: str) -> None:
    """Public ones, and private ones with the bot in them: the token would show and join them."""
    chi = grid.world(NORTH).chi.id
    for team, other in ((ACME, NORTH), (NORTH, ACME)):
        mine, theirs = (grid.slacks[each].channel(name) for each in (team, other))
        known = directory(grid, team)

        assert known.join_channel(mine.id) is None
        assert known.channel_now(mine.id)["id"] == mine.id
        assert grid.slacks[team].bot_user_id in known.channel_members(mine.id)
        assert "I am not in this private channel." in str(known.join_channel(theirs.id))
        assert ({}, frozenset()) == (known.channel_now(theirs.id), known.channel_members(theirs.id))
        assert "another channel" == known.channel_label(theirs.id)
        assert not known.sees_channel(chi, theirs.id)


def test_lists_and_groups_are_those_of_the_workspace(grid: InGrid) -> None:
    """Slack is told which one is meant."""
    for team in (ACME, NORTH):
        gateway = grid.app.workspaces.applications[team].workspace.gateway
        assert {grid.slacks[team].channel("eco-rollout").id} < {str(each["id"]) for each in gateway.channels()}
    grid.slacks[NORTH].people.set_group("S0ECOADMIN", "ben")
    chi, ben = (grid.slacks[ACME].person(name).id for name in ("chi", "ben"))
    assert frozenset({chi}) == grid.app.workspaces.applications[ACME].workspace.gateway.group_members("S0ECOADMIN")
    assert frozenset({ben}) == grid.app.workspaces.applications[NORTH].workspace.gateway.group_members("S0ECOADMIN")


def test_people_are_what_they_are_in_the_workspace(grid: InGrid) -> None:
    """An admin of one is none in the other; a member of one may be a guest in the other, or not there at all."""
    chi, ben, eve = (grid.slacks[ACME].person(name) for name in ("chi", "ben", "eve"))
    users = grid.slacks[NORTH].core.workspace.users
    users[chi.id].is_admin, users[ben.id].is_restricted = False, True
    kept = users.pop(eve.id)
    try:
        acme, north = directory(grid, ACME), directory(grid, NORTH)
        assert (True, False) == (acme.is_admin(chi.id), north.is_admin(chi.id))
        assert frozenset() == north.admin_users()
        assert (True, True) == (acme.is_full_member(ben.id), north.is_full_member(chi.id))
        assert not north.is_full_member(ben.id)
        assert (True, False) == (acme.is_full_member(eve.id), north.is_full_member(eve.id))
        assert "is not a full member" in str(
            grid.app.workspaces.applications[NORTH].workspace.rights.why_not_full_member(eve.id)
        )
    finally:
        users[eve.id], users[ben.id].is_restricted, users[chi.id].is_admin = kept, False, True


def test_without_an_answer_of_slack_nobody_has_rights_of_another_workspace(grid: InGrid) -> None:
    """What users.info tells alone is about the workspace that somebody belongs to first."""
    chi, ben = (grid.slacks[ACME].person(name).id for name in ("chi", "ben"))
    grid.slacks[NORTH].faults.add("users.list", "http_503", times=2)
    known = directory(grid, NORTH)

    assert not known.is_admin(chi)
    assert not known.is_full_member(ben)
    known._cache.clear()
    assert known.is_admin(chi)


def test_a_press_in_a_shared_channel_goes_to_the_workspace_that_posted(grid: InGrid) -> None:
    """Whoever presses acts in another workspace, and belongs to both."""
    acme = grid.world(ACME)
    acme.start(account_id="111111111111", account_name="Shared")
    press = acme.click(acme.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
    payload = copy.deepcopy(press.payload)
    payload["user"]["team_id"], payload["trigger_id"] = NORTH, press.payload["trigger_id"]
    payload["actions"][0]["action_ts"] = "9.9"
    before = len(acme.slack.calls_of("views.open"))

    again = acme.slack.redeliver(replace(press, payload=payload | {"trigger_id": another_trigger(grid, acme.ana.id)}))

    assert again.ok
    opened = eventually(lambda: acme.slack.calls_of("views.open")[before:])
    assert ACME == view_marks.team_of(opened[0].args["view"])
    assert acme.fill(acme.ana, "Mark done").ok
    assert "waiting" == str(acme.enrollments()[-1].step(StepKey.CONNECT_ACCOUNT).state)


def another_trigger(grid: InGrid, user: str) -> str:
    """A trigger as Slack makes one for each press."""
    slack = grid.slacks[ACME]
    return slack._loop.read(lambda: slack.core.new_trigger(user))


def test_the_same_key_in_a_conversation_of_both_is_told_apart(grid: InGrid) -> None:
    """Direct messages belong to the organization: a look-up of one workspace must not find what the other posted."""
    gateways = {team: grid.app.workspaces.applications[team].workspace.gateway for team in (ACME, NORTH)}
    direct = {gateway.open_direct(grid.slacks[ACME].person("dev").id) for gateway in gateways.values()}
    assert 1 == len(direct)
    channel = direct.pop()
    for team, gateway in gateways.items():
        gateway.post(channel, f"of {team}", None, "daily:U1:2026-11-23")

    for team, gateway in gateways.items():
        found, _ = gateway.history(channel, None, 0, 4_000_000_000, "")
        mine = [message["text"] for message in found if gateway.key_of(message) == "daily:U1:2026-11-23"]
        assert [f"of {team}"] == mine


def test_a_message_with_a_withdrawn_workspace_waits(grid: InGrid) -> None:
    """Slack refuses the channel then; it is not closed, and nobody is told that the bot was thrown out of it."""
    north = grid.world(NORTH)
    north.start(account_id="222222222222", account_name="Waits")
    grid.grid.withdraw(NORTH, told=False)
    north.click(north.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
    form: Any = north.ana.view
    assert form is None, "no form opens any more"
    north.app.dispatcher.run_once()
    assert [] == north.app.own_problems()
    grid.grid.grant(NORTH, told=False)
    north.click(north.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
    assert north.fill(north.ana, "Mark done").ok
    north.jump(minutes=5)
    assert "waiting" in north.card().text
