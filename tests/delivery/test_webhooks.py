"""ECO_WEBHOOK_URL: each change is one signed event, in order, tried for a day; none is lost when the bot is killed."""

import base64
import contextlib
import hashlib
import hmac
import json
import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery import put_aside
from bot.domain.access import Actor
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind, RowState
from bot.telemetry import log_context
from bot.use_cases import Caller
from bot.webhook_client import NotReached, WebhookClient, signed
from tests.support.bot_world import World, running
from tests.support.steps import StepKey
from tests.support.walkthrough import act, confirm

KEY = b"k" * 32
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@dataclass
class Receiver:
    """Another program: it keeps what it gets, and answers with the next status of `answers`, else 204."""

    url: str = ""
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        """The kinds of the events, in the order in which they came."""
        return [event["type"].removeprefix("eco.enrollment.") for _, event in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on this machine."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
            proof = base64.b64encode(hmac.new(KEY, sent, hashlib.sha256).digest()).decode()
            assert f"v1,{proof}" == headers["webhook-signature"]
            status = found.answers.pop(0) if found.answers else 204
            if status < 300:
                found.got.append((headers, json.loads(body)))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/eco?x=1"
    yield found
    server.shutdown()
    server.server_close()


@contextmanager
def telling(database_url: str, receiver: Receiver, **more: str) -> Iterator[World]:
    """A bot that tells the receiver of changes."""
    settings = {"ECO_WEBHOOK_URL": receiver.url, "ECO_WEBHOOK_SECRET": SECRET, "ECO_WEBHOOK_PRIVATE": "yes"}
    with running(database_url, **settings, **more) as world:
        yield world


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, receiver: Receiver) -> Iterator[World]:
    """The same on each database."""
    url = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    with telling(url, receiver) as found:
        yield found


def states(world: World) -> list[str]:
    """The states of the events' rows, in order."""
    o = t.outbox.c
    query = sa.select(o.state).where(o.kind == MessageKind.WEBHOOK.value).order_by(o.id)
    with world.app.database.read() as connection:
        return list(connection.execute(query).scalars())


def test_each_change_is_one_event_in_order(world: World, receiver: Receiver) -> None:
    """With an ID, a sequence, and the enrollment; addresses stay here."""
    made = world.start()
    act(world, world.ana, StepKey.CONNECT_ACCOUNT)
    world.jump(hours=49)
    confirm(world, world.ana, StepKey.CONNECT_ACCOUNT)

    assert ["started", "wait_started", "confirmed"] == receiver.types
    headers, event = receiver.got[1]
    assert f"{world.workspace}/{made.id}/2" == event["id"] == headers["webhook-id"]
    assert ("1.0", f"urn:eco-bot:{world.workspace}", str(made.id)) == tuple(
        event[name] for name in ("specversion", "source", "subject")
    )
    assert ["00000001", "00000002", "00000003"] == [each["sequence"] for _, each in receiver.got]
    assert {"key": "connect_account", "title": "Connect the management account"}.items() <= event["data"][
        "step"
    ].items()
    assert "123456789012" == event["data"]["enrollment"]["account_id"]
    assert world.ana.id == event["data"]["by"]
    assert [RowState.SENT.value] * 3 == states(world)
    assert [] == [call for call in world.slack.calls if not call.ok]


def test_an_event_is_part_of_the_trace_that_has_caused_it(world: World, receiver: Receiver) -> None:
    """Where the sender of a request names one, the event is posted under it; other events name none."""
    trace = "0af7651916cd43dd8448eb211c80319c"
    made = world.start()
    with log_context.request(f"00-{trace}-00f067aa0ba902b7-01"):
        world.app.enrollments.cancel(Caller(world.workspace, Actor(world.ana.id)), made.id, "not for us")
    world.deliver()

    started, cancelled = (headers for headers, _ in receiver.got)
    assert "traceparent" not in started
    assert re.fullmatch(f"00-{trace}-[0-9a-f]{{16}}-01", cancelled["traceparent"])


def test_what_fails_is_sent_again_before_what_came_later(world: World, receiver: Receiver) -> None:
    """The receiver is down for a while: 503, a redirect that is not followed, 429; then all come, in order, once."""
    receiver.answers += [503, 302, 429]
    world.start()
    act(world, world.ana, StepKey.CONNECT_ACCOUNT)
    for _ in range(10):
        world.jump(minutes=5)

    assert ["started", "wait_started"] == receiver.types


@pytest.mark.parametrize(("status", "hours"), [(500, 24), (400, 1)])
def test_it_is_put_aside_after_its_time_and_can_be_sent_again(
    world: World, receiver: Receiver, status: int, hours: int
) -> None:
    """A day, or an hour where the receiver refuses it; later events follow, and `failed --retry` sends it again."""
    world.start()
    receiver.got.clear()
    receiver.answers += [status] * 1000
    number = world.enrollment().id
    world.app.enrollments.cancel(Caller(world.workspace, Actor(world.ana.id)), number, "not for us")
    for _ in range(hours * 12 - 1):
        world.jump(minutes=5)
    assert RowState.OWED.value == states(world)[-1]

    for _ in range(4):
        world.jump(minutes=5)

    assert RowState.FAILED.value == states(world)[-1]
    receiver.answers.clear()
    url = world.app.database.url.render_as_string(hide_password=False)
    code, said = put_aside.run(url, world.clock.now(), retry=True)
    assert 0 == code
    assert "1 put aside." in said
    world.jump(minutes=1)
    assert ["cancelled"] == receiver.types


