"""The state that all parts of the server share: workspace, app, tokens, faults, and the record of what passed.

One object, made by the server and given to every Web API function; it decides nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .app_manifest import AppManifest
from .fault_injection import FaultBook
from .function_runs import TOKEN_LIFETIME, FunctionRun
from .local_errors import SlackError
from .oauth import OAuthApp, Token
from .organization import Organization
from .posting_pace import Pace
from .recorder import Recorder
from .time_machine import Clock
from .workspace_model import Conversation, ResponseUrl, StoredView, Trigger, User
from .workspace_seed import SAMPLE_WORKSPACE, WorkspaceSeed
from .workspace_state import Workspace, random_word

TRIGGER_LIFETIME = 3.0


@dataclass
class Core:
    """The local Slack's insides."""

    clock: Clock
    manifest: AppManifest = field(default_factory=AppManifest)
    seed: WorkspaceSeed = SAMPLE_WORKSPACE
    pace: Pace | None = None
    ack_limit: float = 3.0
    base_url: str = ""
    app_id: str = field(init=False)
    bot_id: str = field(init=False)
    bot_user_id: str = field(init=False)
    bot_token: str = field(default_factory=lambda: f"xoxb-0000000000-0000000000-{random_word(24)}")
    app_token: str = field(init=False)
    oauth: OAuthApp = field(default_factory=OAuthApp)
    signing_secret: str = field(init=False)
    verification_token: str = field(default_factory=lambda: random_word(24))
    workspace: Workspace = field(init=False)
    faults: FaultBook = field(default_factory=FaultBook)
    recorder: Recorder = field(default_factory=Recorder)
    #: How many of the next deliveries are treated as acknowledged too late, whatever the bot does.
    late_deliveries: int = 0
    #: Tickets for websocket connections that were given out and not used yet.
    tickets: set[str] = field(default_factory=set)
    #: The runs of custom steps, by their function_execution_id.
    runs: dict[str, FunctionRun] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.signing_secret = self.oauth.signing_secret
        name = self.manifest.bot_name
        letters = re.sub("[^A-Z0-9]", "", name.upper())[:3].ljust(3, "0")
        self.app_id, self.bot_id, self.bot_user_id = f"A0{letters}APP01", f"B0{letters}BOT01", f"U0{letters}BOT01"
        self.app_token = f"xapp-1-{self.app_id}-0000000000-{random_word(24)}"
        self.workspace = Workspace(self.clock, self.seed)
        self.oauth.tokens[self.bot_token] = Token(self.workspace)
        bot = User(self.bot_user_id, re.sub(r"[^\w.-]+", "_", name.lower()), name, "America/Los_Angeles", is_bot=True)
        self.workspace.add_app(bot, [channel.name for channel in self.seed.channels if channel.has_app])

    @property
    def organization(self) -> Organization | None:
        """The organization through whose installation the app works here; None where it has its own."""
        return self.oauth.covering(self.workspace)

    @property
    def scopes(self) -> frozenset[str] | None:
        """The granted scopes; None grants all."""
        return self.manifest.scopes

    def require_scope(self, accepted: Sequence[str]) -> None:
        """Refuse the call unless one of these scopes was granted."""
        if self.scopes is not None and not self.scopes.intersection(accepted):
            needed, provided = ",".join(accepted), ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=needed, provided=provided)

    def run_of_token(self, token: str) -> FunctionRun | None:
        """The run of a step whose token that is; raises SlackError if the token has ended."""
        run = next((run for run in self.runs.values() if run.token == token), None)
        if run is not None and run.state != "running":
            raise SlackError("token_revoked")
        if run is not None and self.workspace.seconds() - run.started > TOKEN_LIFETIME:
            raise SlackError("token_expired")
        return run

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
