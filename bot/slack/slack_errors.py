"""Errors of the Slack Web API as a few exception classes: each class is handled in one way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from slack_sdk.errors import SlackApiError


class SlackFault(Exception):
    """Slack did not carry out a call; `code` is Slack's error code."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class RetryLater(SlackFault):
    """The call was not carried out and may succeed later; `after` is the delay that Slack asked for, if any."""

    def __init__(self, code: str, after: timedelta | None = None) -> None:
        super().__init__(code)
        self.after = after


class UnknownOutcome(SlackFault):
    """The call may have been carried out or not: check before repeating it."""


class ChannelUnavailable(SlackFault):
    """No message can be sent to this channel: it is archived or deleted, or the bot is not in it."""


class TokenRejected(SlackFault):
    """The token is not valid, or the workspace refuses the bot: no call succeeds."""


class Malformed(SlackFault):
    """Slack refuses the content of this message."""


class MessageGone(SlackFault):
    """The message to be edited or replied to does not exist."""


_CHANNEL = """
channel_not_found is_archived is_inactive not_in_channel restricted_action restricted_action_read_only_channel
restricted_action_thread_only_channel team_access_not_granted posting_to_general_channel_denied
posting_to_channel_denied user_not_found user_disabled cannot_dm_bot messages_tab_disabled
"""
_REJECTED = """
token_revoked token_expired invalid_auth not_authed account_inactive team_not_found no_permission
org_login_required enterprise_is_restricted access_denied
"""
_MALFORMED = """
invalid_blocks invalid_blocks_format msg_too_long msg_blocks_too_long no_text invalid_arguments
too_many_attachments invalid_metadata_format invalid_metadata_schema metadata_too_large
metadata_must_be_sent_from_app
"""
_GONE = "message_not_found thread_not_found cant_update_message edit_window_closed cannot_reply_to_message"
_UNKNOWN = "internal_error fatal_error request_timeout"
_LATER = "ratelimited rate_limited service_unavailable team_added_to_org"

#: Slack's error code -> its class; any other code is a plain `SlackFault`.
KINDS: Mapping[str, type[SlackFault]] = {
    code: kind
    for kind, codes in (
        (ChannelUnavailable, _CHANNEL),
        (TokenRejected, _REJECTED),
        (Malformed, _MALFORMED),
        (MessageGone, _GONE),
        (UnknownOutcome, _UNKNOWN),
        (RetryLater, _LATER),
    )
    for code in codes.split()
}


#: What an error code of Slack looks like. The SDK puts a sentence in its place where an answer is no JSON.
_CODE = re.compile(r"[a-z][a-z0-9_]*")


def from_response(error: SlackApiError) -> SlackFault:
    """The exception for an error response."""
    response = error.response
    status = getattr(response, "status_code", 200)
    data = getattr(response, "data", None)
    code = data.get("error", "") if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        seconds = str((getattr(response, "headers", None) or {}).get("Retry-After", ""))
        return RetryLater("ratelimited", timedelta(seconds=int(seconds)) if seconds.isdecimal() else None)
    if status >= 500:
        # As Slack's documentation says, the call may have been carried out.
        return UnknownOutcome(f"http_{status}")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        # Not Slack's own answer, or a part of it: a proxy may have replaced it after Slack carried the call out.
        return UnknownOutcome(f"http_{status}", "the answer names no error of Slack")
    kind = KINDS.get(code, SlackFault)
    detail = ""
    if isinstance(data, dict):
        detail = "; ".join(map(str, (data.get("response_metadata") or {}).get("messages", ())))
    if kind is RetryLater:
        return RetryLater(code)
    return kind(code, detail)
