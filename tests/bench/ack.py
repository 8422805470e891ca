"""Time to acknowledge a command, a form with its commit, and a button over HTTP, beside a bare Bolt app."""

from __future__ import annotations

import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, cycle

import sqlalchemy as sa

from bot.repository import tables as t
from bot.repository.database import Database
from tests.bench.answering import Answering, answering
from tests.bench.bare import running_bare_app
from tests.bench.report import Section, Target, number, quantile, ratio, spread
from tests.bench.seeding import STEP, account, caller, seed, usecases
from tests.bench.setting import SQLITE, Setting
from tests.support import signed_requests
from tests.support.bot_process import running_bot
from tests.support.wait_until import eventually

KINDS = ("command", "form", "button")
#: Connections, and requests a second; None is as fast as they are answered.
Load = tuple[int, float | None]
AT_RATE = 20.0
LOADS: tuple[Load, ...] = ((8, None), (32, None), (8, AT_RATE))
#: Requests of each kind that are made first: what is made once in a process is not what is measured.
WARM_UP = 20
CHANNELS = 200
#: How many times the bare app's p50 the command may take.
ALLOWED = 1.5

#: Who presses and submits, in turns: the bot runs 12 requests of one person at a time and refuses more. All of them are
#: admins, because they act on enrollments of one owner.
PEOPLE = [signed_requests.USER, *(f"U0ADMIN{number}" for number in range(3))]
ADMINS = {"ECO_ADMINS": ",".join(PEOPLE)}

#: (who, kind, load) -> the milliseconds of each run's requests.
Taken = dict[tuple[str, str, Load], list[list[float]]]


def bodies(kind: str, ids: Sequence[int], slack: Answering) -> list[str]:
    """One request of a kind for each enrollment."""
    people = cycle(PEOPLE)
    match kind:
        case "command":
            # Of as many people: one alone may have 20 commands waiting.
            return [
                signed_requests.command(f"status {account(number)}", slack.response_url, f"U0BENCH{number:04}")
                for number in ids
            ]
        case "button":
            return [signed_requests.button("step.its_ready", f"{n}:{STEP.value}", next(people)) for n in ids]
        case _:
            day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
            until = {"until": {"type": "datepicker", "selected_date": day}}
            about = [{"enrollment": n, "step": STEP} for n in ids]
            return [signed_requests.form("waits.still_waiting", step, until, next(people)) for step in about]


def measure(
    port: int, secret: str, wanted: Sequence[str], connections: int, rate: float | None, *, check: bool = True
) -> list[float]:
    """Send requests over several connections, at a rate or as fast as they are answered; milliseconds of each."""
    taken: list[float] = []
    faults: list[str] = []
    turn: Iterator[tuple[int, str]] = iter(enumerate(wanted))
    mutex = threading.Lock()
    began = time.perf_counter()

    def work() -> None:
        client = signed_requests.Client(port, secret)
        try:
            while True:
                with mutex:
                    place, body = next(turn, (0, None))
                if body is None:
                    return
                if rate is not None:
                    time.sleep(max(0.0, began + place / rate - time.perf_counter()))
                seconds, status, answer = client.send(body)
                with mutex:
                    taken.append(seconds * 1000)
                    if status != 200 or (check and b"errors" in answer):
                        faults.append(f"{status} {answer[:200]!r}")
        finally:
            client.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise AssertionError(f"{len(faults)} of {len(wanted)} requests failed, first: {faults[0]}")
    return taken


def _become_quiet(slack: Answering) -> None:
    """Wait until the messages of the last requests are sent, so that they slow down no measurement."""
    seen = [-1]

    def quiet() -> bool:
        before, seen[0] = seen[0], slack.calls()
        time.sleep(0.25)
        return before == seen[0]

    eventually(quiet, timeout=60)


def _until_answered(slack: Answering, count: int) -> float:
    """Seconds until as many commands have their answer, from now on."""
    began = time.perf_counter()
    eventually(lambda: slack.answers() >= count, timeout=60)
    return time.perf_counter() - began


def _commits(url: str, first: int, times: int, rate: float | None) -> list[float]:
    """Milliseconds of the form's use case alone, in this process, one after the other or at a rate."""
    database = Database(url)
    bot = usecases(database)
    taken = []
    for place in range(first, first + times):
        if rate is not None:
            time.sleep(1 / rate)
        began = time.perf_counter()
        bot.still_waiting(caller(f"commit:{place}"), 1 + place, STEP, datetime.now(UTC).date() + timedelta(days=3))
        taken.append((time.perf_counter() - began) * 1000)
    database.close()
    return taken


def _end_windows(url: str) -> None:
    """Let every wait be due, so that **It's ready** asks nothing."""
    database = Database(url)
    with database.write() as connection:
        connection.execute(sa.update(t.steps).where(t.steps.c.latest.is_not(None)).values(latest=datetime.now(UTC)))
    database.close()


