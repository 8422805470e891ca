"""The endpoint of the local AWS: forwards calls to moto, simulates billing, injects faults."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.aws.billing import OPERATIONS, Billing

#: Operations of S3 by their method and what the query begins with.
_S3 = {
    ("HEAD", ""): "HeadBucket",
    ("GET", ""): "GetObject",
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "policy"): "GetBucketPolicy",
    ("GET", "ownershipControls"): "GetBucketOwnershipControls",
    ("GET", "encryption"): "GetBucketEncryption",
}
_HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


@dataclass
class Fault:
    """A fault to inject into a call.

    Attributes:
        body: instead of an error of the service. hang: never answer, until the endpoint is closed.
        times: how often; None: always.
    """

    code: str = "AccessDenied"
    status: int = 403
    message: str = "no"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    hang: bool = False
    times: int | None = None


@dataclass
class Request:
    """A recorded request."""

    operation: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def inputs(self) -> dict[str, str]:
        """The parameters of a request to S3 or a query service."""
        text = self.body.decode() if self.method == "POST" else urlsplit(self.path).query
        return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}

    @property
    def region(self) -> str:
        """The region that the request is signed for."""
        return self.headers["authorization"].split("Credential=")[1].split("/")[2]


class AwsEndpoint:
    """An HTTP server on a free port.

    Args:
        behind: host and port of moto. latency: seconds that every answer takes.
    """

    def __init__(self, behind: tuple[str, int], latency: float = 0) -> None:
        self.behind = behind
        self.latency = latency
        self.billing = Billing()
        self.faults: dict[str, Fault] = {}
        self.owners: dict[str, str] = {}
        #: A page of files that is followed by another one like it, with a place for the token of the next.
        self.endless: str | None = None
        #: The only prefix whose listing is endless; "" for each.
        self.endless_under = ""
        #: Whether the organization has more accounts than anybody reads, none of them the own one.
        self.endless_accounts = False
        self.requests: list[Request] = []
        self.errors: list[Exception] = []
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="aws-endpoint", daemon=True).start()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def counted(self) -> Counter[str]:
        """The number of calls of each operation."""
        return Counter(request.operation for request in self.requests)

    def close(self) -> None:
        """Release hanging requests, and stop."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes] | None:
        """The response to a request; None for none."""
        self.requests.append(request)
        if self.latency:
            time.sleep(self.latency)
        fault = self.faults.get(request.operation)
        if fault and (fault.times is None or fault.times > 0):
            fault.times = None if fault.times is None else fault.times - 1
            if fault.hang:
                self._closing.wait()
                return None
            return fault.status, fault.headers, _error(request, fault) if fault.body is None else fault.body
        target = request.headers.get("x-amz-target", "")
        if target in OPERATIONS:
            told = self.billing.answer(target, json.loads(request.body))
            return 200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(told).encode()
        if self.endless_accounts and request.operation == "ListAccounts":
            number = len(self.requests)
            page = {"Accounts": [{"Id": f"{number:012}", "Name": f"Team {number}"}], "NextToken": str(number)}
            return 200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(page).encode()
        here = self.endless_under in ("", request.inputs.get("prefix"))
        if self.endless and here and request.operation == "ListObjectsV2":
            return 200, {"content-type": "application/xml"}, self.endless.format(len(self.requests)).encode()
        owner = self.owners.get(urlsplit(request.path).path.strip("/"), None)
        if owner not in (None, request.headers.get("x-amz-expected-bucket-owner", owner)):
            return 403, {}, _error(request, Fault())
        return self._pass_on(request)

    def _pass_on(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(*self.behind, timeout=20)
        try:
            connection.request(request.method, request.path, request.body or None, request.headers)
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return answer.status, headers, answer.read()
        finally:
            connection.close()


def _error(request: Request, fault: Fault) -> bytes:
    """An error response in the protocol of the service."""
    if request.method == "HEAD":
        return b""
    if "x-amz-target" in request.headers:
        return json.dumps({"__type": fault.code, "message": fault.message}).encode()
    error = f"<Error><Type>Sender</Type><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
    return (error if request.method == "GET" else f"<ErrorResponse>{error}</ErrorResponse>").encode()


def _operation(method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if method == "POST":
        return parse_qs(body.decode()).get("Action", ["unknown"])[0]
    return _S3.get((method, urlsplit(path).query.partition("=")[0]), f"{method} {path}")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that have disconnected."""


def _handler(endpoint: AwsEndpoint) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without it an answer of several writes waits for the client's acknowledgement.
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            pass

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            operation = _operation(self.command, self.path, headers, body)
            try:
                answer = endpoint.answer(Request(operation, self.command, self.path, headers, body))
            except Exception as error:  # noqa: BLE001 - the test looks at `errors`
                endpoint.errors.append(error)
                answer = 500, {}, b""
            if answer is None:
                self.close_connection = True
                return
            status, sent, content = answer
            self.send_response(status)
            for name, value in {**sent, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        do_GET = do_POST = do_HEAD = _serve  # noqa: N815 - names of the standard library

    return Handler
