"""Benchmark the start of the process, its memory, and its memory after a day's traffic."""

from __future__ import annotations

import statistics
from itertools import cycle, islice

from tests.bench.ack import ADMINS, bodies, measure
from tests.bench.answering import Answering, answering
from tests.bench.report import Section, Target, number, spread
from tests.bench.seeding import seed
from tests.bench.setting import DATABASES, Setting
from tests.support.bot_process import Bot, running_bot
from tests.support.wait_until import eventually

READY, MEMORY = 1.5, 120.0
#: MB by which the second half of a day may leave the process larger than the first half did.
GROWTH = 5.0
ENROLLMENTS = 300
#: A day's traffic is cut into so many parts; memory is read after each.
PARTS = 6


def run(bench: Setting) -> list[Section]:
    """Starts on both databases, then a day on SQLite."""
    with answering() as slack:
        return [_starts(bench, slack), _day(bench, slack)]


def _starts(bench: Setting, slack: Answering) -> Section:
    rows, targets = [], []
    for kind in DATABASES:
        seconds, memory, first = [], [], 0.0
        url = bench.fresh(kind)
        for place in range(1 + bench.repeats):
            with running_bot(slack, url, bench.folder) as bot:
                if place == 0:
                    first = bot.seconds_to_ready  # the schema is made, and files are read for the first time
                else:
                    seconds.append(bot.seconds_to_ready)
                    memory.append(bot.memory_mb())
        bench.drop(url)
        rows.append([kind, spread(seconds, "s"), f"{number(first)} s", spread(memory, "MB")])
        taken, used = statistics.median(seconds), statistics.median(memory)
        targets.append(Target(f"{kind}: ready within {READY} s", f"{taken:.2f} s", taken <= READY))
        targets.append(Target(f"{kind}: less than {MEMORY:.0f} MB", f"{used:.0f} MB", used < MEMORY))
    modules = _imported(bench, slack)
    loaded = [name for name in ("boto3", "botocore") if name in modules]
    targets.append(Target("boto3 is not imported before it is needed", ", ".join(loaded) or "not imported", not loaded))
    return Section(
        "Start and memory",
        "`python -m bot serve`, from the start of the process until `/readyz` answers 200; resident memory at that "
        "moment.",
        ("database", "ready after", "with an empty database", "memory"),
        rows,
        targets,
        [f"{len(modules)} modules are imported by then."],
    )


def _imported(bench: Setting, slack: Answering) -> set[str]:
    """Every module that a bot has imported when it is ready, as the interpreter itself tells."""
    url = bench.fresh(DATABASES[0])
    with running_bot(slack, url, bench.folder, PYTHONPROFILEIMPORTTIME="1") as bot:
        lines = [line for line in bot.log.read_text().splitlines() if line.startswith("import time:")]
    bench.drop(url)
    return {line.rpartition("|")[2].strip() for line in lines}


def _day(bench: Setting, slack: Answering) -> Section:
    parts, each = (2, 20) if bench.quick else (PARTS, 200)
    url = bench.fresh(DATABASES[0])
    # One button each: confirming can be done once.
    seed(url, ENROLLMENTS + parts * each, ENROLLMENTS)
    slack.forget()
    used = []
    buttons = iter(range(ENROLLMENTS + 1, ENROLLMENTS + parts * each + 1))
    others = cycle(range(1, ENROLLMENTS + 1))
    with running_bot(slack, url, bench.folder, **ADMINS) as bot:
        used.append(bot.memory_mb())
        for _ in range(parts):
            wanted = bodies("command", list(islice(others, each)), slack)
            wanted += bodies("form", list(islice(others, each)), slack)
            wanted += bodies("button", list(islice(buttons, each)), slack)
            measure(bot.port, slack.signing_secret, wanted, 8, None)
            _until_sent(bot)
            used.append(bot.memory_mb())
        calls = slack.calls()
    bench.drop(url)
    half = parts // 2
    growth = statistics.mean(used[half + 1 :]) - statistics.mean(used[1 : half + 1])
    names = ["ready", *(f"after {3 * each * part:,} requests" for part in range(1, parts + 1))]
    return Section(
        "Memory after a day's traffic",
        f"{3 * each * parts:,} commands, forms and buttons as fast as they are answered, and the {calls:,} calls of "
        f"Slack that they cause, over {ENROLLMENTS} channels, on SQLite.",
        ("when", "memory"),
        [[name, f"{mb:.1f} MB"] for name, mb in zip(names, used, strict=True)],
        [
            Target(
                f"memory does not grow: the second half of the day uses at most {GROWTH:.0f} MB more than the first",
                f"{growth:+.1f} MB",
                growth <= GROWTH,
            )
        ],
    )


def _until_sent(bot: Bot) -> None:
    """Until nothing is due any more, as the bot's own metrics say."""
    eventually(lambda: bot.metric("eco_outbox_due") == 0, timeout=120)
