"""Time to acknowledge a command, a button and a form over HTTP, with the commit that the last two make."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.access import Actor
from bot.domain.enrollment import Policy
from bot.domain.procedure import WAITS, StepKey
from bot.enrollments import Caller, Enrollments, StartForm
from bot.sandbox import Sandbox, TimeMachine
from bot.storage.database import Database
from tests.support import requests
from tests.support.process import running_bot

#: Requests a second of each run, as the issue asks for.
RATE = 20


@dataclass(frozen=True)
class Times:
    """Milliseconds of one kind of request."""

    kind: str
    values: Sequence[float]

    def quantile(self, share: float) -> float:
        ordered = sorted(self.values)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]

    def __str__(self) -> str:
        return (
            f"{self.kind:<8} n={len(self.values):<5} p50 {statistics.median(self.values):7.1f} ms"
            f"   p99 {self.quantile(0.99):7.1f} ms   max {max(self.values):7.1f} ms"
        )


def seed(database_url: str, count: int, workspace: str) -> list[int]:
    """Enrollments that wait for their first data, one for each request that changes something."""
    database = Database(database_url)
    database.migrate()
    enrollments = Enrollments(database, TimeMachine(), Policy(WAITS))
    caller = Caller(workspace, Actor(requests.USER))
    made = []
    for number in range(count):
        account = f"{100000000000 + number}"
        form = StartForm(account, f"Account {number}", f"{700000 + number}", requests.CHANNEL["id"], requests.USER)
        enrollment = enrollments.start(caller, form)
        enrollments.act_done(caller, enrollment.id, StepKey.CONNECT_ACCOUNT)
        made.append(enrollment.id)
    database.close()
    return made


def bodies(kind: str, ids: Sequence[int]) -> list[str]:
    """One request of a kind for each enrollment."""
    step = StepKey.CONNECT_ACCOUNT.value
    match kind:
        case "command":
            return [requests.command(f"status {100000000000 + number}") for number in range(len(ids))]
        case "button":
            return [requests.button("step.its_ready", f"{number}:{step}") for number in ids]
        case _:
            span = {"span": {"type": "plain_text_input", "value": "3d"}}
            return [requests.form("waits.still_waiting", {"enrollment": n, "step": step}, span) for n in ids]


def measure(port: int, secret: str, kind: str, wanted: Sequence[str], connections: int, rate: float | None) -> Times:
    """Send the requests over several connections, at a rate or as fast as they are answered."""
    taken: list[float] = []
    faults: list[str] = []
    turn = iter(enumerate(wanted))
    mutex = threading.Lock()
    began = time.perf_counter()

    def work() -> None:
        client = requests.Client(port, secret)
        try:
            while True:
                with mutex:
                    number, body = next(turn, (0, None))
                if body is None:
                    return
                if rate is not None:
                    time.sleep(max(0.0, began + number / rate - time.perf_counter()))
                seconds, status, answer = client.send(body)
                with mutex:
                    taken.append(seconds * 1000)
                    if status != 200 or b"errors" in answer:
                        faults.append(f"{status} {answer[:200]!r}")
        finally:
            client.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise AssertionError(f"{len(faults)} of {len(wanted)} {kind} requests failed, first: {faults[0]}")
    return Times(kind, taken)


def run(count: int = 200) -> list[Times]:
    """Command, form and button at the rate that the issue asks for, one after the other."""
    with tempfile.TemporaryDirectory(prefix="eco-bench-") as name, Sandbox.start(TimeMachine(), pace=False) as slack:
        folder = Path(name)
        url = f"sqlite:///{folder / 'bench.db'}"
        ids = seed(url, count, slack.team_id)
        with running_bot(slack, url, folder) as bot:
            print(f"ready after {bot.seconds_to_ready:.2f} s, {bot.memory_mb():.0f} MB")
            return [
                measure(bot.port, slack.signing_secret, kind, bodies(kind, ids), 8, RATE)
                for kind in ("command", "form", "button")
            ]
