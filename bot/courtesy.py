"""Who waits for an answer goes first: work that nobody waits for pauses while requests are being answered.

Python runs one thread at a time, so a message that is rendered and sent in the background makes every request of that
moment wait. The pause is bounded: a bot that is asked without end still sends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Seconds that an answer waits at the most: somebody looks at the screen, and a form can be opened for 3 s only.
PATIENCE = 0.5
#: Seconds that a round of the delivery waits at the most: what ended is written down in it, and what goes next begun.
LONG_PATIENCE = 1.0
#: Seconds without a request after which nobody seems to wait: requests of one burst are less apart.
QUIET = 0.01
#: Seconds after a request for which pieces of work begin one after the other, so that the next request of a burst
#: does not meet all of them at once.
_BURST = 1.0


class Courtesy:
    """Counts the requests that are being answered, and lets other work wait for a moment without any.

    Args:
        steady: seconds that never jump.
    """

    def __init__(self, quiet: float = QUIET, steady: Callable[[], float] = time.monotonic) -> None:
        self._quiet = quiet
        self._steady = steady
        self._mutex = threading.Lock()
        self._answering = 0
        self._answered_at = self._passed_at = float("-inf")
        #: Held by the one piece of work that watches; the others wait behind it and cost nothing meanwhile.
        self._turn = threading.Lock()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Somebody waits for what is done in this block."""
        with self._mutex:
            self._answering += 1
        try:
            yield
        finally:
            with self._mutex:
                self._answering -= 1
                self._answered_at = self._steady()

    def give_way(self, patience: float = PATIENCE) -> None:
        """Return when nobody waits for an answer, or after `patience` seconds."""
        end = self._steady() + patience
        if not self._turn.acquire(timeout=patience):
            return
        try:
            while (now := self._steady()) < end and (wait := self._until_quiet(now)) > 0:
                time.sleep(min(wait, end - now))
            self._passed_at = now
        finally:
            self._turn.release()

    def _until_quiet(self, now: float) -> float:
        """Seconds to wait before looking again; 0 where nobody has asked for a while."""
        with self._mutex:
            if self._answering:
                return self._quiet
            last = max(self._answered_at, self._passed_at) if now - self._answered_at < _BURST else self._answered_at
            return max(0.0, last + self._quiet - now)
