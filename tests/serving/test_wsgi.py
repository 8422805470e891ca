"""The WSGI application over real sockets: requests to Bolt, /healthz, /readyz and /metrics."""

import json
import logging
import socket
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.serving.signatures import SignatureChecker
from bot.serving.wsgi import MAX_BODY, make_wsgi
from bot.telemetry import log_context
from tests.support.http_site import SECRET, Site, running


@pytest.fixture
def site() -> Iterator[Site]:
    """A server in HTTP mode."""
    with running() as site:
        yield site


# --- The way to Bolt and back ---


def test_every_shape_of_body_arrives_as_slack_meant_it(site: Site) -> None:
    """Commands are form fields, interactions a JSON payload in one, events plain JSON; texts in any script."""
    text = {"command": "/eco", "text": "status Größe 東京 & <b>"}
    payload = {"type": "block_actions", "actions": [{"value": "42:signup – ✓"}]}
    event = {"type": "event_callback", "event": {"type": "app_home_opened"}}

    site.deliver(urlencode(text).encode())
    site.deliver(urlencode({"payload": json.dumps(payload)}).encode())
    site.deliver(json.dumps(event).encode(), "application/json")

    assert [text, payload, event] == [request.body for request in site.seen]


def test_only_harmless_headers_reach_bolt(site: Site) -> None:
    """The signature does not cover headers, so those that Bolt obeys are not passed on."""
    site.deliver(
        X_Slack_Retry_Num="1",
        X_Slack_Retry_Reason="http_timeout",
        X_Slack_Bolt_Lazy_Only="1",
        X_Slack_Bolt_Lazy_Function_Name="anything",
        Cookie="a=b",
    )

    [request] = site.seen
    assert {"content-type", "x-slack-retry-num", "x-slack-retry-reason"} == set(request.headers)
    assert ["1"] == request.headers["x-slack-retry-num"]
    assert not request.lazy_only


def test_bolts_answer_comes_back_whole(site: Site) -> None:
    """Status, headers and a body in any script are passed on; the length is in bytes."""
    body = json.dumps({"response_action": "errors", "errors": {"name": "Größe – ✓"}}, ensure_ascii=False)
    site.answers = lambda _: BoltResponse(
        status=200, body=body, headers={"content-type": ["application/json;charset=utf-8"], "x-two": ["1", "2"]}
    )

    answer = site.deliver()

    assert (200, body) == (answer.status, answer.text)
    assert "application/json;charset=utf-8" == answer.headers["Content-Type"]
    assert str(len(body.encode())) == answer.headers["Content-Length"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"payload=%7B", b'{"team": 1}'])
def test_a_signed_body_that_nobody_understands_is_told_so(site: Site, body: bytes) -> None:
    """A body that Bolt cannot parse gets 400 and one line in the log."""
    assert site.deliver(body, "application/json").status in (200, 400)
    assert 200 == site.deliver().status


def test_a_failure_inside_gives_a_reference_that_is_in_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """The response tells no details; the log has the traceback under the same reference."""

    def fail(_: BoltRequest) -> BoltResponse:
        raise RuntimeError("the secret inside")

    site.answers = fail
    answer = site.deliver()

    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert 500 == answer.status
    assert record.__dict__["reference"] in answer.text
    assert record.exc_info
    assert "inside" not in answer.text
    site.answers = lambda _: BoltResponse(status=200, body="")
    assert 200 == site.deliver().status


def test_a_request_is_handled_under_a_reference_and_the_trace_of_its_sender(site: Site) -> None:
    """Each under a reference of its own; a proxy or another program may name a trace."""
    seen: list[dict[str, object]] = []

    def note(_: BoltRequest) -> BoltResponse:
        seen.append(dict(log_context.current()))
        return BoltResponse(status=200, body="")

    site.answers = note
    site.deliver(Traceparent="00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01")
    site.deliver()

    traced, plain = seen
    assert "0af7651916cd43dd8448eb211c80319c" == traced["trace"]
    assert {"reference"} == set(plain)
    assert traced["reference"] != plain["reference"]


# --- Sizes, methods, paths ---


def test_the_largest_body_is_taken(site: Site) -> None:
    """A body of exactly the limit is accepted."""
    body = b"text=" + b"x" * (MAX_BODY - 5)

    assert 200 == site.deliver(body).status
    assert MAX_BODY == len(site.seen[0].raw_body)


