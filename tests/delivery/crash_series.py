"""`make crashes`: seeded crash runs on both databases, of several processes or workspaces, and their totals."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.delivery.crash_harness import ForkServer, crash_run, fork_server
from tests.delivery.crash_results import Result
from tests.installation.several_crash_run import crash_run_of_several
from tests.support import postgres

#: Gives the URL of an empty database for a seed, dropped after its run: hundreds of them would be gigabytes.
NewDatabase = Callable[[int], AbstractContextManager[str]]


def main() -> int:
    """Run them; return exit code 1 if a message was lost, repeated or out of order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="runs with one process on each database")
    parser.add_argument("--several", type=int, default=10, help="runs with two, and with four processes on each")
    parser.add_argument("--limited", type=int, default=2, help="runs in which Slack limits look-ups, on each")
    parser.add_argument("--period", type=float, default=60, help="seconds between two pages of a limited look-up")
    parser.add_argument("--workspaces", type=int, default=10, help="runs of three workspaces in a process, on each")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="on one of them only")
    options = parser.parse_args()
    clean = True
    with fork_server() as forks, databases() as kinds:
        for kind, new in kinds.items():
            if options.database not in (None, kind):
                continue
            for processes, runs in ((1, options.runs), (2, options.several), (4, options.several)):
                clean &= _series(forks, kind, new, processes, runs)
            clean &= _series(forks, kind, new, 1, options.limited, options.period)
            clean &= _series_of_several(forks, kind, new, options.workspaces)
    return 0 if clean else 1


def _series(
    forks: ForkServer, kind: str, new: NewDatabase, processes: int, runs: int, period: float | None = None
) -> bool:
    began = time.monotonic()
    results: list[Result] = []
    for number in range(runs):
        seed = processes * 1000 + number
        with new(seed) as url:
            results.append(crash_run(forks, url, seed, processes=processes, period=period))
        if not results[-1].clean:
            print(f"NOT CLEAN: {results[-1]}", flush=True)
    if not results:
        return True
    owed, kills = sum(r.owed for r in results), sum(r.kills for r in results)
    lost, twice = sum(len(r.missing) for r in results), sum(len(r.repeated) for r in results)
    disorder = sum(len(r.disorder) for r in results)
    regime = "" if period is None else f", look-ups one page in {period:g} s"
    print(
        f"{kind:<10} {processes} process(es){regime}: {runs} runs, {owed} messages owed, {kills} kills (median "
        f"{statistics.median(r.kills for r in results):g} a run), {lost} lost, {twice} said twice, "
        f"{disorder} threads out of order; {time.monotonic() - began:.0f} s",
        flush=True,
    )
    return all(result.clean for result in results)


def _series_of_several(forks: ForkServer, kind: str, new: NewDatabase, runs: int) -> bool:
    began = time.monotonic()
    found: dict[str, list[Result]] = {}
    for number in range(runs):
        with new(9000 + number) as url:
            for team, result in crash_run_of_several(forks, url, 9000 + number, enrollments=20, kills=8).items():
                found.setdefault(team, []).append(result)
                if not result.clean:
                    print(f"NOT CLEAN: {team} {result}", flush=True)
    for team, results in found.items():
        lost, twice = sum(len(r.missing) for r in results), sum(len(r.repeated) for r in results)
        print(
            f"{kind:<10} {team}, one of three in a process: {runs} runs, {sum(r.owed for r in results)} messages owed, "
            f"{sum(r.kills for r in results)} kills, {lost} lost, {twice} said twice, "
            f"{sum(len(r.disorder) for r in results)} threads out of order; {time.monotonic() - began:.0f} s",
            flush=True,
        )
    return all(result.clean for results in found.values() for result in results)


@contextmanager
def databases() -> Iterator[dict[str, NewDatabase]]:
    """Kind of database -> a function that makes new ones."""
    with postgres.running_cluster() as cluster:

        @contextmanager
        def sqlite(seed: int) -> Iterator[str]:
            with tempfile.TemporaryDirectory(prefix="eco-crashes-") as folder:
                yield f"sqlite:///{Path(folder) / f'{seed}.db'}"

        @contextmanager
        def postgresql(_: int) -> Iterator[str]:
            name = cluster.create_database()
            yield cluster.url(name)
            cluster.drop_database(name)

        yield {"sqlite": sqlite, "postgresql": postgresql}


if __name__ == "__main__":
    sys.exit(main())
