"""The app in Slack's OAuth: its credentials, the codes it was given, and which token is whose; shared by workspaces.

Several local Slacks that are started with the same `OAuthApp` are several workspaces of one Slack: any of them takes
the calls with the tokens of all.
"""

from __future__ import annotations

import base64
import binascii
import threading
from dataclasses import dataclass, field

from .workspace_model import Json
from .workspace_state import Workspace, random_word

#: Seconds that a code is good for, and a token of an app with token rotation.
CODE_LIFETIME, TOKEN_LIFETIME = 600, 43_200


@dataclass
class Grant:
    """What somebody has allowed: a code, not yet exchanged."""

    workspace: Workspace
    user: str
    scopes: str
    redirect_uri: str
    at: float
    used: bool = False


@dataclass
class Token:
    """A bot token; `dead` is Slack's error code for one that is not valid any more."""

    workspace: Workspace
    expires_at: float | None = None
    refresh: str = ""
    dead: str = ""


@dataclass
class OAuthApp:
    """One app in all of its workspaces.

    Attributes:
        rotates: whether its tokens expire after twelve hours and are refreshed.
        enterprise_wide: whether the next installation is said to be one of a whole organization.
        app_id: said instead of the app's own, as by a Slack in which another app was approved.
    """

    client_id: str = "1111111111.2222222222"
    client_secret: str = field(default_factory=lambda: random_word(32).lower())
    signing_secret: str = field(default_factory=lambda: random_word(32).lower())
    rotates: bool = False
    enterprise_wide: bool = False
    app_id: str = ""
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    #: Refresh token -> the bot token that came with it; None once it was used.
    refreshes: dict[str, str | None] = field(default_factory=dict)
    #: The address of the Web API of each workspace, by its team ID.
    addresses: dict[str, str] = field(default_factory=dict)
    mutex: threading.RLock = field(default_factory=threading.RLock)

    def grant(self, workspace: Workspace, user: str, scopes: str, redirect_uri: str) -> str:
        """The code for what a person has allowed."""
        code = f"{workspace.team_id}.{random_word(24).lower()}"
        with self.mutex:
            self.codes[code] = Grant(workspace, user, scopes, redirect_uri, workspace.seconds())
        return code

    def kill(self, workspace: Workspace, why: str) -> None:
        """End every token of a workspace: from now on calls are refused with this code of Slack."""
        with self.mutex:
            for token in self.tokens.values():
                if token.workspace is workspace:
                    token.dead = token.dead or why

    def refusal(self, workspace: Workspace, token: str) -> str:
        """Slack's code for a bot token that is not valid in a workspace; "" for one that is."""
        with self.mutex:
            found = self.tokens.get(token)
        if found is None or found.workspace is not workspace:
            return "invalid_auth"
        if found.expires_at is not None and workspace.seconds() >= found.expires_at:
            return found.dead or "token_expired"
        return found.dead

    def of(self, token: str | None) -> Workspace | None:
        """The workspace of a token; None for an unknown one."""
        with self.mutex:
            found = self.tokens.get(token or "")
        return found.workspace if found else None

    def new_tokens(self, workspace: Workspace) -> Json:
        """New tokens of a workspace, as an answer has them. Without rotation a workspace keeps its token."""
        with self.mutex:
            if not self.rotates:
                mine = [name for name, each in self.tokens.items() if each.workspace is workspace and not each.dead]
                name = mine[0] if mine else f"xoxb-{workspace.team_id}-{random_word(24)}"
                self.tokens.setdefault(name, Token(workspace))
                return {"access_token": name}
            name, refresh = f"xoxe.xoxb-{random_word(32)}", f"xoxe-1-{random_word(32)}"
            self.tokens[name] = Token(workspace, workspace.seconds() + TOKEN_LIFETIME, refresh)
            self.refreshes[refresh] = name
        return {"access_token": name, "refresh_token": refresh, "expires_in": TOKEN_LIFETIME}


def credentials(authorization: str) -> Json:
    """The client ID and secret of a request that is authorized by HTTP's basic scheme; {} otherwise."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": client_id, "client_secret": secret}
