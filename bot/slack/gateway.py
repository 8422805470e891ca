"""The client of Slack's Web API: one attempt a call, and every failure as an exception of `slack_errors`.

Every client of the Web API is made here, without the SDK's retries: they repeat a post that Slack has accepted before
the connection broke. The bot calls Slack only through `Gateway`; `python -m bot check` uses a client directly, because
it prints Slack's own errors.
"""

from __future__ import annotations

import functools
import http.client
import logging
import os
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack import answer_address
from bot.slack.slack_errors import RetryLater, SlackFault, UnknownOutcome, from_response

log = logging.getLogger(__name__)

#: Event type of the metadata that identifies a message of the outbox.
METADATA_TYPE = "eco_owed"
#: Seconds until a call times out; its outcome is unknown then.
TIMEOUT = 10
#: A rate limit that seems to last longer than this is a sign that the clock was set back.
_LONGEST_PAUSE = timedelta(hours=1)
#: How many pages of 200 messages a look-up reads before it gives up.
_LOOKUP_PAGES = 10

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

Blocks = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Posted:
    """The place of a message in Slack."""

    channel: str
    ts: str


def connect(url: str, token: str | None = None, timeout: int = TIMEOUT) -> WebClient:
    """A client without retries for the Web API at `url`; one on this machine is never reached through a proxy."""
    client = WebClient(token=token, base_url=url, timeout=timeout, retry_handlers=[], ssl=_trust(url))
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


def _trust(url: str) -> ssl.SSLContext | None:
    return _certificates() if url.startswith("https:") else None


