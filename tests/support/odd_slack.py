"""A Web API that answers every call alike, with headers of the test's, and records what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class OddSlack:
    """What it answers, and what it heard."""

    def __init__(self, answer: dict[str, Any], headers: dict[str, str], status: int = 200) -> None:
        self.answer, self.headers, self.status = answer, headers, status
        self.heard: list[tuple[str, bytes]] = []
        self.body = json.dumps(answer).encode()
        self.sent = 0
        self.url = ""


@contextmanager
def odd_slack(answer: dict[str, Any], headers: dict[str, str], status: int = 200) -> Iterator[OddSlack]:
    """Run it on a port of this machine; the headers take the place of the server's own."""
    odd = OddSlack(answer, headers, status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer as told."""
            odd.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"] or 0))))
            self.send_response_only(odd.status)
            for name, value in odd.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for start in range(0, len(odd.body), 1 << 16):
                    self.wfile.write(odd.body[start : start + (1 << 16)])
                    odd.sent += 1 << 16
            except OSError:
                self.close_connection = True

        do_GET = do_POST  # noqa: N815 - the name that the server looks for

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    odd.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield odd
    finally:
        server.shutdown()
        server.server_close()
