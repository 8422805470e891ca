"""`make soak`: three workspaces, one after the other, eight weeks each; exit code 1 if anything was lost or grew."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path

from tests.delivery.crash_harness import fork_server
from tests.delivery.crash_series import databases
from tests.soak.life import Life
from tests.soak.life_results import Sample

#: The kinds of databases of the workspaces.
KINDS = ("sqlite", "postgresql", "sqlite")


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="make soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--enrollments", type=int, default=200, help="of each workspace")
    parser.add_argument("--workspaces", type=int, default=3)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="the same for all workspaces")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    faults: list[str] = []
    with fork_server() as forks, databases() as kinds, tempfile.TemporaryDirectory(prefix="eco-soak-") as folder:
        for number in range(options.workspaces):
            kind = options.database or KINDS[number % len(KINDS)]
            made: AbstractContextManager[str] = kinds[kind](options.seed + number)
            with made as url:
                print(f"workspace {number + 1}, {kind}, {options.enrollments} enrollments:", flush=True)
                began, seed = time.monotonic(), options.seed + number
                result = Life(forks, url, Path(folder), seed, options.enrollments, options.weeks, _say).run()
                print(f"  {result} ({time.monotonic() - began:.0f} s)", flush=True)
                faults += [f"workspace {number + 1}: {fault}" for fault in result.faults_found]
    print("\n".join(faults) or "Nothing was lost, nothing was said twice, and nothing grew.", flush=True)
    return 1 if faults else 0


def _say(sample: Sample) -> None:
    print(f"  {sample}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
