"""One call of Slack's Web API: one attempt, rate limits, pages, and every failure as an exception of `slack_errors`.

The SDK's retries are off: they repeat a post that Slack has accepted before the connection broke.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.slack_errors import RetryLater, SlackFault, UnknownOutcome, from_response
from bot.slack.web_client import CountedClient

#: A rate limit that seems to last longer than this is a sign that the clock was set back.
_LONGEST_PAUSE = timedelta(hours=1)
#: Slack's code for a workspace out of which an organization took the app, or to which it was not added yet.
_NOT_GRANTED = "team_access_not_granted"

#: How many objects a page of people or members has, and how many pages are read at most.
_PAGE, _MOST_PAGES = 1000, 20


class Answer(dict[str, Any]):
    """The answer of a call; one without a field that every answer has is of unknown outcome."""

    def __missing__(self, name: str) -> Any:
        raise UnknownOutcome("incomplete_answer", f"it has no {name}")


class WebCalls:
    """Calls the Web API with one token.

    Attributes:
        team: the workspace that is meant where the token is one of a whole organization; None for a token of its own.
    """

    def __init__(
        self,
        client: CountedClient,
        now: Callable[[], datetime],
        address: str = "https://slack.com/",
        *,
        team: str | None = None,
    ) -> None:
        if client.retry_handlers:
            raise ValueError("the client must not retry: a message could be posted twice")
        self.team = team
        self._client = client
        self._now = now
        self._paused: dict[tuple[str, str], datetime] = {}
        self._address = address  # where people read the workspace; `identity` learns it

    def use_token(self, token: str) -> None:
        """Call with another token of the same workspace from now on."""
        self._client.token = token

    def call(self, method: Callable[..., Any], **arguments: Any) -> Answer:
        """Call a method of the Web API once.

        Raises:
            SlackFault: or one of its subclasses.
        """
        until = self._paused.get(_limit_key(method, arguments))
        if until is not None and timedelta() < until - self._now() < _LONGEST_PAUSE:
            # Rate limited. A call before the limit ends would only extend it.
            raise RetryLater("ratelimited", until - self._now())
        try:
            return Answer(method(**arguments).data)
        except SlackApiError as error:
            fault = from_response(error)
            if self.team is not None and fault.code == _NOT_GRANTED:
                fault = RetryLater(_NOT_GRANTED)
            raise self._note_limit(fault, method, arguments) from error
        except (ConnectionRefusedError, SlackClientError) as error:
            raise RetryLater(type(error).__name__) from error
        except (OSError, http.client.HTTPException, ValueError, TypeError, AttributeError) as error:
            # The request may have arrived before the connection broke; or the answer was not the JSON that the SDK and
            # `Answer` expect.
            if isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                raise RetryLater("connection_refused") from error
            raise UnknownOutcome(type(error).__name__, str(error)) from error

    def _note_limit(self, fault: SlackFault, method: Callable[..., Any], arguments: dict[str, Any]) -> SlackFault:
        if isinstance(fault, RetryLater) and fault.after is not None:
            self._paused[_limit_key(method, arguments)] = self._now() + fault.after
        return fault

    @property
    def _where(self) -> dict[str, str]:
        """The workspace, for the methods that ask for it where the token is one of an organization."""
        return {} if self.team is None else {"team_id": self.team}

    def _pages(self, method: Callable[..., Any], name: str, **arguments: Any) -> Iterator[Any]:
        cursor = None
        for _ in range(_MOST_PAGES):
            answer = self.call(method, limit=_PAGE, cursor=cursor, **arguments)
            yield from answer[name]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
        raise SlackFault("too_many_pages", f"{method.__name__} has more than {_MOST_PAGES} pages")


def _limit_key(method: Callable[..., Any], arguments: dict[str, Any]) -> tuple[str, str]:
    """What a rate limit of Slack applies to: a method; for new messages, a method and a channel."""
    name = method.__name__
    return name, str(arguments.get("channel", "")) if name == "chat_postMessage" else ""
