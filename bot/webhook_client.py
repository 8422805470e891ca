"""Posts one signed event to the operator's address, and to no address inside of the network unless that is allowed.

Signed as https://www.standardwebhooks.com says: HMAC-SHA256 over ID, time and body.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.telemetry.log_context import traceparent

#: Seconds that the receiver has to answer, and as many for a connection to each of its addresses.
TIMEOUT = 5.0
#: Most addresses that are tried.
_ADDRESSES = 3
#: Bytes of an answer that are read; it says nothing that is needed.
_ANSWER = 4096


class NotReached(Exception):
    """The receiver gave no answer, or may not be asked; the message says why."""


@dataclass(frozen=True, slots=True)
class WebhookClient:
    """Where events go.

    Attributes:
        url: http or https. secret: the key of the signatures.
        private: whether the address may be inside of the network.
        authorities: certificates that are trusted; None for those of the machine.
        timeout: in seconds, see TIMEOUT.
    """

    url: str
    secret: bytes
    private: bool = False
    authorities: ssl.SSLContext | None = None
    timeout: float = TIMEOUT

    def post(self, event_id: str, body: bytes, now: datetime, trace: str = "") -> int:
        """The status of the receiver's answer; redirects are not followed. It is told the event's trace, if any.

        Raises:
            NotReached: it could not be asked, or has not answered in time.
        """
        parts = urlsplit(self.url)
        secure, host = parts.scheme == "https", parts.hostname or ""
        port = parts.port or (443 if secure else 80)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "eco-bot",
            **signed(self.secret, event_id, body, now),
            **({"traceparent": traceparent(trace)} if trace else {}),
        }
        try:
            raw = self._connect(host, port)
        except OSError as fault:
            raise NotReached(f"{type(fault).__name__}: {fault}") from fault
        with (
            _cut_off(raw, self.timeout) as is_over,
            contextlib.closing(http.client.HTTPConnection(host, port)) as asked,
        ):
            try:
                asked.sock = self._secured(raw, host) if secure else raw
                asked.request("POST", target, body, headers)
                answer = asked.getresponse()
            except (OSError, http.client.HTTPException) as fault:
                why = f"no answer within {self.timeout:g} s" if is_over() else f"{type(fault).__name__}: {fault}"
                raise NotReached(why) from fault
            with contextlib.suppress(OSError, http.client.HTTPException), answer:
                answer.read(_ANSWER)
            return answer.status

    def _connect(self, host: str, port: int) -> socket.socket:
        """A connection to an address that was looked at: a second look-up of the name could give another one."""
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not self.private and (inside := [each for each in found if not ipaddress.ip_address(each).is_global]):
            raise NotReached(f"{host} is {inside[0]}, an address inside of the network: set ECO_WEBHOOK_PRIVATE=yes")
        *others, last = found[:_ADDRESSES]
        for address in others:
            with contextlib.suppress(OSError):  # the next one may be reached, as where there is no IPv6
                return socket.create_connection((address, port), self.timeout)
        return socket.create_connection((last, port), self.timeout)

    def _secured(self, raw: socket.socket, host: str) -> ssl.SSLSocket:
        return (self.authorities or ssl.create_default_context()).wrap_socket(raw, server_hostname=host)


@contextlib.contextmanager
def _cut_off(raw: socket.socket, seconds: float) -> Iterator[Callable[[], bool]]:
    """Close a connection after the block, and its line after some seconds; tells whether they were over.

    A receiver that sends a byte now and then would keep the thread for ever: each of them comes in time.
    """
    over = threading.Event()

    def end() -> None:
        over.set()
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    with raw, raw.dup() as line:
        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield over.is_set
        finally:
            timer.cancel()


def signed(secret: bytes, event_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers that prove where an event comes from."""
    at = str(int(now.timestamp()))
    digest = hmac.new(secret, b".".join((event_id.encode(), at.encode(), body)), hashlib.sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
