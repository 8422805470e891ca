"""Whose workspace: the token's, after a Grid join, for people of other organizations, and for requests of others."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from slack_bolt import BoltContext

from bot.domain.enrollment import State, Status
from bot.handlers.request import Request
from bot.handlers.services import Services
from bot.localslack import Delivery
from bot.repository import tables as t
from tests.domain.building import DAY
from tests.repository.keeping import rows, start
from tests.repository.test_workspace_keys import set_back
from tests.support.bot_world import ACCOUNT, MONDAY, World, running
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS
from tests.support.wait_until import eventually
from tests.support.walkthrough import accepted, told

GRID, PARTNER = "E0GRID", "T0PARTNER"
REFUSED = "I don't work for this workspace, so nothing was saved. Ask whoever runs me."


@pytest.fixture
def grid(sqlite_url: str) -> Iterator[World]:
    """The bot in a workspace of an Enterprise organization."""
    with running(sqlite_url, enterprise=GRID) as started:
        yield started


def as_request(world: World, delivery: Delivery) -> Request:
    """A delivery as the listeners see it."""
    services = Services(world.app.enrollments, world.app.workspace, world.app.aws_checks, world.app.portfolios)
    user = (delivery.payload.get("user") or {}).get("id") or delivery.payload.get("user_id")
    return Request(services, delivery.payload, BoltContext(user_id=user))


def stored(world: World) -> list[Any]:
    """Everything that requests store."""
    return [rows(world.app.database, table) for table in (t.enrollments, t.events, t.receipts, t.outbox)]


def refused(world: World, kind: str) -> bool:
    """Whether one request of that kind was counted as refused."""
    return f'eco_other_workspace_requests_total{{kind="{kind}"}} 1.0' in world.app.metrics().splitlines()


def from_another(delivery: Delivery) -> Delivery:
    """The same request, of a workspace that uses the same app."""
    payload = copy.deepcopy(delivery.payload)
    for name in ("team_id", "context_team_id"):
        if name in payload:
            payload[name] = "T0OTHER"
    for holder, name in ((payload.get("team"), "id"), (payload.get("view"), "app_installed_team_id")):
        if holder:
            holder[name] = "T0OTHER"
    for one in payload.get("authorizations", ()):
        one["team_id"] = "T0OTHER"
    if payload.get("view"):
        payload["view"]["hash"] = "another"
    payload["trigger_id"] = "another"
    return replace(delivery, payload=payload)


# A Grid join ----------------------------------------------------------------------------------------------------


def test_enrollments_stay_when_the_workspace_joins_an_enterprise_organization(database_url: str) -> None:
    """Everything is where it was: the list, the card's buttons, the reminders; the account is enrolled once."""
    with running(database_url, ECO_REMINDER_HOURS="always") as world:
        world.start(position="connect_account:waiting", since="2026-11-23")
        world.slack.people.join_enterprise(GRID)
        assert "Production" in told(world, world.ana, world.ana.command("/eco", "list"))

    with running(database_url, enterprise=GRID, at=MONDAY.replace(hour=11), ECO_REMINDER_HOURS="always") as world:
        assert "T0ECODEMO1" == world.workspace == world.enrollment().workspace
        assert "Production" in told(world, world.ana, world.ana.command("/eco", "list"))
        world.ana.command("/eco", "enroll")
        again = world.fill(
            world.ana, "Start an enrollment", account_id=ACCOUNT, account_name="Again", owner="ana",
            spot_org_id="700000000001",
        )  # fmt: skip
        assert "already" in str(again.response)
        assert 1 == len(world.enrollments())
        world.jump_to_next()
        assert [] == world.app.problems()
        assert "sent" in {row["state"] for row in rows(world.app.database) if row["kind"] == "reminder"}


def test_an_account_that_was_enrolled_twice_after_the_join_goes_on_once(empty_database_url: str) -> None:
    """The version before did not find the enrollment after the join: this one keeps the newer, and says so in both."""
    with running(empty_database_url) as world:
        world.start(account_name="Before")
        with world.app.database.write() as connection:  # as the version before stored what came after the join
            first = world.workspace
            for table in (t.enrollments, t.outbox, t.channel_leases, t.receipts):
                connection.execute(sa.update(table).values(workspace=f"{GRID}:{first}"))
        again = start(world.app.database, workspace=first, account_name="After", account_id=ACCOUNT,
                      channel_id=world.channel.id, owner=world.ana.id, started_at=MONDAY + DAY)  # fmt: skip
        with world.app.database.write() as connection:
            set_back(connection)

    with running(empty_database_url, enterprise=GRID, at=MONDAY + DAY) as world:
        world.deliver()

        assert {"Before": Status.CANCELLED, "After": Status.ACTIVE} == {
            one.account_name: one.status for one in world.enrollments()
        }
        cards = {m.text.partition(" (")[0]: m for m in world.channel.messages if m.text.startswith("Eco enrollment of")}
        cancelled, live = cards["Eco enrollment of Before"], cards["Eco enrollment of After"]
        lines = [line.text for line in world.channel.thread(cancelled.ts)]
        assert "This account was enrolled twice. The other enrollment, “After”, goes on." in lines[-1]
        assert "cancelled" in cancelled.text
        world.ana.click(live, "Mark done", near=SPECS[StepKey.SIGN_UP].title)
        accepted(world.fill(world.ana, "Mark done", spot_org_id="700000000001"))
        assert State.DONE is world.app.enrollments.get(first, again.id).step(StepKey.SIGN_UP).state


