"""Time to owe ten thousand reminders, one by one as an application does; ours commit a person's change with each."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from bot.storage.database import Database
from tests.bench import peers
from tests.bench.report import Section, Target, ratio, spread
from tests.bench.seeding import STEP, caller, seed, usecases
from tests.bench.setting import DATABASES, POSTGRESQL, Setting

TOTAL = 10_000
#: Enrollments whose reminders are put off in turn.
ENROLLMENTS = 500

#: (who, database) -> seconds for each batch.
Taken = dict[tuple[str, str], list[float]]
#: Owes as many reminders.
Owe = Callable[[int], None]


@contextmanager
def _bot(bench: Setting, kind: str) -> Iterator[Owe]:
    url = bench.fresh(kind)
    seed(url, ENROLLMENTS, 50)
    database = Database(url)
    bot = usecases(database)
    made = [0]

    def owe(count: int) -> None:
        for _ in range(count):
            made[0] += 1
            number = 1 + made[0] % ENROLLMENTS
            bot.still_waiting(caller(f"request:{made[0]}"), number, STEP, timedelta(weeks=6))

    yield owe
    database.close()
    bench.drop(url)


@contextmanager
def _store(bench: Setting, kind: str) -> Iterator[Owe]:
    url = bench.fresh(kind)
    runner = peers.scheduler(url, keep_all=True)
    runner.start(paused=True)
    yield lambda count: peers.add_jobs(runner, peers.later(), _calls(count))
    runner.shutdown()
    bench.drop(url)


@contextmanager
def _procrastinate(bench: Setting, kind: str) -> Iterator[Owe]:
    url = bench.fresh(kind)
    peers.prepare_procrastinate(bench, url)
    with peers.procrastinate_app(bench, url) as app:
        yield lambda count: peers.defer(app, _calls(count), peers.later())
    bench.drop(url)


def _calls(count: int) -> list[tuple[object, ...]]:
    # A reminder of theirs is told by its number; what it says is rendered when it is due.
    return [("http://127.0.0.1/api/", "xoxb-0000-none", {}, *job) for job in peers.jobs(count, 50)]


def run(bench: Setting) -> list[Section]:
    """In batches of a thousand, everybody in turn."""
    batch, batches = (200, 1) if bench.quick else (1000, TOTAL // 1000)
    taken: Taken = defaultdict(list)
    with ExitStack() as stack:
        contenders: dict[tuple[str, str], Owe] = {}
        for kind in DATABASES:
            contenders["bot", kind] = stack.enter_context(_bot(bench, kind))
            contenders["APScheduler", kind] = stack.enter_context(_store(bench, kind))
        contenders["procrastinate", POSTGRESQL] = stack.enter_context(_procrastinate(bench, POSTGRESQL))
        for owe in contenders.values():
            owe(20)
        for _ in range(batches):
            for who, owe in contenders.items():
                began = time.perf_counter()
                owe(batch)
                taken[who].append(time.perf_counter() - began)
    return [_section(taken, batch, batches)]


def _section(taken: Taken, batch: int, batches: int) -> Section:
    rows, targets = [], []
    for (who, kind), values in taken.items():
        each = [1000 * seconds / batch for seconds in values]
        scaled = sum(values) * TOTAL / (batch * batches)
        times = ratio(taken["bot", kind], values)
        rows.append([kind, who, spread(each, "ms"), f"{scaled:.1f} s", "" if who == "bot" else f"{times:.2f}x"])
        if who != "bot":
            targets.append(Target(f"{kind}: ahead of {who}", f"{times:.2f} times its time", times < 1))
    first = statistics.median(taken["bot", DATABASES[0]][:1])
    last = statistics.median(taken["bot", DATABASES[0]][-1:])
    return Section(
        f"Owing {TOTAL:,} reminders",
        "One by one in one thread. Each of the bot's is the use case behind **Still waiting**: it checks who asks, "
        "changes the enrollment, writes the audit, the receipt, the thread line, the card and the reminder, and "
        "commits them together. APScheduler: `add_job` with a date; procrastinate: `defer` with `schedule_at`; neither "
        "commits a change of the application with it. "
        f"Each: median (least to greatest) of {batches} turns of {batch:,}.",
        ("database", "who", "each", f"{TOTAL:,} take", "bot beside it"),
        rows,
        targets,
        [f"The bot's last turn on {DATABASES[0]} takes {last / first:.2f} times the first."] if batches > 1 else [],
    )
