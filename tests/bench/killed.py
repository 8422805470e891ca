"""Benchmark killing a process of DBOS Transact while it posts: repeated messages, and messages left behind.

The outbox is put to the same test by `make crashes`.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from typing import Any

from tests.bench import peers
from tests.bench.answering import Answering, answering
from tests.bench.report import Section
from tests.bench.setting import DATABASES, Setting
from tests.support.bot_process import ROOT

TOTAL = 400
CHANNELS = 20
KILLS = 4
MESSAGE = {"text": "Reminder: your part of the enrollment is due."}

SAME, OTHER = "the same", "another one"


def run(bench: Setting) -> list[Section]:
    """Start again under the same executor ID, as one machine does, and under a new one, as a new container does."""
    count = 100 if bench.quick else TOTAL
    repeated: dict[tuple[str, str], list[int]] = defaultdict(list)
    left: dict[tuple[str, str], list[int]] = defaultdict(list)
    with answering() as slack:
        for _, kind, which in itertools.product(range(bench.repeats), DATABASES, (SAME, OTHER)):
            keys, missing = _killed(bench, kind, slack, count, which)
            repeated[kind, which].append(len(keys) - len(set(keys)))
            left[kind, which].append(missing)
    rows = [[kind, which, _each(repeated[kind, which]), _each(left[kind, which])] for kind, which in sorted(repeated)]
    return [
        Section(
            f"DBOS Transact: {count:,} posts while its process is killed {KILLS} times",
            "Each job is a workflow of one step that posts a message. The process is killed and started again, under "
            "the same executor ID or under another one, and works until it finds nothing more to do. One figure "
            "for each run. The bot's own crash runs are `make crashes`.",
            ("database", "executor ID", "posted twice", "never posted, left with a dead executor"),
            rows,
        )
    ]


def _each(counts: list[int]) -> str:
    return ", ".join(map(str, counts))


def _killed(bench: Setting, kind: str, slack: Answering, count: int, which: str) -> tuple[list[str], int]:
    url = bench.fresh(kind)
    peers.fill_dbos(url, [(slack.api_url, slack.bot_token, MESSAGE, *job) for job in peers.jobs(count, CHANNELS)])
    slack.forget()
    for number in range(KILLS):
        with _executor(url, _name(which, number)) as process:
            enough = (number + 1) * count // (KILLS + 1)
            end = time.monotonic() + peers.PATIENCE
            while slack.posted() < enough:
                assert process.poll() is None, "DBOS ended before it was killed"
                assert time.monotonic() < end, "DBOS did not get so far"
            process.kill()
    with _executor(url, _name(which, KILLS)) as last:
        assert last.wait(peers.PATIENCE) == 0, "DBOS did not come to its end"
    behind = peers.dbos_left(url, _name(which, KILLS))[1]
    keys = [post.key for post in slack.posts()]
    missing = count - len(set(keys))
    assert missing <= behind, f"{missing} messages are missing, of which {behind} are with a dead executor"
    bench.drop(url)
    return keys, missing


def _name(which: str, number: int) -> str:
    return peers.EXECUTOR if which == SAME else f"{peers.EXECUTOR}-{number}"


def _executor(url: str, name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", __name__, json.dumps([url, name])], cwd=ROOT)


def _work(url: str, name: str) -> None:
    with peers.dbos_executor(url, executor=name):
        while peers.dbos_left(url, name)[0]:
            threading.Event().wait(0.1)


if __name__ == "__main__":
    arguments: Any = json.loads(sys.argv[1])
    _work(*arguments)
