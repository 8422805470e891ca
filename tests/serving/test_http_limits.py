"""Slow and greedy clients of the HTTP server: deadlines, limits by address, and who is closed first."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.serving.http_connections import LIMITS, Limits
from tests.support.http_site import Answer, Site, running
from tests.support.wait_until import eventually

HALF = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + b"x" * 1000


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Closes the connections of a test."""
    with ExitStack() as stack:
        yield stack


def connect(opened: ExitStack, site: Site, first: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    """Open a connection from an address of loopback and send its first bytes."""
    connection = socket.create_connection(("127.0.0.1", site.port), 10, (source, 0))
    opened.enter_context(connection)
    connection.sendall(first)
    return connection


def is_closed(connection: socket.socket) -> bool:
    """Whether the server has closed a connection, without waiting."""
    connection.setblocking(False)
    try:
        return connection.recv(4096) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        connection.settimeout(10)


def is_alive(connection: socket.socket) -> bool:
    """Whether a connection still gets an answer, which may come in several parts."""
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    with closing(http.client.HTTPResponse(connection)) as answer:
        answer.begin()
        answer.read()
        return answer.status == 200


@pytest.mark.parametrize("first", [b"", b"POST /slack", HALF], ids=["silence", "half a head", "half a body"])
def test_a_request_has_a_deadline_however_slowly_it_comes(opened: ExitStack, first: bytes) -> None:
    """A byte now and then does not prolong it; another client is answered meanwhile."""
    with running(limits=Limits(request=0.3)) as site:
        slow = connect(opened, site, first)

        def drip() -> bool:
            with suppress(ConnectionError):
                slow.sendall(b"x" if first else b"")
            return is_closed(slow)

        assert 200 == site.ask("GET", "/healthz").status
        eventually(drip, 10)
        assert ["slow"] == site.refused


def test_a_connection_that_was_answered_may_be_idle(opened: ExitStack) -> None:
    """A load balancer keeps its connections for longer than a request may take."""
    with running(limits=Limits(request=0.3)) as site:
        kept = connect(opened, site)
        assert is_alive(kept)
        late = connect(opened, site)
        eventually(lambda: is_closed(late), 10)

        assert is_alive(kept)


@pytest.mark.parametrize("first", [b"", HALF], ids=["idle", "half a body"])
def test_hundreds_of_connections_make_nobody_deaf(opened: ExitStack, first: bytes) -> None:
    """Six hundred connections that want nothing: Slack's request is answered at once, also from their address."""
    with running() as site:
        for _ in range(600):
            connect(opened, site, first)

        assert 200 == site.deliver().status
        assert "crowded" in site.refused


def test_an_address_closes_its_own_connections_first(opened: ExitStack) -> None:
    """Whoever opens too many does not cost another address its connection."""
    with running(limits=Limits(per_address=5)) as site:
        other = connect(opened, site, source="127.0.0.2")
        greedy = [connect(opened, site) for _ in range(12)]
        eventually(lambda: sum(map(is_closed, greedy)) == 7)

        assert is_alive(other)
        assert is_alive(greedy[-1])


def test_slow_connections_are_closed_before_idle_ones(opened: ExitStack) -> None:
    """When it is crowded, half a request goes before a connection that a load balancer keeps."""
    with running(limits=Limits(connections=3)) as site:
        kept = connect(opened, site)
        assert is_alive(kept)
        slow = connect(opened, site, HALF)
        assert is_alive(connect(opened, site))
        connect(opened, site)

        eventually(lambda: is_closed(slow))
        assert is_alive(kept)


def test_a_request_that_is_running_is_never_closed(opened: ExitStack) -> None:
    """A crowd costs no running request its answer."""
    inside, go_on = threading.Event(), threading.Event()

    def slow(_: BoltRequest) -> BoltResponse:
        inside.set()
        assert go_on.wait(10)
        return BoltResponse(status=200, body="done")

    with running(limits=Limits(connections=3, request=0.3)) as site:
        site.answers = slow
        answers: list[Answer] = []
        asking = threading.Thread(target=lambda: answers.append(site.deliver()))
        asking.start()
        assert inside.wait(10)
        crowd = [connect(opened, site) for _ in range(10)]
        eventually(lambda: all(map(is_closed, crowd)), 10)
        go_on.set()
        asking.join(10)

        assert ["done"] == [answer.text for answer in answers]


def test_the_limits_leave_a_load_balancer_room() -> None:
    """Slack gives a request three seconds; the usual load balancers keep a connection for a minute."""
    assert LIMITS.request > 3
    assert LIMITS.idle > 60
