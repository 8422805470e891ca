"""The entry point of Slack's requests in both modes: opened and closed with the process, with metrics."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.serving.page_requests import PageAnswer, PageRequest
from bot.serving.wsgi import Calendar, Dispatch, Install
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
#: Requests of one person that run at the same time: fewer than the HTTP server has threads, so that a person who sends
#: hundreds keeps none from being heard.
_AT_ONCE = 12
#: Calendar feeds that are answered at the same time, and the name under which they are counted; the same for the pages
#: of an installation.
_FEEDS_AT_ONCE, _FEEDS, _PAGES = 4, "calendar feeds", "install pages"
_BUSY = "You're asking faster than I can answer. Wait a few seconds, then try again."


class RequestGate:
    """Dispatches requests while it is open; before `open` and after `close` it answers 503.

    After a 503 Slack retries events, and shows people an error for everything else.
    """

    def __init__(self, dispatch: Dispatch, metrics: RequestMetrics) -> None:
        self._dispatch = dispatch
        self._metrics = metrics
        self._changed = threading.Condition()
        self._is_open = False
        self._running = 0
        self._by_person: Counter[str] = Counter()

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
        with self.hold(), self._one_of(person_of(request)) as running:
            try:
                if not self._is_open:
                    outcome = "refused"
                    return BoltResponse(status=503, body="starting or stopping")
                if running > _AT_ONCE:
                    outcome = "busy"
                    return busy(request)
                response = self._dispatch(request)
                outcome = _outcome(response)
                return response
            finally:
                self._metrics.answered(kind_of(request), outcome, time.perf_counter() - began)

    def feed(self, calendar: Calendar, token: str) -> tuple[int, str]:
        """Answer a calendar feed and count it; few at once, so that Slack's requests always find a thread."""
        began = time.perf_counter()
        status = 500
        with self.hold(), self._one_of(_FEEDS) as running:
            try:
                if not self._is_open or running > _FEEDS_AT_ONCE:
                    status = 503
                    return status, ""
                status, text = calendar(token)
                return status, text
            finally:
                outcome = "ok" if status < 400 else "unhandled" if status < 500 else "refused"
                self._metrics.answered("calendar", outcome, time.perf_counter() - began)

    def page(self, install: Install, request: PageRequest) -> PageAnswer:
        """Answer a page of an installation and count it; few at once, as one may wait for Slack."""
        began = time.perf_counter()
        answer = PageAnswer(503, "", {"Retry-After": "10"})
        with self.hold(), self._one_of(_PAGES) as running:
            try:
                if self._is_open and running <= _FEEDS_AT_ONCE:
                    answer = install(request)
                return answer
            finally:
                outcome = "ok" if answer.status < 400 else "unhandled" if answer.status < 500 else "refused"
                self._metrics.answered("install", outcome, time.perf_counter() - began)

    def refuse_as_busy(self, request: BoltRequest) -> BoltResponse:
        """Answer a request of a person who has too many, and count it."""
        self._metrics.answered(kind_of(request), "busy", 0.0)
        return busy(request)

    @contextmanager
    def _one_of(self, person: str) -> Iterator[int]:
        """Count the block as a person's; the value is how many of theirs are running."""
        with self._changed:
            self._by_person[person] += 1
            running = self._by_person[person]
        try:
            yield running if person else 0
        finally:
            with self._changed:
                self._by_person[person] -= 1
                if not self._by_person[person]:
                    del self._by_person[person]


def person_of(request: BoltRequest) -> str:
    """The ID of the person who sent a request; "" if nobody did."""
    body = request.body
    for holder in (body, body.get("event")):
        if isinstance(holder, dict):
            user = holder.get("user_id") or holder.get("user") or ""
            found = user.get("id") if isinstance(user, dict) else user
            if found:
                return str(found)
    return ""


def kind_of(request: BoltRequest) -> str:
    """The kind of a request, as in the metrics."""
    if "command" in request.body:
        return "command"
    return _KINDS.get(str(request.body.get("type")), "other")


def _outcome(response: BoltResponse) -> str:
    if response.status < 400:
        return "ok"
    return "unhandled" if response.status < 500 else "failed"


def busy(request: BoltRequest) -> BoltResponse:
    """Tell a person to wait: as the answer to a command, at the first field of a form.

    For the rest, and for forms without fields, Slack shows an error of its own.
    """
    kind = kind_of(request)
    if kind == "command":
        return BoltResponse(status=200, body=_BUSY)
    state = (request.body.get("view") or {}).get("state") or {}
    fields = list(state.get("values") or ())
    if request.body.get("type") == "view_submission" and fields:
        return BoltResponse(status=200, body={"response_action": "errors", "errors": {fields[0]: _BUSY}})
    return BoltResponse(status=503, body="busy")
