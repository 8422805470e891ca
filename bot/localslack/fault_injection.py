"""Fault injection: the faults that were switched on, the calls they apply to, and how often.

This is only the list; the server carries the faults out, on the wire.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field


@dataclass
class Fault:
    """One fault: `kind` is a fault on the wire (`FaultBook.add`) or any error code of Slack.

    `method` "*" hits every method.
    """

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    channel: str | None = None
    delay: float = 0.0
    at: int = 0


@dataclass
class HistoryLimit:
    """Slack's limit on reading history for apps that are distributed outside of the Marketplace.

    Attributes:
        period: seconds between two requests of a method. objects: the most messages of an answer.
    """

    period: float = 60.0
    objects: int = 15
    _next: dict[str, float] = field(default_factory=dict)

    def wait(self, method: str, now: float) -> int:
        """Count a request at `now`: 0, or the seconds after which it may be repeated."""
        left = self._next.get(method, now) - now
        if 0 < left <= self.period:
            return math.ceil(left)
        self._next[method] = now + self.period
        return 0


class FaultBook:
    """The faults still to come. Its lock is there because tests add to it from their own thread.

    Attributes:
        history_limit: how conversations.history and conversations.replies are limited; None: not at all.
    """

    def __init__(self) -> None:
        self.history_limit: HistoryLimit | None = None
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        method: str,
        kind: str,
        *,
        times: int = 1,
        retry_after: int | None = None,
        channel: str | None = None,
        delay: float = 0.0,
        at: int = 0,
    ) -> Fault:
        """Let the next `times` calls of `method` (in `channel`, an id or name, if given) fail as `kind`.

        On the wire: "ratelimited" answers 429, "http_500" and the like answer with that status,
        "drop_before" closes the connection with nothing done, "drop_after" carries the call out and closes
        it without an answer, "not_json" carries it out and answers 200 with a page of HTML. Any other kind
        is answered as an error code of Slack.
        `delay` is the seconds before the answer; for "timeout" the seconds before the connection is
        closed without one (0: never, until the client gives up). "slow" answers well, after `delay`.

        The method "socket" is a request to the bot over Socket Mode: its kind "fragments" sends it in small
        frames, "stall" stops for `delay` seconds after byte `at` of it.

        The method "download" is a file that the bot fetches: "stall" stops there after byte `at`, too, "cut" ends
        the connection there (0: after half of the file), "redirect" sends the client to another host that has the
        file, and an error code of Slack becomes the page to sign in.
        """
        fault = Fault(method, kind, times, 1 if retry_after is None else retry_after, channel, delay, at)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Switch all faults off, and the limit on history."""
        with self._lock:
            self._faults.clear()
            self.history_limit = None

    @property
    def pending(self) -> list[Fault]:
        """The faults that are still to come."""
        with self._lock:
            return list(self._faults)

    def take(self, method: str, channels: set[str]) -> Fault | None:
        """The fault that hits this call, used up by one; `channels` are the names of the call's channel."""
        with self._lock:
            for fault in self._faults:
                if fault.method not in (method, "*"):
                    continue
                if fault.channel is not None and fault.channel.removeprefix("#") not in channels:
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None
