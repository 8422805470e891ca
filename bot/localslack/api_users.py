"""The methods about people and the app itself: users.*, usergroups.*, auth.test, bots.info, team.info."""

from __future__ import annotations

from .api_conversations import paged
from .call_arguments import Arguments
from .core import Core
from .local_errors import SlackError
from .organization import Organization
from .rendering import bot_profile, user_json
from .workspace_model import Json, UserGroup
from .workspace_state import random_word


def api_test(core: Core, args: Arguments) -> Json:
    """api.test: echoes its arguments."""
    if error := args.text("error"):
        raise SlackError(error, args=dict(args.values))
    return {"args": dict(args.values)} if args.values else {}


def auth_test(core: Core, args: Arguments) -> Json:
    """auth.test."""
    return {
        "url": f"{core.base_url}/",
        "team": core.workspace.team_name,
        "user": core.workspace.users[core.bot_user_id].name,
        "team_id": core.workspace.team_id,
        "user_id": core.bot_user_id,
        "bot_id": core.bot_id,
        "is_enterprise_install": False,
    } | ({"enterprise_id": core.workspace.enterprise_id} if core.workspace.enterprise_id else {})


def auth_test_of_organization(core: Core, organization: Organization) -> Json:
    """auth.test with the token of an organization: its ID stands in the place of a team's."""
    return auth_test(core, Arguments({})) | {
        "team": organization.name,
        "team_id": organization.id,
        "enterprise_id": organization.id,
        "is_enterprise_install": True,
    }


def auth_teams_list(core: Core, args: Arguments) -> Json:
    """auth.teams.list with the token of a workspace: that one."""
    return {"teams": [{"id": core.workspace.team_id, "name": core.workspace.team_name}]}


def teams_of_organization(organization: Organization, args: Arguments) -> Json:
    """auth.teams.list with the token of an organization: the workspaces in which the app may work."""
    granted = [each for team, each in organization.workspaces.items() if team in organization.granted]
    page, cursor = paged(granted, args, default=100)
    teams = [{"id": each.team_id, "name": each.team_name} for each in page]
    return {"teams": teams, "response_metadata": {"next_cursor": cursor}}


def connections_open(core: Core, args: Arguments) -> Json:
    """apps.connections.open: a websocket address that is good for one connection."""
    ticket = random_word(32)
    core.tickets.add(ticket)
    address = core.base_url.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={core.app_id}"}


def users_info(core: Core, args: Arguments) -> Json:
    """users.info."""
    user = core.workspace.users.get(args.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user_json(core, user)}


def users_list(core: Core, args: Arguments) -> Json:
    """users.list."""
    page, cursor = paged(list(core.workspace.users.values()), args, default=1000)
    return {
        "members": [user_json(core, user) for user in page],
        "cache_ts": int(core.workspace.seconds()),
        "response_metadata": {"next_cursor": cursor},
    }


def usergroups_list(core: Core, args: Arguments) -> Json:
    """usergroups.list."""
    with_users = args.flag("include_users")
    return {"usergroups": [_group(core, group, with_users) for group in core.workspace.groups.values()]}


def usergroups_users_list(core: Core, args: Arguments) -> Json:
    """usergroups.users.list."""
    group = core.workspace.groups.get(args.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": [user for user in group.members if not core.workspace.users[user].deleted]}


def bots_info(core: Core, args: Arguments) -> Json:
    """bots.info."""
    if args.text("bot") != core.bot_id:
        raise SlackError("bot_not_found")
    return {"bot": bot_profile(core)}


def team_info(core: Core, args: Arguments) -> Json:
    """team.info."""
    workspace = core.workspace
    return {
        "team": {
            "id": workspace.team_id,
            "name": workspace.team_name,
            "domain": workspace.team_domain,
            "email_domain": "",
            "icon": {"image_default": True},
            "url": f"{core.base_url}/",
        }
    }


def _group(core: Core, group: UserGroup, with_users: bool) -> Json:
    result: Json = {
        "id": group.id,
        "team_id": core.workspace.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "date_delete": 0,
        "user_count": len(group.members),
    }
    if with_users:
        result["users"] = list(group.members)
    return result
