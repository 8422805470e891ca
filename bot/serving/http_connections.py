"""Connections of the HTTP server: a deadline for each request, a limit for each address, slow ones closed first."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from socket import socket
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge, RequestHeaderFieldsTooLarge


@dataclass(frozen=True, slots=True)
class Limits:
    """What clients may take of the server.

    Attributes:
        request: seconds from the first byte of a request (or from the connection, for its first one) to its last.
        idle: seconds that a connection may stay open between two requests.
        connections: open at the same time.
        per_address: of those, from one address. A load balancer has few addresses and keeps many connections open.
    """

    request: float = 10.0
    idle: int = 120
    connections: int = 500
    per_address: int = 100


LIMITS = Limits()

#: Called with the reason when a request is refused for its size or a connection is closed: "large", "slow", "crowded".
Refused = Callable[[str], None]


class Connection(HTTPChannel):
    """One connection, with the time since when a request is incomplete; None between requests."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.incomplete_since: float | None = time.time()
        super().__init__(*args, **options)

    def received(self, data: bytes) -> bool:
        """Take bytes; note when a request begins and when it is complete."""
        began = self.incomplete_since or time.time()
        taken = super().received(data)
        self.incomplete_since = began if self.request is not None else None
        return taken

    def service(self) -> None:
        """Answer a request; count one that waitress refuses for its size."""
        if isinstance(self.requests[0].error, (RequestEntityTooLarge, RequestHeaderFieldsTooLarge)):
            server: Any = self.server  # a ConnectionServer
            server.refused("large")
        super().service()

    @property
    def is_answering(self) -> bool:
        """Whether a whole request waits, runs, or has its answer on the way."""
        return bool(self.requests) or self.total_outbufs_len > 0

    @property
    def slowness(self) -> tuple[bool, float]:
        """The order in which connections are closed: first those that owe the rest of a request, the oldest first."""
        if self.incomplete_since is not None:
            return False, self.incomplete_since
        return True, self.last_activity

    def is_overdue(self, now: float, seconds: float) -> bool:
        """Whether a request is incomplete for so long, or its answer is not fetched."""
        if self.requests:
            return False
        since = self.last_activity if self.total_outbufs_len else self.incomplete_since
        return since is not None and now - since > seconds


class ConnectionServer(TcpWSGIServer):
    """waitress with these limits; it stays open to new clients, however many connections others hold."""

    channel_class = Connection

    def __init__(
        self, application: Any, listening: socket, threads: int, limits: Limits, refused: Refused, **options: Any
    ):
        adjustments = Adjustments(
            sockets=[listening],
            threads=threads,
            channel_timeout=limits.idle,
            cleanup_interval=1,
            # More than will ever be open: waitress stops to accept connections there.
            connection_limit=2 * limits.connections + 100,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True,
            **options,
        )
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(threads)
        self._limits = limits
        self.refused = refused
        about = (listening.family, listening.type, listening.proto, listening.getsockname())
        super().__init__(
            application, {}, True, listening, dispatcher=dispatcher, adj=adjustments, sockinfo=about, bind_socket=False
        )

    def maintenance(self, now: float) -> None:
        """Close connections that are idle or overdue; called every second."""
        super().maintenance(int(now))
        for connection in self._open():
            if connection.is_overdue(now, self._limits.request):
                self.refused("slow")
                connection.handle_close()

    def handle_accept(self) -> None:
        """Take a new connection; with too many, close the slowest one of its address, or of all."""
        super().handle_accept()
        connections = self._open()
        if not connections:
            return
        newest = connections[-1]
        same = [connection for connection in connections if connection.addr[0] == newest.addr[0]]
        if len(same) > self._limits.per_address:
            self._close_slowest(same)
        elif len(connections) > self._limits.connections:
            self._close_slowest(connections)

    def _close_slowest(self, connections: list[Connection]) -> None:
        idle = [connection for connection in connections[:-1] if not connection.is_answering]
        self.refused("crowded")
        (min(idle, key=lambda one: one.slowness) if idle else connections[-1]).handle_close()

    def _open(self) -> list[Connection]:
        channels: Any = self.active_channels  # a dictionary, whatever the stubs say; in the order of arrival
        return list(channels.values())
