"""Benchmark a tick with nothing due, at a thousand, a hundred thousand and a million pending rows."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

import procrastinate
import sqlalchemy as sa
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore

from bot.clock import SystemClock
from bot.delivery.batch import Batches
from bot.delivery.digest_delivery import Digests
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.email_sender import EmailSender
from bot.delivery.posted_before import PostedBefore
from bot.delivery.slack_sender import SlackSender
from bot.repository.database import Database
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway
from bot.slack.web_client import connect
from bot.use_cases.outcomes import Outcomes
from tests.bench import peers
from tests.bench.report import Section, Target, spread, times
from tests.bench.seeding import POLICY, WORKSPACE
from tests.bench.setting import DATABASES, POSTGRESQL, SQLITE, Setting

SIZES = (1_000, 100_000, 1_000_000)
#: How many times the tick at a thousand rows the one at a million may take.
FLAT = 2.0
CHANNELS = 500
#: procrastinate is measured up to this many jobs: a fetch takes longer with each of them.
PROCRASTINATE_UP_TO = 100_000

Look = Callable[[], object]
#: (who, database, how many rows) -> milliseconds of a tick, a run each.
Taken = dict[tuple[str, str, int], list[float]]

_SERIES = {
    SQLITE: "WITH RECURSIVE n(x) AS (SELECT :low UNION ALL SELECT x + 1 FROM n WHERE x < :high)",
    POSTGRESQL: "WITH n(x) AS (SELECT generate_series(CAST(:low AS bigint), CAST(:high AS bigint)))",
}
#: Due some time in the 2040s, a second apart.
_DUE = {
    SQLITE: "strftime('%Y-%m-%d %H:%M:%S.000000', 2208988800 + x, 'unixepoch')",
    POSTGRESQL: "to_timestamp(2208988800 + x)",
}
_NO = {SQLITE: "0", POSTGRESQL: "false"}


def _count_nothing(_kind: str, _outcome: str) -> None:
    """Keep no metrics."""


class Ours:
    """A dispatcher with nothing due."""

    name = "bot"

    def __init__(self, bench: Setting, kind: str) -> None:
        self._kind = kind
        self._url = bench.fresh(kind)
        self._database = Database(self._url)
        self._database.migrate()
        clock = SystemClock()
        gateway = Gateway(connect("https://slack.com/api/", "xoxb-0000-none"), clock.now)
        directory = Directory(gateway, clock.now)
        emails = EmailSender(self._database, None, clock)
        self._dispatcher = Dispatcher(
            Batches(
                self._database,
                Outcomes(POLICY),
                POLICY,
                Digests(POLICY, None),
                clock,
                _count_nothing,
            ),
            SlackSender(
                self._database,
                gateway,
                directory,
                emails,
                Digests(POLICY, None),
                clock,
                PostedBefore(gateway, clock, _count_nothing),
            ),
            clock,
            WORKSPACE,
            workers=0,
        )

    def fill(self, low: int, high: int) -> None:
        """Add messages of the far future and their channels."""
        columns = "workspace, key, kind, channel, state, owed_at, due_at, posting, attempts, version, payload"
        statement = f"""
            {_SERIES[self._kind]} INSERT INTO outbox ({columns})
            SELECT :workspace, :key || x, 'reminder', 'C' || (x % {CHANNELS}), 'owed',
                   {_DUE[self._kind]}, {_DUE[self._kind]}, {_NO[self._kind]}, 0, 0, '{{}}'
            FROM n"""
        leases = f"""
            {_SERIES[self._kind]} INSERT INTO channel_leases (workspace, channel, failures)
            SELECT :workspace, 'C' || x, 0 FROM n"""
        with self._database.write() as connection:
            values = {"low": low, "high": high, "workspace": WORKSPACE, "key": "reminder:"}
            connection.execute(sa.text(statement), values)
            if low == 1:
                connection.execute(sa.text(leases), values | {"low": 0, "high": CHANNELS - 1})
        _analyze(self._database.engine)

    def tick(self) -> None:
        """Do what a tick does: claim due messages, and ask when the next one is due."""
        assert self._dispatcher.run_once() == 0
        assert self._dispatcher.next_due() is not None

    def close(self) -> None:
        """Give the database back."""
        self._database.close()


class Store:
    """APScheduler's store with nothing due."""

    name = "APScheduler"

    def __init__(self, bench: Setting, kind: str) -> None:
        self._kind = kind
        url = bench.fresh(kind)
        calls = [("http://127.0.0.1/", "xoxb-0000-none", {"text": "x"}, "C1", "key")]
        peers.fill_store(url, datetime(2040, 1, 1, tzinfo=UTC), calls, keep_all=True)
        self._store: SQLAlchemyJobStore = peers.store(url)

    def fill(self, low: int, high: int) -> None:
        """Copies of one job."""
        statement = f"""
            {_SERIES[self._kind]} INSERT INTO apscheduler_jobs (id, next_run_time, job_state)
            SELECT 'copy-' || x, 2208988800 + x, (SELECT job_state FROM apscheduler_jobs WHERE id = 'job-0') FROM n"""
        with self._store.engine.begin() as connection:
            connection.execute(sa.text(statement), {"low": low, "high": high})
        _analyze(self._store.engine)

    def tick(self) -> None:
        """Do what its scheduler does when it wakes."""
        assert self._store.get_due_jobs(datetime.now(UTC)) == []
        assert self._store.get_next_run_time() is not None

    def close(self) -> None:
        """Give the database back."""
        self._store.shutdown()


