"""The calls of Slack's Web API: one attempt each, and every failure as an exception of `slack_errors`.

The SDK's retries are off: they repeat a post that Slack has accepted before the connection broke. The bot calls Slack
only through `Gateway`; `python -m bot check` uses a client directly, because it prints Slack's own errors.
"""

from __future__ import annotations

import http.client
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack import answer_address, file_download
from bot.slack.slack_errors import RetryLater, SlackFault, UnknownOutcome, from_response
from bot.slack.web_client import TIMEOUT, CountedClient, trust

log = logging.getLogger(__name__)

#: Event type of the metadata that identifies a message of the outbox.
METADATA_TYPE = "eco_owed"
#: A rate limit that seems to last longer than this is a sign that the clock was set back.
_LONGEST_PAUSE = timedelta(hours=1)
#: How many messages a look-up asks for at a time: the most that Slack gives to apps outside of the Marketplace.
_LOOKUP_PAGE = 15

#: How many objects a page of people or members has, and how many pages are read at most.
_PAGE, _MOST_PAGES = 1000, 20

Blocks = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Posted:
    """The place of a message in Slack."""

    channel: str
    ts: str


class Answer(dict[str, Any]):
    """The answer of a call; one without a field that every answer has is of unknown outcome."""

    def __missing__(self, name: str) -> Any:
        raise UnknownOutcome("incomplete_answer", f"it has no {name}")


class Gateway:
    """Calls the Web API with one token."""

    def __init__(self, client: CountedClient, now: Callable[[], datetime], address: str = "https://slack.com/") -> None:
        if client.retry_handlers:
            raise ValueError("the client must not retry: a message could be posted twice")
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
            raise self._note_limit(from_response(error), method, arguments) from error
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
        """Post a message, with its `key` in the metadata."""
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

    def history(
        self, channel: str, thread_ts: str | None, oldest: float, latest: float, cursor: str
    ) -> tuple[list[dict[str, Any]], str]:
        """One page of messages of a channel or a thread, and the cursor of the next page, "" after the last one.

        Args:
            oldest, latest: of which time (seconds since 1970).
        """
        arguments: dict[str, Any] = {
            "channel": channel,
            "include_all_metadata": True,
            "limit": _LOOKUP_PAGE,
            "oldest": f"{oldest:.6f}",
            "latest": f"{latest:.6f}",
        }
        if cursor:
            arguments["cursor"] = cursor
        if thread_ts is None:
            answer = self.call(self._client.conversations_history, **arguments)
        else:
            answer = self.call(self._client.conversations_replies, ts=thread_ts, **arguments)
        return answer["messages"], str((answer.get("response_metadata") or {}).get("next_cursor") or "")

    def upload(
        self,
        channel: str,
        thread_ts: str | None,
        name: str,
        content: str | bytes,
        comment: str,
        *,
        alternative: str | None = None,
    ) -> None:
        """Share a file in a channel or a thread; `alternative` says what a picture shows."""
        self.call(
            self._client.files_upload_v2,
            channel=channel,
            thread_ts=thread_ts,
            filename=name,
            title=name,
            content=content,
            initial_comment=comment,
            alt_txt=alternative,
        )

    def file(self, file_id: str) -> dict[str, Any]:
        """The `file` object of files.info."""
        return dict(self.call(self._client.files_info, file=file_id)["file"])

    def download(self, url: str, most: int) -> bytes:
        """The content of a file of Slack, of `most` bytes at most; raises like `file_download.fetch`."""
        with self._client.counted("file download"):
            return file_download.fetch(url, str(self._client.token), self._client.base_url, most, trust(url))

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
        with self._client.counted("response_url"):
            answer_address.send(url, body, self._client.base_url, TIMEOUT, trust(url))

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

    def update_named_view(self, external_id: str, view: dict[str, Any]) -> None:
        """Replace the content of the open modal that was given this ID; `not_found` before Slack has shown it."""
        self.call(self._client.views_update, external_id=external_id, view=view)

    def publish_home(self, user: str, view: dict[str, Any], replaces: str = "") -> str:
        """Replace a person's home tab; return its hash, "" where Slack does not tell it.

        Args:
            replaces: the hash of the view that must be shown now, or Slack answers `hash_conflict`; "" replaces any.
        """
        answer = self.call(self._client.views_publish, user_id=user, view=view, hash=replaces or None)
        return str((answer.get("view") or {}).get("hash") or "")

    # People and channels --------------------------------------------------------------------------------------

    def identity(self) -> Answer:
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

    def users(self) -> Iterator[dict[str, Any]]:
        """The `user` objects of users.list, page by page."""
        yield from self._pages(self._client.users_list, "members")

    def channels(self) -> Iterator[dict[str, Any]]:
        """The `channel` objects of the channels that are not archived: public ones, and private ones with the bot."""
        kinds = "public_channel,private_channel"
        yield from self._pages(self._client.conversations_list, "channels", types=kinds, exclude_archived=True)

    def channel_members(self, channel: str) -> frozenset[str]:
        """The user IDs of everybody in a channel; `ChannelUnavailable` for a private channel without the bot."""
        return frozenset(self._pages(self._client.conversations_members, "members", channel=channel))

    def _pages(self, method: Callable[..., Any], name: str, **arguments: Any) -> Iterator[Any]:
        cursor = None
        for _ in range(_MOST_PAGES):
            answer = self.call(method, limit=_PAGE, cursor=cursor, **arguments)
            yield from answer[name]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
        raise SlackFault("too_many_pages", f"{method.__name__} has more than {_MOST_PAGES} pages")

    def channel(self, channel: str) -> dict[str, Any]:
        """The `channel` object of conversations.info; `ChannelUnavailable` for a private channel without the bot."""
        return dict(self.call(self._client.conversations_info, channel=channel)["channel"])

    def complete_run(self, run: str, outputs: dict[str, str] | None, error: str = "") -> None:
        """Tell what came of a run of a custom step of a workflow: its outputs, or without them why it failed."""
        if outputs is not None:
            self.call(self._client.functions_completeSuccess, function_execution_id=run, outputs=outputs)
        else:
            self.call(self._client.functions_completeError, function_execution_id=run, error=error)

    def join(self, channel: str) -> None:
        """Join a public channel."""
        self.call(self._client.conversations_join, channel=channel)


def _limit_key(method: Callable[..., Any], arguments: dict[str, Any]) -> tuple[str, str]:
    """What a rate limit of Slack applies to: a method; for new messages, a method and a channel."""
    name = method.__name__
    return name, str(arguments.get("channel", "")) if name == "chat_postMessage" else ""
