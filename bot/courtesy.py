"""Who waits for an answer goes first: work that nobody waits for pauses while requests are being answered.

Python runs one thread at a time, so a message that is rendered and sent in the background makes every request of that
moment wait. The pause is bounded: a bot that is asked without end still sends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds that a piece of work waits at the most.
PATIENCE = 0.25


class Courtesy:
    """Counts the requests that are being answered, and lets other work wait for a moment without any."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._changed = threading.Condition()
        self._answering = 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Somebody waits for what is done in this block."""
        with self._changed:
            self._answering += 1
        try:
            yield
        finally:
            with self._changed:
                self._answering -= 1
                if not self._answering:
                    self._changed.notify_all()

    def give_way(self) -> None:
        """Return when nobody waits for an answer, or when that has taken too long."""
        with self._changed:
            self._changed.wait_for(lambda: not self._answering, self._patience)
