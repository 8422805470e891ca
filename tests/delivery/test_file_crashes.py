"""Processes that are killed around the sending of a file: export, list, calendar and timeline are each posted once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.domain.access import Actor
from bot.domain.enrollment import Policy
from bot.domain.lifecycle import Position
from bot.domain.schedule import parse_hours
from bot.localslack import LocalSlack, TimeMachine
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.past_durations import PastDurations
from bot.use_cases import CalendarFeeds, Caller, OwnedEnrollments, Plans, StartForm
from tests.delivery.crash_harness import ForkServer, alive, kill
from tests.delivery.crash_results import CHANNELS
from tests.delivery.forked_bots import POINTS
from tests.delivery.people_meanwhile import OWNER
from tests.support.bot_process import environment
from tests.support.steps import StepKey
from tests.support.usual_procedure import WAITS

POLICY = Policy(WAITS, parse_hours("always"))
NAMES = ["Production", "Test"]


@dataclass
class Asking:
    """Somebody who asks for files of an enrollment that waits."""

    database: Database
    caller: Caller

    def __post_init__(self) -> None:
        clock = TimeMachine()
        self.use = OwnedEnrollments(self.database, clock, POLICY)
        feeds = CalendarFeeds(self.database, clock, None, lambda: "")
        past = PastDurations(self.database, clock)
        self.plans = Plans(self.database, clock, POLICY, past, lambda: None, feeds)
        week = date.today() - timedelta(days=7)  # noqa: DTZ011  # any day before today will do
        at = Position(StepKey.FULL_ECO, waiting=True, since=week)
        form = StartForm(
            "123456789012", "Acme", CHANNELS[0], OWNER, position=at, values={"spot_org_id": "606079874885"}
        )
        self.number = self.use.start(self.caller, form).id


#: How a file is asked for, by the kind of its row, with the beginning of its name.
FILES: dict[str, tuple[str, str, Callable[[Asking], object]]] = {
    "an export": ("export", "eco-123456789012-", lambda on: on.use.export(on.caller, on.number, "press")),
    "all enrollments": ("export", "eco-enrollments-", lambda on: on.use.export_list(on.caller, "press")),
    "a list": ("list", "subsets-123456789012-", lambda on: on.use.send_list(on.caller, on.number, "subsets", "press")),
    "a calendar": ("calendar", "eco-123456789012-v", lambda on: on.plans.ask_for_calendar(on.caller, on.number)),
    "a timeline": ("timeline", "timeline-123456789012-", lambda on: on.plans.ask_for_timeline(on.caller, on.number)),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_whose_processes_are_killed_is_posted_once(
    forks: ForkServer, slack: LocalSlack, database_url: str, name: str
) -> None:
    """The first dies before Slack sees it, the second after the answer, the third before the result is stored."""
    kind, begin, ask = FILES[name]
    database = Database(database_url)
    database.migrate()
    ask(Asking(database, Caller(slack.team_id, Actor(OWNER))))
    environ = environment(slack, database_url, 0) | {"ECO_DIGEST": "off"}
    running = list[int]()
    try:
        for point in POINTS:
            running.append(forks.fork(environ, point=point, nth=1, kind=kind))
            slack.wait_for(lambda: not alive(running[-1]), 60, f"the process to kill itself: {point}")
            with database.write() as connection:
                ended = datetime.now(UTC) - timedelta(seconds=1)
                connection.execute(sa.update(t.channel_leases).values(lease_until=ended))
        running.append(forks.fork(environ))

        slack.wait_for(lambda: _states(database, kind) == ["sent"], 60, "the file")

        assert 1 == sum(said.startswith(begin) for said in _files(slack)), _files(slack)
    finally:
        for process in running:
            kill(process)
        database.close()


def _files(slack: LocalSlack) -> list[str]:
    """The names of the files in the direct messages and in the channel's threads."""
    channel = slack.channel(CHANNELS[0])
    replies = [reply for message in channel.messages for reply in channel.thread(message.ts)]
    return [file.name for message in (*slack.person(OWNER).direct_messages, *replies) for file in message.files]


def _states(database: Database, kind: str) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(sa.select(t.outbox.c.state).where(t.outbox.c.kind == kind)).scalars())
