"""Completions of steps of workflows that meet a fault of Slack: repeated, put aside, and lost in no case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.delivery import put_aside
from bot.repository.outbox_columns import RowState
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.workflow_runs import completing_calls, finish, last_state, run_now, run_start, waiting, working


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """The bot with custom steps, on each database, and an enrollment whose first step is done."""
    with working(database_url) as found:
        found.start()
        yield found


@pytest.mark.parametrize("fault", ["http_500", "drop_after", "timeout", "ratelimited", "internal_error"])
def test_a_fault_of_slack_repeats_the_completion(world: World, fault: str) -> None:
    """Also where Slack had taken it and the answer was lost: then it says so, and that is well."""
    run = waiting(world)
    world.slack.faults.add("functions.completeSuccess", fault, times=1)
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    world.jump(minutes=5)

    assert "completed" == run_now(world, run).state
    assert RowState.SENT.value == last_state(world)[0]
    assert 2 == len(completing_calls(world))


@pytest.mark.parametrize("end", ["cancel", "forget"])
def test_a_run_that_slack_has_ended_needs_nothing_more(world: World, end: str) -> None:
    """Somebody has ended the workflow meanwhile, or Slack has forgotten it."""
    run = waiting(world)
    getattr(world.slack.workflows, end)(run.id)
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.deliver()

    assert RowState.DROPPED.value == last_state(world)[0]
    assert 1 == len(completing_calls(world))


@pytest.mark.parametrize("fault", ["access_denied", "parameter_validation_failed"])
def test_what_slack_refuses_for_good_is_put_aside_and_stops_nothing_else(world: World, fault: str) -> None:
    """Outputs that an older manifest lacks, a run of another app: `failed` shows it, `--retry` sends it again."""
    run = waiting(world)
    world.slack.faults.add("functions.completeSuccess", fault, times=1)
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    assert RowState.FAILED.value == last_state(world)[0]
    assert [] == world.app.dispatcher.problems()

    url = world.app.database.url.render_as_string(hide_password=False)
    assert "1 put aside." in put_aside.run(url, world.clock.now(), retry=True)[1]
    world.deliver()

    assert "completed" == run_now(world, run).state


def test_a_word_without_a_treatment_is_tried_for_a_day(world: World) -> None:
    """Every hour; then it is put aside."""
    waiting(world)
    world.slack.faults.add("functions.completeSuccess", "not_on_sundays", times=100)
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    for _ in range(23):
        world.jump(hours=1)
    assert (RowState.OWED.value, "not_on_sundays") == last_state(world)
    world.jump(hours=2)

    assert RowState.FAILED.value == last_state(world)[0]
    assert 24 < len(completing_calls(world)) < 28


def test_a_refused_token_stops_delivery_and_loses_nothing(world: World) -> None:
    """As for a message."""
    run = waiting(world)
    world.slack.faults.add("functions.completeSuccess", "token_revoked", times=1)
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    assert world.app.dispatcher.problems()
    world.app.dispatcher.stopped = None
    world.jump(minutes=1)

    assert "completed" == run_now(world, run).state


def test_a_link_waits_for_the_card(world: World) -> None:
    """Which Slack takes some seconds later."""
    world.slack.faults.add("chat.postMessage", "ratelimited", retry_after=5)

    run = run_start(world, world.ana, account_id="210987654321", spot_org_id="")
    assert "running" == run.state
    for _ in range(20):
        world.jump(seconds=1)

    ended = run_now(world, run)
    assert ended.outputs is not None
    assert ended.outputs["link"].endswith(f"/p{world.card().ts.replace('.', '')}")


def test_a_link_leads_to_the_channel_while_the_card_cannot_be_posted(world: World) -> None:
    """The workflow does not wait longer than a minute for it."""
    world.slack.faults.add("chat.postMessage", "is_archived", times=100)

    run = run_start(world, world.ana, account_id="210987654321", spot_org_id="")
    for _ in range(70):
        world.jump(seconds=1)

    ended = run_now(world, run)
    assert ended.outputs is not None
    assert ended.outputs["link"].endswith(f"/archives/{world.channel.id}")
