"""Benchmark the pace of a busy channel and the lateness of reminders, with the pace limit on."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.repository.database import Database
from tests.bench.answering import Answering, Post, answering
from tests.bench.report import Section, Target, number, quantile
from tests.bench.seeding import seed, set_due, set_line_due
from tests.bench.setting import DATABASES, Setting
from tests.support.bot_process import running_bot

CHANNELS, EACH = 50, 20
#: Seconds between the reminders that come due one after the other, each in a channel of its own.
APART = 0.25
SHARE = 0.95
#: Seconds from preparing to the first message that is due: the bot starts meanwhile.
START = 5.0


@dataclass(frozen=True)
class Run:
    """The posts, and when each reminder with a channel of its own was due (seconds since 1970)."""

    posts: list[Post]
    due: list[float]

    def _by_enrollment(self) -> dict[int, Post]:
        return {int(post.key.split(":")[1]): post for post in self.posts}

    def lateness(self) -> list[float]:
        """Milliseconds from due to posted."""
        posts = self._by_enrollment()
        return [1000 * (posts[place].at - due) for place, due in enumerate(self.due, 1)]

    def shares(self) -> list[float]:
        """Of one message a second, how much each channel got, and last how much all of them got together."""
        by_channel: dict[str, list[float]] = defaultdict(list)
        for place, post in self._by_enrollment().items():
            if place > len(self.due):
                by_channel[post.channel].append(post.at)
        all_ = [at for channel in by_channel.values() for at in channel]
        together = (len(all_) / len(by_channel) - 1) / (max(all_) - min(all_))
        return [(len(at) - 1) / (max(at) - min(at)) for at in by_channel.values()] + [together]


def _serve(bench: Setting, kind: str, slack: Answering, each: int, alone: int) -> Run:
    """Serve 50 channels with `each` thread lines due at once, and reminders that fall due meanwhile."""
    url = bench.fresh(kind)
    seed(url, alone + CHANNELS * each, CHANNELS, alone=alone)
    start = datetime.now(UTC) + timedelta(seconds=START)
    due = [start + timedelta(seconds=APART * place) for place in range(1, 1 + alone)]
    database = Database(url)
    with database.write() as connection:
        set_due(connection, due)
        set_line_due(connection, range(1 + alone, 1 + alone + CHANNELS * each), start)
    database.close()
    slack.forget()
    with running_bot(slack, url, bench.folder, ECO_TICK="5s"):
        assert datetime.now(UTC) < start, "the bot took too long to start"
        time.sleep(max(due).timestamp() - time.time())  # nothing to look at before, and looking costs
        _until_posted(slack, alone + CHANNELS * each, timeout=90)
    bench.drop(url)
    return Run(slack.posts(), [moment.timestamp() for moment in due])


def _until_posted(slack: Answering, count: int, timeout: float) -> None:
    end = time.monotonic() + timeout
    while slack.posted() < count:
        assert time.monotonic() < end, f"{slack.posted()} of {count} messages were posted in time"
        time.sleep(0.2)  # looking more often would take the bot's time


def run(bench: Setting) -> list[Section]:
    """At rest and under load, on both databases."""
    each, alone = (4, 8) if bench.quick else (EACH, 60)
    kinds = DATABASES[:1] if bench.quick else DATABASES
    rested: dict[str, Run] = {}
    loaded: dict[str, Run] = {}
    with answering() as slack:
        for kind in kinds:
            rested[kind] = _serve(bench, kind, slack, 0, alone)
            loaded[kind] = _serve(bench, kind, slack, each, alone)
    return [_shares(loaded, each), _lateness(rested, loaded)]


def _shares(loaded: dict[str, Run], each: int) -> Section:
    rows, targets = [], []
    for kind, made in loaded.items():
        *channels, together = made.shares()
        missing = CHANNELS * each + len(made.due) - len({post.key for post in made.posts})
        shown = [f"{100 * share:.1f}%" for share in (statistics.median(channels), min(channels), together)]
        rows.append([kind, *shown, str(missing), str(len(made.posts) - len({post.key for post in made.posts}))])
        words = f"{kind}: at least {100 * SHARE:.0f}% of one message a second in every channel"
        targets.append(Target(words, f"{100 * min(channels):.1f}% in the slowest", min(channels) >= SHARE))
    return Section(
        f"Pace: {CHANNELS} channels of {each} messages",
        "`python -m bot serve` with default settings, thread lines of as many enrollments due at once. Shown is the "
        "share of one message a second, from a channel's first message to its last; together: from the first message "
        "of any channel to the last of any.",
        ("database", "median channel", "slowest channel", "together", "missing", "repeated"),
        rows,
        targets,
    )


def _lateness(rested: dict[str, Run], loaded: dict[str, Run]) -> Section:
    rows = []
    for (kind, calm), busy in zip(rested.items(), loaded.values(), strict=True):
        for name, made in (("at rest", calm), ("under that load", busy)):
            late = made.lateness()
            shown = [f"{number(value)} ms" for value in (statistics.median(late), quantile(late, 0.99), max(late))]
            rows.append([kind, name, str(len(late)), *shown])
    return Section(
        "Lateness of a reminder, from due to posted",
        f"One reminder every {APART} s, each in a channel of its own, by the server's clock.",
        ("database", "load", "reminders", "p50", "p99", "worst"),
        rows,
    )
