"""Custom steps of workflows: who may run them, what they refuse and in which words; a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from bot.localslack import SeedPerson
from bot.localslack.function_runs import FunctionRun
from bot.repository import idempotency_keys
from bot.repository import tables as t
from tests.support.bot_world import ACCOUNT, ORG, World, running
from tests.support.outsiders import GONE, OUTSIDERS, add
from tests.support.workflow_runs import GOOD, completions, install_steps, run_start, run_wait, working

ACCOUNTS = "AWS management account ID: "


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """The bot with custom steps, on each database."""
    with working(database_url) as found:
        yield found


def test_a_workflow_starts_an_enrollment_and_goes_on_with_its_number_and_link(world: World) -> None:
    """For whoever runs it, who becomes the owner; the card is posted, and the link leads there."""
    run = run_start(world, world.ana)

    made = world.enrollment()
    assert (ACCOUNT, "Production", ORG) == (made.account_id, made.account_name, made.value("spot_org_id"))
    assert (world.ana.id, world.ana.id, world.channel.id) == (made.owner, made.started_by, made.channel_id)
    assert "completed" == run.state
    assert run.outputs is not None
    assert str(made.id) == run.outputs["enrollment"]
    assert run.outputs["link"].endswith(f"/archives/{world.channel.id}/p{world.card().ts.replace('.', '')}")


def test_an_owner_and_a_procedure_can_be_chosen(world: World) -> None:
    """The owner is another person than the one who runs it."""
    run = run_start(world, world.ana, owner=world.ben.id, procedure="aws-several-organizations", spot_org_id="")

    assert "completed" == run.state
    assert (world.ben.id, world.ana.id) == (world.enrollment().owner, world.enrollment().started_by)
    assert "aws-several-organizations" == world.enrollment().procedure.key


def test_an_event_that_comes_three_times_makes_one_enrollment(world: World) -> None:
    """Slack repeats it; the run is completed once."""
    delivery = world.slack.workflows.run_step("start_enrollment", world.ana, **GOOD, channel=world.channel.id)
    for number in (1, 2):
        assert world.slack.redeliver(delivery, retry_num=number).ok
    world.deliver()
    with world.app.database.read() as connection:
        key = f"run:{world.slack.workflows.runs[0].id}"
        assert world.enrollment().id == idempotency_keys.find(connection, world.workspace, key)
    assert world.slack.redeliver(delivery, retry_num=3).ok
    world.jump(hours=72)  # keys are forgotten after two days
    assert world.slack.redeliver(delivery, retry_num=4).ok
    world.deliver()

    assert 1 == len(world.enrollments())
    assert 1 == len(world.slack.calls_of("functions.completeSuccess"))
    assert [] == world.slack.calls_of("functions.completeError")


def test_deliveries_at_the_same_moment_make_one_enrollment(world: World) -> None:
    """Whichever is the first: the others find that the run was answered."""
    world.slack.connect_http(None)
    delivery = world.slack.workflows.run_step("start_enrollment", world.ana, **GOOD, channel=world.channel.id)
    assert not delivery.ok
    world.slack.connect_http(f"{world.url}/slack/events")
    with ThreadPoolExecutor(3) as pool:
        assert all(each.ok for each in pool.map(lambda _: world.slack.redeliver(delivery), range(3)))
    world.deliver()

    assert 1 == len(world.enrollments())
    assert ["completed"] == [run.state for run in world.slack.workflows.runs]
    assert 1 == len([call for call in world.slack.calls if call.method.startswith("functions.")])


def test_a_repeat_of_a_refused_run_starts_nothing(world: World) -> None:
    """Although the reason has gone away meanwhile: the workflow has ended with the refusal."""
    world.slack.channel("eco-private").remove_member("bot")
    delivery = world.slack.workflows.run_step(
        "start_enrollment", world.ana, **GOOD, channel=world.slack.channel("eco-private").id
    )
    world.deliver()
    assert "failed" == world.slack.workflows.runs[0].state
    world.slack.channel("eco-private").add_member("bot")

    assert world.slack.redeliver(delivery).ok
    world.deliver()

    assert [] == world.enrollments()
    assert 1 == len(completions(world))


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"account_id": "12345"}, f"{ACCOUNTS}“12345” has 5 digits. An AWS account ID has 12 digits"),
        ({"account_id": ""}, ACCOUNTS),
        ({"account_id": None, "account_name": ""}, "\nAccount name: "),
        ({"account_name": "x" * 81}, "Account name: "),
        ({"spot_org_id": "not one"}, "Spot organization ID: "),
        ({"channel": ""}, "Progress channel: Choose the progress channel."),
        ({"channel": {"id": "C0ROLLOUT1"}}, "Progress channel: Choose the progress channel."),
        ({"channel": "C0NOWHERE1"}, "Progress channel: I am not in this private channel."),
        ({"channel": "C0OLDPROJ1"}, "Progress channel: This channel is archived."),
        ({"owner": "U0NOBODY01"}, "Owner: U0NOBODY01 is not in this Slack."),
        ({"procedure": "azure"}, "Procedure: There is no procedure “azure”. Use one of: aws-management-account"),
    ],
)
def test_bad_input_ends_the_run_with_the_words_of_the_form(world: World, inputs: dict[str, Any], said: str) -> None:
    """Each at the name of its field, one a line; nothing is started."""
    run = run_start(world, world.ana, **inputs)

    assert [] == world.enrollments()
    assert "failed" == run.state
    assert said in (run.error or "")


def test_a_guest_among_people_and_somebody_who_left_are_refused_as_owner(world: World) -> None:
    """As in the form."""
    gone = add(world, GONE)

    assert "gone's account is deactivated." in (run_start(world, world.ana, owner=gone.id).error or "")


@pytest.mark.parametrize("seed", OUTSIDERS, ids=lambda seed: seed.name)
def test_guests_and_partners_start_nothing(world: World, seed: SeedPerson) -> None:
    """They are told by name whom to ask."""
    outsider = add(world, seed, world.channel.name)

    run = run_start(world, outsider)

    assert [] == world.enrollments()
    assert "You may not start an enrollment here. Ask chi to do it for you." == run.error


def test_only_starters_start(sqlite_url: str) -> None:
    """ECO_STARTERS holds in workflows, too."""
    with working(sqlite_url, ECO_STARTERS="admins") as world:
        assert "You may not start" in (run_start(world, world.ana).error or "")
        assert "completed" == run_start(world, world.chi).state


@pytest.mark.parametrize("person", [None, "U0CHI00001", {}])
def test_a_run_of_nobody_is_refused(world: World, person: Any) -> None:
    """One that started by a schedule, and one whose builder named an admin: only what Slack fills in counts."""
    for step in ("start_enrollment", "wait_for_step"):
        run = run_of_nobody(world, step, person)
        assert "failed" == run.state
        assert (run.error or "").startswith("I can't tell who runs this workflow.")
    assert [] == world.enrollments()


def run_of_nobody(world: World, step: str, person: Any) -> FunctionRun:
    """A run of a step with what stands in the place of the person who runs the workflow."""
    inputs = GOOD | {"channel": world.channel.id, "enrollment": "1", "step": "sign_up", "person": person}
    world.slack.workflows.run_step(step, None, **inputs)
    world.deliver()
    return world.slack.workflows.runs[-1]


def test_what_a_person_would_have_to_confirm_is_refused(world: World) -> None:
    """The same organization again: nobody is there to confirm it."""
    run_start(world, world.ana)

    run = run_start(world, world.ben, account_id="210987654321")

    assert 1 == len(world.enrollments())
    assert (run.error or "").endswith("A workflow can't confirm that. Start it by hand with `/eco enroll`.")
    assert "<@" not in (run.error or "")


def test_a_channel_that_is_shared_with_another_company_is_refused(world: World) -> None:
    """People confirm that in the form."""
    finops = world.slack.channel("finops").id
    world.slack.core.workspace.conversations[finops].is_ext_shared = True

    run = run_start(world, world.ana, channel=finops)

    assert [] == world.enrollments()
    assert (run.error or "").startswith("#finops is shared with another company.")


def test_an_account_that_is_enrolled_is_refused(world: World) -> None:
    """With where it is, for those who may see it."""
    run_start(world, world.ana)

    run = run_start(world, world.ben)

    assert f"{ACCOUNTS}1234-5678-9012 already has an enrollment: Production (active) in #eco-rollout." in (
        run.error or ""
    )


def test_the_limit_of_an_hour_counts_runs(world: World) -> None:
    """Twenty by hand or by workflows; then a sentence."""
    for number in range(20):
        assert "completed" == run_start(world, world.ana, account_id=f"{200000000000 + number}", spot_org_id="").state

    run = run_start(world, world.ana, account_id="300000000000", spot_org_id="")

    assert "You can start 20 enrollments an hour." in (run.error or "")
    assert 20 == len(world.enrollments())


def test_a_bot_without_the_setting_says_so(database_url: str) -> None:
    """A step that hung for ever would be worse; nothing else changes."""
    with running(database_url) as world:
        install_steps(world.slack)
        run = run_start(world, world.ana)
        assert [] == world.enrollments()
        assert "Steps of workflows are switched off here." in (run.error or "")


def test_in_socket_mode_it_is_the_same(sqlite_url: str) -> None:
    """Start, wait, and a refusal."""
    with working(sqlite_url, transport="socket") as world:
        started = run_start(world, world.ana)
        assert started.outputs is not None
        waited = run_wait(world, world.ana, started.outputs["enrollment"], "sign_up")
        assert "completed" == waited.state
        assert "failed" == run_start(world, world.ana).state


def test_a_request_of_another_workspace_is_acknowledged_and_forgotten(world: World) -> None:
    """It is counted, and nothing is stored."""
    delivery = world.slack.workflows.run_step("start_enrollment", world.ana, **GOOD, channel=world.channel.id)
    world.deliver()
    payload = delivery.payload
    payload |= {"team_id": "T0OTHER001", "context_team_id": "T0OTHER001"}
    payload["authorizations"][0]["team_id"] = "T0OTHER001"
    payload["event"]["function_execution_id"] = "Fx0OTHER01"

    assert world.slack.redeliver(delivery).ok

    assert 1 == len(completions(world))


def test_a_fault_of_the_bot_ends_the_run_with_a_reference(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """What is stored of the enrollment cannot be read: the log says why, and the workflow does not hang."""
    run_start(world, world.ana)
    with world.app.database.write() as connection:
        connection.execute(sa.update(t.enrollments).values(procedure="gone@1"))

    run = run_wait(world, world.ana, "1", "sign_up")

    assert "Something went wrong here, and nothing was changed." in (run.error or "")
    assert (run.error or "").removesuffix(".").split()[-1] in caplog.text


def test_what_cannot_be_stored_is_not_acknowledged(sqlite_url: str) -> None:
    """Slack sends it again, when the database may answer."""
    with working(sqlite_url) as world:
        with world.app.database.write() as connection:
            connection.execute(sa.text("ALTER TABLE outbox RENAME TO away"))
        delivery = world.slack.workflows.run_step("start_enrollment", world.ana, **GOOD, channel=world.channel.id)
        assert "http_service_error" == delivery.error
        with world.app.database.write() as connection:
            connection.execute(sa.text("ALTER TABLE away RENAME TO outbox"))

        assert world.slack.redeliver(delivery).ok
        world.deliver()

        assert "completed" == world.slack.workflows.runs[0].state
