"""The method of OAuth: exchanges codes and refresh tokens for tokens."""

from __future__ import annotations

from .call_arguments import Arguments
from .core import Core
from .local_errors import SlackError
from .oauth import CODE_LIFETIME, OAuthApp
from .organization import Organization
from .workspace_model import Json
from .workspace_state import Workspace


def access(core: Core, args: Arguments) -> Json:
    """oauth.v2.access: exchanges a code, or a refresh token, for tokens."""
    app = core.oauth
    if args.text("client_id") != app.client_id:
        raise SlackError("invalid_client_id")
    if args.text("client_secret") != app.client_secret:
        raise SlackError("bad_client_secret")
    with app.mutex:
        if args.text("grant_type") == "refresh_token":
            return _refreshed(app, core, args.text("refresh_token"))
        return _exchanged(app, core, args)


def _exchanged(app: OAuthApp, core: Core, args: Arguments) -> Json:
    grant = app.codes.get(args.text("code"))
    if grant is None or core.workspace.seconds() - grant.at > CODE_LIFETIME:
        raise SlackError("invalid_code")
    if grant.used:
        raise SlackError("code_already_used")
    if args.text("redirect_uri") != grant.redirect_uri:
        raise SlackError("bad_redirect_uri")
    grant.used = True
    return {
        "app_id": app.app_id or core.app_id,
        "authed_user": {"id": grant.user},
        "scope": grant.scopes,
        "token_type": "bot",
        "bot_user_id": core.bot_user_id,
        **_whose(grant.workspace, grant.organization),
        **app.new_tokens(grant.workspace, grant.organization),
    }


def _refreshed(app: OAuthApp, core: Core, refresh_token: str) -> Json:
    name = app.refreshes.get(refresh_token)
    if name is None or app.tokens[name].dead:
        raise SlackError("invalid_refresh_token")
    app.refreshes[refresh_token] = None
    old = app.tokens[name]
    whose = _whose(old.workspace, old.organization)
    return {
        "app_id": core.app_id,
        "token_type": "bot",
        **whose,
        **app.new_tokens(old.workspace, old.organization),
    }


def _whose(workspace: Workspace, organization: Organization | None) -> Json:
    if organization is not None:
        enterprise = {"id": organization.id, "name": organization.name}
        return {"team": None, "enterprise": enterprise, "is_enterprise_install": True}
    enterprise = {"id": workspace.enterprise_id, "name": "Organization"}
    return {
        "team": {"id": workspace.team_id, "name": workspace.team_name},
        "enterprise": enterprise if workspace.enterprise_id else None,
        "is_enterprise_install": False,
    }
