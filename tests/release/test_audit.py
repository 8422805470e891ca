"""The audit of what is locked, against a stand-in for the service that knows vulnerabilities."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.release.audit import audit

FAULT = {"id": "PYSEC-2026-1", "summary": "Bad.", "details": "Very bad.", "published": "2026-01-01T00:00:00Z"}


class Service(BaseHTTPRequestHandler):
    """Knows a vulnerability of the package `six`, or is broken."""

    broken = False

    def do_POST(self) -> None:
        """Answer as OSV does."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = asked["package"]["name"] == "six"
        package = {"package": {"name": "six", "ecosystem": "PyPI"}, "versions": ["1.17.0"], "ranges": []}
        body = json.dumps({"vulns": [FAULT | {"affected": [package]}]} if known else {}).encode()
        self.send_response(503 if self.broken else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    """The address of the stand-in."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


def lock_of(folder: Path, *names: str) -> Path:
    """A lock file with these packages."""
    text = "".join(f"{name} \\\n    --hash=sha256:{'0' * 64}\n" for name in names)
    (folder / "lock.txt").write_text(text)
    return folder / "lock.txt"


def test_packages_without_a_known_fault_may_be_released(tmp_path: Path, service: str) -> None:
    """And it is said of how many that is."""
    known = audit(lock_of(tmp_path, "idna==3.20", "attrs==26.1.0"), service)

    assert (True, "No vulnerability is known of 2 packages.") == (known.fine, known.words)


def test_a_known_fault_holds_the_release_up(tmp_path: Path, service: str) -> None:
    """Package, version and fault are named, with what to run."""
    known = audit(lock_of(tmp_path, "idna==3.20", "six==1.17.0"), service)

    assert not known.fine
    assert "Known vulnerabilities: six 1.17.0: PYSEC-2026-1. Update with" in known.words


def test_a_service_that_does_not_answer_is_told_and_holds_nothing_up(tmp_path: Path, service: str) -> None:
    """Whether nobody is there or it is broken: most machines that build a release have no way out."""
    Service.broken = True
    try:
        lock = lock_of(tmp_path, "idna==3.20")
        answers = [audit(lock, service), audit(lock, "http://127.0.0.1:1/v1/query")]
    finally:
        Service.broken = False

    assert [True, True] == [each.fine for each in answers]
    assert [] == [each.words for each in answers if "can't be asked here (" not in each.words]
