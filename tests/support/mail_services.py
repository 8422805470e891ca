"""Mail services that play Amazon SES over real HTTP: moto's server, and a small one for faults that moto has not."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3

from tests.support.moto_server import running_moto

SUPPORT, SENDER = "support@spot.example", "eco-bot@acme.example"
#: Settings with which a bot sends tickets by email.
ON = {"ECO_SUPPORT_EMAIL": SUPPORT, "ECO_TICKET_FROM": SENDER}
MESSAGE_ID = "0100019352c1a1b2-6f0c7c1e-1111-2222-3333-444455556666-000000"


def aws_environment(url: str) -> dict[str, str]:
    """The environment in which AWS is at that address."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@dataclass(frozen=True)
class Moto:
    """A running moto server."""

    url: str

    def verify(self, *addresses: str) -> None:
        """Let these addresses send."""
        client: Any = boto3.client("sesv2", endpoint_url=self.url, region_name="us-east-1",
                                   aws_access_key_id="testing", aws_secret_access_key="testing")  # fmt: skip
        for address in addresses:
            client.create_email_identity(EmailIdentity=address)

    def sent(self) -> list[dict[str, Any]]:
        """The emails that were accepted, in order: id, source, destinations, subject, body."""
        with urllib.request.urlopen(f"{self.url}/moto-api/data.json", timeout=10) as answer:
            found = json.load(answer)["ses"]["Message"]
        return sorted(found, key=lambda message: str(message["id"]))


@contextmanager
def moto() -> Iterator[Moto]:
    """moto's server on a free port, with nothing in it."""
    with running_moto() as (host, port):
        url = f"http://{host}:{port}"
        urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"), timeout=10).close()
        yield Moto(url)


@dataclass(frozen=True)
class Fault:
    """How one request is answered: with an error by name, with no answer, or not before `OddSes.release`."""

    status: int = 0
    code: str = ""
    message: str = ""
    hang: bool = False
    garbage: bool = False


#: The connection is closed without a word, after the email was accepted.
DROP = Fault()
HANG = Fault(hang=True)


@dataclass
class OddSes:
    """A mail service that misbehaves as it is told, one request after the other, and else accepts.

    Attributes:
        accepted: the bodies of the emails that have gone out, whatever was answered.
        asked: how many requests have come. release: lets those that hang be answered.
    """

    faults: list[Fault] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    release: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def answer(self, body: dict[str, Any]) -> Fault | None:
        """Take a request; None where it is accepted."""
        self.asked += 1
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or not fault.code:
            self.accepted.append(body)
        return fault


def _handler(ses: OddSes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fault = ses.answer(body)
            if fault is not None and fault.hang:
                ses.release.wait(60)
            if fault is None or fault.hang:
                self._send(200, {"MessageId": MESSAGE_ID})
            elif fault.garbage:
                self._send(fault.status, None)
            elif fault.code:
                self._send(fault.status, {"message": fault.message}, fault.code)
            self.close_connection = True

        def _send(self, status: int, answer: dict[str, Any] | None, error: str = "") -> None:
            payload = json.dumps(answer).encode() if answer is not None else b"<html>no JSON"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def odd_ses(*faults: Fault) -> Iterator[OddSes]:
    """Such a service, running."""
    ses = OddSes(list(faults))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(ses))
    server.daemon_threads = True
    ses.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield ses
    finally:
        ses.release.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
