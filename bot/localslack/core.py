"""What the parts of the server share: the workspace, the app's identity and secrets, faults, records.

One object, made by the server and handed to every Web API function; it decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.localslack import seed
from bot.localslack.fault_injection import FaultBook
from bot.localslack.local_errors import SlackError
from bot.localslack.posting_pace import Pace
from bot.localslack.recorder import Recorder
from bot.localslack.time_machine import Clock
from bot.localslack.workspace_model import Conversation, ResponseUrl, StoredView, Trigger
from bot.localslack.workspace_state import Workspace, random_word

TRIGGER_LIFETIME = 3.0


@dataclass
class Core:
    """The local Slack's insides."""

    clock: Clock
    scopes: frozenset[str] | None
    pace: Pace | None
    ack_limit: float = 3.0
    base_url: str = ""
    app_id: str = seed.APP_ID
    bot_id: str = seed.BOT_ID
    bot_user_id: str = seed.BOT_USER_ID
    bot_token: str = field(default_factory=lambda: f"xoxb-0000000000-0000000000-{random_word(24)}")
    app_token: str = field(default_factory=lambda: f"xapp-1-{seed.APP_ID}-0000000000-{random_word(24)}")
    signing_secret: str = field(default_factory=lambda: random_word(32).lower())
    verification_token: str = field(default_factory=lambda: random_word(24))
    workspace: Workspace = field(init=False)
    faults: FaultBook = field(default_factory=FaultBook)
    recorder: Recorder = field(default_factory=Recorder)
    #: How many of the next deliveries are treated as acknowledged too late, whatever the bot does.
    late_deliveries: int = 0
    #: Tickets for websocket connections that were given out and not used yet.
    tickets: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.workspace = Workspace(self.clock)
        seed.plant(self.workspace)

    def demand_scope(self, accepted: Sequence[str]) -> None:
        """Refuse the call unless one of these scopes was granted."""
        if self.scopes is not None and not self.scopes.intersection(accepted):
            needed, provided = ",".join(accepted), ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=needed, provided=provided)

    def new_trigger(self, user: str, view: StoredView | None = None, channel: str | None = None) -> str:
        """A trigger_id for what `user` just did."""
        seconds = self.workspace.seconds()
        trigger_id = f"{int(seconds * 1000)}.{len(self.workspace.triggers) + 1}.{random_word(16).lower()}"
        self.workspace.triggers[trigger_id] = Trigger(trigger_id, user, seconds, view.id if view else None, channel)
        return trigger_id

    def new_response_url(
        self,
        kind: str,
        user: str,
        channel: Conversation,
        delivery: str,
        message_ts: str | None = None,
        ephemeral: bool = False,
    ) -> str:
        """A response_url: `kind` is "actions" or "commands", as in Slack's own addresses."""
        token = random_word(24)
        self.workspace.response_urls[token] = ResponseUrl(
            token=token,
            kind=kind,
            user=user,
            channel=channel.id,
            delivery=delivery,
            created=self.workspace.seconds(),
            message_ts=message_ts,
            ephemeral=ephemeral,
        )
        return f"{self.base_url}/{kind}/{self.workspace.team_id}/{len(self.workspace.response_urls)}/{token}"


def scope_set(scopes: Sequence[str] | None) -> frozenset[str] | None:
    """The granted scopes; None grants all."""
    return None if scopes is None else frozenset(scopes)