class Fetch:
    """procrastinate with nothing due."""

    name = "procrastinate"

    def __init__(self, bench: Setting, kind: str) -> None:
        url = bench.fresh(kind)
        peers.prepare_procrastinate(bench, url)
        self._context = peers.procrastinate_app(bench, url)
        self._app: procrastinate.App = self._context.__enter__()
        self._engine = sa.create_engine(url)

    def fill(self, low: int, high: int) -> None:
        """Jobs of the far future."""
        with self._engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE procrastinate_jobs DISABLE TRIGGER USER"))
            connection.execute(
                sa.text(f"""
                    INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at)
                    {_SERIES[POSTGRESQL]} SELECT 'default', '{peers.TASK}', '{{}}', {_DUE[POSTGRESQL]} FROM n"""),
                {"low": low, "high": high},
            )
            connection.execute(sa.text("ALTER TABLE procrastinate_jobs ENABLE TRIGGER USER"))
        _analyze(self._engine)

    def tick(self) -> None:
        """Do what a worker does when it wakes."""
        row = self._app.connector.execute_query_one(procrastinate.sql.queries["fetch_job"], queues=None, worker_id=None)
        assert row["id"] is None

    def close(self) -> None:
        """Give the database back."""
        self._context.__exit__(None, None, None)
        self._engine.dispose()


def _analyze(engine: sa.Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))


def _milliseconds(look: Look, count: int) -> float:
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        look()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def run(bench: Setting) -> list[Section]:
    """Fill all of them to the same size, and let them take turns."""
    sizes = SIZES[:2] if bench.quick else SIZES
    taken: Taken = defaultdict(list)
    for kind in DATABASES:
        contenders = [Ours(bench, kind), Store(bench, kind)] + ([Fetch(bench, kind)] if kind == POSTGRESQL else [])
        filled = 0
        for size in sizes:
            if size > PROCRASTINATE_UP_TO:
                contenders = [one for one in contenders if one.name != Fetch.name]
            for one in contenders:
                one.fill(filled + 1, size)
                _milliseconds(one.tick, 10)
            filled = size
            for _ in range(bench.repeats):
                for one in contenders:
                    taken[one.name, kind, size].append(_milliseconds(one.tick, 50 if bench.quick else 100))
        for one in contenders:
            one.close()
    return [_section(taken, sizes)]


def _section(taken: Taken, sizes: tuple[int, ...]) -> Section:
    rows, targets = [], []
    for kind in DATABASES:
        for size in sizes:
            ours, store = taken["bot", kind, size], taken["APScheduler", kind, size]
            fetch = taken.get(("procrastinate", kind, size))
            rows.append(
                [
                    kind,
                    f"{size:,}",
                    spread(ours, "ms"),
                    spread(store, "ms"),
                    times(ours, store),
                    spread(fetch, "ms") if fetch else "-",
                ]
            )
        least, most = (statistics.median(taken["bot", kind, size]) for size in (sizes[0], sizes[-1]))
        words = f"{kind}: a tick at {sizes[-1]:,} rows at most {FLAT:.0f} times the one at {sizes[0]:,}"
        targets.append(Target(words, f"{most / least:.2f} times", most / least <= FLAT))
    return Section(
        "A tick with nothing due",
        "One whole tick of each. The bot looks for a channel to claim and for the next due time; APScheduler's "
        "`SQLAlchemyJobStore` returns its due jobs and the next run time; procrastinate fetches a job (PostgreSQL, up "
        f"to {PROCRASTINATE_UP_TO:,} jobs). Each run gives the median of 100 ticks; shown is the median (minimum to "
        "maximum) of the runs.",
        ("database", "pending", "bot", "APScheduler", "ratio", "procrastinate"),
        rows,
        targets,
    )
