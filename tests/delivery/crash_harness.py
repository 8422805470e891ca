"""Kills real processes while they deliver, and compares the messages in Slack with the rows of the outbox."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import sqlalchemy as sa
from slack_sdk import WebClient

from bot.delivery import digest_rows
from bot.demo.demo_workspace import start_slack
from bot.domain.access import Actor
from bot.domain.digest_schedule import parse_digest
from bot.domain.enrollment import Policy
from bot.domain.lifecycle import Position
from bot.domain.schedule import parse_hours
from bot.localslack import LocalSlack, TimeMachine
from bot.localslack.fault_injection import HistoryLimit
from bot.repository import tables as t
from bot.repository.database import Database
from bot.use_cases import Caller, Enrollments, StartForm
from tests.delivery.crash_results import CHANNELS, Result, look
from tests.delivery.forked_bots import POINTS
from tests.delivery.people_meanwhile import ASKED, OWNER, ZONES, PeopleMeanwhile
from tests.support.bot_process import ROOT, environment
from tests.support.steps import StepKey
from tests.support.usual_procedure import WAITS
from tests.support.workflow_runs import runs_of

#: Reminder hours that let a reminder go at any time, in different words.
HOURS = ("always", "mon-sun 00:00-24:00")
#: Seconds until a run that does not come to its end is given up.
PATIENCE = 120.0


class ForkServer:
    """Starts bots by forking; see forked_bots.py."""

    def __init__(self) -> None:
        # As in the files of docs/deploy.
        env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.delivery.forked_bots"],
            env=env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def fork(
        self,
        environ: dict[str, str],
        workers: int = 4,
        point: str = "",
        nth: int = 0,
        kind: str = "",
        clock: str = "",
    ) -> int:
        """Start a bot; return its process ID."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"environ": environ, "workers": workers, "point": point, "nth": nth, "kind": kind}
        request["clock"] = clock
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@contextmanager
def fork_server() -> Iterator[ForkServer]:
    """A fork server that ends with the `with` block."""
    made = ForkServer()
    try:
        yield made
    finally:
        made.close()


def owe(database_url: str, workspace: str, runs: Sequence[str], digest: str) -> None:
    """Start enrollments with six messages each: a card, three thread lines, a reminder and the completion of a run.

    Each channel is owed a digest, too.

    Args:
        runs: of steps of workflows; each starts an enrollment. digest: when digests come, as in ECO_DIGEST.
    """
    database = Database(database_url)
    database.migrate()
    usecases = Enrollments(database, TimeMachine(), Policy(WAITS, parse_hours("always")))
    by = Caller(workspace, Actor(OWNER))
    long_ago = date.today() - timedelta(days=30)  # noqa: DTZ011  # any day of last month will do
    for number, run in enumerate(runs):
        at = Position(ASKED, waiting=True, since=long_ago)
        form = StartForm(
            f"{100000000000 + number}",
            f"Account {number}",
            CHANNELS[number % 2],
            OWNER,
            position=at,
            values={"spot_org_id": f"{700000 + number}"},
        )
        enrollment = usecases.start(replace(by, execution=run), form)
        usecases.complete_act(by, enrollment.id, StepKey.FULL_ECO)
        usecases.skip(by, enrollment.id, StepKey.FULL_ECO, "not wanted")
    with database.write() as connection:
        digest_rows.plan(connection, workspace, parse_digest(digest), datetime.now(UTC) - timedelta(hours=1))
    database.close()


