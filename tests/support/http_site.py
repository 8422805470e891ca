"""A server of the bot's HTTP surface on loopback, and Slack's way of asking it."""

import hashlib
import hmac
import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.serving.http_connections import LIMITS, Limits
from bot.serving.http_server import HttpServer
from bot.serving.signatures import SignatureChecker
from bot.serving.wsgi import make_wsgi

SECRET = "shared-with-slack"
NOW = 1_800_000_000
COMMAND = urlencode({"command": "/eco", "text": "help", "team_id": "T1", "user_id": "U1"}).encode()
FORM = "application/x-www-form-urlencoded"


def sign(body: bytes, timestamp: str | int = NOW, secret: str = SECRET) -> str:
    """Sign as Slack does."""
    text = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Site:
    """A running server, what has reached Bolt behind it, and what the test lets it answer."""

    listener: HttpServer = field(init=False)
    seen: list[BoltRequest] = field(default_factory=list)
    answers: Callable[[BoltRequest], BoltResponse] = lambda _: BoltResponse(status=200, body="")
    problems: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    metrics: Callable[[], str] = lambda: "eco_outbox_due 0.0\n"

    @property
    def port(self) -> int:
        """The real port."""
        return self.listener.port

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """Stand where Bolt stands."""
        self.seen.append(request)
        return self.answers(request)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: Any) -> Answer:
        """Send one request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        names = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        try:
            connection.request(method, path, body, names)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read().decode())
        finally:
            connection.close()

    def deliver(self, body: bytes = COMMAND, content_type: str = FORM, **headers: Any) -> Answer:
        """Send what Slack sends, rightly signed unless `headers` say otherwise."""
        signed = {"X_Slack_Request_Timestamp": str(NOW), "X_Slack_Signature": sign(body)}
        return self.ask("POST", "/slack/events", body, **({"Content_Type": content_type} | signed | headers))


@contextmanager
def running(*, http_mode: bool = True, limits: Limits = LIMITS) -> Iterator[Site]:
    """A site with its server, in HTTP mode or as it is in Socket Mode."""
    site = Site()
    gate = SignatureChecker(SECRET, lambda: NOW, site.refused.append) if http_mode else None
    wsgi = make_wsgi(site.dispatch if http_mode else None, gate, lambda: site.problems, lambda: site.metrics())  # noqa: PLW0108 - a test may put another one there
    site.listener = HttpServer(wsgi, "127.0.0.1", 0, limits=limits, refused=site.refused.append)
    site.listener.start()
    try:
        yield site
    finally:
        site.listener.stop(5)
