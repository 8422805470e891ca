"""`make bench`: run the benchmarks, print their results, and write them to docs/BENCHMARKS.md with --write.

The results replace the part of that page between the two markers; what stands around them is written by hand.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.bench.report import Section
from tests.bench.setting import Setting, setting
from tests.support.postgres import PostgresUnavailableError

#: Every benchmark, by the name of its module.
BENCHMARKS = {
    "ack": "acknowledging a command, a form and a button, beside a bare Bolt app",
    "tick": "a tick with nothing due, beside the stores of peers",
    "owe": "storing ten thousand reminders, beside peers that add a job for each",
    "deliver": "delivering a thousand messages that are due at once, beside peers that post the same",
    "killed": "killing a process of a peer while it posts; for the bot this is `make crashes`",
    "pace": "the pace of a busy channel and the lateness of reminders, with the pace limit on",
    "preflight": "a whole preflight of AWS against local endpoints with 10 ms of latency",
    "portfolio": "lists, look-ups and card edits over ten thousand enrollments, beside a hundred",
    "lists": "reading lists of five thousand lines from text, CSV and XLSX",
    "footprint": "start, memory, and memory after a day's traffic",
}
LIBRARIES = ("slack-bolt", "slack-sdk", "SQLAlchemy", "APScheduler", "waitress", "boto3", "procrastinate", "dbos")
PAGE = Path(__file__).parents[2] / "docs/BENCHMARKS.md"
#: What stands between these two lines of the page is written by `--write`.
BEGIN, END = "<!-- written by make bench: begin -->", "<!-- written by make bench: end -->"


def main() -> int:
    """Run the benchmarks; exit code 2 where PostgreSQL is missing. A missed target is printed and fails nothing."""
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes, one repetition; for trying things out")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="this benchmark only")
    parser.add_argument("--write", action="store_true", help="write the results to docs/BENCHMARKS.md")
    options = parser.parse_args()
    sections: list[Section] = []
    try:
        with setting(options.quick) as bench:
            print(_machine(bench), flush=True)
            for name in options.only or BENCHMARKS:
                print(f"\n## {name}: {BENCHMARKS[name]}\n", flush=True)
                began = time.monotonic()
                for section in importlib.import_module(f"tests.bench.{name}").run(bench):
                    print(section.markdown(), flush=True)
                    sections.append(section)
                print(f"({name} took {time.monotonic() - began:.0f} s)", flush=True)
            about = _machine(bench)
    except PostgresUnavailableError as absent:
        print(absent, file=sys.stderr)
        return 2
    if options.write:
        PAGE.write_text(_rewritten(PAGE.read_text(), about, sections))
    return 0


def _machine(bench: Setting) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
        *(f"{name} {number}" for name, number in bench.versions().items()),
        *(f"{name} {version(name)}" for name in LIBRARIES),
    ]
    return f"Measured {datetime.now(UTC):%Y-%m-%d} on {', '.join(parts)}."


def _rewritten(page: str, about: str, sections: list[Section]) -> str:
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return "\n".join([f"{before}{BEGIN}\n\n{about}\n", *(section.markdown() for section in sections), f"{END}{after}"])


if __name__ == "__main__":
    sys.exit(main())
