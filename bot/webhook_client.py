"""Posts one signed event to the operator's address, and to no address inside of the network unless that is allowed.

Signed as https://www.standardwebhooks.com says: HMAC-SHA256 over ID, time and body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.telemetry.log_context import traceparent

#: Seconds that the receiver has for each step of a request.
TIMEOUT = 5.0
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
    """

    url: str
    secret: bytes
    private: bool = False
    authorities: ssl.SSLContext | None = None

    def post(self, event_id: str, body: bytes, now: datetime, trace: str = "") -> int:
        """The status of the receiver's answer; redirects are not followed. It is told the event's trace, if any.

        Raises:
            NotReached: it could not be asked, or has not answered in time.
        """
        parts = urlsplit(self.url)
        secure, host = parts.scheme == "https", parts.hostname or ""
        port = parts.port or (443 if secure else 80)
        path = parts.path or "/"
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "eco-bot",
            **signed(self.secret, event_id, body, now),
            **({"traceparent": traceparent(trace)} if trace else {}),
        }
        try:
            connection = self._connect(host, port, secure)
            try:
                connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, headers)
                answer = connection.getresponse()
                answer.read(_ANSWER)
                return answer.status
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as fault:
            raise NotReached(f"{type(fault).__name__}: {fault}") from fault

    def _connect(self, host: str, port: int, secure: bool) -> http.client.HTTPConnection:
        """A connection to an address that was looked at: a second look-up of the name could give another one."""
        address = self._address(host, port)
        raw = socket.create_connection((address, port), TIMEOUT)
        if secure:
            raw = (self.authorities or ssl.create_default_context()).wrap_socket(raw, server_hostname=host)
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        connection.sock = raw
        return connection

    def _address(self, host: str, port: int) -> str:
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not self.private and (inside := [each for each in found if not ipaddress.ip_address(each).is_global]):
            raise NotReached(f"{host} is {inside[0]}, an address inside of the network: set ECO_WEBHOOK_PRIVATE=yes")
        return found[0]


def signed(secret: bytes, event_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers that prove where an event comes from."""
    at = str(int(now.timestamp()))
    digest = hmac.new(secret, b".".join((event_id.encode(), at.encode(), body)), hashlib.sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
