"""Downloads files from Slack: with the token only to Slack's hosts, without redirects, cut at a size, by a deadline."""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

from bot.slack.answer_address import NoRedirects
from bot.slack.slack_errors import RetryLater, SlackFault

#: Hosts from which Slack serves files.
_HOSTS = ("files.slack.com", "files.slack-gov.com")
#: Seconds for one step of a download, and for all of it.
_STEP, _DEADLINE = 10.0, 20.0
_CHUNK = 64 * 1024

#: Codes of `SlackFault` beside those of Slack.
SIGN_IN, TOO_LARGE, FOREIGN, GONE = "sign_in_page", "file_too_large", "foreign_file", "file_deleted"


def fetch(
    url: str,
    token: str,
    api_url: str,
    most: int,
    trust: ssl.SSLContext | None,
    steady: Callable[[], float] = time.monotonic,
) -> bytes:
    """The content of a file.

    Args:
        api_url: SLACK_API_URL, whose host is allowed as well. most: how many bytes it may have.
        steady: the monotonic clock, in seconds.

    Raises:
        RetryLater: it may work later. SlackFault: it is not Slack's, too large, gone, or Slack wants the bot to sign
            in, which it does where the scope files:read is missing.
    """
    if not _is_slacks(url, api_url):
        raise SlackFault(FOREIGN)
    handlers: list[urllib.request.BaseHandler] = [NoRedirects()]
    if trust is not None:
        handlers.append(urllib.request.HTTPSHandler(context=trust))
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - see above
    end = steady() + _DEADLINE
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=_STEP) as answer:
            if answer.headers.get_content_type() == "text/html" and not urlsplit(url).path.endswith((".html", ".htm")):
                raise SlackFault(SIGN_IN)
            return _read(answer, most, end, steady)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error.code) from error
    except (OSError, http.client.HTTPException) as error:
        raise RetryLater("no_answer") from error


def _read(answer: http.client.HTTPResponse, most: int, end: float, steady: Callable[[], float]) -> bytes:
    expected = answer.length  # None where the server does not say
    if expected is not None and expected > most:
        raise SlackFault(TOO_LARGE)
    content = bytearray()
    while chunk := answer.read1(_CHUNK):
        content += chunk
        if len(content) > most:
            raise SlackFault(TOO_LARGE)
        if steady() > end:
            raise RetryLater("download_deadline")
    if expected is not None and expected != len(content):
        raise RetryLater("download_cut_off")
    return bytes(content)


def _refusal(status: int) -> SlackFault:
    if status in (301, 302, 303, 307, 308, 401, 403):
        return SlackFault(SIGN_IN)
    if status in (404, 410):
        return SlackFault(GONE)
    return RetryLater(f"http_{status}")


def _is_slacks(url: str, api_url: str) -> bool:
    try:
        parts, own = urlsplit(url), urlsplit(api_url)
        if (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port):
            return True
        return parts.scheme == "https" and parts.hostname in _HOSTS and parts.port in (None, 443)
    except ValueError:  # a port that is no number
        return False
