"""A bounded pool of daemon threads, and deadlines.

Unlike the threads of `concurrent.futures`, a hanging thread does not keep the process from exiting. It keeps its place
in the pool until it has ended, so the number of threads stays bounded; its late result is dropped.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class PoolBusy(Exception):
    """No thread has become free in time."""


class BoundedThreadPool:
    """Runs at most `size` functions at a time, each in a daemon thread of its own."""

    def __init__(self, size: int) -> None:
        self._places = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._count = 0

    def start(self, name: str, work: Callable[[], T], patience: float = 0) -> Future[T]:
        """Run a function in a thread, at once or as soon as one is free.

        Args:
            patience: seconds to wait for a free thread; after that the future holds `PoolBusy`.
        """
        future: Future[T] = Future()
        if not self._places.acquire(timeout=patience):
            future.set_exception(PoolBusy())
            return future
        with self._lock:
            self._count += 1
            label = f"{name} #{self._count}"
            self._running.add(label)
        in_context = partial(copy_context().run, work)
        threading.Thread(target=self._run, args=(label, in_context, future), name=f"aws-{label}", daemon=True).start()
        return future

    def running(self) -> tuple[str, ...]:
        """The names of the functions that are running."""
        with self._lock:
            return tuple(sorted(self._running))

    def _run(self, label: str, work: Callable[[], T], future: Future[T]) -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - raised where the future is waited for
            future.set_exception(error)
        else:
            future.set_result(result)
        finally:
            with self._lock:
                self._running.discard(label)
            self._places.release()


class Deadline:
    """A point in time, some seconds from now on the monotonic clock.

    Args:
        steady: the monotonic clock.
    """

    def __init__(self, seconds: float, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._end = steady() + seconds

    def left(self) -> float:
        """Seconds left; 0 after the deadline."""
        return max(0.0, self._end - self._steady())

    @property
    def passed(self) -> bool:
        """Whether there is no time left."""
        return not self.left()
