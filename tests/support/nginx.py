"""A real nginx with docs/deploy/nginx.conf, on a port of this machine, for the length of a test."""

from __future__ import annotations

import http.client
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.serving.test_serving import signed_command
from tests.support.bot_process import free_port
from tests.support.certificates import certify
from tests.support.wait_until import eventually

CONFIGURATION = Path(__file__).parents[2] / "docs/deploy/nginx.conf"
HOW_TO_GET_IT = "nginx is not on this machine: apt install nginx-light, or brew install nginx."
#: What a distribution's own file says around ours. One worker: what it does first, it has done first.
AROUND = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes 1;
{user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {ours}
}}
"""


@dataclass(frozen=True)
class Front:
    """A running nginx."""

    port: int
    trust: ssl.SSLContext

    def connect(self) -> http.client.HTTPSConnection:
        """A connection to it, over TLS."""
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=self.trust)

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> int:
        """Send one request over a connection of its own; returns the status."""
        connection = self.connect()
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()

    def command(self, text: str) -> int:
        """Send `/eco text` as Slack does; returns the status."""
        return self.ask("POST", "/slack/events", *signed_command(text))


@contextmanager
def nginx(folder: Path, *upstreams: int) -> Iterator[Front]:
    """Start it in front of these ports, with its files in a new folder; skips the test where there is none."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if program is None:
        pytest.skip(HOW_TO_GET_IT)
    folder.mkdir()
    port, certificate = free_port(), folder / "certificate.pem"
    key = certify(certificate)
    ours = CONFIGURATION.read_text("utf-8")
    for old, new in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/eco.example.com.pem", str(certificate)),
        ("/etc/ssl/eco.example.com.key", str(key)),
        ("server 127.0.0.1:3000;", "".join(f"server 127.0.0.1:{each};" for each in upstreams)),
    ):
        assert ours.count(old) == 1, old
        ours = ours.replace(old, new)
    user = "user root;" if os.geteuid() == 0 else ""  # the folder of a test is its user's alone
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user, ours=ours), "utf-8")
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    assert "[warn]" not in tried.stderr, tried.stderr
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    front = Front(port, ssl.create_default_context(cafile=str(certificate)))
    try:
        eventually(lambda: _listens(front))
        yield front
    finally:
        running.terminate()
        running.wait(10)


def _listens(front: Front) -> bool:
    with suppress(ConnectionRefusedError):
        return front.ask("GET", "/") == 404
    return False
