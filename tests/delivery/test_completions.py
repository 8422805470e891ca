"""A workflow that waits for a step goes on when that is done, weeks later, once, and is told when it never will be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.access import Actor
from bot.repository import tables as t
from bot.use_cases import Caller
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import act, confirm
from tests.support.workflow_runs import (
    completing_calls,
    completions,
    finish,
    owner_of,
    run_now,
    run_start,
    run_wait,
    waiting,
    working,
)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """The bot with custom steps, on each database, and an enrollment whose first step is done."""
    with working(database_url) as found:
        found.start()
        yield found


def test_a_step_that_is_done_later_ends_the_wait(world: World) -> None:
    """By whatever ends it; the link leads to the card, and the step has its title."""
    run = waiting(world)
    act(world, world.ana, StepKey.CONNECT_ACCOUNT)
    assert "running" == run_now(world, run).state
    world.jump(hours=49)
    confirm(world, world.ana, StepKey.CONNECT_ACCOUNT)
    world.deliver()

    ended = run_now(world, run)
    assert "completed" == ended.state
    assert ended.outputs is not None
    assert "Connect the management account" == ended.outputs["step"]
    assert str(world.enrollment().id) == ended.outputs["enrollment"]
    assert ended.outputs["link"].endswith(world.card().ts.replace(".", ""))
    assert ["completeSuccess"] == completing_calls(world)


def test_a_wait_lasts_six_weeks(world: World) -> None:
    """The token that came with the run has ended by then; reminders and digests come and go meanwhile."""
    finish(world, StepKey.CONNECT_ACCOUNT)
    run = waiting(world, "Full Eco: strategy call and ramp-up")
    act(world, world.ana, StepKey.FULL_ECO)
    for _ in range(6):
        world.jump(days=7)
    assert "running" == run_now(world, run).state
    confirm(world, world.ana, StepKey.FULL_ECO)
    world.deliver()

    assert "completed" == run_now(world, run).state
    assert ["completeSuccess"] == completing_calls(world)


@pytest.mark.parametrize("words", ["sign_up", "SIGN_UP", " sign up  with spot "])
@pytest.mark.parametrize("enrollment", ["number", "1234-5678-9012", "Production"])
def test_a_step_that_is_done_already_ends_the_wait_at_once(world: World, words: str, enrollment: str) -> None:
    """The enrollment by number, account ID or name, the step by key or title."""
    number = str(world.enrollment().id)

    run = run_wait(world, world.ana, number if enrollment == "number" else enrollment, words)

    assert "completed" == run.state


def test_several_runs_wait_for_one_step(world: World) -> None:
    """Each is completed; those of other steps go on waiting."""
    runs = [waiting(world), waiting(world), waiting(world, "create_subsets")]
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.deliver()

    assert ["completed", "completed", "running"] == [run_now(world, run).state for run in runs]


def test_an_event_that_comes_again_waits_once(world: World) -> None:
    """While it waits, and after that."""
    delivery = world.slack.workflows.run_step(
        "wait_for_step", world.ana, enrollment=str(world.enrollment().id), step="connect_account"
    )
    assert world.slack.redeliver(delivery).ok
    assert 1 == len(completions(world))
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    assert world.slack.redeliver(delivery, retry_num=2).ok
    world.deliver()

    assert ["completeSuccess"] == completing_calls(world)


def never(world: World, how: str) -> None:
    """Let a step never be done."""
    number, app = world.enrollment().id, world.app.enrollments
    match how:
        case "skipped":
            app.skip(owner_of(world), number, StepKey.FULL_ECO, "Not <!here> wanted")
        case "cancelled":
            app.cancel(owner_of(world), number, "not for us")
        case "deleted":
            chi = Caller(world.workspace, Actor(world.chi.id, is_admin=True))
            app.delete(chi, number, "Production")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (
            "skipped",
            "“Full Eco: strategy call and ramp-up” of Production was skipped. The reason: Not &lt;!here&gt; wan",
        ),
        ("cancelled", "Production was cancelled, so “Full Eco: strategy call and ramp-up” won't be done."),
        ("deleted", "The enrollment was deleted, so none of its steps will be done."),
    ],
)
def test_a_step_that_will_never_be_done_ends_the_run_with_a_sentence(world: World, how: str, said: str) -> None:
    """In the transaction of the change; who asks after it is told at once."""
    finish(world, StepKey.CONNECT_ACCOUNT)
    run = waiting(world, "full_eco")
    never(world, how)
    world.deliver()

    ended = run_now(world, run)
    assert "failed" == ended.state
    assert (ended.error or "").startswith(said)
    if how != "deleted":
        again = run_wait(world, world.ana, "Production", "full_eco")
        assert (again.error or "").startswith(said)


def test_a_deleted_enrollment_whose_start_was_not_told_yet(world: World) -> None:
    """The workflow does not hang."""
    given = {"account_id": "210987654321", "account_name": "Other", "channel": world.channel.id}
    world.slack.workflows.run_step("start_enrollment", world.ana, **given)
    chi = Caller(world.workspace, Actor(world.chi.id, is_admin=True))
    world.app.enrollments.delete(chi, world.enrollments()[-1].id, "Other")
    world.deliver()

    assert "The enrollment was deleted" in (world.slack.workflows.runs[-1].error or "")


@pytest.mark.parametrize(
    ("enrollment", "step", "said"),
    [
        ("", "sign_up", "Say which enrollment: its number or its account ID."),
        ("9999", "sign_up", "There is no such enrollment here."),
        ("2109-8765-4321", "sign_up", "There is no enrollment “2109-8765-4321” that you can see."),
        ("Production", "", "Say which step to wait for. The steps are: Sign up with Spot (sign_up), Connect"),
        ("Production", "finish", "There is no step “finish” here. The steps are: Sign up with Spot (sign_up)"),
        ({"no": "text"}, "sign_up", "Say which enrollment"),
    ],
)
def test_bad_input_ends_the_run(world: World, enrollment: Any, step: str, said: str) -> None:
    """With a sentence; nothing waits."""
    run = run_wait(world, world.ana, enrollment, step)

    assert (run.error or "").startswith(said)


def test_a_name_of_several_enrollments_is_none(world: World) -> None:
    """As for the command."""
    run_start(world, world.ana, account_id="210987654321", account_name="Production two", spot_org_id="")

    run = run_wait(world, world.ana, "Prod", "sign_up")

    assert "“Prod” means 2 enrollments. Use the account ID." == run.error


def test_a_switched_off_bot_completes_what_it_owes(database_url: str) -> None:
    """What waits goes on; new runs are refused."""
    with working(database_url, ECO_WORKFLOW_STEPS="no") as world:
        made = world.start()
        world.slack.workflows.run_step("wait_for_step", None)
        run = world.slack.workflows.runs[-1]
        with world.app.database.write() as connection:
            connection.execute(sa.delete(t.outbox).where(t.outbox.c.kind == "completion"))
        use = world.app.enrollments
        use.wait_for(Caller(world.workspace, Actor(world.ana.id), execution=run.id), made.id, StepKey.CONNECT_ACCOUNT)
        finish(world, StepKey.CONNECT_ACCOUNT)
        world.deliver()

        assert "completed" == run_now(world, run).state
