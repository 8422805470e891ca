"""Processes that are killed around a weekly digest: the channel gets one of each week, whatever happens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.delivery import digest_rows
from bot.domain.access import Actor
from bot.domain.digest_schedule import DigestTime
from bot.domain.enrollment import Policy
from bot.domain.schedule import DAYS, parse_hours
from bot.localslack import LocalSlack, TimeMachine
from bot.repository import tables as t
from bot.repository.database import Database
from bot.use_cases import Caller, Enrollments, StartForm
from tests.delivery.crash_harness import ForkServer
from tests.delivery.crash_results import CHANNELS
from tests.delivery.forked_bots import POINTS
from tests.delivery.people_meanwhile import OWNER
from tests.support.bot_process import environment
from tests.support.usual_procedure import WAITS

#: Ana's zone.
ZONE = "America/Sao_Paulo"


class Week:
    """A database in which a digest is due since a minute, and the processes that send it."""

    def __init__(self, forks: ForkServer, slack: LocalSlack, url: str) -> None:
        self.slack, self.url, self._forks = slack, url, forks
        self.database = Database(url)
        self.database.migrate()
        self.due = datetime.now(UTC) - timedelta(minutes=1)
        self.living: list[int] = []
        use = Enrollments(self.database, TimeMachine(), Policy(WAITS, parse_hours("always")))
        form = StartForm("123456789012", "Acme", CHANNELS[0], OWNER, ZONE, values={"spot_org_id": "700001"})
        use.start(Caller(slack.team_id, Actor(OWNER)), form)
        with self.database.write() as connection:
            digest_rows.plan(connection, slack.team_id, self.setting(), self.due - timedelta(hours=1))

    def setting(self, later: timedelta = timedelta()) -> DigestTime:
        """The setting by which the digest is due, or somewhat later."""
        local = (self.due + later).astimezone(ZoneInfo(ZONE))
        return DigestTime(local.weekday(), local.time().replace(second=0, microsecond=0))

    def fork(self, point: str = "", nth: int = 1, later: timedelta = timedelta(), setting: str = "") -> int:
        """Start a process that kills itself at a point of the digest's delivery, if one is named."""
        at = self.setting(later)
        digest = setting or f"{DAYS[at.weekday]} {at.at:%H:%M}"
        environ = environment(self.slack, self.url, 0) | {"ECO_DIGEST": digest}
        self.living.append(self._forks.fork(environ, point=point, nth=nth, kind="digest"))
        return self.living[-1]

    def killed(self, pid: int) -> None:
        """Wait until a process has killed itself, and let its leases end as they do by themselves after 45 s."""
        self.slack.wait_for(lambda: _ended(pid), timeout=30, what="the process to kill itself")
        ended = datetime.now(UTC) - timedelta(seconds=1)
        with self.database.write() as connection:
            connection.execute(sa.update(t.channel_leases).values(lease_until=ended))

    def states(self) -> list[str]:
        """The states of the digests that were due, with their marks."""
        o = t.outbox.c
        query = sa.select(o.state, o.posting).where(o.kind == "digest", o.owed_at <= datetime.now(UTC)).order_by(o.key)
        with self.database.read() as connection:
            return [f"{row.state}, posting" if row.posting else row.state for row in connection.execute(query)]

    def wait_until_sent(self) -> None:
        """Wait for the digest to be stored as sent."""
        self.slack.wait_for(lambda: self.states() == ["sent"], timeout=30, what="the digest to be sent")

    def make_reminder_due(self) -> None:
        """Let the reminder of the open step be due at the digest's time."""
        here = t.outbox.c.kind == "reminder"
        with self.database.write() as connection:
            connection.execute(sa.update(t.outbox).where(here).values(owed_at=self.due, due_at=self.due))

    def reminders(self) -> list[tuple[str, int]]:
        """State and count of the reminders' rows."""
        o = t.outbox.c
        query = sa.select(o.state, sa.func.count()).where(o.kind == "reminder").group_by(o.state).order_by(o.state)
        with self.database.read() as connection:
            return [(state, count) for state, count in connection.execute(query)]

    def broadcast(self) -> int:
        """How many reminders stand in the channel."""
        return len([message for message in self.slack.channel(CHANNELS[0]).messages if message.broadcast])

    def posted(self) -> int:
        """How many digests stand in the channel."""
        messages = self.slack.channel(CHANNELS[0]).messages
        return len([message for message in messages if message.text.startswith("Eco enrollments this week")])


def _ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def week(forks: ForkServer, slack: LocalSlack, database_url: str) -> Iterator[Week]:
    """A digest that is due; every process is killed at the end."""
    made = Week(forks, slack, database_url)
    try:
        yield made
    finally:
        for pid in made.living:
            if not _ended(pid):
                os.kill(pid, 9)
        made.database.close()


SERIES = [(point,) * 3 for point in POINTS] + [POINTS, POINTS[::-1]]


@pytest.mark.parametrize("points", SERIES, ids=", ".join)
def test_three_kills_in_a_row_leave_one_digest_of_the_week(week: Week, points: tuple[str, ...]) -> None:
    """Before the post, after Slack took it, and within the transaction that stores it: the fourth process ends it."""
    for point in points:
        # A process that finds the message already posted is not killed "before the post" a second time.
        week.killed(week.fork(point))
    week.fork()

    week.wait_until_sent()
    assert 1 == week.posted()


def test_two_processes_of_which_one_is_killed_leave_one_digest_of_the_week(week: Week) -> None:
    """Both plan and claim at the same moment; the survivor ends what the other one began."""
    dying, _ = week.fork("answered"), week.fork("answered", nth=2)
    week.slack.wait_for(lambda: _ended(dying) or week.states() == ["sent"], timeout=30, what="the digest's post")
    if _ended(dying):
        week.killed(dying)

    week.wait_until_sent()
    assert 1 == week.posted()


@pytest.mark.parametrize("point", ["claimed", "answered"])
@pytest.mark.parametrize("later", [timedelta(hours=2), -timedelta(hours=2)], ids=["later", "earlier"])
def test_a_setting_that_changes_between_kill_and_restart_makes_no_second_digest(
    week: Week, point: str, later: timedelta
) -> None:
    """What may have been posted stays this week's digest, whatever the new process is told."""
    week.killed(week.fork(point))
    week.fork(later=later)

    week.wait_until_sent()
    assert 1 == week.posted()


@pytest.mark.parametrize(("point", "state", "posted"), [("claimed", "dropped", 0), ("answered", "sent", 1)])
def test_a_digest_that_may_have_been_posted_is_looked_up_before_it_is_dropped(
    week: Week, point: str, state: str, posted: int
) -> None:
    """Digests were switched off between kill and restart: one that stands in the channel was sent."""
    week.killed(week.fork(point))
    week.fork(setting="off")

    week.slack.wait_for(lambda: week.states() == [state], timeout=30, what="the end of the digest")
    assert posted == week.posted()


@pytest.mark.parametrize("points", [POINTS, POINTS[::-1]], ids=", ".join)
def test_reminders_that_a_killed_digest_took_along_are_said_once(week: Week, points: tuple[str, ...]) -> None:
    """They are neither lost nor posted by themselves; each is followed by one reminder."""
    week.make_reminder_due()
    for point in points:
        week.killed(week.fork(point))
    week.fork()

    week.wait_until_sent()
    assert [("merged", 1), ("owed", 1)] == week.reminders()
    assert (1, 0) == (week.posted(), week.broadcast())
