"""The example of docs/EVENTS.md, run against a stand-in for Jira: an issue for each ticket, and its number back."""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote
from urllib.request import Request, urlopen

import pytest

from bot.domain.enrollment import State
from tests.api.test_api import token
from tests.support.bot_world import running
from tests.support.steps import StepKey
from tests.support.wait_until import eventually
from tests.support.walkthrough import act, confirm

EXAMPLE = Path(__file__).parents[2] / "docs/api/jira_example.py"
SECRET = f"whsec_{base64.b64encode(b'k' * 32).decode()}"


class Jira:
    """The issues that were made, by their label."""

    def __init__(self) -> None:
        self.issues: dict[str, dict[str, Any]] = {}
        self.url = ""


@pytest.fixture
def jira() -> Iterator[Jira]:
    """A stand-in that knows searching by label and making an issue."""
    found = Jira()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({"total": int(unquote(self.path).partition("labels=")[2] in found.issues)})

        def do_POST(self) -> None:
            fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["fields"]
            found.issues[fields["labels"][0]] = fields
            self._answer({"key": f"ECO-{len(found.issues)}"})

        def _answer(self, content: dict[str, Any]) -> None:
            assert "Basic secret" == self.headers["Authorization"]
            body = json.dumps(content).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()


def free_port() -> int:
    """A port that nobody uses."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def example(port: int, **env: str) -> Iterator[None]:
    """The example, as somebody starts it."""
    given = {**os.environ, **env, "PORT": str(port), "ECO_WEBHOOK_SECRET": SECRET, "FROM_JIRA": "from Jira"}
    process = subprocess.Popen([sys.executable, str(EXAMPLE)], env=given, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: _listens(port))
        yield
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with closing(socket.socket()) as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def status(request: Request) -> int:
    """How the example answers a request."""
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as refused:
        with refused:
            return refused.code


def test_an_issue_for_each_ticket_and_its_number_back(sqlite_url: str, jira: Jira) -> None:
    """One issue for a ticket, however many events there are; Jira's answer starts the wait, once."""
    port = free_port()
    settings = {"ECO_WEBHOOK_URL": f"http://127.0.0.1:{port}/eco", "ECO_WEBHOOK_SECRET": SECRET}
    with running(sqlite_url, at=datetime.now(UTC), **settings, ECO_WEBHOOK_PRIVATE="yes") as world:
        program = token(world, "jira", "read", "tickets")
        access = {"ECO_URL": world.url, "ECO_TOKEN": program.token}
        tracker = {"JIRA_URL": jira.url, "JIRA_AUTHORIZATION": "Basic secret", "JIRA_PROJECT": "FIN"}
        with example(port, **access, **tracker):
            made = world.start()
            act(world, world.ana, StepKey.CONNECT_ACCOUNT)
            assert {} == jira.issues
            confirm(world, world.ana, StepKey.CONNECT_ACCOUNT)

            assert [f"eco-{made.id}-enable_subsets"] == list(jira.issues)
            assert "Production: Enable the Subsets feature" == next(iter(jira.issues.values()))["summary"]
            for path in ("eco", "jira"):
                assert 401 == status(Request(f"http://127.0.0.1:{port}/{path}", b"{}", {"Authorization": "wrong"}))
            told = {"issue": "ECO-1", "enrollment": made.id, "step": "enable_subsets", "number": "4711"}
            for _ in range(2):
                body, headers = json.dumps(told).encode(), {"Authorization": "from Jira"}
                assert 204 == status(Request(f"http://127.0.0.1:{port}/jira", body, headers))
            world.deliver()

            step = world.enrollment().step(StepKey.ENABLE_SUBSETS)
            assert (State.WAITING, "4711", "api:jira") == (step.state, step.values["ticket_number"], step.acted_by)
            assert 1 == len(jira.issues)