def test_what_is_sent_again_may_be_put_off_again(world: World, receiver: Receiver) -> None:
    """Its day is over for long, and the receiver takes a few at a time: it is asked again, not given up at once."""
    world.start()
    receiver.got.clear()
    world.app.enrollments.cancel(Caller(world.workspace, Actor(world.ana.id)), world.enrollment().id, "not for us")
    aside = {"state": RowState.FAILED.value, "due_at": None, "owed_at": world.clock.now() - timedelta(days=3)}
    o = t.outbox.c
    with world.app.database.write() as connection:
        unsent = sa.and_(o.kind == MessageKind.WEBHOOK.value, o.state == RowState.OWED.value)
        assert 1 == connection.execute(sa.update(t.outbox).where(unsent).values(aside)).rowcount
    receiver.answers += [429, 503, 429]

    assert (
        0
        == put_aside.run(world.app.database.url.render_as_string(hide_password=False), world.clock.now(), retry=True)[0]
    )
    for _ in range(4):
        world.jump(minutes=1)

    assert (["cancelled"], RowState.SENT.value) == (receiver.types, states(world)[-1])


def test_a_killed_process_loses_no_event(sqlite_url: str, receiver: Receiver) -> None:
    """It ended between the call and its result: the next one sends the event again, under the same ID."""
    with telling(sqlite_url, receiver) as world:
        world.start()
        receiver.got.clear()
        number = world.enrollment().id
        world.app.enrollments.cancel(Caller(world.workspace, Actor(world.ana.id)), number, "not for us")
        with world.app.database.write() as connection:
            mine = t.outbox.c.kind == MessageKind.WEBHOOK.value
            unsent = t.outbox.c.state == RowState.OWED.value
            connection.execute(sa.update(t.outbox).where(mine, unsent).values(posting=True, attempts=1))
    with telling(sqlite_url, receiver) as world:
        world.deliver()
        assert ["cancelled"] == receiver.types
        assert f"{world.workspace}/{number}/2" == receiver.got[0][0]["webhook-id"]


def test_without_an_address_nothing_is_written_and_what_is_owed_is_dropped(sqlite_url: str, receiver: Receiver) -> None:
    """The operator has taken the setting away."""
    with telling(sqlite_url, receiver) as world:
        made = world.start()
        world.app.enrollments.cancel(Caller(world.workspace, Actor(world.ana.id)), made.id, "not for us")
    with running(sqlite_url) as world:
        world.deliver()
        world.app.enrollments.resume(Caller(world.workspace, Actor(world.ana.id)), made.id)
        world.deliver()
        assert [RowState.SENT.value, RowState.DROPPED.value] == states(world)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]"])
def test_an_address_inside_of_the_network_is_refused(host: str) -> None:
    """Whatever its name: it is the address that counts."""
    with pytest.raises(NotReached, match="an address inside of the network: set ECO_WEBHOOK_PRIVATE=yes"):
        WebhookClient(f"http://{host}:1/", KEY).post("1", b"{}", NOW)


def test_nobody_there_is_told() -> None:
    """A refused connection, a name that does not exist."""
    for url in ("http://127.0.0.1:1/", "http://nowhere.invalid/"):
        with pytest.raises(NotReached):
            WebhookClient(url, KEY, private=True).post("1", b"{}", NOW)


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of standardwebhooks.com's libraries."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)

    headers = signed(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at)

    assert "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" == headers["webhook-signature"]
    assert timedelta(0) == datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC) - at


@contextmanager
def answering(answer: bytes, drip: bytes) -> Iterator[int]:
    """The port of a receiver that answers with some bytes and then sends others, one by one, until nobody listens."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.request.recv(65536)
                self.request.sendall(answer)
                while not stopped.wait(0.02):
                    self.request.sendall(drip)

    stopped = threading.Event()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        stopped.set()
        server.shutdown()


def test_a_receiver_that_never_comes_to_an_end_is_given_up() -> None:
    """Each byte comes in time, and the answer never: other events would wait for it."""
    with answering(b"", b"1") as port, pytest.raises(NotReached, match=r"no answer within 0\.5 s"):
        WebhookClient(f"http://127.0.0.1:{port}/", KEY, private=True, timeout=0.5).post("1", b"{}", NOW)


def test_an_answer_counts_however_long_what_follows_it_is() -> None:
    """The status is all that is needed."""
    for status, rest in ((204, "Connection: close"), (200, "Content-Length: 4000")):
        with answering(f"HTTP/1.1 {status} OK\r\n{rest}\r\n\r\n".encode(), b"1") as port:
            client = WebhookClient(f"http://127.0.0.1:{port}/", KEY, private=True, timeout=3)
            assert status == client.post("1", b"{}", NOW)


def test_each_address_of_the_receiver_is_tried(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may have one that this machine cannot reach, as where there is no IPv6."""
    port = int(receiver.url.rpartition(":")[2].partition("/")[0])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in ("127.0.0.2", "127.0.0.1")]
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *more, **o: found if host == "eco.example" else real(host, *more, **o)
    )

    assert 204 == WebhookClient(f"http://eco.example:{port}/", KEY, private=True).post("1", b"{}", NOW)
