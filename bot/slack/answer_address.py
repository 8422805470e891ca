"""Answers through a `response_url`: only to Slack, without redirects, and little of what comes back is read."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.slack.slack_errors import SlackFault, UnknownOutcome

#: Hosts of Slack; names below them are Slack's, too.
_SLACK = ("slack.com", "slack-gov.com")
#: Bytes that are read of an answer.
_MOST = 64 * 1024


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: what is sent is for the host that was checked."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow none: the message would go to whoever is named there."""
        return


def send(url: str, body: Mapping[str, Any], api_url: str, timeout: float, trust: ssl.SSLContext | None) -> None:
    """Send an answer to a `response_url`.

    Args:
        api_url: SLACK_API_URL, whose host is allowed as well.

    Raises:
        SlackFault: the address is not Slack's, or Slack refuses the answer.
    """
    if not _is_slacks(url, api_url):
        raise SlackFault("foreign_response_url")
    handlers: list[urllib.request.BaseHandler] = [NoRedirects()]
    if trust is not None:
        handlers.append(urllib.request.HTTPSHandler(context=trust))
    headers = {"Content-Type": "application/json; charset=utf-8"}
    request = urllib.request.Request(url, json.dumps(body, default=_plain).encode(), headers, method="POST")  # noqa: S310 - see above
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as answer:
            answer.read(_MOST)
    except urllib.error.HTTPError as error:
        with error:
            raise SlackFault(f"http_{error.code}", error.read(_MOST).decode("utf-8", "replace")[:200]) from error
    except (OSError, http.client.HTTPException) as error:
        raise UnknownOutcome(type(error).__name__, str(error)) from error


def _plain(value: Any) -> Any:
    return value.to_dict()  # a block or an element of slack_sdk


def _is_slacks(url: str, api_url: str) -> bool:
    try:
        parts, own = urlsplit(url), urlsplit(api_url)
        if (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port):
            return True
        host = parts.hostname or ""
        slacks = host in _SLACK or host.endswith(tuple(f".{name}" for name in _SLACK))
        return slacks and parts.scheme == "https" and parts.port in (None, 443)
    except ValueError:  # a port that is no number
        return False
