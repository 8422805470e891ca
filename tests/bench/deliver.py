"""Benchmark delivering a thousand messages that are due at once, to a server that answers at once."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import SystemClock
from bot.delivery.batch import Batches
from bot.delivery.digest_delivery import Digests
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.email_sender import EmailSender
from bot.delivery.posted_before import PostedBefore
from bot.delivery.slack_sender import SlackSender
from bot.presentation import notifications
from bot.presentation.notifications import Due
from bot.repository.database import Database
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway
from bot.slack.web_client import TIMEOUT, connect
from bot.use_cases.outcomes import Outcomes
from tests.bench import peers
from tests.bench.answering import Answering, answering
from tests.bench.report import Section, Target, number, ratio, spread
from tests.bench.seeding import POLICY, STEP, WORKSPACE, seed, set_line_due, usecases
from tests.bench.setting import DATABASES, POSTGRESQL, Setting
from tests.support import signed_requests

TOTAL = 1_000
CHANNELS = 20
PATIENCE = 120.0
#: What the bot sends; a peer is compared with its thread lines.
LINES, REMINDERS = "bot, thread lines", "bot, reminders"


@dataclass(frozen=True)
class Run:
    """How long a run took, and how many messages arrived at the server."""

    seconds: float
    arrived: int
    repeated: int


def _counted(slack: Answering, work: Callable[[], None]) -> Run:
    slack.forget()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    keys = [post.key for post in slack.posts()]
    return Run(seconds, len(set(keys)), len(keys) - len(set(keys)))


def bot(bench: Setting, kind: str, slack: Answering, count: int, *, reminders: bool) -> Run:
    """Send a message for each of `count` enrollments.

    Args:
        reminders: each in a channel of its own, as those of one channel would be one message, and each followed by the
            next one; else thread lines over `CHANNELS` channels.
    """
    url = bench.fresh(kind)
    seed(url, count, count if reminders else CHANNELS, [datetime.now(UTC)] * (count if reminders else 0))
    database = Database(url)
    if not reminders:
        with database.write() as connection:
            set_line_due(connection, range(1, count + 1), datetime.now(UTC))
    clock = SystemClock()
    client = connect(slack.api_url, slack.bot_token, TIMEOUT)
    gateway = Gateway(client, clock.now)
    done = threading.Semaphore(0)

    def note(_kind: str, outcome: str) -> None:
        if outcome == "sent":
            done.release()

    emails = EmailSender(database, None, clock)
    dispatcher = Dispatcher(
        Batches(database, Outcomes(POLICY), POLICY, Digests(POLICY, None), clock, note),
        SlackSender(
            database,
            gateway,
            Directory(gateway, clock.now),
            emails,
            Digests(POLICY, None),
            clock,
            PostedBefore(gateway, clock, note),
        ),
        clock,
        WORKSPACE,
        pace=timedelta(),
        workers=peers.WORKERS,
    )

    def work() -> None:
        dispatcher.wake()
        for _ in range(count):
            assert done.acquire(timeout=PATIENCE), "the delivery did not come to its end"
        assert dispatcher.stop(PATIENCE)  # the last transactions have ended, too

    found = _counted(slack, work)
    database.close()
    bench.drop(url)
    return found


def _message(bench: Setting) -> dict[str, Any]:
    """The content of such a reminder, for all of the peers' jobs."""
    url = bench.fresh(DATABASES[0])
    seed(url, 1, 1)
    database = Database(url)
    enrollment = usecases(database).get(WORKSPACE, 1)
    database.close()
    bench.drop(url)
    reminder = enrollment.step(STEP).reminder
    assert reminder is not None
    said = notifications.reminder(Due(enrollment, STEP, reminder), datetime.now(UTC), (signed_requests.USER,))
    return {"text": said.text, "blocks": said.blocks, "thread_ts": "1.000001", "reply_broadcast": True}


def store(
    bench: Setting, kind: str, slack: Answering, count: int, message: dict[str, Any], *, keep_all: bool = True
) -> Run:
    """APScheduler's jobs, due at once; with `keep_all` nothing is too late for it."""
    url = bench.fresh(kind)
    calls = [(slack.api_url, slack.bot_token, message, *job) for job in peers.jobs(count, CHANNELS)]
    due = datetime.now(UTC)
    if not keep_all:
        due += timedelta(seconds=3)  # it is up and waiting when they fall due
    peers.fill_store(url, due, calls, keep_all=keep_all)
    found = _counted(slack, lambda: peers.run_store(url, count, keep_all=keep_all))
    bench.drop(url)
    return found


