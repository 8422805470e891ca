"""`RecentIds`: which requests were answered just now."""

from __future__ import annotations

import threading
from collections import deque


class RecentIds:
    """The IDs of the last answered requests, so that a repeated delivery is not answered twice."""

    def __init__(self, size: int = 2000) -> None:
        self._ids: deque[str] = deque(maxlen=size)
        self._mutex = threading.Lock()

    def add(self, request_id: str | None) -> bool:
        """Add an ID; return whether it is new. A request without an ID always is."""
        with self._mutex:
            if request_id in self._ids:
                return False
            if request_id is not None:
                self._ids.append(request_id)
            return True
