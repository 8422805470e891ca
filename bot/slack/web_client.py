"""Makes every client of Slack's Web API: without the SDK's retries, counted, on this machine never through a proxy."""

from __future__ import annotations

import functools
import os
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.slack_errors import from_response

#: Seconds until a call times out; its outcome is unknown then.
TIMEOUT = 10
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class CountedClient(WebClient):
    """A client that reports each call: `called` gets the method and "ok", Slack's error code, or "no_answer"."""

    called: Callable[[str, str], None] = staticmethod(lambda method, outcome: None)

    def api_call(self, api_method: str, **arguments: Any) -> Any:
        """Call a method of the Web API."""
        outcome = "no_answer"
        try:
            answer = super().api_call(api_method, **arguments)
            outcome = "ok"
            return answer
        except SlackApiError as error:
            outcome = from_response(error).code or "no_answer"
            raise
        finally:
            self.called(api_method, outcome)


def connect(
    url: str, token: str | None = None, timeout: int = TIMEOUT, called: Callable[[str, str], None] | None = None
) -> WebClient:
    """A client without retries for the Web API at `url`; one on this machine is never reached through a proxy.

    Args:
        called: gets the method and the outcome of each call.
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
