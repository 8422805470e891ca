"""A workflow that waits for a step goes on when that is done, weeks later, once, and is told when it never will be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery import put_aside
from bot.domain.access import Actor
from bot.localslack.function_runs import FunctionRun
from bot.repository import tables as t
from bot.repository.outbox_columns import RowState
from bot.use_cases import Caller
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import act, confirm
from tests.support.workflow_runs import completions, run_now, run_start, run_wait, working


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """The bot with custom steps, on each database, and an enrollment whose first step is done."""
    with working(database_url) as found:
        found.start()
        yield found


def caller(world: World) -> Caller:
    """The owner, with every right."""
    return Caller(world.workspace, Actor(world.ana.id))


def finish(world: World, step: StepKey) -> None:
    """Finish a step with a wait; nothing is sent yet."""
    number = world.enrollment().id
    world.app.enrollments.complete_act(caller(world), number, step)
    world.app.enrollments.confirm(caller(world), number, step)


def calls(world: World) -> list[str]:
    """The methods by which runs were completed, in order, refused ones included."""
    return [call.method.removeprefix("functions.") for call in world.slack.calls if call.method.startswith("functions")]


def waiting(world: World, step: str = "connect_account") -> FunctionRun:
    """A run that waits for a step."""
    run = run_wait(world, world.ana, world.enrollment().id, step)
    assert "running" == run.state
    return run


def state(world: World) -> tuple[str, str | None]:
    """State and last error of the last run's row."""
    row = completions(world)[-1]
    return row.state, row.last_error


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
    assert ["completeSuccess"] == calls(world)


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
    assert ["completeSuccess"] == calls(world)


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

    assert ["completeSuccess"] == calls(world)


def never(world: World, how: str) -> None:
    """Let a step never be done."""
    number, app = world.enrollment().id, world.app.enrollments
    match how:
        case "skipped":
            app.skip(caller(world), number, StepKey.FULL_ECO, "Not <!here> wanted")
        case "cancelled":
            app.cancel(caller(world), number, "not for us")
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


@pytest.mark.parametrize("fault", ["http_500", "drop_after", "timeout", "ratelimited", "internal_error"])
def test_a_fault_of_slack_repeats_the_completion(world: World, fault: str) -> None:
    """Also where Slack had taken it and the answer was lost: then it says so, and that is well."""
    run = waiting(world)
    world.slack.faults.add("functions.completeSuccess", fault, times=1)
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    world.jump(minutes=5)

    assert "completed" == run_now(world, run).state
    assert RowState.SENT.value == state(world)[0]
    assert 2 == len(calls(world))


@pytest.mark.parametrize("end", ["cancel", "forget"])
def test_a_run_that_slack_has_ended_needs_nothing_more(world: World, end: str) -> None:
    """Somebody has ended the workflow meanwhile, or Slack has forgotten it."""
    run = waiting(world)
    getattr(world.slack.workflows, end)(run.id)
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.deliver()

    assert RowState.DROPPED.value == state(world)[0]
    assert 1 == len(calls(world))


@pytest.mark.parametrize("fault", ["access_denied", "parameter_validation_failed"])
def test_what_slack_refuses_for_good_is_put_aside_and_stops_nothing_else(world: World, fault: str) -> None:
    """Outputs that an older manifest lacks, a run of another app: `failed` shows it, `--retry` sends it again."""
    run = waiting(world)
    world.slack.faults.add("functions.completeSuccess", fault, times=1)
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    assert RowState.FAILED.value == state(world)[0]
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
    assert (RowState.OWED.value, "not_on_sundays") == state(world)
    world.jump(hours=2)

    assert RowState.FAILED.value == state(world)[0]
    assert 24 < len(calls(world)) < 28


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


def test_a_link_leads_to_the_channel_while_the_card_cannot_be_posted(world: World) -> None:
    """The workflow does not wait longer than a minute for it."""
    world.slack.faults.add("chat.postMessage", "is_archived", times=100)

    run = run_start(world, world.ana, account_id="210987654321", spot_org_id="")
    for _ in range(70):
        world.jump(seconds=1)

    ended = run_now(world, run)
    assert ended.outputs is not None
    assert ended.outputs["link"].endswith(f"/archives/{world.channel.id}")


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
