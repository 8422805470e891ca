"""Makes every client of Slack's Web API: no retries of the SDK, counted and timed, no proxy on this machine."""

from __future__ import annotations

import functools
import os
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.slack_errors import SlackFault, UnknownOutcome, from_response

#: Seconds until a call times out; its outcome is unknown then.
TIMEOUT = 10
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_NO_ANSWER = "no_answer"

#: Gets the method of a call, "ok", Slack's error code or "no_answer", and the seconds that it took.
Called = Callable[[str, str, float], None]


class CountedClient(WebClient):
    """A client that reports each call to `called`."""

    called: Called = staticmethod(lambda method, outcome, seconds: None)

    def api_call(self, api_method: str, **arguments: Any) -> Any:
        """Call a method of the Web API."""
        with self.counted(api_method):
            return super().api_call(api_method, **arguments)

    @contextmanager
    def counted(self, method: str) -> Iterator[None]:
        """Report the block as one call of Slack."""
        began, outcome = time.perf_counter(), _NO_ANSWER
        try:
            yield
            outcome = "ok"
        except SlackApiError as error:
            outcome = from_response(error).code or _NO_ANSWER
            raise
        except SlackFault as fault:  # of a request that is no call of the Web API
            outcome = _NO_ANSWER if isinstance(fault, UnknownOutcome) else fault.code
            raise
        finally:
            self.called(method, outcome, time.perf_counter() - began)


def connect(url: str, token: str | None = None, timeout: int = TIMEOUT, called: Called | None = None) -> CountedClient:
    """A client without retries for the Web API at `url`; one on this machine is never reached through a proxy.

    Args:
        called: told of each call.
    """
    client = CountedClient(token=token, base_url=url, timeout=timeout, retry_handlers=[], ssl=trust(url))
    if called is not None:
        client.called = called
    if urlsplit(url).hostname in _LOOPBACK:
        client.proxy = None  # the SDK takes HTTPS_PROXY and knows no NO_PROXY; without it, urllib decides
        excepted = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")
        excepted += [host for host in _LOOPBACK if host not in excepted]
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, excepted))
    return client


@functools.cache
def _certificates() -> ssl.SSLContext:
    # Shared: up to Python 3.11, each call without a context reads the machine's certificates, 20 ms of CPU time.
    return ssl.create_default_context()


def trust(url: str) -> ssl.SSLContext | None:
    """The certificates to trust at an address; None without TLS."""
    return _certificates() if url.startswith("https:") else None
