"""Workflows in the local Slack that use the bot's custom steps, and what came of their runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from bot.domain.access import Actor
from bot.localslack import AppManifest, LocalSlack, Person
from bot.localslack.function_runs import FunctionRun
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind
from bot.use_cases import Caller
from tests.support.bot_world import ACCOUNT, ORG, World, running
from tests.support.manifest import with_steps
from tests.support.steps import StepKey

#: The inputs of a start that nothing is wrong with, but for the channel.
GOOD = {"account_id": ACCOUNT, "account_name": "Production", "spot_org_id": ORG}


def install_steps(slack: LocalSlack) -> None:
    """Give the app the manifest with the custom steps."""
    slack.core.manifest = AppManifest.read(with_steps())


@contextmanager
def working(database_url: str, **more: Any) -> Iterator[World]:
    """A bot whose steps workflows may use."""
    with running(database_url, **{"ECO_WORKFLOW_STEPS": "yes"} | more) as world:
        install_steps(world.slack)
        yield world


def run_start(world: World, person: Person | None, **inputs: Any) -> FunctionRun:
    """Run `start_enrollment` with good inputs but for these; deliver what is owed, and return what came of it."""
    given = GOOD | {"channel": world.channel.id} | inputs
    assert world.slack.workflows.run_step("start_enrollment", person, **given).ok
    world.deliver()
    return world.slack.workflows.runs[-1]


def run_wait(world: World, person: Person | None, enrollment: Any, step: Any) -> FunctionRun:
    """The same of `wait_for_step`."""
    assert world.slack.workflows.run_step("wait_for_step", person, enrollment=enrollment, step=step).ok
    world.deliver()
    return world.slack.workflows.runs[-1]


def run_now(world: World, run: FunctionRun) -> FunctionRun:
    """What has come of a run by now."""
    return next(each for each in world.slack.workflows.runs if each.id == run.id)


def completions(world: World) -> list[Any]:
    """The rows of the outbox about runs, in order."""
    o = t.outbox.c
    with world.app.database.read() as connection:
        return list(
            connection.execute(sa.select(t.outbox).where(o.kind == MessageKind.COMPLETION.value).order_by(o.id))
        )


def runs_of(slack: LocalSlack, *steps: str) -> list[str]:
    """The IDs of runs of these steps, of which no bot has heard."""
    install_steps(slack)
    for step in steps:
        slack.workflows.run_step(step, "ana")
    return [run.id for run in slack.workflows.runs][-len(steps) :]


def owner_of(world: World) -> Caller:
    """The owner, with every right."""
    return Caller(world.workspace, Actor(world.ana.id))


def finish(world: World, step: StepKey) -> None:
    """Finish a step with a wait; nothing is sent yet."""
    number = world.enrollment().id
    world.app.enrollments.complete_act(owner_of(world), number, step)
    world.app.enrollments.confirm(owner_of(world), number, step)


def completing_calls(world: World) -> list[str]:
    """The methods by which runs were completed, in order, refused ones included."""
    return [call.method.removeprefix("functions.") for call in world.slack.calls if call.method.startswith("functions")]


def waiting(world: World, step: str = "connect_account") -> FunctionRun:
    """A run that waits for a step."""
    run = run_wait(world, world.ana, world.enrollment().id, step)
    assert "running" == run.state
    return run


def last_state(world: World) -> tuple[str, str | None]:
    """State and last error of the last run's row."""
    row = completions(world)[-1]
    return row.state, row.last_error
