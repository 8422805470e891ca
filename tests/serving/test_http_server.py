"""The HTTP server: binding its address, and a graceful stop."""

import errno
import http.client
import socket
import threading
from collections.abc import Iterator

import pytest
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.serving.http_server import CannotListen, HttpServer
from bot.serving.wsgi import make_wsgi
from tests.support.http_site import Answer, Site, running


@pytest.fixture
def site() -> Iterator[Site]:
    """A server in HTTP mode."""
    with running() as site:
        yield site


def test_the_server_does_not_say_what_it_is(site: Site) -> None:
    """No header names the software or its version."""
    assert "Server" not in site.ask("GET", "/healthz").headers


def test_a_port_in_use_is_told_in_a_sentence(site: Site) -> None:
    """The message names address and port, and the setting to change."""
    with pytest.raises(CannotListen, match=rf"Port {site.port} on 127.0.0.1 .* in use.* Set PORT"):
        HttpServer(make_wsgi(None, None, list, str), "127.0.0.1", site.port)


def test_a_host_that_is_not_ours_is_told_in_a_sentence() -> None:
    """Neither an address of another machine nor an unknown name can be listened on."""
    for host in ("192.0.2.1", "nobody.invalid"):
        with pytest.raises(CannotListen, match=host):
            HttpServer(make_wsgi(None, None, list, str), host, 0)


def test_stopping_lets_an_answer_out_and_closes_idle_connections(site: Site) -> None:
    """A running request is answered completely; an idle keep-alive connection does not delay the stop."""
    inside, go_on = threading.Event(), threading.Event()
    answers: list[Answer] = []

    def slow(_: BoltRequest) -> BoltResponse:
        inside.set()
        assert go_on.wait(10)
        return BoltResponse(status=200, body="x" * 200_000)

    site.answers = slow
    idle = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    idle.request("GET", "/healthz")
    assert 200 == idle.getresponse().status
    asking = threading.Thread(target=lambda: answers.append(site.deliver()))
    asking.start()
    assert inside.wait(10)

    stopping = threading.Thread(target=site.listener.stop, args=[10])
    stopping.start()
    go_on.set()
    stopping.join(10)
    asking.join(10)

    assert not stopping.is_alive()
    assert [(200, 200_000)] == [(answer.status, len(answer.text)) for answer in answers]
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", site.port), timeout=10)


def test_a_server_that_was_never_started_gives_its_port_back() -> None:
    """After a failed start the port is free for another try."""
    wsgi = make_wsgi(None, None, list, str)
    first = HttpServer(wsgi, "localhost", 0)
    first.stop(1)

    second = HttpServer(wsgi, "localhost", first.port)

    assert f"http://localhost:{first.port}" == second.url
    second.stop(1)


def test_a_port_that_needs_permission_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says whose such ports are and which setting to change; nobody is asked about a second bot."""

    class Refusing(socket.socket):
        def bind(self, _: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "socket", Refusing)

    with pytest.raises(CannotListen) as told:
        HttpServer(make_wsgi(None, None, list, str), "127.0.0.1", 80, setting="ECO_ADMIN_PORT")

    assert (
        "Port 80 on 127.0.0.1 cannot be listened on: permission denied. Ports below 1024 are for root: set "
        "ECO_ADMIN_PORT to 1024 or more, and let a proxy listen on this one."
    ) == str(told.value)
