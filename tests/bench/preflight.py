"""Benchmark a whole preflight of AWS, against endpoints on this machine that delay each answer by 10 ms."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.report import Section, Target, number, spread
from tests.bench.setting import Setting

ROOT = Path(__file__).parents[2]
#: Seconds of each answer, and of the whole look at most.
LATENCY, LIMIT = 0.010, 2.0
#: With and without a role to assume.
WAYS = {"own credentials": "", "by ECO_AWS_ROLE": "EcoEnrollmentReadOnly"}

#: What a process of its own does: looks, and looks again, and tells the seconds of each, the calls and the passes.
PROGRAM = """
import sys, time
url, role, looks = sys.argv[1], sys.argv[2], int(sys.argv[3])
from bot.checks import BotoInspector
from bot.clock import SystemClock
from bot.domain.aws.preflight import Target, Verdict
aws = BotoInspector(role or None, SystemClock(), endpoint=url)
for _ in range(looks):
    began = time.perf_counter()
    report = aws.preflight(Target("123456789012"))
    print(time.perf_counter() - began)
    assert report.count(Verdict.PASS) == len(report.findings), report
"""


@contextmanager
def _endpoints() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.support.aws.serve", str(LATENCY)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        yield serving.stdout.readline().strip()
        serving.communicate("")


def _looks(url: str, role: str, count: int) -> list[float]:
    environ = {**os.environ, "AWS_ACCESS_KEY_ID": "made", "AWS_SECRET_ACCESS_KEY": "up"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, role, str(count)],
        cwd=ROOT, env=environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [float(line) for line in ran.stdout.split()]


def run(bench: Setting) -> list[Section]:
    """In fresh processes, the two ways in turn."""
    count = 3 if bench.quick else 20
    first: dict[str, list[float]] = {way: [] for way in WAYS}
    later: dict[str, list[float]] = {way: [] for way in WAYS}
    with _endpoints() as url:
        _looks(url, "", 1)  # moto loads each service when it is first asked
        for _ in range(bench.repeats):
            for way, role in WAYS.items():
                begun, *again = _looks(url, role, 1 + count)
                first[way].append(begun)
                later[way].append(statistics.median(again))
    slowest = max(value for values in (*first.values(), *later.values()) for value in values)
    return [
        Section(
            "A preflight of AWS",
            "A complete **Check AWS** of a management account in which everything is right, against moto and a "
            "stand-in for billing, over HTTP, in another process on the same machine. Each answer is delayed by "
            f"{1000 * LATENCY:.0f} ms. The first look of a process imports boto3 and reads its descriptions of six "
            f"services; a later one is the median of {count}. Each: median (minimum to maximum) of "
            f"{len(first['own credentials'])} processes.",
            ("way in", "first look", "later looks"),
            [[way, spread(first[way], "s"), spread(later[way], "s")] for way in WAYS],
            [Target(f"every look in less than {LIMIT:.0f} s", f"{number(slowest)} s at most", slowest < LIMIT)],
        )
    ]
