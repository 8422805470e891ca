"""docs/deploy/nginx.conf in a real nginx in front of the bot: what it passes on, holds back, and does at a restart."""

from __future__ import annotations

import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.test_serving import process, signed_command
from tests.support.nginx import Front, nginx
from tests.support.wait_until import eventually

DONE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"


class Upstream:
    """Stands where the bot stands: notes when nginx connects and what it sends, and answers."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.heads: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                self.noted.append("connected")
                data = b""
                while b"\r\n\r\n" not in data:
                    if not (more := connection.recv(65536)):
                        return
                    data += more
                head, _, body = data.partition(b"\r\n\r\n")
                self.heads.append(head.decode())
                length = int(self.header("Content-Length"))
                while len(body) < length:
                    body += connection.recv(65536)
                connection.sendall(DONE)

    def header(self, name: str) -> str:
        """A header of the last request."""
        lines = [line.partition(": ") for line in self.heads[-1].split("\r\n")]
        return next(value for found, _, value in lines if found.lower() == name.lower())

    def close(self) -> None:
        """End: a connection that sends nothing ends the thread."""
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(10)
        self._listener.close()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """What stands behind nginx."""
    made = Upstream()
    yield made
    made.close()


@pytest.fixture
def before(upstream: Upstream, tmp_path: Path) -> Iterator[Front]:
    """An nginx before it."""
    with nginx(tmp_path / "nginx", upstream.port) as front:
        yield front


def test_a_signed_command_comes_through_and_operators_pages_do_not(tmp_path: Path) -> None:
    """Over TLS, to a real process; everything but two paths is unknown to whoever asks from outside."""
    (tmp_path / "go").touch()
    with process(tmp_path) as (_, port), nginx(tmp_path / "nginx", port) as front:
        assert 200 == front.command("hello")
        assert [404] * 5 == [
            front.ask("GET", path) for path in ("/", "/healthz", "/readyz", "/metrics", "/api/v1/enrollments")
        ]
        assert 401 == front.ask("POST", "/slack/events", b"command=%2Feco")
        assert 404 == front.ask("GET", "/calendar/unknown.ics")


def test_what_slack_signs_reaches_the_bot_as_it_was(before: Front, upstream: Upstream) -> None:
    """Signature, time, type and host; the connection to the bot is kept."""
    body, headers = signed_command("hello")

    assert 200 == before.ask("POST", "/slack/events?a=b", body, headers)

    assert "POST /slack/events?a=b HTTP/1.1" == upstream.heads[-1].split("\r\n")[0]
    assert headers == {name: upstream.header(name) for name in headers}
    assert f"127.0.0.1:{before.port}".startswith(upstream.header("Host"))
    assert "connection: close" not in upstream.heads[-1].lower()


def test_the_bot_sees_whole_requests_only(before: Front, upstream: Upstream) -> None:
    """Whoever sends slowly holds a connection of nginx, not one of the bot."""
    slow = before.connect()
    slow.putrequest("POST", "/slack/events")
    slow.putheader("Content-Length", "2000")
    slow.endheaders(b"x" * 1000)
    # The one worker has taken what came before this whole request when it answers it.
    assert 200 == before.command("quick")

    upstream.noted.append("the rest")
    slow.send(b"x" * 1000)
    assert 200 == slow.getresponse().status
    slow.close()

    assert ["connected", "the rest", "connected"] == upstream.noted


@pytest.mark.parametrize(("size", "expected"), [(300 * 1024, 200), (300 * 1024 + 1, 413)])
def test_large_requests_end_at_nginx(before: Front, upstream: Upstream, size: int, expected: int) -> None:
    """Slack sends less; what is larger never reaches the bot."""
    assert expected == before.ask("POST", "/slack/events", b"x" * size)
    assert (expected == 200) == bool(upstream.noted)


def test_a_bot_that_is_down_is_told_at_once(tmp_path: Path) -> None:
    """502, for Slack to try again; and when the bot is back on its port, the next request reaches it."""
    (tmp_path / "go").touch()
    with process(tmp_path) as (running, port), nginx(tmp_path / "nginx", port) as front:
        assert 200 == front.command("hello")
        running.send_signal(signal.SIGTERM)
        assert 0 == running.wait(12)

        assert 502 == front.command("hello")
        with process(tmp_path, PORT=str(port)):
            eventually(lambda: front.command("hello") == 200)


def test_no_request_is_lost_while_one_of_two_bots_restarts(tmp_path: Path) -> None:
    """People go on typing while one drains and ends: each command is answered, at last by the other one alone."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        (folder / "go").touch()
    with (
        process(folders[0], ECO_DRAIN="1s") as (first, port),
        process(folders[1]) as (second, other),
        nginx(tmp_path / "nginx", port, other) as front,
    ):
        statuses, ended = Counter[int](), threading.Event()

        def type_on() -> None:
            while not ended.is_set():
                statuses[front.command("hello")] += 1

        people = [threading.Thread(target=type_on) for _ in range(3)]
        for person in people:
            person.start()
        eventually(lambda: statuses[200] > 20)
        first.send_signal(signal.SIGTERM)
        assert 0 == first.wait(12)
        seen = statuses[200]
        eventually(lambda: statuses[200] > seen + 20)
        ended.set()
        for person in people:
            person.join(10)
        second.send_signal(signal.SIGTERM)
        assert 0 == second.wait(12)

    assert {200} == set(statuses)
    answered = [(folder / "events").read_text().count("answer") for folder in folders]
    assert statuses[200] <= sum(answered)  # nginx may ask the other one, too
    assert 0 < answered[0] < answered[1]
