"""The app in Slack's OAuth: its credentials, the codes it was given, and which token is whose; shared by workspaces.

Several local Slacks that are started with the same `OAuthApp` are several workspaces of one Slack: any of them takes
the calls with the tokens of all. `Grid` makes an Enterprise organization of them.
"""

from __future__ import annotations

import base64
import binascii
import threading
from dataclasses import dataclass, field

from .organization import Organization
from .workspace_model import Json
from .workspace_state import Workspace, random_word

#: Seconds that a code is good for, and a token of an app with token rotation.
CODE_LIFETIME, TOKEN_LIFETIME = 600, 43_200


@dataclass
class Grant:
    """What somebody has allowed: a code, not yet exchanged; `organization` where it is for a whole one."""

    workspace: Workspace
    user: str
    scopes: str
    redirect_uri: str
    at: float
    used: bool = False
    organization: Organization | None = None


@dataclass
class Token:
    """A bot token, of a workspace or of a whole organization.

    Attributes:
        workspace: of an organization's token, any of its workspaces.
        dead: Slack's error code for one that is not valid any more.
    """

    workspace: Workspace
    expires_at: float | None = None
    refresh: str = ""
    dead: str = ""
    organization: Organization | None = None


@dataclass
class OAuthApp:
    """One app in all of its workspaces.

    Attributes:
        rotates: whether its tokens expire after twelve hours and are refreshed.
        app_id: said instead of the app's own, as by a Slack in which another app was approved.
        installed: the workspaces that have installed the app by themselves.
        organizations: ID -> the organizations of its workspaces.
    """

    client_id: str = "1111111111.2222222222"
    client_secret: str = field(default_factory=lambda: random_word(32).lower())
    signing_secret: str = field(default_factory=lambda: random_word(32).lower())
    rotates: bool = False
    app_id: str = ""
    installed: set[str] = field(default_factory=set)
    organizations: dict[str, Organization] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    #: Refresh token -> the bot token that came with it; None once it was used.
    refreshes: dict[str, str | None] = field(default_factory=dict)
    #: The address of the Web API of each workspace, by its team ID.
    addresses: dict[str, str] = field(default_factory=dict)
    mutex: threading.RLock = field(default_factory=threading.RLock)

    def grant(
        self, workspace: Workspace, user: str, scopes: str, redirect_uri: str, organization: Organization | None = None
    ) -> str:
        """The code for what a person has allowed."""
        code = f"{workspace.team_id}.{random_word(24).lower()}"
        with self.mutex:
            self.codes[code] = Grant(
                workspace, user, scopes, redirect_uri, workspace.seconds(), organization=organization
            )
        return code

    def kill(self, of: Workspace | Organization, why: str) -> None:
        """End every token of a workspace, or of an organization: calls are refused with this code of Slack."""
        with self.mutex:
            for token in self.tokens.values():
                if of is (token.organization or token.workspace):
                    token.dead = token.dead or why
            if isinstance(of, Workspace):
                self.installed.discard(of.team_id)

    def refusal(self, workspace: Workspace, token: str) -> str:
        """Slack's code for a bot token that is not valid in a workspace; "" for one that is."""
        with self.mutex:
            found = self.tokens.get(token)
        if found is None:
            return "invalid_auth"
        if found.organization is None and found.workspace is not workspace:
            return "invalid_auth"
        if found.organization is not None and workspace.team_id not in found.organization.workspaces:
            return "invalid_auth"
        if found.expires_at is not None and workspace.seconds() >= found.expires_at:
            return found.dead or "token_expired"
        return found.dead

    def of(self, token: str | None) -> Workspace | None:
        """The workspace of a token; None for an unknown one, and for one of an organization."""
        with self.mutex:
            found = self.tokens.get(token or "")
        return found.workspace if found and found.organization is None else None

    def organization_of(self, token: str | None) -> Organization | None:
        """The organization of a token; None for another one."""
        with self.mutex:
            found = self.tokens.get(token or "")
        return found.organization if found else None

    def covering(self, workspace: Workspace) -> Organization | None:
        """The organization through whose installation the app works in a workspace; None where it has its own."""
        found = self.organizations.get(workspace.enterprise_id)
        if found is None or workspace.team_id not in found.granted or workspace.team_id in self.installed:
            return None
        with self.mutex:
            live = any(token.organization is found and not token.dead for token in self.tokens.values())
        return found if live else None

    def new_tokens(self, workspace: Workspace, organization: Organization | None = None) -> Json:
        """New tokens of a workspace or an organization, as an answer has them. Without rotation it keeps its token."""
        whose = organization.id if organization else workspace.team_id
        with self.mutex:
            if organization is None:
                self.installed.add(workspace.team_id)
            if not self.rotates:
                mine = [
                    name
                    for name, each in self.tokens.items()
                    if each.organization is organization and not each.dead
                    if organization or each.workspace is workspace
                ]
                name = mine[0] if mine else f"xoxb-{whose}-{random_word(24)}"
                self.tokens.setdefault(name, Token(workspace, organization=organization))
                return {"access_token": name}
            name, refresh = f"xoxe.xoxb-{random_word(32)}", f"xoxe-1-{random_word(32)}"
            ends = workspace.seconds() + TOKEN_LIFETIME
            self.tokens[name] = Token(workspace, ends, refresh, organization=organization)
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
