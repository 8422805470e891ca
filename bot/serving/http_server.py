"""The HTTP server (waitress) in a thread of its own, with a graceful stop."""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from waitress import wasyncore

from bot.serving.http_connections import LIMITS, ConnectionServer, Limits, Refused
from bot.serving.wsgi import MAX_BODY

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

log = logging.getLogger(__name__)
# It warns of every request that has to wait for a thread: many in a burst, and `eco_ack_seconds` shows it as well.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)

#: More than the threads of Bolt's listeners, so that /healthz answers while all of those are busy.
_THREADS = 16
#: Bytes; Slack's are a tenth of that.
_MAX_HEADER = 16_384


class CannotListen(Exception):
    """The address cannot be bound; the message says why and what to do."""


class HttpServer:
    """A production WSGI server (waitress) on one address.

    Args:
        host, port: of the address; `port` 0 takes a free port, which the attribute `port` tells.
        died: called if the server ends by itself.
        setting: the name of the setting that holds the port.
        limits: what clients may take.
        refused: called with the reason when a request is too large or a limit closes a connection.

    Raises:
        CannotListen: when it is created, before anything is started.
    """

    def __init__(
        self,
        application: WSGIApplication,
        host: str,
        port: int,
        died: Callable[[], None] = lambda: None,
        *,
        setting: str = "PORT",
        limits: Limits = LIMITS,
        refused: Refused = lambda _: None,
    ) -> None:
        self._socket = _bind(host, port, setting)
        self._limits = limits
        self._refused = refused
        self._died = died
        self._application = application
        self._stopping = False
        # Untyped: the stubs have other types for the server's trigger and dispatcher.
        self._server: Any = None
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def start(self) -> None:
        """Begin to accept connections."""
        self._server = ConnectionServer(
            self._application,
            self._socket,
            _THREADS,
            self._limits,
            self._refused,
            # The first size that is too large: rejected before it is read.
            max_request_body_size=MAX_BODY + 1,
            inbuf_overflow=MAX_BODY + 1,  # no temporary files
            max_request_header_size=_MAX_HEADER,
            ident=None,
        )
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Let running requests finish for up to `timeout` seconds, then close all connections."""
        self._stopping = True
        if self._server is None:
            self._socket.close()
            return
        if not self._thread.is_alive():
            return
        end = time.monotonic() + timeout
        self._server.task_dispatcher.shutdown(timeout=timeout)
        # The server's own thread must close its sockets; without any its loop ends. If it is awake for another reason,
        # it may have closed all of them, the trigger included, before the trigger is pulled.
        with contextlib.suppress(OSError):
            self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._server._map))
        self._thread.join(max(0.5, end - time.monotonic()))

    def _run(self) -> None:
        try:
            self._server.run()
        finally:
            if not self._stopping:
                log.critical("The HTTP server came to an end by itself.")
                self._died()


def _bind(host: str, port: int, setting: str) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # "localhost" has addresses of both kinds; clients that use a number mostly use 127.0.0.1.
        found.sort(key=lambda entry: entry[0] != socket.AF_INET)
        family, kind, protocol, _, address = found[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"HOST {host} cannot be listened on: {_reason(error)}.") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and host == "::":
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind(address)
        # Listen at once: a port that is in use may raise an error only then.
        bound.listen()
    except OSError as error:
        bound.close()
        raise CannotListen(
            f"Port {port} on {host} cannot be listened on: {_reason(error)}. {_remedy(error, setting)}"
        ) from error
    return bound


def _remedy(error: OSError, setting: str) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Ports below 1024 are for root: set {setting} to 1024 or more, and let a proxy listen on this one."
    if error.errno == errno.EADDRINUSE:
        return f"Is the bot running already? Set {setting} (or HOST) to another one."
    return f"Set HOST or {setting} to an address of this machine."


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
