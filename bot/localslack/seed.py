"""The workspace "Eco Demo": its people, its user group and its channels, by fixed and readable ids."""

from __future__ import annotations

from bot.localslack.workspace_model import Conversation, User, UserGroup
from bot.localslack.workspace_state import Workspace

APP_ID = "A0ECOAPP01"
BOT_ID = "B0ECOBOT01"
BOT_USER_ID = "U0ECOBOT01"

ANA, BEN, CHI, DEV, EVE = "U0ANA00001", "U0BEN00001", "U0CHI00001", "U0DEV00001", "U0EVE00001"


def plant(workspace: Workspace) -> None:
    """Fill an empty workspace."""
    for user in (
        User(ANA, "ana", "Ana Lima", "America/Sao_Paulo"),
        User(BEN, "ben", "Ben Okafor", "Europe/London"),
        User(CHI, "chi", "Chi Nguyen", "America/New_York", is_admin=True),
        User(DEV, "dev", "Dev Patel", "Asia/Kolkata"),
        User(EVE, "eve", "Eve Sato", "Asia/Tokyo"),
        User(BOT_USER_ID, "eco", "Eco", "America/Los_Angeles", is_bot=True),
    ):
        workspace.users[user.id] = user
    group = UserGroup("S0ECOADMIN", "eco-admins", "Eco admins", [CHI])
    workspace.groups[group.id] = group
    everyone = [ANA, BEN, CHI, DEV, EVE]
    created = int(workspace.seconds()) - 90 * 86_400
    for channel in (
        Conversation("C0ROLLOUT1", "eco-rollout", members=[*everyone, BOT_USER_ID]),
        Conversation("C0FINOPS01", "finops", members=list(everyone)),
        Conversation("C0FINPRIV1", "finance-private", is_private=True, members=[ANA, BEN]),
        Conversation("C0ECOPRIV1", "eco-private", is_private=True, members=[ANA, BEN, BOT_USER_ID]),
        Conversation("C0OLDPROJ1", "old-project", is_archived=True, members=list(everyone)),
    ):
        channel.creator, channel.created = CHI, created
        workspace.conversations[channel.id] = channel
