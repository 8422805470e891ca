"""Processes that are killed around the sending of an export: whoever asked gets the file, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.demo.demo_workspace import start_slack
from bot.domain.access import Actor
from bot.domain.enrollment import Policy
from bot.domain.procedure import WAITS
from bot.domain.schedule import parse_hours
from bot.localslack import LocalSlack, TimeMachine
from bot.repository import tables as t
from bot.repository.database import Database
from bot.use_cases import Caller, OwnedEnrollments, StartForm
from tests.delivery.crash_harness import OWNER, ForkServer, alive, fork_server, kill
from tests.delivery.crash_results import CHANNELS
from tests.delivery.forked_bots import POINTS
from tests.support.bot_process import environment


@pytest.fixture(scope="module")
def forks() -> Iterator[ForkServer]:
    """Starts bots by forking."""
    with fork_server() as made:
        yield made


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    """A local Slack with the real time."""
    with start_slack(TimeMachine(), pace=False) as running:
        yield running


@pytest.mark.parametrize("point", POINTS)
def test_an_export_whose_process_is_killed_is_sent_once(
    forks: ForkServer, slack: LocalSlack, database_url: str, point: str
) -> None:
    """Before Slack sees it, after it answered, and before the result is stored."""
    database = Database(database_url)
    use = OwnedEnrollments(database, TimeMachine(), Policy(WAITS, parse_hours("always")))
    caller = Caller(slack.team_id, Actor(OWNER))
    made = use.start(caller, StartForm("123456789012", "Acme", CHANNELS[0], OWNER))
    use.export(caller, made.id, "press")
    environ = environment(slack, database_url, 0)
    running = [forks.fork(environ, point=point, nth=1, kind="export")]
    try:
        slack.wait_for(lambda: not alive(running[0]), 30, "the process to kill itself")
        with database.write() as connection:
            ended = datetime.now(UTC) - timedelta(seconds=1)
            connection.execute(sa.update(t.channel_leases).values(lease_until=ended))
        running.append(forks.fork(environ))

        slack.wait_for(lambda: _state(database) == "sent", 30, "the export")

        files = [file.name for message in slack.person(OWNER).direct_messages for file in message.files]
        assert 1 == len(files)
        assert files[0].startswith("eco-123456789012-")
    finally:
        for process in running:
            kill(process)
        database.close()


def _state(database: Database) -> str:
    with database.read() as connection:
        return str(connection.execute(sa.select(t.outbox.c.state).where(t.outbox.c.kind == "export")).scalar())
