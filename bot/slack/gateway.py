"""The calls of Slack's Web API that the bot makes: messages, views, people and channels.

The bot calls Slack only through `Gateway`; `python -m bot check` uses a client directly, because it prints Slack's own
errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack import answer_address, file_download, view_marks
from bot.slack.web_calls import Answer, WebCalls
from bot.slack.web_client import TIMEOUT, trust

#: Event type of the metadata that identifies a message of the outbox.
METADATA_TYPE = "eco_owed"
#: How many messages a look-up asks for at a time: the most that Slack gives to apps outside of the Marketplace.
_LOOKUP_PAGE = 15

Blocks = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Posted:
    """The place of a message in Slack."""

    channel: str
    ts: str


class Gateway(WebCalls):
    """The calls that the bot makes: messages, views, people and channels."""

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
            metadata=self._metadata(key),
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
            metadata=self._metadata(key),
        )
        return Posted(answer["channel"], answer["ts"])

    def _metadata(self, key: str) -> dict[str, Any]:
        # In direct messages and shared channels of an organization, its workspaces are told apart by this alone.
        payload = {"key": key} if self.team is None else {"key": key, "workspace": self.team}
        return {"event_type": METADATA_TYPE, "event_payload": payload}

    def key_of(self, message: Mapping[str, Any]) -> str | None:
        """The key with which this workspace posted a message; None for a message of somebody else."""
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        mine = metadata.get("event_type") == METADATA_TYPE and payload.get("workspace") in (None, self.team)
        return payload.get("key") if mine else None

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

    def marked(self, view: dict[str, Any]) -> dict[str, Any]:
        """A view that says which workspace it is of, where the token does not tell; Slack gives it back as it was."""
        return view if self.team is None else view_marks.mark(view, self.team)

    def open_view(self, trigger_id: str, view: dict[str, Any]) -> str:
        """Open a modal, on top of an open one if there is one; return its ID."""
        return str(self.call(self._client.views_open, trigger_id=trigger_id, view=self.marked(view))["view"]["id"])

    def push_view(self, trigger_id: str, view: dict[str, Any]) -> str:
        """Push a modal on top of the current one; return its ID."""
        return str(self.call(self._client.views_push, trigger_id=trigger_id, view=self.marked(view))["view"]["id"])

    def update_view(self, view_id: str, view: dict[str, Any]) -> None:
        """Replace the content of an open modal."""
        self.call(self._client.views_update, view_id=view_id, view=self.marked(view))

    def update_named_view(self, external_id: str, view: dict[str, Any]) -> None:
        """Replace the content of the open modal that was given this ID; `not_found` before Slack has shown it."""
        self.call(self._client.views_update, external_id=external_id, view=self.marked(view))

    def publish_home(self, user: str, view: dict[str, Any], replaces: str = "") -> str:
        """Replace a person's home tab; return its hash, "" where Slack does not tell it.

        Args:
            replaces: the hash of the view that must be shown now, or Slack answers `hash_conflict`; "" replaces any.
        """
        answer = self.call(self._client.views_publish, user_id=user, view=self.marked(view), hash=replaces or None)
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
        return frozenset(self.call(self._client.usergroups_users_list, usergroup=group, **self._where)["users"])

    def users(self) -> Iterator[dict[str, Any]]:
        """The `user` objects of users.list, page by page."""
        yield from self._pages(self._client.users_list, "members", **self._where)

    def channels(self) -> Iterator[dict[str, Any]]:
        """The `channel` objects of the channels that are not archived: public ones, and private ones with the bot."""
        kinds = "public_channel,private_channel"
        wanted = {"types": kinds, "exclude_archived": True, **self._where}
        yield from self._pages(self._client.conversations_list, "channels", **wanted)

    def channel_members(self, channel: str) -> frozenset[str]:
        """The user IDs of everybody in a channel; `ChannelUnavailable` for a private channel without the bot."""
        return frozenset(self._pages(self._client.conversations_members, "members", channel=channel))

    def granted_teams(self) -> dict[str, str]:
        """Team ID -> name of each workspace in which a token may be used."""
        found = self._pages(self._client.auth_teams_list, "teams")
        return {str(team["id"]): str(team.get("name") or team["id"]) for team in found}

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
