"""The WSGI application: Slack's requests with signature checks, /healthz, /readyz, /metrics, the API, installing.

It depends on no server and no settings; everything that it calls is passed in.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.serving.page_requests import INSTALL_PATH, REDIRECT_PATH, PageAnswer, PageRequest
from bot.serving.program_requests import PREFIX, ApiAnswer, ApiRequest
from bot.serving.signatures import SignatureChecker
from bot.telemetry import log_context

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"
#: Private calendar feeds: /calendar/TOKEN.ics
CALENDAR_PATH, _ICS = "/calendar/", ".ics"
#: Bytes; the largest request of Slack is a form of 250 KB.
MAX_BODY = 300_000

_PLAIN = "text/plain; charset=utf-8"
#: No scripts, no frames, and no address of these pages, which has a code in it, for others.
_PAGE_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
#: The text format of Prometheus is plain text with a version.
_CALENDAR = "text/calendar; charset=utf-8"
_METRICS = "text/plain; version=0.0.4; charset=utf-8"
#: Headers that are passed on. The signature covers the body only, and Bolt obeys headers such as
#: X-Slack-Bolt-Lazy-Only, which an attacker could add to a recorded request.
_PASSED_ON = {
    "CONTENT_TYPE": "content-type",
    "HTTP_X_SLACK_RETRY_NUM": "x-slack-retry-num",
    "HTTP_X_SLACK_RETRY_REASON": "x-slack-retry-reason",
}

Dispatch = Callable[[BoltRequest], BoltResponse]
#: Status and text of a calendar feed, by its token.
Calendar = Callable[[str], tuple[int, str]]
#: The page of an installation.
Install = Callable[[PageRequest], PageAnswer]


class _HttpError(Exception):
    """Ends a request with a status and a line of text."""

    def __init__(self, status: HTTPStatus, text: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.text = text or status.phrase
        self.headers = headers or {}


def make_wsgi(
    dispatch: Dispatch | None,
    verifier: SignatureChecker | None,
    readiness: Callable[[], list[str]] | None,
    metrics: Callable[[], str] | None,
    calendar: Calendar | None = None,
    api: Callable[[ApiRequest], ApiAnswer] | None = None,
    notices: Callable[[], list[str]] = list,
    install: Install | None = None,
) -> WSGIApplication:
    """Build the WSGI application.

    Args:
        dispatch: answers Slack's requests; None in Socket Mode, where /slack/events does not exist.
        verifier: checks their signatures; None if and only if `dispatch` is.
        readiness: the reasons why the process is not ready, one sentence each; None for no /readyz.
        metrics: the text of /metrics; None for no such page.
        calendar: answers a private calendar feed by its token; None for no feeds.
        api: answers other programs; None for no API.
        notices: what /readyz tells besides, a sentence each, whether the process is ready or not.
        install: the pages by which workspaces install the app; None for no such pages.
    """
    if (dispatch is None) != (verifier is None):
        raise ValueError("requests from Slack need both an answer and a check of their signatures")

    def answer(environ: WSGIEnvironment) -> tuple[int, list[tuple[str, str]], str]:
        path = environ.get("PATH_INFO", "")
        if path == EVENTS_PATH and dispatch is not None and verifier is not None:
            _require_method(environ, "POST")
            return _from_slack(environ, dispatch, verifier)
        if path.startswith(CALENDAR_PATH) and path.endswith(_ICS) and calendar is not None:
            _require_method(environ, "GET", "HEAD")
            return _feed(calendar, path.removeprefix(CALENDAR_PATH).removesuffix(_ICS))
        if path in (INSTALL_PATH, REDIRECT_PATH) and install is not None:
            _require_method(environ, "GET")
            page = install(PageRequest(path, environ.get("QUERY_STRING", ""), environ.get("HTTP_COOKIE", "")))
            return page.status, [*_PAGE_HEADERS, *page.headers.items()], page.html
        if path.startswith(PREFIX) and api is not None:
            return _from_program(environ, api)
        if path not in pages:
            raise _HttpError(HTTPStatus.NOT_FOUND)
        _require_method(environ, "GET", "HEAD")
        status, text = pages[path]()
        return (
            status,
            [("Content-Type", _METRICS if path == "/metrics" else _PLAIN), ("Cache-Control", "no-store")],
            text,
        )

    pages: dict[str, Callable[[], tuple[int, str]]] = {"/healthz": lambda: (200, "ok\n")}
    if readiness is not None:
        pages["/readyz"] = lambda: _ready(readiness(), notices())
    if metrics is not None:
        pages["/metrics"] = lambda: (200, metrics())

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with log_context.request(environ.get("HTTP_TRACEPARENT", "")):
            return respond(environ, start_response)

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            status, headers, text = answer(environ)
        except _HttpError as error:
            status, text = error.status.value, f"{error.text}\n"
            headers = [("Content-Type", _PLAIN), *error.headers.items()]
        except Exception:
            reference = log_context.reference()
            log.exception("A request to %s failed.", _nameable(environ), extra={"reference": reference})
            status, text = 500, f"Something went wrong here. Reference: {reference}\n"
            headers = [("Content-Type", _PLAIN)]
        body = text.encode()
        start_response(f"{status} {HTTPStatus(status).phrase}", [*headers, ("Content-Length", str(len(body)))])
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]

    return application


def _feed(calendar: Calendar, token: str) -> tuple[int, list[tuple[str, str]], str]:
    """A private calendar feed; a refusal says nothing about why."""
    status, text = calendar(token)
    if status != HTTPStatus.OK:
        later = {"Retry-After": "60"} if status >= HTTPStatus.TOO_MANY_REQUESTS else {}
        raise _HttpError(HTTPStatus(status), headers={"Cache-Control": "no-store"} | later)
    return status, [("Content-Type", _CALENDAR), ("Cache-Control", "no-store"), ("X-Robots-Tag", "noindex")], text


def _from_program(
    environ: WSGIEnvironment, api: Callable[[ApiRequest], ApiAnswer]
) -> tuple[int, list[tuple[str, str]], str]:
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    answer = api(
        ApiRequest(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
            _read(environ),
            token.strip() if scheme.lower() == "bearer" else "",
            environ.get("HTTP_IDEMPOTENCY_KEY", ""),
        )
    )
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *answer.headers.items()]
    return answer.status, headers, json.dumps(answer.content, ensure_ascii=False) + "\n"


def _nameable(environ: WSGIEnvironment) -> str:
    """The path as logs name it: without the token of a calendar feed."""
    path = str(environ.get("PATH_INFO"))
    return f"{CALENDAR_PATH}…" if path.startswith(CALENDAR_PATH) else path


def _ready(problems: list[str], notices: list[str]) -> tuple[int, str]:
    return (503 if problems else 200), "\n".join([*(problems or ["ready"]), *notices]) + "\n"


def _require_method(environ: WSGIEnvironment, *methods: str) -> None:
    if environ.get("REQUEST_METHOD") not in methods:
        raise _HttpError(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(methods)})


def _from_slack(
    environ: WSGIEnvironment, dispatch: Dispatch, verifier: SignatureChecker
) -> tuple[int, list[tuple[str, str]], str]:
    body = _read(environ)
    timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP")
    if not verifier.admits(body, timestamp, environ.get("HTTP_X_SLACK_SIGNATURE")):
        raise _HttpError(HTTPStatus.UNAUTHORIZED)
    response = dispatch(_bolt_request(environ, body))
    headers = [
        (name, value)
        for name, values in response.headers.items()
        if name.lower() != "content-length"
        for value in values
    ]
    return response.status, headers, response.body or ""


def _bolt_request(environ: WSGIEnvironment, body: bytes) -> BoltRequest:
    headers = {name: environ[key] for key, name in _PASSED_ON.items() if key in environ}
    try:
        return BoltRequest(body=body.decode(), query=environ.get("QUERY_STRING", ""), headers=headers)
    except (ValueError, TypeError, AttributeError) as error:
        # It is signed by Slack, so Bolt cannot parse it.
        log.warning("A signed request could not be read: %s", type(error).__name__)
        raise _HttpError(HTTPStatus.BAD_REQUEST) from error


def _read(environ: WSGIEnvironment) -> bytes:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise _HttpError(HTTPStatus.BAD_REQUEST) from None
    if length > MAX_BODY:
        raise _HttpError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body: bytes = environ["wsgi.input"].read(max(length, 0))
    return body
