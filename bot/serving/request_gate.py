"""The one way in for what Slack asks, in both modes: opened and closed as a whole, counted and timed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.serving.wsgi import Dispatch
from bot.telemetry.metrics import RequestMetrics

#: Slack's `type` of a payload, and what we call it.
_KINDS = {
    "block_actions": "button",
    "block_suggestion": "options",
    "event_callback": "event",
    "message_action": "shortcut",
    "shortcut": "shortcut",
    "view_closed": "form",
    "view_submission": "form",
}


class RequestGate:
    """Passes requests on while it is open; closed before `open` and after `close`, it answers 503.

    What Slack is told 503 about it sends again where it can (events), and tells the person where it cannot.
    """

    def __init__(self, dispatch: Dispatch, metrics: RequestMetrics) -> None:
        self._dispatch = dispatch
        self._metrics = metrics
        self._changed = threading.Condition()
        self._is_open = False
        self._running = 0

    def open(self) -> None:
        """Let requests in."""
        with self._changed:
            self._is_open = True

    def close(self, timeout: float) -> bool:
        """Let nothing in any more, wait for what is inside, and say whether all of it has come out."""
        with self._changed:
            self._is_open = False
            return self._changed.wait_for(lambda: not self._running, timeout)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """What is done in this block counts as a request that is inside."""
        with self._changed:
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """The answer to a request."""
        began = time.perf_counter()
        outcome = "failed"
        with self.hold():
            try:
                if not self._is_open:
                    outcome = "refused"
                    return BoltResponse(status=503, body="starting or stopping")
                response = self._dispatch(request)
                outcome = _outcome(response)
                return response
            finally:
                self._metrics.answered(kind_of(request), outcome, time.perf_counter() - began)


def kind_of(request: BoltRequest) -> str:
    """What kind of request it is, in the words of the metrics."""
    if "command" in request.body:
        return "command"
    return _KINDS.get(str(request.body.get("type")), "other")


def _outcome(response: BoltResponse) -> str:
    if response.status < 400:
        return "ok"
    return "unhandled" if response.status < 500 else "failed"
