"""An Enterprise organization of workspaces: in which of them the app may work, and which of them a call is about.

People and their direct messages belong to the organization. Its workspaces run in threads of their own; here they are
only looked into.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .call_arguments import Arguments
from .workspace_model import User
from .workspace_state import Workspace

#: Methods that act in one workspace and are told which one, where the token is one of an organization.
NEED_TEAM = frozenset({"bots.info", "conversations.list", "usergroups.list", "usergroups.users.list", "users.list"})
#: Methods about the token itself, which no workspace has to grant.
_ABOUT_TOKEN = frozenset({"api.test", "auth.teams.list", "auth.test"})


@dataclass(eq=False)
class Organization:
    """The organization.

    Attributes:
        workspaces: team ID -> its workspaces.
        granted: the team IDs of those in which the admins of the organization let the app work.
    """

    id: str
    name: str
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    granted: set[str] = field(default_factory=set)

    def refusal(self, method: str, workspace: Workspace, args: Arguments) -> str:
        """Slack's code for a call with the organization's token that a workspace does not take; "" for another one."""
        if method in NEED_TEAM and not args.text("team_id"):
            return "missing_argument"
        if method not in _ABOUT_TOKEN and workspace.team_id not in self.granted:
            return "team_access_not_granted"
        return ""

    def target(self, method: str, args: Arguments, asked: Workspace) -> Workspace:
        """The workspace that a call with the organization's token is about; the asked one where nothing tells."""
        if method in _ABOUT_TOKEN:
            return asked
        if (team := args.text("team_id")) in self.workspaces:
            return self.workspaces[team]
        channel = args.text("channel") or args.text("channel_id")
        if channel.startswith("D"):
            return self.home_of(f"U{channel[1:]}") or asked
        for each in self.workspaces.values():
            if channel and channel in each.conversations:
                self._bring_files(args, each)
                return each
            if args.text("view_id") in each.views or args.text("trigger_id") in each.triggers:
                return each
            if args.text("file") in each.files:
                return each
        if (name := args.text("external_id")) and (found := self._with_view(name)):
            return found
        person = args.text("user") or args.text("users") or args.text("user_id")
        return self.home_of(person) or asked

    def home_of(self, user: str) -> Workspace | None:
        """The workspace that a person belongs to first, and where their direct messages are; None for a stranger."""
        return next((each for each in self.workspaces.values() if _belongs(each, user)), None)

    def teams_of(self, user: str) -> list[str]:
        """The workspaces that a person belongs to."""
        return [team for team, each in self.workspaces.items() if _belongs(each, user)]

    def _with_view(self, external_id: str) -> Workspace | None:
        for each in self.workspaces.values():
            if any(view.source.get("external_id") == external_id for view in list(each.views.values())):
                return each
        return None

    def _bring_files(self, args: Arguments, to: Workspace) -> None:
        """Move uploaded files to where they are shared: an upload begins before Slack is told for which channel."""
        given = args.values.get("files")
        wanted = (
            {str(entry.get("id")) for entry in given if isinstance(entry, dict)} if isinstance(given, list) else set()
        )
        for each in self.workspaces.values():
            for file in wanted & each.files.keys() if each is not to else ():
                to.files[file] = each.files.pop(file)


def _belongs(workspace: Workspace, user: str) -> bool:
    found: User | None = workspace.users.get(user)
    return found is not None and not found.team_id
