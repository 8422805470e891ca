"""The entry point of Slack's requests in both modes: opened and closed with the process, with metrics."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.courtesy import Courtesy
from bot.serving.wsgi import Dispatch
from bot.telemetry.metrics import RequestMetrics

#: The kind of a request in the metrics, by the `type` of Slack's payload.
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
    """Dispatches requests while it is open; before `open` and after `close` it answers 503.

    After a 503 Slack retries events, and shows people an error for everything else.
    """

    def __init__(self, dispatch: Dispatch, metrics: RequestMetrics, courtesy: Courtesy) -> None:
        self._dispatch = dispatch
        self._metrics = metrics
        self._courtesy = courtesy
        self._changed = threading.Condition()
        self._is_open = False
        self._running = 0

    def open(self) -> None:
        """Begin to dispatch requests."""
        with self._changed:
            self._is_open = True

    def close(self, timeout: float) -> bool:
        """Reject new requests and wait for running ones; whether all have ended in time."""
        with self._changed:
            self._is_open = False
            return self._changed.wait_for(lambda: not self._running, timeout)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Count the block as a running request."""
        with self._changed:
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """Dispatch a request and count it."""
        began = time.perf_counter()
        outcome = "failed"
        with self.hold(), self._courtesy.answering():
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
    """The kind of a request, as in the metrics."""
    if "command" in request.body:
        return "command"
    return _KINDS.get(str(request.body.get("type")), "other")


def _outcome(response: BoltResponse) -> str:
    if response.status < 400:
        return "ok"
    return "unhandled" if response.status < 500 else "failed"
