"""The life of a serving process: start, readiness, and a graceful stop within ten seconds of a signal."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from slack_bolt import App
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.serving.http_server import CannotListen, HttpServer
from bot.serving.program_requests import ApiAnswer, ApiRequest
from bot.serving.request_gate import RequestGate
from bot.serving.signatures import SignatureChecker
from bot.serving.wsgi import Install, make_wsgi
from bot.settings import Settings
from bot.telemetry.metrics import RequestMetrics

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from bot.serving.socket_connection import SocketMode

log = logging.getLogger(__name__)

#: Seconds from the signal to the end of the process, whatever is still running.
STOP_WITHIN = 10.0
#: Of those, for running requests: Slack waits 3 s for an answer, and their transactions may take a little longer.
_REQUESTS_WITHIN = 4.0
#: Of those, for each of the last steps: closing connections, and the exit of the interpreter.
_CLOSING_WITHIN = 1.0
#: Of those, for a start that is under way when the signal comes.
_START_WITHIN = 2.0
#: The interpreter's switch interval in seconds.
_SWITCH = 0.002
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Application(Protocol):
    """The application to serve; the composition root creates it."""

    #: The application calls it, from any thread, with the reason why it cannot go on.
    failed: Callable[[str], None]

    @property
    def bolt(self) -> App | None:
        """The Bolt app of Socket Mode; None for an application that is served over HTTP only."""

    @property
    def install(self) -> Install | None:
        """Answers the pages by which workspaces install the app; None for no such pages."""

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """Answer a request of Slack, whose signature has been checked."""
        ...

    def start(self) -> None:
        """Open the database and start the delivery; returns when requests can be answered."""

    def stop(self, timeout: float) -> None:
        """Let running listeners and deliveries finish for up to `timeout` seconds, then close the database.

        Also called after a failed start.
        """

    def problems(self) -> list[str]:
        """One sentence for each reason why the bot is not ready; quick, never raises."""
        ...

    def notices(self) -> list[str]:
        """What /readyz tells besides, a sentence each: it keeps the bot from nothing."""
        ...

    def metrics(self) -> str:
        """The application's lines of /metrics."""
        ...

    def api(self, request: ApiRequest) -> ApiAnswer:
        """The answer to a request of another program."""
        ...

    def calendar(self, token: str) -> tuple[int, str]:
        """Status and text of a private calendar feed, by the token in its address."""
        ...


class Serving:
    """One application with its HTTP server and, where the settings ask for it, its Socket Mode connection.

    Args:
        failed: called once, from any thread, with the reason why serving cannot go on.

    Raises:
        CannotListen: the address cannot be bound; nothing is started then.
    """

    def __init__(
        self, application: Application, settings: Settings, failed: Callable[[str], None] = lambda _: None
    ) -> None:
        self._application, application.failed = application, failed
        self._metrics = RequestMetrics()
        self._state = "starting"
        self._drain = settings.drain.total_seconds()
        self._gate = RequestGate(application.dispatch, self._metrics)
        self._socket: SocketMode | None = None
        gate = None
        if settings.socket_mode:
            assert application.bolt is not None, "Socket Mode needs one Bolt app"
            token = settings.slack_app_token.get_secret_value()
            self._socket = _socket_mode(application.bolt, token, self._gate, failed)
        else:
            secret = settings.slack_signing_secret.get_secret_value()
            gate = SignatureChecker(secret, refused=self._metrics.refused)
        dispatch = self._gate.dispatch if gate else None
        calendar = partial(self._gate.feed, application.calendar) if settings.feeds_url else None
        install = partial(self._gate.page, application.install) if application.install else None
        died = "The HTTP server came to an end by itself."

        def listen(wsgi: WSGIApplication, port: int, setting: str) -> HttpServer:
            refused = self._metrics.refused
            return HttpServer(wsgi, settings.host, port, lambda: failed(died), setting=setting, refused=refused)

        if settings.admin_port is None:
            pages = (self.problems, self.metrics, calendar, application.api, application.notices)
            self._servers = [listen(make_wsgi(dispatch, gate, *pages, install), settings.port, "PORT")]
            return
        wsgi = make_wsgi(dispatch, gate, None, None, calendar, install=install)
        self._servers = [listen(wsgi, settings.port, "PORT")]
        try:
            wsgi = make_wsgi(None, None, self.problems, self.metrics, None, application.api, application.notices)
            self._servers.append(listen(wsgi, settings.admin_port, "ECO_ADMIN_PORT"))
        except CannotListen:
            self._servers[0].stop(0)
            raise

    @property
    def url(self) -> str:
        """The base URL of the HTTP server, with the actual port."""
        return self._servers[0].url

    @property
    def admin_url(self) -> str:
        """The base URL of the server that has /readyz and /metrics."""
        return self._servers[-1].url

    def start(self) -> None:
        """Start everything: first the HTTP server, so that /healthz answers while the rest starts."""
        for server in self._servers:
            server.start()
        self._application.start()
        self._gate.open()
        self._state = "running"
        if self._socket is not None:
            self._socket.start()
        log.info("Listening on %s (%s).", self.url, "Socket Mode" if self._socket else "HTTP mode")
        if len(self._servers) > 1:
            log.info("/readyz and /metrics are on %s.", self.admin_url)

    def drain(self, wait: Callable[[float], object]) -> None:
        """Be unready for ECO_DRAIN, while requests are still answered; `wait` lets so many seconds pass."""
        if self._drain > 0 and self._state == "running":
            self._state = "stopping"
            wait(self._drain)

    def stop(self, timeout: float = STOP_WITHIN - _CLOSING_WITHIN) -> None:
        """Become unready, reject new requests, let running ones finish, then stop the application.

        The HTTP servers stop last, so that /readyz answers 503 until the end.
        """
        end = time.monotonic() + timeout
        self._state = "stopping"
        if not self._gate.close(min(_REQUESTS_WITHIN, timeout / 2)):
            log.warning("Requests are still running; the process stops without them.")
        if self._socket is not None:
            self._socket.stop(_CLOSING_WITHIN)
        self._application.stop(max(0.0, end - time.monotonic() - _CLOSING_WITHIN))
        for server in self._servers:
            server.stop(_CLOSING_WITHIN)
        self._state = "stopped"

    def problems(self) -> list[str]:
        """The reasons for /readyz why the process is not ready; empty if it is."""
        if self._state != "running":
            return [f"The process is {self._state}."]
        try:
            found = self._application.problems()
        except Exception as error:
            log.exception("The application could not be asked for its problems.")
            found = [f"The application cannot tell its problems: {type(error).__name__}."]
        return found + (self._socket.problems() if self._socket is not None else [])

    def metrics(self) -> str:
        """The text of /metrics."""
        return self._application.metrics() + self._metrics.render()