def test_a_larger_body_is_refused_before_it_is_sent(site: Site) -> None:
    """A larger Content-Length gets 413 at once, and is counted."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        head = f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n"
        connection.sendall(head.encode())

        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert ([], ["large"]) == (site.seen, site.refused)


def test_a_larger_body_in_pieces_is_refused(site: Site) -> None:
    """A body without a Content-Length is cut off at the limit."""
    piece = b"7530\r\n" + b"x" * 30_000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(10):
            connection.sendall(piece)
        connection.sendall(b"1\r\nx\r\n")

        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert ([], ["large"]) == (site.seen, site.refused)


def test_the_application_keeps_its_limit_behind_any_server() -> None:
    """The application has a limit of its own, whatever the server's settings."""
    statuses: list[str] = []
    wsgi = make_wsgi(Site().dispatch, SignatureChecker(SECRET), list, str)
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/slack/events", "CONTENT_LENGTH": str(MAX_BODY + 1)}

    list(wsgi(environ, lambda status, *_: statuses.append(status)))  # type: ignore[arg-type,misc]

    assert 1 == len(statuses)
    assert statuses[0].startswith("413 ")


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/", 404, None),
        ("GET", "/slack", 404, None),
        ("POST", "/slack/events/", 404, None),
        ("POST", "/slack//events", 404, None),
        ("GET", "/healthz/x", 404, None),
        ("GET", "/slack/events", 405, "POST"),
        ("PUT", "/slack/events", 405, "POST"),
        ("POST", "/healthz", 405, "GET, HEAD"),
        ("DELETE", "/readyz", 405, "GET, HEAD"),
        ("POST", "/metrics", 405, "GET, HEAD"),
    ],
)
def test_other_paths_and_methods_are_refused(
    site: Site, method: str, path: str, status: int, allow: str | None
) -> None:
    """Unknown paths get 404; a known path with another method gets 405 and the allowed methods."""
    answer = site.ask(method, path)

    assert (status, allow) == (answer.status, answer.headers.get("Allow"))


def test_in_socket_mode_nothing_is_taken_from_slack_over_http() -> None:
    """Without a signing secret /slack/events does not exist; the pages for operators do."""
    with running(http_mode=False) as site:
        assert 404 == site.deliver().status
        assert (200, 200) == (site.ask("GET", "/healthz").status, site.ask("GET", "/readyz").status)
        assert [] == site.seen


def test_there_is_no_way_in_without_a_gate() -> None:
    """Wiring a dispatcher without a signature check raises an error."""
    with pytest.raises(ValueError, match="signatures"):
        make_wsgi(Site().dispatch, None, list, str)


# --- The pages for operators ---


def test_health_readiness_and_metrics(site: Site) -> None:
    """/healthz shows that the process lives, /readyz that it is ready, /metrics what it has done."""
    health, ready, metrics = (site.ask("GET", path) for path in ("/healthz", "/readyz", "/metrics"))

    assert (200, "ok\n") == (health.status, health.text)
    assert (200, "ready\n") == (ready.status, ready.text)
    assert (200, "eco_outbox_due 0.0\n") == (metrics.status, metrics.text)
    assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_an_unready_process_says_why(site: Site) -> None:
    """Every problem is a line of /readyz, while /healthz still answers 200."""
    site.problems = ["The database does not answer.", "Größe – ✓"]

    ready = site.ask("GET", "/readyz")

    assert (503, "The database does not answer.\nGröße – ✓\n") == (ready.status, ready.text)
    assert 200 == site.ask("GET", "/healthz").status


def test_a_head_request_gets_the_head(site: Site) -> None:
    """Load balancers that send HEAD get status and length without a body."""
    site.problems = ["The database does not answer."]

    answer = site.ask("HEAD", "/readyz")

    assert (503, "") == (answer.status, answer.text)
    assert str(len("The database does not answer.\n")) == answer.headers["Content-Length"]


def test_metrics_that_fail_are_an_error_and_no_more(site: Site) -> None:
    """A failing scrape gets 500; the process goes on."""

    def fail() -> str:
        raise RuntimeError("no database")

    site.metrics = fail

    assert 500 == site.ask("GET", "/metrics").status
    assert 200 == site.ask("GET", "/healthz").status
