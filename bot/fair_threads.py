"""Threads that share their time fairly among people: what is urgent first, and a small queue for each person."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial

log = logging.getLogger(__name__)

Work = Callable[[], None]


class Stopped(Exception):
    """The threads take no more work."""


@dataclass(slots=True)
class _Line:
    """What one person waits for, and how much of theirs is running."""

    urgent: deque[Work] = field(default_factory=deque)
    other: deque[Work] = field(default_factory=deque)
    running: int = 0

    @property
    def waiting(self) -> int:
        """How much waits."""
        return len(self.urgent) + len(self.other)


class FairThreads:
    """A pool of threads that start with the first work.

    People take turns, so a burst of one delays the others by one piece of work at most.

    Args:
        name: of the threads.
        at_once: how much of one person runs at the same time.
        waiting: how much of one person may wait; more is refused.
    """

    def __init__(self, threads: int, name: str, *, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._most_waiting = waiting
        self._changed = threading.Condition()
        #: By person, in the order of turns.
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        self._stopped = False
        self._running = 0
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        self._started = False

    def submit(self, person: str, work: Work, *, urgent: bool = False) -> bool:
        """Queue work of a person, in a copy of this context; return False if too much of theirs waits already.

        Raises:
            Stopped: after `stop`.
        """
        with self._changed:
            if self._stopped:
                raise Stopped
            line = self._lines.setdefault(person, _Line())
            if line.waiting >= self._most_waiting:
                return False
            (line.urgent if urgent else line.other).append(partial(copy_context().run, work))
            if not self._started:
                self._started = True
                for thread in self._threads:
                    thread.start()
            self._changed.notify()
        return True

    def stop(self, timeout: float) -> bool:
        """Drop what waits, and let what runs finish for up to `timeout` seconds; return whether it has."""
        end = time.monotonic() + timeout
        with self._changed:
            self._stopped = True
            self._lines.clear()
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._running, max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while True:
            with self._changed:
                picked = self._pick()
                while picked is None:
                    if self._stopped:
                        return
                    self._changed.wait()
                    picked = self._pick()
                self._running += 1
            person, line, work = picked
            try:
                work()
            except Exception:
                log.exception("work in the background failed")
            with self._changed:
                self._running -= 1
                line.running -= 1
                if not line.running and not line.waiting and self._lines.get(person) is line:
                    del self._lines[person]
                if self._stopped:
                    self._changed.notify_all()

    def _pick(self) -> tuple[str, _Line, Work] | None:
        """The next piece of work: of the person whose turn it is, urgent work of anybody first."""
        for is_urgent in (True, False):
            for person, line in self._lines.items():
                queue = line.urgent if is_urgent else line.other
                if queue and line.running < self._at_once:
                    self._lines.move_to_end(person)
                    line.running += 1
                    return person, line, queue.popleft()
        return None


def drain(pool: ThreadPoolExecutor, timeout: float) -> bool:
    """Let a pool finish what it has begun, for up to `timeout` seconds; return whether it has."""
    pool.shutdown(wait=False, cancel_futures=True)
    waiter = threading.Thread(target=pool.shutdown, daemon=True)  # a pool can only be waited for without a timeout
    waiter.start()
    waiter.join(timeout)
    return not waiter.is_alive()