def procrastinate(bench: Setting, slack: Answering, count: int, message: dict[str, Any]) -> Run:
    """procrastinate's jobs, due at once."""
    url = bench.fresh(POSTGRESQL)
    peers.prepare_procrastinate(bench, url)
    with peers.procrastinate_app(bench, url) as app:
        calls = [(slack.api_url, slack.bot_token, message, *job) for job in peers.jobs(count, CHANNELS)]
        peers.defer(app, calls)
    found = _counted(slack, lambda: peers.run_worker(bench, url))
    bench.drop(url)
    return found


def dbos(bench: Setting, kind: str, slack: Answering, count: int, message: dict[str, Any]) -> Run:
    """Workflows of DBOS Transact, in its queue."""
    url = bench.fresh(kind)
    peers.fill_dbos(url, [(slack.api_url, slack.bot_token, message, *job) for job in peers.jobs(count, CHANNELS)])
    found = _counted(slack, lambda: peers.run_dbos(url, count))
    bench.drop(url)
    return found


def run(bench: Setting) -> list[Section]:
    """Everybody in turn, then APScheduler once more with the settings that it comes with."""
    count = 100 if bench.quick else TOTAL
    runs: dict[tuple[str, str], list[Run]] = defaultdict(list)
    dropped: dict[str, list[Run]] = defaultdict(list)
    message = _message(bench)
    with answering() as slack:
        for _ in range(bench.repeats):
            for kind in DATABASES:
                runs[LINES, kind].append(bot(bench, kind, slack, count, reminders=False))
                runs[REMINDERS, kind].append(bot(bench, kind, slack, count, reminders=True))
                runs["APScheduler", kind].append(store(bench, kind, slack, count, message))
                runs["DBOS Transact", kind].append(dbos(bench, kind, slack, count, message))
            runs["procrastinate", POSTGRESQL].append(procrastinate(bench, slack, count, message))
        for _ in range(0 if bench.quick else 2):  # a few jobs would all come through
            for kind in DATABASES:
                dropped[kind].append(store(bench, kind, slack, count, message, keep_all=False))
    return [_speed(runs, count)] + ([_drops(dropped, count)] if dropped else [])


def _speed(runs: dict[tuple[str, str], list[Run]], count: int) -> Section:
    rows, targets = [], []
    for (who, kind), made in runs.items():
        seconds = [one.seconds for one in made]
        missing, repeated = (sum(values) for values in ([count - r.arrived for r in made], [r.repeated for r in made]))
        times = ratio([one.seconds for one in runs[LINES, kind]], seconds)
        beside = "" if who in (LINES, REMINDERS) else f"{times:.2f}x"
        pace = number(count / sorted(seconds)[len(seconds) // 2])
        rows.append([kind, who, spread(seconds, "s"), f"{pace}/s", str(missing), str(repeated), beside])
        if who in (LINES, REMINDERS):
            none = not missing and not repeated
            targets.append(Target(f"{kind}, {who}: nothing missing or twice", f"{missing} and {repeated}", none))
        else:
            targets.append(Target(f"{kind}: ahead of {who}", f"{times:.2f} times its time", times < 1))
    return Section(
        f"Delivering {count:,} messages that are due at once",
        f"{peers.WORKERS} at a time, to a server that answers at once, with the pace limit off. The bot renders each "
        f"message from its enrollment, marks it before the call, posts it and records the result. Its thread lines are "
        f"spread over {CHANNELS} channels. Its reminders are in a channel each, as those of one channel would be one "
        "message; after each it plans the next one. The peers' jobs post a message of the size of a reminder, rendered "
        "beforehand, with settings that drop nothing. Missing and repeated messages are counted at the server, over "
        "all runs. Compared are the thread lines.",
        ("database", "system", "time", "rate", "missing", "repeated", "bot / peer"),
        rows,
        targets,
    )


def _drops(dropped: dict[str, list[Run]], count: int) -> Section:
    rows = [[kind, spread([count - one.arrived for one in made])] for kind, made in dropped.items()]
    return Section(
        "Jobs that APScheduler drops with its default settings",
        f"{count:,} jobs due at the same moment, while its scheduler runs: the number that never ran "
        "(`misfire_grace_time` is one second).",
        ("database", f"dropped of {count:,}"),
        rows,
    )
