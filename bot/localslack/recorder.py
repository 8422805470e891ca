"""The record of every Web API call of the bot and every delivery to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .snapshots import Message
from .workspace_model import Json


@dataclass(frozen=True)
class Call:
    """One call of the Web API. `args` are decoded: blocks, views and metadata are parsed."""

    method: str
    args: Json
    response: Json
    at: datetime
    status: int
    #: Warnings about uses that Slack accepts but advises against.
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether Slack answered ok."""
        return bool(self.response.get("ok"))


@dataclass
class Delivery:
    """One delivery to the bot and how it was acknowledged."""

    id: str
    #: What it is: "slash_commands", "block_actions", "view_submission", "view_closed", "shortcut",
    #: "message_action", "block_suggestion" or "event_callback".
    kind: str
    payload: Json
    at: datetime
    #: "http" or "socket"; None where the bot was not connected.
    transport: str | None = None
    status: int | None = None
    response: Json | None = None
    ack_ms: float = 0.0
    #: What Slack would show: "operation_timeout", "dispatch_failed", "http_client_error" …; None is well.
    error: str | None = None
    #: What was wrong with the answer, in a sentence, where Slack would only shrug.
    detail: str | None = None
    retry_num: int | None = None
    retry_reason: str | None = None
    #: Looks the ephemeral messages up when asked, as they may come after the acknowledgement.
    look_up: Callable[[str], list[Message]] | None = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the bot acknowledged in time."""
        return self.error is None

    @property
    def ephemerals(self) -> list[Message]:
        """The messages that only this person saw as a result, so far."""
        return self.look_up(self.id) if self.look_up else []

    @property
    def event_type(self) -> str | None:
        """The type of the delivered event, if it is one."""
        event: dict[str, Any] = self.payload.get("event") or {}
        return event.get("type")


@dataclass
class Recorder:
    """Appended to on the server's loop only."""

    calls: list[Call] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
