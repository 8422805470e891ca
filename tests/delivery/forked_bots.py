"""A fork server: has imported the bot and forks a real one on request, so that a test can afford hundreds of kills.

Each request is a JSON line on standard input, with the environment of the bot, its number of workers and the point at
which it kills itself, if any. The answer is the process ID of the fork.

With the file of a clock, the bot lives by that one and answers requests. SIGUSR1 wakes it when the clock was moved; at
SIGUSR2 it writes into a file beside it how much it keeps in memory.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import bot.app
from bot.app import Application
from bot.clock import SystemClock
from bot.delivery import channel_leases, delivery_results
from bot.serving import Serving
from bot.settings import Settings, load
from bot.several_workspaces import SeveralWorkspaces
from tests.delivery.around_sender import Around
from tests.delivery.shared_clock import ClockOfFile

#: Where a process can be told to kill itself, at the nth message.
POINTS = ("claimed", "answered", "settled")
#: What a bot with the file of a clock waits for.
SIGNALS = frozenset({signal.SIGUSR1, signal.SIGUSR2})


def main() -> None:
    """Fork until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # also in each fork, from its first moment on
    gc.freeze()  # no fork collects, and so copies, what was here before it
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            _serve(wanted)
        print(child, flush=True)


def _serve(wanted: dict[str, Any]) -> None:
    os.environ.update({name: value for name, value in wanted["environ"].items() if name.startswith("AWS_")})
    settings = load(wanted["environ"], env_file=None)
    channel_leases.uuid4 = lambda: f"{os.getpid()}-{uuid4().hex[:20]}"  # type: ignore[assignment,return-value]  # whose lease it is
    clock = ClockOfFile(Path(wanted["clock"])) if wanted["clock"] else SystemClock()
    if settings.installs:
        _serve_several(settings, wanted)
    app = Application(settings, clock, workers=wanted["workers"], pace=timedelta())
    if wanted["point"]:
        _die_at([app], wanted["point"], wanted["nth"], wanted["kind"])
    if wanted["clock"]:
        _live(app, settings, Path(wanted["clock"]))
    app.start()
    threading.Event().wait()


def _serve_several(settings: Settings, wanted: dict[str, Any]) -> None:
    """Deliver in every workspace that has installed the app; the messages of all of them count for the point."""
    several = SeveralWorkspaces(settings, SystemClock(), workers=wanted["workers"], pace=timedelta())
    several.start()
    if wanted["point"]:
        applications = list(several.workspaces.applications.values())
        _die_at(applications, wanted["point"], wanted["nth"], wanted["kind"])
    threading.Event().wait()


def _live(app: Application, settings: Settings, clock: Path) -> None:
    """Serve, and look at the time whenever it was moved; an hour of the clock may take less than a second here."""
    bot.app.HOUSEKEEPING = timedelta(seconds=1)  # type: ignore[misc]
    Serving(app, settings).start()
    while True:
        if signal.sigwait(SIGNALS) == signal.SIGUSR2:
            gc.collect()
            kept = clock.with_name(f"{clock.name}.{os.getpid()}")
            kept.with_suffix(".new").write_text(str(sys.getallocatedblocks()))
            kept.with_suffix(".new").rename(kept)
            continue
        app.digest_planner.tick(app.workspace.id)
        app.dispatcher.wake()


def _die_at(apps: Sequence[Application], point: str, nth: int, only: str) -> None:
    """Let the process kill itself around the nth message: before it is sent, after the answer, before the commit.

    Args:
        only: the kind of the messages that count; "" counts all.
    """
    settle, left = delivery_results.settle, [nth]

    def die_if_now(message: str, at: str) -> None:
        if at == point and (not only or message == only):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def settle_and_die(connection: Any, ended: Any, at: Any) -> Any:
        held = settle(connection, ended, at)
        for _, row, _ in ended:
            die_if_now(row.kind.value, "settled")  # the commit never comes
        return held

    delivery_results.settle = settle_and_die
    for app in apps:
        Around(
            app.dispatcher,
            before=lambda message: die_if_now(message.row.kind.value, "claimed"),
            after=lambda message: die_if_now(message.row.kind.value, "answered"),
        )


if __name__ == "__main__":
    main()
