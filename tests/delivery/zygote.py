"""A process that has imported the bot and forks a real one on request, so that a test can afford hundreds of kills.

Reads one JSON line a request from standard input and answers with the process ID of the fork: what is asked for is
the environment of the bot, how many channels it serves side by side, and where it is to die, if by its own hand.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from datetime import timedelta
from typing import Any

from bot.app import Application, build
from bot.clock import SystemClock
from bot.delivery import delivery_results
from bot.settings import load

#: Where a process can be told to kill itself, at the nth message.
POINTS = ("claimed", "answered", "settled")


def main() -> None:
    """Fork until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            _serve(wanted)
        print(child, flush=True)


def _serve(wanted: dict[str, Any]) -> None:
    os.environ.update({name: value for name, value in wanted["environ"].items() if name.startswith("AWS_")})
    settings = load(wanted["environ"], env_file=None)
    app = build(settings, SystemClock(), workers=wanted["workers"], pace=timedelta())
    if wanted["point"]:
        _die_at(app, wanted["point"], wanted["nth"], wanted["kind"])
    app.start()
    threading.Event().wait()


def _die_at(app: Application, point: str, nth: int, only: str) -> None:
    """Let the process kill itself around the nth message: before it is sent, after the answer, after the commit.

    Args:
        only: the kind of the messages that count; "" counts all.
    """
    poster, settle, left = app.dispatcher._poster, delivery_results.settle, [nth]
    send = poster.send

    def now(kind: str) -> bool:
        left[0] -= not only or kind == only
        return left[0] == 0

    def sending(task: Any) -> Any:
        if point == "claimed" and now(message.row.kind.value):
            os.kill(os.getpid(), signal.SIGKILL)
        settlement = send(task)
        if point == "answered" and now(message.row.kind.value):
            os.kill(os.getpid(), signal.SIGKILL)
        return settlement

    def settling_(connection: Any, ended: Any, at: Any) -> Any:
        held = settle(connection, ended, at)
        if point == "settled" and any(now(row.kind.value) for _, row, _ in ended):  # its commit never comes
            os.kill(os.getpid(), signal.SIGKILL)
        return held

    poster.send = sending  # type: ignore[method-assign]
    delivery_results.settle = settling_


if __name__ == "__main__":
    main()
