"""Processes that are killed around the edit of an answered reminder: it is edited all the same, and posted once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.domain.access import Actor
from bot.domain.enrollment import Policy
from bot.domain.lifecycle import Position
from bot.domain.schedule import parse_hours
from bot.localslack import LocalSlack, Message, TimeMachine
from bot.repository import tables as t
from bot.repository.database import Database
from bot.use_cases import Caller, Enrollments, StartForm
from tests.delivery.crash_harness import ForkServer, alive, kill
from tests.delivery.crash_results import CHANNELS
from tests.delivery.forked_bots import POINTS
from tests.delivery.people_meanwhile import OWNER
from tests.support.bot_process import environment
from tests.support.steps import StepKey
from tests.support.usual_procedure import WAITS

KEY = StepKey.ENABLE_SUBSETS


def asking(slack: LocalSlack) -> list[Message]:
    """The reminders and rounds in the channel."""
    found = slack.channel(CHANNELS[0]).messages
    return [
        message
        for message in found
        if message.metadata and str(message.metadata["event_payload"]["key"]).startswith(("reminder:", "round:"))
    ]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_an_edit_whose_process_is_killed_is_made_by_another(
    forks: ForkServer, slack: LocalSlack, database_url: str, point: str, count: int
) -> None:
    """Before Slack sees it, after it answered, and before the result is stored; alone and in a round."""
    database = Database(database_url)
    database.migrate()
    use = Enrollments(database, TimeMachine(), Policy(WAITS, parse_hours("always")))
    caller, before = Caller(slack.team_id, Actor(OWNER)), date.today() - timedelta(days=30)  # noqa: DTZ011
    made = [
        use.start(
            caller,
            StartForm(
                f"{number:012}",
                f"Account {number}",
                CHANNELS[0],
                OWNER,
                position=Position(KEY, waiting=True, since=before),
                values={"spot_org_id": f"{700000 + number}"},
            ),
        ).id
        for number in range(1, count + 1)
    ]
    environ = environment(slack, database_url, 0) | {"ECO_REMINDER_GAP": "1s", "ECO_DIGEST": "off"}
    environ["ECO_REMINDER_HOURS"] = "always"
    running = [forks.fork(environ, point=point, nth=1, kind="answered")]
    try:
        slack.wait_for(lambda: _stored(database), 30, "the reminder's result")
        for enrollment in made:
            use.confirm(caller, enrollment, KEY)
        slack.wait_for(lambda: not alive(running[0]), 30, "the process to kill itself")
        with database.write() as connection:
            ended = datetime.now(UTC) - timedelta(seconds=1)
            connection.execute(sa.update(t.channel_leases).values(lease_until=ended))
        running.append(forks.fork(environ))

        slack.wait_for(lambda: _edits(database) == ["sent"] * count, 30, "the edits")

        (message,) = asking(slack)
        assert [] == message.buttons
        assert count == message.text.count("Confirmed by")
    finally:
        for process in running:
            kill(process)
        database.close()


def _edits(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(sa.select(t.outbox.c.state).where(t.outbox.c.kind == "answered")).scalars())


def _stored(database: Database) -> bool:
    """Whether a message with reminders is stored as sent."""
    said = sa.and_(t.outbox.c.kind.in_(["reminder", "round"]), t.outbox.c.state == "sent")
    with database.read() as connection:
        return connection.execute(sa.select(t.outbox.c.id).where(said)).first() is not None