def crash_run(
    forks: ForkServer,
    database_url: str,
    seed: int,
    *,
    enrollments: int = 40,
    processes: int = 1,
    kills: int = 6,
    period: float | None = None,
) -> Result:
    """Deliver while processes are killed at random moments and at named points; return what was lost or repeated.

    Meanwhile owners, their time zones, details of steps and the reminder hours change, enrollments are handed over,
    people go away and come back, and reminders are answered.

    Args:
        period: Slack gives one page of 15 messages in so many seconds to look-ups; None: as many as are asked for.
    """
    rng = random.Random(seed)
    patience = PATIENCE + 30 * (period or 0)
    with start_slack(TimeMachine(), pace=False) as slack:
        slack.faults.history_limit = HistoryLimit(period) if period is not None else None
        digest = f"{datetime.now(UTC):%a %H:%M}".lower()  # this minute
        owe(database_url, slack.team_id, runs_of(slack, *["start_enrollment"] * enrollments), digest)
        database = Database(database_url)
        environ = environment(slack, database_url, 0) | {"ECO_REMINDER_GAP": "0s", "ECO_DIGEST": digest}
        people = PeopleMeanwhile(database, slack.team_id, rng)
        killed = edits = 0
        answered: set[str] = set()
        running: list[int] = []
        try:
            while not delivered(database):
                last = killed >= kills
                slack.people.move_to_zone(OWNER, rng.choice(ZONES))  # a process asks for it when it starts
                while len(running) < processes:
                    point = "" if last else rng.choice(("", *POINTS))
                    hours = {"ECO_REMINDER_HOURS": rng.choice(HOURS)}
                    running.append(forks.fork(environ | hours, rng.choice((1, 4)), point, rng.randint(1, 25)))
                if not last:
                    edits += people.change()
                    answered |= {people.answer(), people.answer()}
                if last:
                    done = partial(_delivered_or_replaced, database, slack, running, lambda: forks.fork(environ))
                    slack.wait_for(done, timeout=patience, what="everything owed")
                    break
                victim = running[rng.randrange(len(running))]
                wait_for_end(victim, rng.uniform(0.05, 0.5))
                kill(victim)
                running.remove(victim)
                killed += 1
                let_leases_end(database, slack)
            return look(slack, database, seed, killed, edits, answered)
        finally:
            for pid in running:
                kill(pid)
            database.close()


def alive(pid: int) -> bool:
    """Whether that process still runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_end(pid: int, seconds: float) -> None:
    """Wait until the process has killed itself, or the time is up."""
    end = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if not alive(pid):
            return
        end.wait(0.01)


def kill(pid: int) -> None:
    """Kill a process that a fork server has started, and wait for its end."""
    if alive(pid):
        os.kill(pid, signal.SIGKILL)
    while alive(pid):
        threading.Event().wait(0.001)


def let_leases_end(database: Database, *slacks: LocalSlack) -> None:
    """End the leases of dead processes at once; that they end by themselves is tested elsewhere.

    First all that they have sent is answered: in 45 s, a call that is under way at a kill has long reached Slack. Here
    it could otherwise overwrite what the next process says.
    """
    for slack in slacks:
        answer_everything(slack)
    c = t.channel_leases.c
    query = sa.select(c.channel, c.lease_token).where(c.lease_token.is_not(None))
    with database.read() as connection:
        held = connection.execute(query).all()
    ended = datetime.now(UTC) - timedelta(seconds=1)
    with database.write() as connection:
        for channel, token in held:
            if not alive(int(token.partition("-")[0])):  # see forked_bots.py
                same = sa.and_(c.channel == channel, c.lease_token == token)
                connection.execute(sa.update(t.channel_leases).where(same).values(lease_until=ended))


def answer_everything(slack: LocalSlack) -> None:
    """Let Slack answer all calls that have reached it."""
    for _ in range(3):  # accepting a connection, reading and answering are a turn of the server's loop each
        WebClient(token="xoxb-nobody", base_url=slack.api_url).api_test()


def delivered(database: Database) -> bool:
    """Whether nothing is owed that could be sent now."""
    o = t.outbox.c
    # The message to a new owner of several enrollments waits some seconds for the next one, a completion for its card.
    soon = sa.or_(o.key.like("owners:%"), o.key.like("completion:%"))
    due = sa.and_(o.state == "owed", sa.or_(o.due_at <= datetime.now(UTC), soon))
    with database.read() as connection:
        return connection.execute(sa.select(t.outbox.c.id).where(due).limit(1)).first() is None


def _delivered_or_replaced(database: Database, slack: LocalSlack, running: list[int], fork: Callable[[], int]) -> bool:
    """Whether all is sent; a process that has killed itself meanwhile is replaced."""
    for pid in [pid for pid in running if not alive(pid)]:
        running.remove(pid)
        let_leases_end(database, slack)
        running.append(fork())
    return delivered(database)