def _socket_mode(app: App, token: str, gate: RequestGate, failed: Callable[[str], None]) -> SocketMode:
    # A bot in HTTP mode never needs aiohttp, which takes a tenth of a second to import.
    from bot.serving.socket_connection import SocketMode  # noqa: PLC0415  # see above
    from bot.serving.socket_requests import SocketRequests  # noqa: PLC0415  # see above

    return SocketMode(app, token, SocketRequests(gate), failed)


def _wait_for(ends: SimpleQueue[tuple[int, str]]) -> tuple[int, str]:
    """Wait for the exit code and the reason to stop.

    With a time-out for each wait: the system may deliver a signal to any thread, and its handler runs in the main
    thread only when that wakes up.
    """
    while True:
        try:
            return ends.get(timeout=0.5)
        except Empty:
            continue


def run(application: Application, settings: Settings, stop_within: float = STOP_WITHIN) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code of the process.

    Must be called in the main thread, as the last thing that the process does: `stop_within` seconds after the signal
    the process is ended, whatever is still running. A second signal ends it at once.

    Raises:
        CannotListen, and what `application.start` raises.
    """
    # Python's default is 5 ms: while the delivery is busy, a request that needs 5 ms of CPU would take several times as
    # long. With a much shorter interval, a burst of requests would spend its time on switching threads.
    sys.setswitchinterval(_SWITCH)
    # A SimpleQueue is reentrant, so a signal handler may put into it wherever it interrupts the main thread.
    ends: SimpleQueue[tuple[int, str]] = SimpleQueue()
    with _signals(ends):
        serving = Serving(application, settings, lambda reason: ends.put((1, reason)))
        failed: list[BaseException] = []
        # In another thread: while a start waits for the database or for Slack, this one hears signals.
        starting = threading.Thread(target=_start, args=(serving, ends, failed), name="start", daemon=True)
        starting.start()
        code, reason = _wait_for(ends)
        starting.join(_START_WITHIN)
        if failed and code:
            _die_in_time(stop_within)
            serving.stop(stop_within - _CLOSING_WITHIN)
            raise failed[0]
        _die_in_time(stop_within + settings.drain.total_seconds())
        log.log(logging.CRITICAL if code else logging.INFO, "%s Stopping.", reason)
        if not code:
            serving.drain(time.sleep)
        serving.stop(stop_within - _CLOSING_WITHIN)
        log.info("Stopped.")
    return code


def _start(serving: Serving, ends: SimpleQueue[tuple[int, str]], failed: list[BaseException]) -> None:
    try:
        serving.start()
    except BaseException as error:  # noqa: BLE001 - raised again in the main thread
        failed.append(error)
        ends.put((1, "The start has failed."))


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
    """End the process after some seconds, even if a thread hangs: Python would wait for it without limit."""

    def die() -> None:
        log.critical("The process has not come to its end within %.0f s and is cut off.", seconds)
        os._exit(1)

    timer = threading.Timer(seconds - _CLOSING_WITHIN / 2, die)
    timer.daemon = True
    timer.start()
