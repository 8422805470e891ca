"""The time machine: the clock of a local Slack, which a test or a person may move.

It knows nothing of Slack. The bot under test is given the same object, so that "two days later" is one
call and no test has to wait for time to pass.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that can say what time it is."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""


class TimeMachine:
    """A clock that follows real time from an offset, or stands still between jumps when frozen.

    `frozen_at` must be aware: a naive time would silently mean another moment on another machine.
    """

    def __init__(self, frozen_at: datetime | None = None) -> None:
        if frozen_at is not None:
            _require_aware(frozen_at)
            frozen_at = frozen_at.astimezone(UTC)
        self._frozen_at = frozen_at
        self._offset = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The moved time, aware, in UTC."""
        with self._lock:
            return self._now()

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still between jumps."""
        return self._frozen_at is not None

    def jump(self, delta: timedelta) -> None:
        """Move by `delta`, forwards or (negative) backwards."""
        with self._lock:
            if self._frozen_at is None:
                self._offset += delta
            else:
                self._frozen_at += delta

    def jump_to(self, when: datetime) -> None:
        """Move to `when` (aware)."""
        _require_aware(when)
        with self._lock:
            if self._frozen_at is None:
                self._offset += when - self._now()
            else:
                self._frozen_at = when.astimezone(UTC)

    def _now(self) -> datetime:
        if self._frozen_at is not None:
            return self._frozen_at
        return datetime.now(UTC) + self._offset


def _require_aware(when: datetime) -> None:
    if when.tzinfo is None:
        raise ValueError("a time machine needs an aware time (with a time zone)")