def run(bench: Setting) -> list[Section]:
    """Every kind at every load; the bot and the bare app take turns."""
    requests_each = 24 if bench.quick else 200
    at_rate = 8 if bench.quick else 60
    rounds = min(bench.repeats, 3)
    taken: Taken = defaultdict(list)
    commits: list[float] = []
    paced: list[float] = []
    answered: dict[Load, list[float]] = defaultdict(list)
    template = bench.fresh(SQLITE)
    seed(template, WARM_UP + 2 * requests_each + at_rate, CHANNELS)
    _end_windows(template)
    for _ in range(rounds):
        url = bench.copy(template)
        with answering() as slack:
            with running_bot(slack, url, bench.folder, **ADMINS) as bot:
                ids = count(1)
                warm = [next(ids) for _ in range(WARM_UP)]
                for kind in KINDS:
                    measure(bot.port, slack.signing_secret, bodies(kind, warm, slack), 8, None)
                    _become_quiet(slack)
                for load in LOADS:
                    some = [next(ids) for _ in range(at_rate if load[1] else requests_each)]
                    for kind in KINDS:
                        slack.forget()
                        wanted = bodies(kind, some, slack)
                        taken["bot", kind, load].append(measure(bot.port, slack.signing_secret, wanted, *load))
                        if kind == "command":
                            answered[load].append(_until_answered(slack, len(some)))
                        _become_quiet(slack)
            with running_bare_app(slack) as port:
                for kind in KINDS:
                    measure(port, slack.signing_secret, bodies(kind, range(1, WARM_UP + 1), slack), 8, None)
                for load in LOADS:
                    some = list(range(1, 1 + (at_rate if load[1] else requests_each)))
                    for kind in KINDS:
                        wanted = bodies(kind, some, slack)
                        taken["bare", kind, load].append(measure(port, slack.signing_secret, wanted, *load))
        bench.drop(url)
        copied = bench.copy(template)
        commits += _commits(copied, 0, 50, None)
        paced += _commits(copied, 50, 20, AT_RATE)
        bench.drop(copied)
    return [_section(taken, (statistics.median(commits), statistics.median(paced)), answered)]


def _p50(runs: Sequence[Sequence[float]]) -> list[float]:
    return [statistics.median(run) for run in runs]


def _name(load: Load) -> str:
    connections, rate = load
    return f"{connections} connections, " + (f"{rate:.0f} a second" if rate else "no pause")


def _section(taken: Taken, alone: tuple[float, float], answered: Mapping[Load, Sequence[float]]) -> Section:
    rows, targets = [], []
    for load in LOADS:
        (connections, rate), name = load, _name(load)
        for kind in KINDS:
            ours, bare = taken["bot", kind, load], taken["bare", kind, load]
            times = ratio(_p50(ours), _p50(bare))
            p99 = [quantile([value for run in runs for value in run], 0.99) for runs in (ours, bare)]
            rows.append(
                [name, kind, spread(_p50(ours), "ms"), spread(_p50(bare), "ms"), f"{times:.2f}x"]
                + [f"{number(value)} ms" for value in p99]
            )
            if kind == "command":
                words = f"command at most {ALLOWED} times the bare app's p50 ({name})"
                targets.append(Target(words, f"{times:.2f} times", times <= ALLOWED))
            if kind == "form":
                # As fast as they are answered, a form waits for the commits of the forms before it, too.
                waits = alone[1] if rate else alone[0] * connections
                allowed = ALLOWED * statistics.median(_p50(bare)) + waits
                words = (
                    f"form at most {ALLOWED} times the bare app's p50 and its commits, {number(allowed)} ms ({name})"
                )
                measured = statistics.median(_p50(ours))
                targets.append(Target(words, f"{number(measured)} ms", measured <= allowed))
    return Section(
        "Acknowledgement over HTTP",
        "Signed requests over kept-alive connections, on SQLite. Forms and buttons are acknowledged after their "
        "commit, while the same process delivers the messages that they cause. The bare app is an empty listener with "
        "`process_before_response=True` behind the same HTTP server and signature check, in a process of its own. "
        "p50: median (minimum to maximum) of the runs. p99: of all requests together.",
        ("load", "request", "bot p50", "bare p50", "ratio", "bot p99", "bare p99"),
        rows,
        targets,
        [
            f"The form's use case alone, in a process without requests, takes {number(alone[0])} ms back to back and "
            f"{number(alone[1])} ms at {AT_RATE:.0f} a second (medians).",
            "A command is acknowledged first and answered through its response_url afterwards. The last answer of a "
            "run arrived after its last acknowledgement, within "
            + ", ".join(f"{number(max(answered[load]))} s ({_name(load)})" for load in LOADS)
            + ".",
        ],
    )