def test_a_member_may_appear_with_another_workspace_of_the_organization(grid: World) -> None:
    """A payload names any workspace of a person in the organization; Slack tells whether ours is among them."""
    grid.start(collaborators=["eve"])
    grid.slack.people.move_person(grid.eve, "T0SISTER")

    press = grid.click(grid.eve, "Mark done", StepKey.CONNECT_ACCOUNT)

    assert "T0SISTER" == press.payload["user"]["team_id"]
    assert not as_request(grid, press).is_foreign_person
    accepted(grid.fill(grid.eve, "Mark done"))


# People of other organizations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("enterprise", ["", GRID])
def test_a_person_of_another_organization_acts_in_our_workspace(sqlite_url: str, enterprise: str) -> None:
    """Their payloads name their team and enterprise; what they change is ours, and they are told apart."""
    with running(sqlite_url, enterprise=enterprise) as world:
        world.start(collaborators=["eve"])
        world.slack.people.move_person(world.eve, PARTNER, "E0PARTNER")

        press = world.click(world.eve, "Mark done", StepKey.CONNECT_ACCOUNT)
        form = accepted(world.fill(world.eve, "Mark done"))

        assert (PARTNER, "E0PARTNER") == (form.payload["team"]["id"], form.payload["enterprise"]["id"])
        assert as_request(world, press).is_foreign_person
        assert as_request(world, form).is_foreign_person
        step = world.enrollment().step(StepKey.CONNECT_ACCOUNT)
        assert (State.WAITING, world.eve.id) == (step.state, step.acted_by)
        assert {world.workspace} == {row["workspace"] for row in rows(world.app.database)}


def test_members_are_no_foreign_people(world: World) -> None:
    """A command, a button, a form and an event of a member."""
    command = world.ana.command("/eco", "enroll")
    form = accepted(world.fill(world.ana, "Start an enrollment", account_id=ACCOUNT, account_name="X", owner="ana"))
    for delivery in (command, form, world.ana.open_home()):
        assert not as_request(world, delivery).is_foreign_person


# Requests of other workspaces -----------------------------------------------------------------------------------


def test_a_form_of_another_workspace_is_refused_and_stores_nothing(world_on: World) -> None:
    """The sentence stands at the first field; nothing is stored, and the request is counted."""
    world = world_on
    world.ana.command("/eco", "enroll")
    form = accepted(world.fill(world.ana, "Start an enrollment", account_id=ACCOUNT, account_name="X", owner="ana"))
    before = stored(world)
    strange = from_another(form)
    strange.payload["view"]["state"]["values"]["account_id"]["value"]["value"] = "999999999999"

    answer = world.slack.redeliver(strange)

    assert {"response_action": "errors", "errors": {"account_id": REFUSED}} == answer.response
    assert before == stored(world)
    assert refused(world, "form")


def test_a_command_of_another_workspace_is_refused(world: World) -> None:
    """The sentence is the acknowledgement; nothing of our enrollments is shown."""
    world.start()
    command = world.ana.command("/eco", "list")

    answer = world.slack.redeliver(from_another(command))

    assert {"text": REFUSED, "response_type": "ephemeral"} == answer.response
    assert refused(world, "command")


def test_a_button_of_another_workspace_is_refused(world: World) -> None:
    """The person is told through the response_url, and the step stays as it is."""
    world.start(position="connect_account:waiting", since="2026-11-18")
    press = world.click(world.ana, "Still waiting", StepKey.CONNECT_ACCOUNT)
    world.ana.wait_view("Still waiting")
    before, opened = stored(world), len(world.slack.calls_of("views.open"))

    answer = world.slack.redeliver(from_another(press))

    assert answer.ok
    assert eventually(lambda: REFUSED in [message.text for message in world.ana.ephemerals()])
    assert before == stored(world)
    assert opened == len(world.slack.calls_of("views.open")), "no call with our token"
    assert refused(world, "button")


def test_events_and_shortcuts_of_another_workspace_are_ignored_and_counted(world: World) -> None:
    """No home tab is published, and no form is opened."""
    home, shortcut = world.ana.open_home(), world.ana.shortcut("eco_enroll")
    world.ana.wait_view("Start an enrollment")
    world.slack.wait_for(lambda: world.ana.home, what="the home tab")
    calls = len(world.slack.calls)

    for delivery in (home, shortcut):
        assert world.slack.redeliver(from_another(delivery)).ok

    assert refused(world, "event")
    assert refused(world, "shortcut")
    world.app._after_ack.stop(5)
    assert calls == len(world.slack.calls)
