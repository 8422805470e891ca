"""Shuts thread pools down with a timeout."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor


def drain(pool: ThreadPoolExecutor, timeout: float) -> bool:
    """Let a pool finish what it has begun, for up to `timeout` seconds; return whether it has."""
    pool.shutdown(wait=False, cancel_futures=True)
    waiter = threading.Thread(target=pool.shutdown, daemon=True)  # a pool can only be waited for without a timeout
    waiter.start()
    waiter.join(timeout)
    return not waiter.is_alive()
