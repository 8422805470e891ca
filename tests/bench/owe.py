"""Benchmark storing ten thousand reminders one by one; the bot commits a person's change with each."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from bot.domain.access import require_change
from bot.domain.snoozing import still_waiting
from bot.repository import audit, enrollment_reader, enrollment_writer
from bot.repository.database import Database
from tests.bench import peers
from tests.bench.report import Section, Target, ratio, spread
from tests.bench.seeding import POLICY, STEP, WORKSPACE, caller, seed, usecases
from tests.bench.setting import DATABASES, POSTGRESQL, Setting

TOTAL = 10_000
TURNS = 10
#: Enrollments whose reminders are put off in turn.
ENROLLMENTS = 500
BOT, BOTH = "bot", "with the change"

#: (who, database) -> milliseconds for each reminder, a turn each.
Taken = dict[tuple[str, str], list[float]]
#: Owes as many reminders.
Owe = Callable[[int], None]


class Application:
    """A database with the bot's enrollments, and a person who puts off one reminder after the other."""

    def __init__(self, bench: Setting, kind: str) -> None:
        self._bench = bench
        self._url = bench.fresh(kind)
        self._count = 50 if bench.quick else ENROLLMENTS
        seed(self._url, self._count, 50)
        self._database = Database(self._url)
        self._usecases = usecases(self._database)
        self._made = 0

    def _next(self) -> int:
        self._made += 1
        return 1 + self._made % self._count

    def owe(self, count: int) -> None:
        """As the bot does it: the change and all that it owes, committed together."""
        for _ in range(count):
            number = self._next()
            self._usecases.still_waiting(
                caller(f"request:{self._made}"), number, STEP, datetime.now(UTC).date() + timedelta(weeks=6)
            )

    def change(self) -> None:
        """The same change, checked, stored and audited by the same code, which owes nothing with it."""
        number = self._next()
        with self._database.write() as connection:
            before = enrollment_reader.load(connection, WORKSPACE, number, lock=True)
            require_change(before, caller().actor)
            now, by = datetime.now(UTC), caller().actor.user_id
            change = still_waiting(before, STEP, now.date() + timedelta(weeks=6), by=by, now=now, policy=POLICY)
            saved = enrollment_writer.save(connection, before, change)
            audit.append(connection, before, change, saved.version)

    def close(self) -> None:
        """Give the database back."""
        self._database.close()
        self._bench.drop(self._url)


@contextmanager
def _bot(bench: Setting, kind: str) -> Iterator[Owe]:
    application = Application(bench, kind)
    yield application.owe
    application.close()


@contextmanager
def _store(bench: Setting, kind: str) -> Iterator[Owe]:
    url = bench.fresh(kind)
    runner = peers.scheduler(url, keep_all=True)
    runner.start(paused=True)
    yield lambda count: peers.add_jobs(runner, peers.later(), _calls(count))
    runner.shutdown()
    bench.drop(url)


@contextmanager
def _procrastinate(bench: Setting, _kind: str) -> Iterator[Owe]:
    url = bench.fresh(POSTGRESQL)
    peers.prepare_procrastinate(bench, url)
    with peers.procrastinate_app(bench, url) as app:
        yield lambda count: peers.defer(app, _calls(count), peers.later())
    bench.drop(url)


Contender = Callable[[Setting, str], AbstractContextManager[Owe]]


def _with_change(peer: Contender) -> Contender:
    """The peer in an application that makes the same change, in a transaction of its own, before each job."""

    @contextmanager
    def both(bench: Setting, kind: str) -> Iterator[Owe]:
        application = Application(bench, kind)
        with peer(bench, kind) as owe:

            def one_by_one(count: int) -> None:
                for _ in range(count):
                    application.change()
                    owe(1)

            yield one_by_one
        application.close()

    return both


CONTENDERS: dict[str, Contender] = {
    BOT: _bot,
    f"APScheduler {BOTH}": _with_change(_store),
    f"procrastinate {BOTH}": _with_change(_procrastinate),
    "APScheduler, the job alone": _store,
    "procrastinate, the job alone": _procrastinate,
}


def _calls(count: int) -> list[tuple[object, ...]]:
    # A reminder of theirs is told by its number; what it says is rendered when it is due.
    return [("http://127.0.0.1/api/", "xoxb-0000-none", {}, *job) for job in peers.jobs(count, 50)]


def run(bench: Setting) -> list[Section]:
    """In batches, everybody in turn."""
    batch, batches = (100, 1) if bench.quick else (TOTAL // TURNS, TURNS)
    taken: Taken = defaultdict(list)
    with ExitStack() as stack:
        contenders = {
            (name, kind): stack.enter_context(make(bench, kind))
            for kind in DATABASES
            for name, make in CONTENDERS.items()
            if kind == POSTGRESQL or not name.startswith("procrastinate")
        }
        for owe in contenders.values():
            owe(20)
        for _ in range(batches):
            for who, owe in contenders.items():
                some = batch // 10 if who[0].endswith(BOTH) else batch
                began = time.perf_counter()
                owe(some)
                taken[who].append(1000 * (time.perf_counter() - began) / some)
    return [_section(taken, batch)]


def _section(taken: Taken, batch: int) -> Section:
    rows, targets = [], []
    for (who, kind), values in taken.items():
        total = statistics.mean(values) * TOTAL / 1000
        times = ratio(taken[BOT, kind], values)
        rows.append([kind, who, spread(values, "ms"), f"{total:.1f} s", "" if who == BOT else f"{times:.2f}x"])
        if who != BOT:
            targets.append(Target(f"{kind}: ahead of {who}", f"{times:.2f} times its time", times < 1))
    first, *_, last = [*taken[BOT, DATABASES[0]], taken[BOT, DATABASES[0]][-1]]
    return Section(
        f"Storing {TOTAL:,} reminders",
        "One by one, in one thread. For the bot, each is the use case behind **Still waiting**: it checks the person's "
        "rights, changes the enrollment, and commits the change together with its audit entry, idempotency key, thread "
        "line, card and reminder. A peer `with the change` makes the same change and audit entry with the same code in "
        "the same kind of database, commits, and then adds its job (`add_job` with a date, `defer` with "
        "`schedule_at`). A crash between the two loses the reminder, and no thread line or card is stored. "
        f"Each: median (minimum to maximum) of {len(taken[BOT, kind])} turns of {batch:,} ({BOTH}: {batch // 10:,}).",
        ("database", "system", "each", f"{TOTAL:,} take", "bot / peer"),
        rows,
        targets,
        [f"The bot's last turn on {DATABASES[0]} takes {last / first:.2f} times its first."] if len(values) > 1 else [],
    )
