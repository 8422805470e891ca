"""A bot in service: started in order, watched, and stopped in order within ten seconds of a signal."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Protocol

from slack_bolt import App

from bot.serving.http_server import Listener
from bot.serving.request_gate import RequestGate
from bot.serving.socket_connection import SocketMode
from bot.serving.wsgi import SignatureChecker, make_wsgi
from bot.settings import Settings
from bot.telemetry.metrics import RequestMetrics

log = logging.getLogger(__name__)

#: Seconds from the signal to the end of the process, whatever still runs.
STOP_WITHIN = 10.0
#: Of those, what requests that are running may take; Slack listens to an answer for 3 s, what they write
#: to the database is worth a little more.
_REQUESTS_WITHIN = 4.0
#: Of those, what each of the last steps may take: closing connections, and the way out of the interpreter.
_CLOSING_WITHIN = 1.0
#: Seconds that a thread runs before another one gets its turn.
_SWITCH = 0.002
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Application(Protocol):
    """What is served: the composition root makes it.

    Attributes:
        bolt: answers requests, without checking signatures; that is done at the gate.
    """

    bolt: App

    def start(self) -> None:
        """Open the database and begin to deliver; returns when requests can be answered."""

    def stop(self, timeout: float) -> None:
        """Let running listeners and the delivery end, for up to `timeout` seconds, and close the database.

        Called after a failed start as well.
        """

    def problems(self) -> list[str]:
        """A sentence for each thing that keeps the bot from its work; quick, never raises."""
        ...

    def metrics(self) -> str:
        """Its lines of /metrics."""
        ...


class Serving:
    """One application with its HTTP server and, where the settings ask for it, its Socket Mode connection.

    Args:
        failed: called once, from any thread, with a sentence where serving cannot go on.

    Raises:
        CannotListen: HOST and PORT cannot be had; nothing is started then.
    """

    def __init__(
        self, application: Application, settings: Settings, failed: Callable[[str], None] = lambda _: None
    ) -> None:
        self._application = application
        self._metrics = RequestMetrics()
        self._state = "starting"
        self._intake = RequestGate(application.bolt.dispatch, self._metrics)
        self._socket: SocketMode | None = None
        gate = None
        if settings.socket_mode:
            token = settings.slack_app_token.get_secret_value()
            self._socket = SocketMode(application.bolt, token, self._intake, failed)
        else:
            gate = SignatureChecker(settings.slack_signing_secret.get_secret_value())
        wsgi = make_wsgi(self._intake.dispatch if gate else None, gate, self.problems, self.metrics)
        died = "The HTTP server came to an end by itself."
        self._listener = Listener(wsgi, settings.host, settings.port, lambda: failed(died))

    @property
    def url(self) -> str:
        """The base URL of the HTTP server, with its real port."""
        return self._listener.url

    def start(self) -> None:
        """Start everything; /healthz answers from the begin, /readyz says when it is done."""
        self._listener.start()
        self._application.start()
        self._intake.open()
        self._state = "running"
        if self._socket is not None:
            self._socket.start()
        log.info("Listening on %s (%s).", self.url, "Socket Mode" if self._socket else "HTTP mode")

    def stop(self, timeout: float = STOP_WITHIN - _CLOSING_WITHIN) -> None:
        """Turn unready, take no new request, let the running ones finish, then stop the application.

        The HTTP server goes last: who watches /readyz sees 503 and not a closed door.
        """
        end = time.monotonic() + timeout
        self._state = "stopping"
        if not self._intake.close(min(_REQUESTS_WITHIN, timeout / 2)):
            log.warning("Requests are still running; the process stops without them.")
        if self._socket is not None:
            self._socket.stop(_CLOSING_WITHIN)
        self._application.stop(max(0.0, end - time.monotonic() - _CLOSING_WITHIN))
        self._listener.stop(_CLOSING_WITHIN)
        self._state = "stopped"

    def problems(self) -> list[str]:
        """What /readyz says; empty where the bot does all of its work."""
        if self._state != "running":
            return [f"The process is {self._state}."]
        try:
            found = self._application.problems()
        except Exception as error:
            log.exception("The application could not be asked for its problems.")
            found = [f"The application cannot tell its problems: {type(error).__name__}."]
        return found + (self._socket.problems() if self._socket is not None else [])

    def metrics(self) -> str:
        """What /metrics says."""
        return self._application.metrics() + self._metrics.render()


def _wait_for(ends: SimpleQueue[tuple[int, str]]) -> tuple[int, str]:
    """The reason to end. The system may hand a signal to any thread, and its handler runs in the main thread only
    when that next wakes: without an end to each wait it might never."""
    while True:
        try:
            return ends.get(timeout=0.5)
        except Empty:
            continue


def run(application: Application, settings: Settings, stop_within: float = STOP_WITHIN) -> int:
    """Serve until SIGTERM or SIGINT; the process's exit code.

    A second signal ends the process at once. Must be called in the main thread, and be the last thing that
    the process does: what still runs `stop_within` seconds after the signal is cut off, whoever runs it.

    Raises:
        CannotListen, and what `application.start` raises.
    """
    # Python lets a busy thread run for 5 ms before another one gets its turn: with the delivery at work, a request
    # that takes 5 ms of its own would wait several times as long. Much less than this, and in a burst of requests
    # the threads are busier with taking turns than with answering.
    sys.setswitchinterval(_SWITCH)
    # A SimpleQueue may be filled by a signal handler, which can interrupt the main thread anywhere.
    ends: SimpleQueue[tuple[int, str]] = SimpleQueue()
    with _signals(ends):
        serving = Serving(application, settings, lambda reason: ends.put((1, reason)))
        try:
            serving.start()
            code, reason = _wait_for(ends)
        except BaseException:
            _die_in_time(stop_within)
            serving.stop(stop_within - _CLOSING_WITHIN)
            raise
        _die_in_time(stop_within)
        log.log(logging.CRITICAL if code else logging.INFO, "%s Stopping.", reason)
        serving.stop(stop_within - _CLOSING_WITHIN)
        log.info("Stopped.")
    return code


@contextmanager
def _signals(ends: SimpleQueue[tuple[int, str]]) -> Iterator[None]:
    seen: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if seen:
            os._exit(128 + number)
        seen.append(number)
        ends.put((0, f"{signal.Signals(number).name} has come."))

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _die_in_time(seconds: float) -> None:
    """End the process in time even if a thread does not, which Python would wait for without end."""

    def die() -> None:
        log.critical("The process has not come to its end within %.0f s and is cut off.", seconds)
        os._exit(1)

    timer = threading.Timer(seconds - _CLOSING_WITHIN / 2, die)
    timer.daemon = True
    timer.start()
