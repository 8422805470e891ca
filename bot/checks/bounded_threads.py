"""Doing things side by side against a deadline, with a bounded number of threads.

A thread that hangs cannot be ended from outside. So each is a daemon of its own, which never keeps the process from
ending; what it brings after the deadline is dropped; and it keeps its place in the crew until it has ended, so that
their number stays bounded and can be told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class PoolBusy(Exception):
    """Every place is taken by something that does not end."""


class BoundedThreadPool:
    """At most `size` threads at a time."""

    def __init__(self, size: int) -> None:
        self._places = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._count = 0

    def start(self, name: str, work: Callable[[], T], patience: float = 0) -> Future[T]:
        """Begin in a thread, at once or as soon as there is a place.

        Args:
            patience: seconds to wait for a place; where none has come free by then, the future holds `CrewBusy`.
        """
        future: Future[T] = Future()
        if not self._places.acquire(timeout=patience):
            future.set_exception(PoolBusy())
            return future
        with self._lock:
            self._count += 1
            label = f"{name} #{self._count}"
            self._running.add(label)
        threading.Thread(target=self._run, args=(label, work, future), name=f"aws-{label}", daemon=True).start()
        return future

    def running(self) -> tuple[str, ...]:
        """What has not ended, by the names that it was started with."""
        with self._lock:
            return tuple(sorted(self._running))

    def _run(self, label: str, work: Callable[[], T], future: Future[T]) -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - whoever waits for it is told, whatever it is
            future.set_exception(error)
        else:
            future.set_result(result)
        finally:
            with self._lock:
                self._running.discard(label)
            self._places.release()


class Deadline:
    """An instant by which everything must be over.

    Args:
        steady: seconds that never jump.
    """

    def __init__(self, seconds: float, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._end = steady() + seconds

    def left(self) -> float:
        """Seconds until then; 0 when it has passed."""
        return max(0.0, self._end - self._steady())

    @property
    def passed(self) -> bool:
        """Whether there is no time left."""
        return not self.left()
