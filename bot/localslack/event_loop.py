"""An event loop in a background thread, and calls into it from any other thread.

State is read and changed on that loop only: calls from elsewhere are carried over to it. Waiting is for changes of
state, never for a length of time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

#: A predicate may look at something outside of the local Slack (a database): it is called again this often.
POLL_SECONDS = 0.2


class LoopThread:
    """An event loop in a thread; its state stays readable after the end."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="local-slack", daemon=True)
        self._changed = threading.Condition()
        self._version = 0
        self.running = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()
        self.running = True

    def end(self) -> None:
        """End the thread and close the loop."""
        # On the loop's own thread: the caller's may have a loop of its own that is running.
        self.run(self._loop.shutdown_asyncgens())
        self.run(self._loop.shutdown_default_executor())
        self.running = False
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for its result."""
        if not self.running:
            work.close()
            raise RuntimeError("this local Slack was stopped")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def read(self, look: Callable[[], T]) -> T:
        """Call a function on the loop; after the end, here, as nothing moves any more."""
        if not self.running:
            return look()

        async def on_loop() -> T:
            return look()

        return self.run(on_loop())

    def soon(self, work: Callable[[], object], delay: float = 0.0) -> None:
        """Call a function on the loop, `delay` seconds from now, without waiting for it; from any thread, the
        loop's own too."""
        if self.running:
            self._loop.call_soon_threadsafe(lambda: self._loop.call_later(delay, work))

    def changed(self, version: int) -> None:
        """Wake waiting threads; called on the loop after each change of state."""
        with self._changed:
            self._version = version
            self._changed.notify_all()

    def wait_for(self, predicate: Callable[[], T | None], timeout: float) -> T | None:
        """The first true answer of `predicate`, which is asked after each change; None when time ran out."""
        deadline = time.monotonic() + timeout
        while True:
            with self._changed:
                seen = self._version
            if answer := predicate():
                return answer
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            with self._changed:
                if self._version == seen:
                    self._changed.wait(min(left, POLL_SECONDS))