class Gateway:
    """Calls the Web API with one token."""

    def __init__(self, client: WebClient, now: Callable[[], datetime]) -> None:
        if client.retry_handlers:
            raise ValueError("the client must not retry: a message could be posted twice")
        self._client = client
        self._now = now
        self._paused: dict[tuple[str, str], datetime] = {}
        #: Where people read the workspace, with a slash at the end; `identity` learns it.
        self._address = "https://slack.com/"

    def call(self, method: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        """Call a method of the Web API once.

        Raises:
            SlackFault: or one of its subclasses.
        """
        until = self._paused.get(_limit_key(method, arguments))
        if until is not None and timedelta() < until - self._now() < _LONGEST_PAUSE:
            # Rate limited. A call before the limit ends would only extend it.
            raise RetryLater("ratelimited", until - self._now())
        try:
            return dict(method(**arguments).data)
        except SlackApiError as error:
            raise self._note_limit(from_response(error), method, arguments) from error
        except (ConnectionRefusedError, SlackClientError) as error:
            raise RetryLater(type(error).__name__) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            # The request may have arrived before the connection broke; or the response was not JSON.
            if isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                raise RetryLater("connection_refused") from error
            raise UnknownOutcome(type(error).__name__, str(error)) from error

    def _note_limit(self, fault: SlackFault, method: Callable[..., Any], arguments: dict[str, Any]) -> SlackFault:
        if isinstance(fault, RetryLater) and fault.after is not None:
            self._paused[_limit_key(method, arguments)] = self._now() + fault.after
        return fault

    # Messages -------------------------------------------------------------------------------------------------

    def post(
        self,
        channel: str,
        text: str,
        blocks: Blocks | None,
        key: str,
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> Posted:
        """Post a message; `find` finds it by `key`."""
        answer = self.call(
            self._client.chat_postMessage,
            channel=channel,
            text=text,
            blocks=blocks,
            thread_ts=thread_ts,
            reply_broadcast=broadcast or None,
            parse="none",  # a bare URL in a name stays text
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": METADATA_TYPE, "event_payload": {"key": key}},
        )
        return Posted(answer["channel"], answer["ts"])

    def update(self, channel: str, ts: str, text: str, blocks: Blocks | None, key: str) -> Posted:
        """Replace the content of a message."""
        answer = self.call(
            self._client.chat_update,
            channel=channel,
            ts=ts,
            text=text,
            blocks=blocks or [],
            parse="none",  # as in `post`; the default is another one
            metadata={"event_type": METADATA_TYPE, "event_payload": {"key": key}},
        )
        return Posted(answer["channel"], answer["ts"])

    def find(self, channel: str, key: str, *, thread_ts: str | None, oldest: float) -> Posted | None:
        """Find the message that was posted with `key`: whether a post of unknown outcome has arrived.

        Args:
            oldest: earlier messages are not read (seconds since 1970).
        """
        for message in self._messages(channel, thread_ts, oldest):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == METADATA_TYPE and metadata.get("event_payload", {}).get("key") == key:
                return Posted(channel, message["ts"])
        return None

    def find_text(self, channel: str, words: str, *, thread_ts: str | None, oldest: float) -> Posted | None:
        """Find the message that contains a text: for shared files, which have no metadata."""
        for message in self._messages(channel, thread_ts, oldest):
            if words in message.get("text", ""):
                return Posted(channel, message["ts"])
        return None

    def _messages(self, channel: str, thread_ts: str | None, oldest: float) -> Any:
        arguments: dict[str, Any] = {
            "channel": channel,
            "include_all_metadata": True,
            "limit": 200,
            "oldest": f"{oldest:.6f}",
        }
        method: Callable[..., Any] = self._client.conversations_history
        if thread_ts is not None:
            method, arguments["ts"] = self._client.conversations_replies, thread_ts
        for _ in range(_LOOKUP_PAGES):
            answer = self.call(method, **arguments)
            yield from answer["messages"]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            arguments["cursor"] = cursor
        log.warning("a look-up in %s ended after %s pages without a result", channel, _LOOKUP_PAGES)

    def upload(self, channel: str, thread_ts: str | None, name: str, content: str, comment: str) -> None:
        """Share a text file in a thread."""
        self.call(
            self._client.files_upload_v2,
            channel=channel,
            thread_ts=thread_ts,
            filename=name,
            title=name,
            content=content,
            initial_comment=comment,
        )

    def open_direct(self, user: str) -> str:
        """The ID of the direct conversation with a person."""
        return str(self.call(self._client.conversations_open, users=user)["channel"]["id"])

    def post_ephemeral(self, channel: str, user: str, text: str) -> None:
        """Show a text to one person in a channel."""
        self.call(self._client.chat_postEphemeral, channel=channel, user=user, text=text)

    def post_direct(self, user: str, message: dict[str, Any]) -> None:
        """Post an answer to a person in their direct conversation, without a key: not for messages of the outbox."""
        self.call(self._client.chat_postMessage, channel=self.open_direct(user), **message)

    def respond(
        self, url: str, message: dict[str, Any], *, replace: bool = False, thread_ts: str | None = None
    ) -> None:
        """Answer one person through a request's response_url, which also works where the bot is not a member."""
        body = {**message, "response_type": "ephemeral", "replace_original": replace}
        if thread_ts is not None and not replace:
            body["thread_ts"] = thread_ts
        answer_address.send(url, body, self._client.base_url, TIMEOUT, _trust(url))

    # Views ----------------------------------------------------------------------------------------------------

    def open_view(self, trigger_id: str, view: dict[str, Any]) -> str:
        """Open a modal, on top of an open one if there is one; return its ID."""
        return str(self.call(self._client.views_open, trigger_id=trigger_id, view=view)["view"]["id"])

    def push_view(self, trigger_id: str, view: dict[str, Any]) -> str:
        """Push a modal on top of the current one; return its ID."""
        return str(self.call(self._client.views_push, trigger_id=trigger_id, view=view)["view"]["id"])

    def update_view(self, view_id: str, view: dict[str, Any]) -> None:
        """Replace the content of an open modal."""
        self.call(self._client.views_update, view_id=view_id, view=view)

    def publish_home(self, user: str, view: dict[str, Any]) -> None:
        """Replace a person's home tab."""
        self.call(self._client.views_publish, user_id=user, view=view)

    # People and channels --------------------------------------------------------------------------------------

    def identity(self) -> dict[str, Any]:
        """The response of auth.test: team_id, enterprise_id, user_id, bot_id, url."""
        answer = self.call(self._client.auth_test)
        self._address = str(answer.get("url") or self._address)
        return answer

    def link(self, channel: str, ts: str) -> str:
        """The address of a message, as Slack's "Copy link" gives it."""
        return f"{self._address}archives/{channel}/p{ts.replace('.', '')}"

    def user(self, user: str) -> dict[str, Any]:
        """The `user` object of users.info."""
        return dict(self.call(self._client.users_info, user=user)["user"])

    def group_members(self, group: str) -> frozenset[str]:
        """The user IDs in a user group."""
        return frozenset(self.call(self._client.usergroups_users_list, usergroup=group)["users"])

    def channel(self, channel: str) -> dict[str, Any]:
        """The `channel` object of conversations.info; `ChannelUnavailable` for a private channel without the bot."""
        return dict(self.call(self._client.conversations_info, channel=channel)["channel"])

    def join(self, channel: str) -> None:
        """Join a public channel."""
        self.call(self._client.conversations_join, channel=channel)


def _limit_key(method: Callable[..., Any], arguments: dict[str, Any]) -> tuple[str, str]:
    """What a rate limit of Slack applies to: a method; for new messages, a method and a channel."""
    name = method.__name__
    return name, str(arguments.get("channel", "")) if name == "chat_postMessage" else ""
