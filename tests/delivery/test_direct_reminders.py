"""Direct messages instead of mentions come once, and hand-overs are told once, whenever a process is killed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.delivery import outbox
from bot.domain.access import Actor
from bot.domain.contacts import Reminding
from bot.domain.enrollment import Policy
from bot.domain.lifecycle import Position
from bot.domain.schedule import parse_hours
from bot.localslack import LocalSlack, TimeMachine
from bot.repository import tables as t
from bot.repository.database import Database
from bot.use_cases import Caller, HandOver, OwnedEnrollments, StartForm
from tests.delivery.crash_harness import ForkServer, alive, kill
from tests.delivery.crash_results import CHANNELS
from tests.delivery.forked_bots import POINTS
from tests.delivery.people_meanwhile import OWNER
from tests.domain.building import NOW
from tests.support.bot_process import environment
from tests.support.steps import StepKey
from tests.support.usual_procedure import WAITS

ZONE = "America/Sao_Paulo"


def due(use: OwnedEnrollments, caller: Caller) -> int:
    """An enrollment of Ana's whose ticket waits for too long."""
    before = date.today() - timedelta(days=30)  # noqa: DTZ011  # any day of last month will do
    at = Position(StepKey.ENABLE_SUBSETS, waiting=True, since=before)
    form = StartForm("1" * 12, "Account", CHANNELS[0], OWNER, ZONE, position=at, values={"spot_org_id": "700001"})
    return use.start(caller, form).id


def killed_and_delivered(
    forks: ForkServer, slack: LocalSlack, database: Database, point: str, kind: str, done: Callable[[], object]
) -> None:
    """Deliver with a process that kills itself around a message of a kind, and then with another one."""
    environ = environment(slack, database.url.render_as_string(hide_password=False), 0)
    running = [forks.fork(environ, point=point, nth=1, kind=kind)]
    try:
        slack.wait_for(lambda: not alive(running[0]), 60, "the process to kill itself")
        with database.write() as connection:
            ended = datetime.now(UTC) - timedelta(seconds=1)
            connection.execute(sa.update(t.channel_leases).values(lease_until=ended))
        running.append(forks.fork(environ))
        slack.wait_for(done, 60, "everything owed")
    finally:
        for process in running:
            kill(process)


def states(database: Database, prefix: str) -> list[str]:
    """The states of the messages whose keys begin like this."""
    with database.read() as connection:
        query = sa.select(t.outbox.c.state).where(t.outbox.c.key.startswith(prefix, autoescape=True))
        return list(connection.execute(query).scalars())


@pytest.mark.parametrize("kind", ["reminder", "direct"])
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_process_neither_forgets_nor_repeats_a_direct_reminder(
    forks: ForkServer, slack: LocalSlack, migrated_url: str, point: str, kind: str
) -> None:
    """Killed around the channel's reminder, or around the direct message: each is said once."""
    database = Database(migrated_url)
    use = OwnedEnrollments(database, TimeMachine(), Policy(WAITS, parse_hours("always")))
    caller = Caller(slack.team_id, Actor(OWNER))
    due(use, caller)
    use.set_preference(caller, Reminding.DIRECT, (), ())

    killed_and_delivered(forks, slack, database, point, kind, lambda: states(database, "direct:") == ["sent"])

    [direct] = slack.person("ana").direct_messages
    assert direct.text.startswith("*Reminders for you*")
    [reminder] = [each for each in slack.channel(CHANNELS[0]).messages if each.broadcast]
    assert reminder.text.startswith("ana: *Enable the Subsets feature*")
    database.close()


def test_a_killed_process_tells_a_new_owner_once(forks: ForkServer, slack: LocalSlack, migrated_url: str) -> None:
    """Of an enrollment that was handed over, by one direct message, killed after Slack took it."""
    database = Database(migrated_url)
    use = OwnedEnrollments(database, TimeMachine(), Policy(WAITS, parse_hours("always")))
    caller = Caller(slack.team_id, Actor(OWNER), "view:V1:h")
    number = due(use, Caller(slack.team_id, Actor(OWNER)))
    dev = slack.person("dev")
    use.hand_over(caller, [number], HandOver(dev.id, "UTC", stays=True))

    killed_and_delivered(forks, slack, database, "answered", "direct", lambda: states(database, "owners:") == ["sent"])

    assert 1 == len([each for each in dev.direct_messages if "made you the owner of *Account*" in each.text])
    database.close()


@pytest.fixture
def migrated_url(sqlite_url: str) -> str:
    """A migrated database in a file."""
    database = Database(sqlite_url)
    database.migrate()
    database.close()
    return sqlite_url


def test_what_gathers_goes_into_the_next_message_once_one_is_on_its_way(database_url: str) -> None:
    """A message takes items, each once, until it is claimed."""
    database = Database(database_url)
    database.migrate()

    def gather(*items: int) -> None:
        with database.write() as connection:
            places = ((f"daily:U1:{day}", NOW) for day in range(1, 9))
            outbox.gather(connection, "T1", "U1", places, {"about": "x"}, list(items))

    gather(1, 2)
    gather(2, 3)
    with database.write() as connection:
        connection.execute(sa.update(t.outbox).values(posting=True))
    gather(3, 4)
    gather(5)

    with database.read() as connection:
        found = connection.execute(sa.select(t.outbox.c.key, t.outbox.c.payload).order_by(t.outbox.c.key)).all()
    assert [("daily:U1:1", [1, 2, 3]), ("daily:U1:2", [3, 4, 5])] == [(key, said["items"]) for key, said in found]
    database.close()
