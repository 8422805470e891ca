"""Processes that are killed around the completion of a workflow's step: each run is completed once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.domain.access import Actor
from bot.domain.enrollment import Policy
from bot.domain.schedule import parse_hours
from bot.localslack import LocalSlack, TimeMachine
from bot.repository import tables as t
from bot.repository.database import Database
from bot.use_cases import Caller, OwnedEnrollments, StartForm
from tests.delivery.crash_harness import ForkServer, alive, kill
from tests.delivery.crash_results import CHANNELS
from tests.delivery.forked_bots import POINTS
from tests.delivery.people_meanwhile import OWNER
from tests.support.bot_process import environment
from tests.support.steps import StepKey
from tests.support.usual_procedure import WAITS
from tests.support.workflow_runs import runs_of


def use_cases(database: Database) -> OwnedEnrollments:
    """The use cases, as a process of the bot has them."""
    return OwnedEnrollments(database, TimeMachine(), Policy(WAITS, parse_hours("always")))


def owe_runs(database: Database, by: Caller, number: int, runs: list[str]) -> None:
    """Owe two steps that were waited for, a refusal, and an enrollment that is started."""
    use = use_cases(database)
    for run in runs[:2]:
        use.wait_for(replace(by, execution=run), number, StepKey.SIGN_UP)
    use.complete_act(by, number, StepKey.SIGN_UP, {"spot_org_id": "606079874885"})
    use.refuse_run(by.workspace, runs[2], "No.")
    use.start(replace(by, execution=runs[3]), StartForm("210987654321", "Beta", CHANNELS[0], OWNER))


def let_leases_end(database: Database) -> None:
    """End the leases of the process that was killed."""
    ended = datetime.now(UTC) - timedelta(seconds=1)
    with database.write() as connection:
        connection.execute(sa.update(t.channel_leases).values(lease_until=ended))


def test_a_run_whose_processes_are_killed_is_completed_once(
    forks: ForkServer, slack: LocalSlack, database_url: str
) -> None:
    """One dies before the call, one after the answer, one before the commit; the last process sends what is left."""
    runs = runs_of(slack, "wait_for_step", "wait_for_step", "start_enrollment", "start_enrollment")
    database, environ = Database(database_url), environment(slack, database_url, 0)
    database.migrate()
    by = Caller(slack.team_id, Actor(OWNER))
    made = use_cases(database).start(by, StartForm("123456789012", "Acme", CHANNELS[0], OWNER))
    running = [forks.fork(environ)]
    try:
        slack.wait_for(lambda: use_cases(database).card(slack.team_id, made.id), 60, "the card")
        kill(running[0])
        let_leases_end(database)
        owe_runs(database, by, made.id, runs)
        for point in POINTS:
            running.append(forks.fork(environ, point=point, nth=1, kind="completion"))
            slack.wait_for(lambda: not alive(running[-1]), 60, f"the process to kill itself: {point}")
            let_leases_end(database)
        running.append(forks.fork(environ))

        slack.wait_for(lambda: _states(database) == {"sent"}, 60, "the completions")

        assert ["completed", "completed", "failed", "completed"] == [run.state for run in slack.workflows.runs]
        calls = [call for call in slack.calls if call.method.startswith("functions.")]
        assert sorted(runs) == sorted(call.args["function_execution_id"] for call in calls if call.ok)
        refused = {call.response["error"] for call in calls if not call.ok}
        assert {"execution_not_in_running_state"} == refused, "those of unknown outcome were tried again"
    finally:
        for process in running:
            kill(process)
        database.close()


def _states(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(sa.select(t.outbox.c.state).where(t.outbox.c.kind == "completion")).scalars())
