"""Waiting for something to become true, no longer than it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], timeout: float = 20.0) -> T:
    """Return the first true answer of `condition`; fail where none has come within `timeout` seconds."""
    end = time.monotonic() + timeout
    while not (answer := condition()):
        assert time.monotonic() < end, f"not within {timeout} s: {condition}"
        time.sleep(0.005)
    return answer
