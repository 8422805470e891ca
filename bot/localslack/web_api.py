"""The table of Web API methods: the token and scopes each one needs, and the function that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import api_chat, api_conversations, api_files, api_functions, api_oauth, api_users, api_views
from .call_arguments import Arguments
from .core import Core
from .local_errors import SlackError
from .workspace_model import Json

#: Scopes by kind of conversation, for the methods that take any kind.
_READ = ("channels:read", "groups:read", "mpim:read", "im:read")
_HISTORY = ("channels:history", "groups:history", "mpim:history", "im:history")


@dataclass(frozen=True)
class Method:
    """A method of the Web API. `scopes`: any one will do; `by_type` picks the one of the conversation."""

    run: Callable[[Core, Arguments], Json]
    scopes: tuple[str, ...] = ()
    bearer: str = "bot"
    by_type: bool = False


METHODS: dict[str, Method] = {
    "api.test": Method(api_users.api_test, bearer="none"),
    "auth.teams.list": Method(api_users.auth_teams_list),
    "auth.test": Method(api_users.auth_test, bearer="any"),
    "apps.connections.open": Method(api_users.connections_open, bearer="app"),
    "bots.info": Method(api_users.bots_info, ("users:read",)),
    "chat.delete": Method(api_chat.delete, ("chat:write",)),
    "chat.getPermalink": Method(api_chat.get_permalink),
    "chat.postEphemeral": Method(api_chat.post_ephemeral, ("chat:write",)),
    "chat.postMessage": Method(api_chat.post_message, ("chat:write",)),
    "chat.update": Method(api_chat.update, ("chat:write",)),
    "conversations.history": Method(api_conversations.history, _HISTORY, by_type=True),
    "conversations.info": Method(api_conversations.info, _READ, by_type=True),
    "conversations.join": Method(api_conversations.join, ("channels:join",)),
    "conversations.list": Method(api_conversations.list_, _READ),
    "conversations.members": Method(api_conversations.members, _READ, by_type=True),
    "conversations.open": Method(api_conversations.open_, ("im:write", "mpim:write")),
    "conversations.replies": Method(api_conversations.replies, _HISTORY, by_type=True),
    "files.completeUploadExternal": Method(api_files.complete_upload, ("files:write",)),
    "files.getUploadURLExternal": Method(api_files.get_upload_url, ("files:write",)),
    "files.info": Method(api_files.info, ("files:read",)),
    "functions.completeError": Method(api_functions.complete_error),
    "functions.completeSuccess": Method(api_functions.complete_success),
    "oauth.v2.access": Method(api_oauth.access, bearer="none"),
    "team.info": Method(api_users.team_info, ("team:read",)),
    "usergroups.list": Method(api_users.usergroups_list, ("usergroups:read",)),
    "usergroups.users.list": Method(api_users.usergroups_users_list, ("usergroups:read",)),
    "users.info": Method(api_users.users_info, ("users:read",)),
    "users.list": Method(api_users.users_list, ("users:read",)),
    "views.open": Method(api_views.open_),
    "views.publish": Method(api_views.publish),
    "views.push": Method(api_views.push),
    "views.update": Method(api_views.update),
}


def call(core: Core, name: str, token: str | None, args: Arguments) -> Json:
    """Carry out one call; raises SlackError with Slack's answer when it is refused."""
    method = METHODS.get(name)
    if method is None:
        raise SlackError("unknown_method", req_method=name)
    _require_token(core, method, token, args)
    if (organization := core.oauth.organization_of(token)) is not None:
        if refusal := organization.refusal(name, core.workspace, args):
            raise SlackError(refusal)
        if name == "auth.test":  # the one that tells whose token it is
            return {"ok": True, **api_users.auth_test_of_organization(core, organization)}
        if name == "auth.teams.list":
            return {"ok": True, **api_users.teams_of_organization(organization, args)}
    _require_scope(core, method, args)
    return {"ok": True, **method.run(core, args)}


def _require_token(core: Core, method: Method, token: str | None, args: Arguments) -> None:
    if method.bearer == "none":
        return
    if not token:
        raise SlackError("not_authed")
    if run := core.run_of_token(token):
        if method.bearer == "app":
            raise SlackError("not_allowed_token_type")
        if args.text("function_execution_id") not in ("", run.id):
            raise SlackError("access_denied")
        return
    if token != core.app_token and (refusal := core.oauth.refusal(core.workspace, token)):
        raise SlackError(refusal)
    if method.bearer != "any" and (method.bearer == "app") != (token == core.app_token):
        raise SlackError("not_allowed_token_type")


def _require_scope(core: Core, method: Method, args: Arguments) -> None:
    if core.scopes is None or not method.scopes:
        return
    accepted = method.scopes
    if method.by_type and (channel := core.workspace.conversation(args.text("channel"))):
        prefix = "im:" if channel.is_im else "groups:" if channel.is_private else "channels:"
        accepted = tuple(scope for scope in method.scopes if scope.startswith(prefix))
    core.require_scope(accepted)
