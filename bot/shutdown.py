"""The end of threads: waiting for what they have begun, but not for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def drain(pool: ThreadPoolExecutor, timeout: float) -> bool:
    """Let a pool finish what it has begun, for up to `timeout` seconds; says whether it has."""
    pool.shutdown(wait=False, cancel_futures=True)
    return ends(pool.shutdown, timeout)


def ends(waiting: Callable[[], None], timeout: float) -> bool:
    """Whether something that can only be waited for without end comes to its end within `timeout` seconds."""
    waiter = threading.Thread(target=waiting, daemon=True)
    waiter.start()
    waiter.join(timeout)
    return not waiter.is_alive()
