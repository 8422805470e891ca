"""Slack is spoken to over TLS: with the machine's certificates, which are read once, and with nobody unknown."""

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.slack import web_client
from bot.slack.gateway import Gateway
from bot.slack.slack_errors import SlackFault
from bot.slack.web_client import connect
from tests.support.certificates import certify


class Slack:
    """A server with a certificate of its own; it answers what is asked of it with `ok`, and keeps the paths."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "certificate.pem"
        self.paths: list[str] = []
        trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trust.load_cert_chain(self.certificate, certify(self.certificate))
        paths = self.paths

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                paths.append(self.path)
                said = json.dumps({"ok": True, "channel": "C0ECO", "ts": "1.000001"}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                """Nothing is written."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """Somebody does not trust the certificate: that is what is tried here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = trust.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"https://127.0.0.1:{self._server.server_port}/"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[Slack]:
    """A server that speaks TLS; nothing that was read of this machine's certificates is kept."""
    made = Slack(tmp_path)
    web_client._certificates.cache_clear()
    try:
        yield made
    finally:
        made.stop()
        web_client._certificates.cache_clear()


def _gateway(slack: Slack) -> Gateway:
    return Gateway(connect(slack.url, "xoxb-0000-tls"), lambda: datetime.now(UTC))


def test_calls_and_answers_go_over_tls(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose certificate the machine knows is spoken to: the Web API, and a response_url."""
    monkeypatch.setenv("SSL_CERT_FILE", str(slack.certificate))
    bot = _gateway(slack)
    assert "1.000001" == bot.post("C0ECO", "Hello", None, "card:1").ts
    bot.respond(f"{slack.url}respond", {"text": "Done."})
    assert ["/chat.postMessage", "/respond"] == slack.paths


def test_the_machines_certificates_are_read_once(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many calls there are: reading them takes longer than a call."""
    monkeypatch.setenv("SSL_CERT_FILE", str(slack.certificate))
    bot = _gateway(slack)
    bot.identity()
    slack.certificate.unlink()  # whoever read them again would find none
    bot.identity()
    bot.respond(f"{slack.url}respond", {"text": "Done."})
    _gateway(slack).identity()
    assert 4 == len(slack.paths)


def test_nothing_is_said_to_a_server_that_nobody_vouches_for(slack: Slack) -> None:
    """A certificate that the machine does not know: the token is not shown to it."""
    with pytest.raises(SlackFault, match="CERTIFICATE_VERIFY_FAILED"):
        _gateway(slack).identity()
    assert [] == slack.paths
