"""Lets a bot live for weeks in a local Slack that fails now and then: one process lives on, another is killed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.demo.demo_workspace import start_slack
from bot.repository import tables as t
from bot.repository.database import Database
from bot.settings import load
from tests.delivery.crash_harness import ForkServer, alive, answer_everything, kill
from tests.delivery.forked_bots import POINTS
from tests.delivery.shared_clock import SharedClock
from tests.soak.life_results import LifeResult, Sample, look, measure
from tests.soak.people_of_weeks import PeopleOfWeeks
from tests.support.bot_process import environment, free_port
from tests.support.wait_until import eventually

#: A Monday morning in London.
BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
#: The hours of a working day in which anything happens, in UTC; people are there in the middle of it.
HOURS, BUSY = range(9, 20), range(12, 18)
#: How likely Slack fails in an hour, and how: the kind of a fault, and more about it.
FAULTY = 0.25
FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ratelimited", {"retry_after": 30}),
    ("http_500", {}),
    ("http_503", {"times": 3}),
    ("drop_before", {}),
    ("drop_after", {}),
    ("not_json", {}),
    ("timeout", {"delay": 0.2}),
)
METHODS = ("chat.postMessage", "chat.update", "conversations.history", "conversations.replies")
#: How likely the second process is killed from outside in an hour; most of the time it kills itself at a message.
KILLED = 0.05
#: How likely another one takes its place in an hour; until then, the first process is alone.
REPLACED = 0.5
#: Seconds in which all that is due must be sent or put off, and in which something of it must happen.
PATIENCE, STANDSTILL = 60.0, 3.0
_MINUTE = timedelta(minutes=1)


@dataclass
class Life:
    """One workspace with its bot: a process that lives as long as all, and one that is killed again and again.

    Attributes:
        enrollments: how many people start, in the first three quarters of the weeks.
        say: told what a week has brought.
    """

    forks: ForkServer
    database_url: str
    folder: Path
    seed: int
    enrollments: int
    weeks: int
    say: Callable[[Sample], None] = lambda _: None
    kills: int = 0
    faults: int = 0
    samples: list[Sample] = field(default_factory=list)
    _running: list[int] = field(default_factory=list)

    def run(self) -> LifeResult:
        """Live for all the weeks, and see what came of it."""
        self._rng = random.Random(self.seed)
        self._clock = SharedClock(self.folder / f"clock-{self.seed}", BEGIN)
        with start_slack(self._clock, pace=False, ack_limit=PATIENCE) as slack:
            self._slack = slack
            port = free_port()
            env = environment(slack, self.database_url, port)
            self._env = env | {"ECO_REMINDER_HOURS": "mon-fri 09:00-17:00", "ECO_REMINDER_GAP": "1h"}
            self._env |= {"ECO_DIGEST": "mon 09:00", "LOG_LEVEL": "ERROR"}
            self._database = Database(self.database_url)
            self._database.migrate()
            policy = load(self._env, env_file=None).policy
            self._people = PeopleOfWeeks(slack, self._database, self._clock, policy, self._rng)
            try:
                self._steady = self._fork(port)
                eventually(lambda: _is_ready(port), PATIENCE)
                slack.connect_http(f"http://127.0.0.1:{port}/slack/events")
                for week in range(self.weeks):
                    self._week(week)
                    self.samples.append(measure(self._database, week + 1, self._steady, self._blocks()))
                    self.say(self.samples[-1])
                self._settle()
                return look(slack, self._database, self._clock.now(), self)
            finally:
                for pid in self._running:
                    kill(pid)
                self._database.close()

    def _fork(self, port: int, point: str = "", nth: int = 0) -> int:
        pid = self.forks.fork(self._env | {"PORT": str(port)}, 4, point, nth, clock=str(self._clock.file))
        self._running.append(pid)
        return pid

    def _blocks(self) -> int:
        """How many blocks of memory Python has given to what the first process keeps."""
        kept = self._clock.file.with_name(f"{self._clock.file.name}.{self._steady}")
        kept.unlink(missing_ok=True)
        os.kill(self._steady, signal.SIGUSR2)
        eventually(kept.exists, PATIENCE)
        return int(kept.read_text())

    def _week(self, week: int) -> None:
        begin = BEGIN + timedelta(weeks=week)
        for day in range(7):
            for hour in HOURS if day < 5 else (12,):
                self._clock.jump_to(begin + timedelta(days=day, hours=hour - BEGIN.hour))
                if day < 5 and hour in BUSY:
                    self._people_at_work(week, day)
                self._fail_or_not()
                self._kill_or_not()
                self._deliver()

    def _people_at_work(self, week: int, day: int) -> None:
        """Enrollments are spread over the first three quarters of the weeks; everybody is there once in a day."""
        days = max(1, self.weeks * 5 * 3 // 4)
        wanted = min(self.enrollments, -(-self.enrollments * (week * 5 + day + 1) // days))
        for _ in range(min(wanted - self._people.started, -(-self.enrollments // days // len(BUSY)) or 1)):
            self._people.start()
        if self._clock.now().hour == BUSY[2]:
            self._people.act()
            self._people.read()

    def _fail_or_not(self) -> None:
        if self._rng.random() < FAULTY:
            kind, more = self._rng.choice(FAULTS)
            self._slack.faults.add(self._rng.choice(METHODS), kind, **more)
            self.faults += 1

    def _kill_or_not(self) -> None:
        """Kill the second process now and then; one that has ended is followed by another."""
        second = next((pid for pid in self._running if pid != self._steady), None)
        if second is not None and alive(second) and self._rng.random() < KILLED:
            kill(second)
        if second is not None and not alive(second):
            self._running.remove(second)
            self.kills += 1
            answer_everything(self._slack)
            second = None
        if second is None and self._rng.random() < REPLACED:
            self._fork(free_port(), self._rng.choice(POINTS), self._rng.randint(1, 12))

    def _deliver(self) -> None:
        """Wait until all that is due is sent, or put off to a later minute; let three minutes pass for that."""
        for minute in range(4):
            if minute:
                self._clock.jump(_MINUTE)
            for pid in self._running:
                with contextlib.suppress(ProcessLookupError):  # it has killed itself
                    os.kill(pid, signal.SIGUSR1)
            if not self._wait_for_quiet():
                return

    def _wait_for_quiet(self) -> int:
        """Wait until nothing can be sent now; return how many messages are put off although they are due."""
        end, changed_at, before = time.monotonic() + PATIENCE, time.monotonic(), (-1, -1)
        while True:
            due, held = found = self._due()
            if not due:
                return held
            now = time.monotonic()
            if found != before:
                changed_at, before = now, found
            if now > end or now - changed_at > STANDSTILL:
                return due
            threading.Event().wait(0.01)

    def _due(self) -> tuple[int, int]:
        """How many messages can be sent now, or are being sent; and how many are due and have to wait."""
        o, c, now = t.outbox.c, t.channel_leases.c, self._clock.now()
        of_channel = sa.and_(c.workspace == o.workspace, c.channel == o.channel)
        query = (
            sa.select(c.paused_until, c.next_at, c.lease_until, c.lease_token)
            .select_from(t.outbox.outerjoin(t.channel_leases, of_channel))
            .where(o.state == "owed", o.due_at <= now)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        waits = 0
        for row in rows:
            dead = row.lease_token is not None and not alive(int(row.lease_token.partition("-")[0]))
            later = [row.paused_until, row.next_at, row.lease_until if dead else None]
            waits += any(at is not None and at > now for at in later)
        return len(rows) - waits, waits

    def _settle(self) -> None:
        """Two more days without faults and kills, so that all that was put off is sent."""
        self._slack.faults.clear()
        for pid in [pid for pid in self._running if pid != self._steady]:
            kill(pid)
            self._running.remove(pid)
        answer_everything(self._slack)
        for hours in range(1, 49):
            self._clock.jump_to(BEGIN + timedelta(weeks=self.weeks, hours=hours))
            self._deliver()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:  # nobody listens yet, or it is not ready
        return False
